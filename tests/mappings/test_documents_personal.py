"""Nothing about a recipient or any other person gets past the door: only known members of the badge class do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.open_badges import walking
from mappings.open_badges.definition import definition
from mappings.open_badges.document import badge_class
from tests.mappings.test_documents import AT, FULL_3, MINIMAL, OB_05

Json = dict[str, Any]

CANARY = "canary@people.example"
PERSONAL = [
    "email",
    "telephone",
    "phone",
    "address",
    "staff",
    "createdBy",
    "contact",
    "recipient",
    "author",
    "identity",
]
PERSON = {
    "type": ["Profile"],
    "id": "did:example:canary@people.example",
    "givenName": CANARY,
    "familyName": CANARY,
    "name": CANARY,
}
AWARD: Json = {
    "id": f"https://orchard.example/awards/{CANARY}",
    "uid": CANARY,
    "recipient": {"type": "email", "identity": CANARY, "hashed": False, "salt": CANARY},
    "evidence": [{"id": f"https://a.example/{CANARY}", "narrative": CANARY, "audience": CANARY}],
    "narrative": f"{CANARY} grew on.",
    "image": f"https://a.example/{CANARY}.png",
    "issuedOn": "2024-05-06T00:00:00Z",
}
SUBJECT: Json = {
    "id": f"did:example:{CANARY}",
    "type": ["AchievementSubject"],
    "identifier": [{"type": "IdentityObject", "identityHash": CANARY, "salt": CANARY}],
    "name": CANARY,
    "narrative": CANARY,
    "result": [{"value": CANARY}],
    "source": PERSON,
    "licenseNumber": CANARY,
    "image": {"id": f"https://a.example/{CANARY}"},
}
WRAPPERS = {
    "an assertion": lambda badge: AWARD | {"type": "Assertion", "badge": badge},
    "an award of 0.5": lambda badge: {"recipient": CANARY, "salt": CANARY, "evidence": CANARY, "badge": badge},
    "a credential": lambda badge: {
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"Awarded to {CANARY}",
        "description": CANARY,
        "issuer": PERSON,
        "evidence": [{"narrative": CANARY}],
        "credentialSubject": SUBJECT | {"achievement": badge},
    },
    "a credential of several subjects": lambda badge: {
        "credentialSubject": [SUBJECT, SUBJECT | {"achievement": [badge]}],
        "proof": {"verificationMethod": CANARY},
    },
    "no wrapper": lambda badge: badge,
}


def planted(value: Any) -> Any:
    """The value with personal members in every object of it."""
    if isinstance(value, dict):
        return {name: planted(member) for name, member in value.items()} | dict.fromkeys(PERSONAL, CANARY)
    return [planted(member) for member in value] if isinstance(value, list) else value


def kept_of(item: Json) -> str:
    """All that is kept of a document: its definition, the badge class, and the sentence if it is refused."""
    try:
        kept = definition(item, at=AT)
        return json.dumps([kept, asdict(badge_class(item, at=AT)), asdict(badge_class(kept))])
    except ValueError as refused:
        return str(refused)


@pytest.mark.parametrize("badge", [FULL_3, MINIMAL, OB_05["badge"]], ids=["3.0", "2.0", "0.5"])
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_nothing_of_an_award_or_of_a_person_is_kept(wrapper: str, badge: Json) -> None:
    kept = kept_of(planted(WRAPPERS[wrapper](planted(badge))))
    assert badge["name"] in kept
    assert "canary" not in kept


def test_an_award_that_leads_to_its_badge_gives_nothing_but_its_issuer() -> None:
    for award in (AWARD | {"badge": AT}, {"issuer": PERSON, "credentialSubject": SUBJECT | {"achievement": AT}}):
        assert walking.badge_address(award) == AT
        found = walking.with_badge(award, planted(MINIMAL), at=AT)
        assert "canary" not in json.dumps(found)
        assert badge_class(found).name == "Grafting"


@pytest.mark.parametrize("member", ["issuer", "creator"])
@pytest.mark.parametrize(
    "named",
    [
        PERSON,
        {"type": "Person", "name": CANARY},
        CANARY,
        f"mailto:{CANARY}",
        {"id": CANARY},
        {"name": CANARY},
        [PERSON],
    ],
    ids=repr,
)
def test_a_person_is_no_issuer(member: str, named: Any) -> None:
    badge = badge_class(MINIMAL | {member: named})
    assert badge.issuer is None
    assert badge.left_out == (member,)
    assert "canary" not in kept_of(MINIMAL | {member: named})


def test_an_issuer_is_id_name_and_url() -> None:
    profile = {"id": "https://a.example/", "name": "School", "url": "https://a.example/home", "official": CANARY}
    assert definition(MINIMAL | {"issuer": planted(profile)})["issuer"] == [
        {"id": "https://a.example/", "name": "School", "url": "https://a.example/home"}
    ]
    found = walking.with_issuer(definition(MINIMAL | {"issuer": "https://a.example/"}), planted(profile))
    assert "canary" not in json.dumps(found)


def test_of_other_members_names_are_kept_if_they_are_names() -> None:
    item = MINIMAL | {"extensions:Hours": {"a": CANARY}, "staff": [CANARY], CANARY: 1, "Born in 1990": 2, "empty": []}
    kept = definition(item | {"left_out": [CANARY, {"email": CANARY}, "before"]})
    assert kept["left_out"] == ["before", "extensions:Hours", "staff"]
    assert definition(kept) == kept
    assert "canary" not in json.dumps(kept)


@pytest.mark.parametrize(
    "wrong", [{"email": CANARY}, [[CANARY]], {"a": {"b": [CANARY]}}, [{"email": [CANARY]}]], ids=repr
)
def test_a_known_member_of_another_form_hides_nothing_personal(wrong: Any) -> None:
    def replaced(value: Any) -> Any:
        yield wrong
        for at, member in (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        ):
            for other in replaced(member):
                yield {**value, at: other} if isinstance(value, dict) else [*value[:at], other, *value[at + 1 :]]

    for item in replaced(FULL_3):
        if isinstance(item, dict):
            assert "canary" not in kept_of(item)


places = st.recursive(
    st.just(CANARY) | st.lists(st.just(CANARY), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from(PERSONAL), inner, max_size=2) | st.lists(inner, max_size=2),
    max_leaves=4,
)
known = st.sampled_from(sorted({*AWARD, *SUBJECT, *PERSONAL, "evidence", "proof", "result", "source"} - {"name", "id"}))


@given(st.dictionaries(known, places, max_size=5), st.sampled_from(sorted(WRAPPERS)), st.booleans())
def test_whatever_is_planted_around_a_badge_stays_outside(around: Json, wrapper: str, inside: bool) -> None:
    personal = {name: value for name, value in around.items() if name not in ("type", "image")}
    badge = MINIMAL | {"issuer": {"id": "https://a.example/"} | (personal if inside else {})}
    item = WRAPPERS[wrapper](badge | {name: value for name, value in personal.items() if name in PERSONAL})
    kept = kept_of(item | {name: value for name, value in around.items() if wrapper != "no wrapper"})
    assert "Grafting" in kept
    assert "canary" not in kept
