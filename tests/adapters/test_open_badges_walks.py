"""Open Badges by addresses: what each kind of document leads to, what is refused, and how a listing goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from adapters.contract import Answer, Cursor, Page, PlatformRefused, PlatformUnavailable, Request, Unread
from adapters.open_badges import rounds
from adapters.open_badges.adapter import OpenBadges
from adapters.open_badges.listing import PER_PAGE
from mappings.open_badges.model import BadgeClass

AT = "https://badges.example"
OFFICE = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Issuer",
    "id": f"{AT}/issuer.json",
    "name": "Heron Bay Field School",
    "url": "https://www.heronbay.example",
    "email": "canary@person.example",
}
AWARD = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": f"{AT}/awards/1.json",
    "recipient": {"type": "email", "hashed": False, "identity": "canary@person.example"},
    "issuedOn": "2024-05-06T07:08:09Z",
    "badge": f"{AT}/badges/1.json",
}


class Web:
    """An `Http` that finds these documents at their addresses and notes what was asked; elsewhere there is nothing."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.documents = dict(documents)
        self.asked: list[str] = []

    def each(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer | PlatformRefused | PlatformUnavailable]:
        for request in requests:
            self.asked.append(request.path)
            found = self.documents.get(request.path)
            if isinstance(found, PlatformRefused | PlatformUnavailable):
                yield found
            elif found is None:
                yield PlatformRefused("It is not there.", code="not_found", action="Look elsewhere.")
            else:
                yield Answer(200, found if isinstance(found, bytes) else json.dumps(found).encode(), {}, request.path)


def badge(number: int, **members: Any) -> dict[str, Any]:
    """The badge of this number; its issuer lies elsewhere."""
    plain = {"type": "BadgeClass", "id": f"{AT}/badges/{number}.json", "name": f"Badge {number}"}
    return {**plain, "criteria": f"{AT}/criteria/{number}", "issuer": OFFICE["id"], **members}


def site(**documents: Any) -> dict[str, Any]:
    """A site with an award, its badge and its issuer, and these documents beside them, by the last part of the path."""
    known = {AWARD["id"]: AWARD, f"{AT}/badges/1.json": badge(1), OFFICE["id"]: OFFICE}
    return known | {f"{AT}/{name}": document for name, document in documents.items()}


def pages(web: Web, *addresses: str, start: Cursor | None = None, at_once: int = 1) -> list[Page]:
    """The pages of a listing of these addresses."""
    adapter = OpenBadges(addresses=addresses, requests_in_flight=at_once)
    return list(adapter.badges(web, None, None, start))  # type: ignore[arg-type]


def badges(read: Iterable[Page]) -> list[BadgeClass]:
    """The badges of pages."""
    adapter = OpenBadges()
    return [adapter.badge_class(adapter.definition(raw), issuer) for page in read for raw, issuer in page.items]


def ids(read: Iterable[Page]) -> list[str]:
    """The last parts of the ids of all badges."""
    return [each.id.removeprefix(f"{AT}/badges/").removesuffix(".json") for each in badges(read)]


def unread(read: Iterable[Page]) -> list[Unread]:
    """What did not come."""
    return [each for page in read for each in page.unread]


def test_an_award_leads_to_its_badge_and_on_to_its_issuer_and_leaves_the_recipient_behind() -> None:
    web = Web(site())
    read = pages(web, AWARD["id"])

    [found] = badges(read)
    assert (found.id, found.name) == (f"{AT}/badges/1.json", "Badge 1")
    assert found.issuer is not None
    assert (found.issuer.name, found.issuer.url) == ("Heron Bay Field School", "https://www.heronbay.example")
    assert web.asked == [AWARD["id"], f"{AT}/badges/1.json", OFFICE["id"]]
    assert b"canary" not in read[0].items[0][0]
    assert read[0].next is None


@pytest.mark.parametrize(
    "part",
    [
        {"revoked": True, "revocationReason": "Awarded by mistake."},
        {"criteria": f"{AT}/criteria/1"},
        {"narrative": "How it was earned."},
        {"evidence": f"{AT}/portfolio/1"},
        {"image": f"{AT}/awards/1.png"},
        {"image": {"id": f"{AT}/awards/1.png", "caption": "A round emblem."}},
    ],
)
def test_a_part_of_a_document_leads_to_the_whole_of_it(part: dict[str, Any]) -> None:
    document = {"@context": AWARD["@context"], "id": AWARD["id"], **part}

    assert ids(pages(Web(site(part=document)), f"{AT}/part")) == ["1"]


