"""Open Badges by addresses or in files: what may be entered, which way that selects, and what a first look tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.contract import Answer, Check, PlatformRefused, PlatformUnavailable, Request
from adapters.open_badges.adapter import OpenBadges

ONE, TWO = "https://badges.example/1.json", "https://badges.example/2.json"
NOTHING: frozenset[str] = frozenset()


class Web:
    """An `Http` that finds these documents at their addresses and notes what was asked; elsewhere there is nothing."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.documents = documents
        self.requests: list[Request] = []

    def each(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer | PlatformRefused | PlatformUnavailable]:
        for request in requests:
            self.requests.append(request)
            found = self.documents.get(request.path)
            if isinstance(found, PlatformUnavailable):
                yield found
            elif found is None:
                yield PlatformRefused("It is not there.", code="not_found", action="Look elsewhere.")
            else:
                body = found if isinstance(found, bytes) else json.dumps(found).encode()
                yield Answer(200, body, {}, request.path)


def badge(address: str, **members: Any) -> dict[str, Any]:
    """A badge of the plainest form."""
    issuer = {"type": "Issuer", "id": "https://badges.example/issuer.json", "name": "Heron Bay Field School"}
    return {"type": "BadgeClass", "id": address, "name": "Knots", "criteria": {}, "issuer": issuer, **members}


def checks(web: Web, *addresses: str) -> list[Check]:
    """The checks of a connection to these addresses."""
    return list(OpenBadges(addresses=addresses).checks(web))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        f"{ONE}\n{TWO}",
        f"  {ONE}\r\n\r\n{TWO}\r\n",
        f"{ONE},{TWO}",
        f"{ONE}, {TWO},",
        f"{ONE} {TWO} {ONE}",
        [ONE, TWO],
        (ONE, TWO),
    ],
)
def test_addresses_come_one_a_line_or_with_commas_or_spaces_between(given: Any) -> None:
    assert OpenBadges(addresses=given).addresses == (ONE, TWO)


def test_a_comma_may_be_part_of_an_address() -> None:
    assert OpenBadges(addresses="https://badges.example/a,b?c=d,e").addresses == ("https://badges.example/a,b?c=d,e",)


@pytest.mark.parametrize(
    "wrong",
    [
        "badges.example/1.json",
        "/1.json",
        "ftp://badges.example/1.json",
        "https://",
        "https:///1.json",
        "https://name:secret@badges.example/1.json",
        "file:///etc/hosts",
        "urn:uuid:8d8e7b6a-0f5e-4f0c-9c1e-3b0e0a7d6c55",
        "https://badges.example/" + "x" * 2000,
        "https://badges.example/\u202e1.json",
    ],
)
def test_what_is_no_whole_address_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"one such as https://badges\.example/1\.json is expected"):
        OpenBadges(addresses=f"{ONE}\n{wrong}")


def test_addresses_are_the_one_way_and_none_the_other() -> None:
    by_address, in_files = OpenBadges(addresses=ONE), OpenBadges()

    assert (by_address.way(NOTHING).name, in_files.way(NOTHING).name) == ("addresses", "documents")
    assert by_address.sign_in(NOTHING) is in_files.sign_in(NOTHING) is None
    assert all("confirmed the right" in way.needs for way in OpenBadges.ways)


def test_without_addresses_nothing_is_listed_and_nothing_asked() -> None:
    web = Web({})

    assert list(OpenBadges().badges(web, None, None, None)) == []  # type: ignore[arg-type]
    assert {check.message for check in checks(web)} == {"Nothing is fetched: badges come in by import."}
    assert web.requests == []


def test_what_is_asked_for_is_never_a_page_for_people() -> None:
    web = Web({ONE: badge(ONE)})

    list(OpenBadges(addresses=ONE).badges(web, None, None, None))  # type: ignore[arg-type]

    [asked] = web.requests
    assert asked.path == ONE
    assert asked.accept is not None
    assert "application/ld+json" in asked.accept
    assert not {"text/html", "*/*", "text/*"} & {each.partition(";")[0].strip() for each in asked.accept.split(",")}


def test_a_first_look_counts_badges_and_names_issuers() -> None:
    listed = [badge(f"https://badges.example/of-a-list/{number}") for number in range(7)]
    shown = checks(Web({ONE: badge(ONE), TWO: listed}), ONE, TWO)

    assert [check.message for check in shown] == [
        "2 of 2 addresses answer.",
        "No sign-in is needed.",
        "Everything there may be read in public.",
        "Issued by Heron Bay Field School.",
        "8 badges are there.",
    ]
    assert all(check.ok for check in shown)


def test_a_first_look_stays_quick_and_says_how_far_it_went() -> None:
    addresses = [f"https://badges.example/{number}" for number in range(40)]
    web = Web({address: badge(address) for address in addresses})

    *_, last = checks(web, *addresses)

    assert last.message == "The first 3 of 40 addresses lead to 3 badges."
    assert len(web.requests) == 3


def test_an_address_that_fails_is_told_by_name_and_the_others_count() -> None:
    key = {"type": "CryptographicKey", "publicKeyPem": "…"}
    there = "https://badges.example/key.json"
    reach, _, _, _, badges = checks(Web({ONE: badge(ONE), there: key}), ONE, TWO, there)

    assert not reach.ok
    assert reach.message == f"2 of 3 addresses answer. {TWO}: It is not there."
    assert not badges.ok
    assert badges.message.startswith(f"1 badge is there. {there}: This is a public key")


def test_a_list_whose_first_entry_is_gone_answers_all_the_same() -> None:
    reach, _, _, _, badges = checks(Web({ONE: [TWO, badge("https://badges.example/3.json")]}), ONE)

    assert reach.ok
    assert badges.message == f"1 badge is there. {TWO}: It is not there."


def test_where_no_address_answers_the_first_failure_counts() -> None:
    web = Web({ONE: PlatformUnavailable("It is under repair.")})

    with pytest.raises(PlatformUnavailable, match="under repair"):
        checks(web, ONE, TWO)


def test_where_nothing_is_a_badge_the_reason_is_told() -> None:
    with pytest.raises(PlatformRefused, match="profile of an issuer") as refused:
        checks(Web({ONE: {"type": "Issuer", "id": ONE, "name": "One", "email": "a@b.example"}}), ONE)

    assert refused.value.code == "no_badge"
    assert refused.value.action.endswith(".")
