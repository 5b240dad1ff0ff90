"""Open Badges from the practice issuer over HTTP: no recipient stays, signatures are told, all addresses agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from adapters.contract import Page
from adapters.open_badges.adapter import OpenBadges
from connector.demo import open_badges_canaries
from connector.demo.practice_open_badges import PracticeOpenBadges
from connector.http import platform_http
from mappings.open_badges.model import BadgeClass

ABOUT_AWARDS = ("assertion", "signed_assertion", "credential", "signed_credential", "baked")


@pytest.fixture(scope="module")
def issuer() -> Iterator[PracticeOpenBadges]:
    """An issuer on the web, with all that it publishes."""
    with PracticeOpenBadges() as server:
        yield server


@contextmanager
def listed(issuer: PracticeOpenBadges, *addresses: str, **settings: Any) -> Iterator[Iterator[Page]]:
    """The pages of a listing of these addresses."""
    adapter = OpenBadges(addresses=addresses, **settings)
    allowed = frozenset({issuer.url.removeprefix("http://")})
    with platform_http(None, None, {}, allowed_private_hosts=allowed, requests_per_minute=6000) as http:
        yield adapter.badges(http, None, None, None)


def pages(issuer: PracticeOpenBadges, *addresses: str, **settings: Any) -> list[Page]:
    """All of them."""
    with listed(issuer, *addresses, **settings) as read:
        return list(read)


def badges(read: list[Page]) -> list[BadgeClass]:
    """The badges of pages."""
    adapter = OpenBadges()
    return [adapter.badge_class(adapter.definition(raw), issuer) for page in read for raw, issuer in page.items]


def test_nothing_of_a_recipient_or_of_an_issuers_office_is_in_what_awards_lead_to(issuer: PracticeOpenBadges) -> None:
    adapter = OpenBadges()
    addresses = [address for kind in ABOUT_AWARDS for address in issuer.addresses()[kind]]
    read = [each for address in addresses for each in pages(issuer, address)]
    found = [
        text
        for page in read
        for raw, named in page.items
        for text in (
            raw.decode(),
            adapter.definition(raw).decode(),
            repr(adapter.badge_class(adapter.definition(raw), named)),
            repr(named),
        )
    ]
    told = [f"{each.badge_id} {each.why}" for page in read for each in page.unread]

    assert len(found) >= 4 * 20
    for canary in open_badges_canaries.PERSONAL:
        assert not [text for text in (*found, *told) if canary in text]


def test_an_item_is_its_own_definition(issuer: PracticeOpenBadges) -> None:
    adapter = OpenBadges()
    kinds = ("list", *ABOUT_AWARDS)

    for page in pages(issuer, *(address for kind in kinds for address in issuer.addresses()[kind])):
        for raw, named in page.items:
            assert adapter.definition(raw) == raw
            assert adapter.badge_id(raw) == adapter.badge_class(raw, named).source_id
            assert named.id


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (
            "assertions/1.jws",
            "Its signature was checked with the key at {url}/keys/1.json and holds, a key that",
        ),
        ("assertions/3.jws", "It is signed, but the signature does not fit the key at {url}/keys/1.json"),
        ("assertions/4.jws", "Its signature fits the key at {url}/keys/2.json, which its issuer does not list"),
        (
            "credentials/1.jwt",
            "Its signature was checked with the key at {url}/keys/1.jwk and holds, on the host of its",
        ),
        ("credentials/2.jwt", "Its signature fits the key that stands in the document itself, which does not tell"),
        ("credentials/3.jwt", "It is signed, but the signature does not fit the key at {url}/keys/1.jwk"),
        ("credentials/5.jwt", "It is signed; the signature was not checked, because it names no web address"),
        (
            "baked/2.png",
            "Its signature was checked with the key at {url}/keys/1.json and holds, a key that",
        ),
        (
            "baked/4.svg",
            "Its signature was checked with the key at {url}/keys/1.jwk and holds, on the host of its",
        ),
    ],
)
def test_how_a_signature_was_checked_is_told_and_keeps_no_badge_out(
    issuer: PracticeOpenBadges, path: str, sentence: str
) -> None:
    [badge] = badges(pages(issuer, f"{issuer.url}/{path}"))

    assert badge.signature is not None
    assert badge.signature.startswith(sentence.format(url=issuer.url))


def test_a_key_that_cannot_be_had_keeps_no_badge_out() -> None:
    with PracticeOpenBadges(badges=1, achievements=1, public_badges=1) as issuer:
        issuer.remove(f"{issuer.url}/keys/1.json")
        [badge] = badges(pages(issuer, f"{issuer.url}/assertions/1.jws"))

    assert badge.signature == (
        f"It is signed; the signature was not checked, because its key at {issuer.url}/keys/1.json could not be had."
    )


def test_a_badge_is_the_same_one_by_every_address(issuer: PracticeOpenBadges) -> None:
    own = f"{issuer.url}/badges/1.json"
    ways_there = (own, f"{issuer.url}/assertions/1.json", f"{issuer.url}/moved/2", f"{issuer.url}/lists/wrapped.json")

    for address in ways_there:
        assert badges(pages(issuer, address))[0].source_id == own
    assert [each.source_id for each in badges(pages(issuer, *ways_there))].count(own) == 1


def test_the_lists_of_an_issuer_and_of_addresses_bring_the_same_badges(issuer: PracticeOpenBadges) -> None:
    lists = issuer.url + "/lists/"
    in_two = badges(pages(issuer, f"{lists}badges.json", f"{lists}achievements.json"))

    for name in ("addresses.json", "addresses.txt"):
        by_address = badges(pages(issuer, lists + name, requests_in_flight=4))
        # Badges of the first standards have no id: where they lie alone they have that address, in a list one made up.
        assert [each.name for each in by_address] == [each.name for each in in_two]
        assert sum(one.source_id != other.source_id for one, other in zip(by_address, in_two, strict=True)) <= 1


def test_the_public_list_of_an_issuer_is_found_from_its_page(issuer: PracticeOpenBadges) -> None:
    [public] = issuer.addresses()["public_issuer"]

    assert [each.source_id for each in badges(pages(issuer, public))] == issuer.addresses()["public_badge"]


def test_what_is_gone_is_told_as_gone_and_what_fails_as_failing() -> None:
    with PracticeOpenBadges(badges=6, achievements=1, public_badges=1) as issuer:
        addresses = issuer.addresses()["badge"]
        issuer.remove(addresses[1])
        issuer.remove(addresses[2], status=410)
        issuer.fault("server_error", on="template", page=4, status=503)
        issuer.fault("html", on="template", page=5)
        read = pages(issuer, *addresses)

    told = {each.badge_id: (each.gone, each.why.code) for page in read for each in page.unread}
    assert told == {
        addresses[1]: (True, "not_found"),
        addresses[2]: (True, "not_found"),
        addresses[3]: (False, "platform_unavailable"),
        addresses[4]: (False, "unreadable_answer"),
    }
    assert [each.source_id for each in badges(read)] == [addresses[0], addresses[5]]
    assert read[-1].next is not None


@pytest.mark.parametrize("how", ["lone_surrogate", "invalid_utf8", "control_character", "not_a_number", "nested"])
def test_an_entry_that_nobody_can_read_is_handed_on_under_its_own_id(how: str) -> None:
    with PracticeOpenBadges(badges=3, achievements=1, public_badges=1) as issuer:
        issuer.fault("spoil_item", how=how, item=1)
        read = pages(issuer, f"{issuer.url}/lists/badges.json")
        addresses = issuer.addresses()["badge"]

    adapter = OpenBadges()
    raws = [raw for page in read for raw, _ in page.items]
    assert [adapter.badge_id(raw) for raw in raws] == addresses
    with pytest.raises(ValueError, match=r"\w"):
        adapter.definition(raws[1])