@pytest.mark.parametrize(
    "document",
    [
        {"@context": AWARD["@context"], "id": f"{AT}/badges/9.json", "name": "Badge 9", "version": 2},
        {"@context": AWARD["@context"], "@language": "en-us", "id": f"{AT}/badges/9.json", "name": "Badge 9"},
        {**AWARD, "badge": badge(9, issuer=OFFICE)},
        {"type": "OpenBadgeCredential", "issuer": OFFICE, "credentialSubject": {"achievement": badge(9, issuer=None)}},
        {"badges": [badge(9)]},
        {"data": [f"{AT}/badges/9.json"]},
    ],
)
def test_badges_are_found_in_whatever_holds_them(document: dict[str, Any]) -> None:
    web = Web(site(document=document) | {f"{AT}/badges/9.json": badge(9)})

    assert ids(pages(web, f"{AT}/document")) == ["9"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (OFFICE, "profile of an issuer"),
        ({"name": "Heron Bay", "url": "https://www.heronbay.example", "org": "Shore Campus"}, "states no type"),
        ({"type": "CryptographicKey", "publicKeyPem": "…", "id": f"{AT}/key.json"}, "public key"),
        ({"kty": "RSA", "n": "x", "e": "AQAB"}, "public key"),
        ({"type": "RevocationList", "revokedAssertions": ["urn:uuid:1"]}, "awards that were revoked"),
        ({"alg": "RS256"}, "header of a signature"),
        ({"type": "Endorsement", "issuer": OFFICE["id"], "claim": {"endorsementComment": "Good."}}, "an endorsement"),
        ({**AWARD, "badge": "a medal", "id": "urn:uuid:1"}, "names its badge by something that is no web address"),
        ({"type": "BadgeClass", "id": f"{AT}/document", "criteria": {}}, "no name"),
        ({"type": "BadgeClass", "id": "local:", "name": "Seven"}, "no id that tells it from all others"),
        (b"\x89PNG\r\n\x1a\nnot much of a picture", "image"),
    ],
)
def test_what_is_no_badge_is_refused_with_its_reason_and_the_rest_goes_on(document: Any, reason: str) -> None:
    read = pages(Web(site(document=document)), f"{AT}/document", AWARD["id"])

    [refused] = unread(read)
    assert (refused.badge_id, refused.gone) == (f"{AT}/document", False)
    assert isinstance(refused.why, PlatformRefused)
    assert reason in str(refused.why)
    assert refused.why.code == "no_badge"
    assert ids(read) == ["1"]
    assert read[-1].next is None, "nothing was missed"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([f"{AT}/badges/{number}.json" for number in (3, 1, 2)]).encode(),
        "\r\n".join(f"{AT}/badges/{number}.json" for number in (3, 1, 2)).encode(),
        b"\xef\xbb\xbf" + json.dumps([badge(3), f"{AT}/badges/1.json", "/badges/2.json"]).encode(),
        "\n".join(json.dumps(badge(number)) for number in (3, 1, 2)).encode(),
        json.dumps([badge(3), {"badges": [badge(1)]}, [badge(2)]]).encode(),
        json.dumps({"badges": [badge(3), AWARD, badge(2)]}).encode(),
    ],
)
def test_lists_in_every_form_keep_their_order(text: bytes) -> None:
    hosted = {f"{AT}/badges/{number}.json": badge(number) for number in (2, 3)}

    read = pages(Web(site(list=text) | hosted), f"{AT}/list")

    assert ids(read) == ["3", "1", "2"]
    assert unread(read) == []


def test_one_bad_entry_of_a_list_costs_no_other() -> None:
    broken = b'{"id": "https://badges.example/badges/8.json", "name": "Half a \\ud83d"}'
    entries = [json.dumps(each).encode() for each in (badge(2), 7, OFFICE, "no address", f"{AT}/nowhere", badge(3))]
    text = b"[" + b",".join([*entries, broken]) + b"]"

    read = pages(Web(site(list=text)), f"{AT}/list")

    assert [OpenBadges().badge_id(raw).rpartition("/")[2] for raw, _ in read[0].items] == ["2.json", "3.json", "8.json"]
    told = {each.badge_id: each.gone for each in unread(read)}
    assert told == {f"{AT}/list#2": False, OFFICE["id"]: False, f"{AT}/list#4": False, f"{AT}/nowhere": True}
    assert read[-1].next is None


@pytest.mark.parametrize("suffix", ["", "/", ".json", "?v=2_0", ".json?v=2_0"])
def test_an_issuer_of_the_badgr_family_leads_to_the_list_of_its_badges(suffix: str) -> None:
    own = f"{AT}/public/issuers/AbC-1"
    web = Web(site() | {f"{own}{suffix}": OFFICE | {"id": own}, f"{own}/badges": [badge(2), badge(3)]})

    assert ids(pages(web, f"{own}{suffix}")) == ["2", "3"]


def test_the_issuer_of_many_badges_is_read_once() -> None:
    web = Web(site(list=[badge(number) for number in range(2, 140)]))

    read = pages(web, f"{AT}/list")

    assert web.asked == [f"{AT}/list", OFFICE["id"]]
    assert {issuer.name for page in read for _, issuer in page.items} == {"Heron Bay Field School"}


def test_a_badge_whose_issuer_cannot_be_read_is_a_badge_all_the_same() -> None:
    web = Web({f"{AT}/badges/1.json": badge(1), OFFICE["id"]: PlatformUnavailable("It is under repair.")})

    [page] = pages(web, f"{AT}/badges/1.json")

    [(_, issuer)] = page.items
    assert (issuer.id, issuer.name) == (OFFICE["id"], None)
    assert (page.unread, page.next) == ((), None)


def test_a_badge_comes_once_however_many_addresses_lead_to_it() -> None:
    awards = [{**AWARD, "id": f"{AT}/awards/{number}.json"} for number in range(60)]
    web = Web(site(list=awards))

    assert ids(pages(web, AWARD["id"], f"{AT}/list", f"{AT}/badges/1.json")) == ["1"]
    assert web.asked.count(f"{AT}/badges/1.json") == 1


def test_an_award_whose_badge_is_gone_tells_of_the_badge() -> None:
    web = Web({AWARD["id"]: AWARD})

    [gone] = unread(pages(web, AWARD["id"]))

    assert (gone.badge_id, gone.gone) == (f"{AT}/badges/1.json", True)


def test_an_award_whose_badge_answers_with_a_web_page_leaves_the_listing_without_an_end() -> None:
    read = pages(Web(site(**{"badges/1.json": b"<html>Under repair</html>"})), AWARD["id"])

    [page] = unread(read)
    assert (page.badge_id, page.why.code) == (f"{AT}/badges/1.json", "unreadable_answer")
    assert read[-1].next is not None


def test_addresses_that_lead_round_in_a_circle_end() -> None:
    web = Web({f"{AT}/one": [f"{AT}/two"], f"{AT}/two": [f"{AT}/one"], AWARD["id"]: {**AWARD, "badge": AWARD["id"]}})

    told = [str(each.why) for each in unread(pages(web, f"{AT}/one", AWARD["id"]))]

    assert told == [
        "The addresses lead round in a circle, and to no badge.",
        "What lies at the address of the award's badge is another award, not a badge.",
    ]


def test_a_way_without_end_is_given_up() -> None:
    class Endless(Web):
        def each(self, requests: Iterable[Request], ahead: int) -> Iterator[Any]:
            for request in requests:
                self.asked.append(request.path)
                yield Answer(200, json.dumps([f"{request.path}/on"]).encode(), {}, request.path)

    web = Endless({})
    nested = json.dumps(badge(2))
    for _ in range(40):
        nested = f"[{nested}]"

    assert "lead to this one" in str(unread(pages(web, f"{AT}/one"))[0].why)
    assert len(web.asked) < 10
    assert "lead to this one" in str(unread(pages(Web(site(list=nested.encode())), f"{AT}/list"))[0].why)


def test_no_listing_reads_more_than_so_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MOST_READ", 30)
    web = Web(site(list=[f"{AT}/badges/{number}.json" for number in range(100)]))

    read = pages(web, f"{AT}/list")

    assert len(web.asked) == 30
    assert unread(read)[-1].why.code == "too_many_documents"
    assert read[-1].next is not None, "the listing was not read whole"


def test_what_could_not_be_read_leaves_the_listing_without_an_end() -> None:
    web = Web(site(list=[badge(number) for number in range(2, 60)]) | {f"{AT}/late": PlatformUnavailable("Later.")})
    addresses = (f"{AT}/list", f"{AT}/late", AWARD["id"])

    read = pages(web, *addresses)

    assert ids(read) == [*map(str, range(2, 60)), "1"]
    assert [each.badge_id for each in unread(read)] == [f"{AT}/late"]
    assert read[-1].next is not None
    assert pages(web, *addresses, start=read[0].next)[-1].next is not None

    web.documents[f"{AT}/late"] = badge(70)
    again = pages(web, *addresses, start=read[-1].next)
    assert ids(again) == [*map(str, range(2, 60)), "70", "1"]
    assert again[-1].next is None


def test_a_web_page_in_place_of_data_may_be_gone_tomorrow() -> None:
    read = pages(Web(site(page=b"<!doctype html><title>Under repair</title>")), f"{AT}/page")

    [page] = unread(read)
    assert (page.why.code, page.gone) == ("unreadable_answer", False)
    assert read[-1].next is not None


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_listing_resumes_at_each_of_its_cursors_though_addresses_were_added(at_once: int) -> None:
    single = [f"{AT}/badges/{number}.json" for number in range(1, 71)]
    web = Web(
        {address: badge(number) for number, address in enumerate(single, 1)}
        | site(list=[badge(number) for number in range(100, 230)], empty=[])
    )
    addresses = (*single[:60], f"{AT}/list", *single[60:], f"{AT}/empty")
    whole = pages(web, *addresses, at_once=at_once)

    assert len(ids(whole)) == len(set(ids(whole))) == 200
    assert all(len(page.items) <= 2 * PER_PAGE for page in whole)
    assert whole[-1].next is None
    for number, page in enumerate(whole[:-1], 1):
        rest = pages(web, f"{AT}/empty", *addresses, start=page.next, at_once=at_once)
        assert ids(rest) == ids(whole[number:])
        assert rest[-1].next is None


def test_a_cursor_at_an_address_that_was_taken_out_starts_again() -> None:
    addresses = [f"{AT}/badges/{number}.json" for number in range(1, 61)]
    web = Web(site() | {address: badge(number) for number, address in enumerate(addresses, 1)})
    first = pages(web, *addresses)[0]

    assert len(ids(pages(web, *addresses[:PER_PAGE], *addresses[PER_PAGE + 1 :], start=first.next))) == 59


@pytest.mark.parametrize("state", [{"archived": True}, {"state": "archived"}, {"state": "draft"}])
def test_a_badge_that_its_issuer_put_away_stays_out_of_a_sync(state: dict[str, Any]) -> None:
    adapter = OpenBadges()
    [put_away] = badges(pages(Web(site(badge=badge(1, **state))), f"{AT}/badge"))
    [in_use] = badges(pages(Web(site()), f"{AT}/badges/1.json"))

    assert adapter.skips(put_away) in ("its issuer says that it is archived", "its issuer says that it is draft")
    assert adapter.skips(in_use) is None


def test_a_badge_of_the_first_standards_is_known_by_where_it_lies() -> None:
    old = {"name": "Badge 1", "criteria": f"{AT}/criteria/1", "issuer": f"{AT}/issuer.json"}
    read = pages(Web(site(old=old, list=[old, {**old, "name": "Badge 2"}])), f"{AT}/old", f"{AT}/list")

    alone, first, second = badges(read)

    assert alone.id == f"{AT}/old"
    assert len({alone.id, first.id, second.id}) == 3


@pytest.mark.parametrize("wrong", ["7", "a badge", "/badges/1.json", ""])
def test_an_id_that_another_issuer_may_use_as_well_is_none(wrong: str) -> None:
    raw = json.dumps(badge(1, id=wrong, issuer="Heron Bay")).encode()

    for ask in (OpenBadges().badge_id, OpenBadges().definition):
        with pytest.raises(ValueError, match=r"\bid\b"):
            ask(raw)


def test_an_award_in_a_file_has_the_id_of_the_badge_in_it() -> None:
    adapter = OpenBadges()
    raw = json.dumps({**AWARD, "badge": badge(4)}).encode()

    assert adapter.badge_id(raw) == adapter.badge_id(adapter.definition(raw)) == f"{AT}/badges/4.json"
    assert b"canary" not in adapter.definition(raw)


@pytest.mark.parametrize(
    "claimed",
    ["Ann signed it.", "It is signed by Ann.", "It is signed; the signature\nis Ann's.", {"by": "Ann"}, 7],
)
def test_only_a_sentence_of_ours_says_how_a_signature_was_checked(claimed: Any) -> None:
    raw = json.dumps(badge(1, signatureChecked=claimed)).encode()

    definition = OpenBadges().definition(raw)

    assert b"Ann" not in definition
    assert b"signatureChecked" not in definition
