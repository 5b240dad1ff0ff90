"""Whatever a badge says is in its record, in a note or in a finding; what is about people is nowhere.

One member at a time is given a word that stands nowhere else, first in the badge class, then in what platforms send.
"""

import dataclasses
import json
import types
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from adapters.canvas import badgeclass
from adapters.credly import template
from connector.credentials.content import content
from connector.credentials.map_documents import map_documents
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, credential
from mappings.ctdl.shape import properties
from mappings.open_badges import model
from mappings.open_badges.model import BadgeClass
from tests.mappings.golden_pairs import Json, pairs
from tests.mappings.mutate import caught, steps
from tests.mappings.odd_badges import exceptions

WORD = "Canaryword"
NOBODYS = Context(authority="badges.example", platform_name="Practice")
REQUIRED: Json = {
    "BadgeClass": {"id": "urn:x", "source_id": "x", "name": "Bees"},
    "Issuer": {"id": ""},
    "Activity": {"name": "Keep a hive"},
    "OtherIdentifier": {"identifier": "7"},
    "Validity": {"amount": "2", "unit": "years"},
    "Translation": {"language": "es"},
}
NAMED_ALONE = {"image", "image_url", "expires", "visibility"}
"""Told by their names, not word by word: a whole picture may stand there, or a word that the platform does not have."""
IDENTITY = {"source_id"}
"""What tells badges apart, and is written in the CTID alone."""


def planted(of: type) -> Iterator[tuple[str, Any]]:
    """For each text in a class of the source vocabulary, its name and an object that says nothing but that word."""
    for name, hint in get_type_hints(of).items():
        inside, many = _inside(hint)
        if dataclasses.is_dataclass(inside):
            for below, value in planted(inside):  # type: ignore[arg-type]
                yield f"{name}.{below}", _with(of, name, (value,) if many else value)
        elif inside is str:
            yield name, _with(of, name, (WORD,) if many else WORD)


def _inside(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) is types.UnionType:
        hint = next(each for each in get_args(hint) if each is not type(None))
    return (get_args(hint)[0], True) if get_origin(hint) is tuple else (hint, False)


def _with(of: type, name: str, value: Any) -> Any:
    return of(**REQUIRED.get(of.__name__, {}) | {name: value})


PLANTED = dict(planted(BadgeClass))


@pytest.mark.parametrize("member", sorted(PLANTED.keys() - IDENTITY))
def test_every_text_of_a_badge_class_is_in_the_record_or_told(member: str) -> None:
    found = credential(PLANTED[member], NOBODYS)
    assert WORD in _told(found) or member in NAMED_ALONE & {note.member for note in found.notes}


def _told(found: Mapped) -> str:
    held = content(found)
    return json.dumps([held.properties, held.findings, found.notes, found.provenance], default=str)


FLAGS = {
    "credly": {"public", "enable_earn_this_badge", "issuer.entities.primary", "issuer.entities.entity.type"},
    "canvas": {"archived", "entityType", "entityId"},
    "open_badges": set[str](),
}
"""Yes or no, or a word that tells what the object is: no text of theirs is read."""
LISTED = {"alignments", "badge_template_activities", "recommendations", "required_badge_templates", "entities"}
OF_A_DOCUMENT: Json = {
    "name": WORD,
    "description": WORD,
    "image": {"id": WORD},
    "criteria": {"id": WORD, "narrative": WORD},
    "creator": {"id": WORD, "name": WORD, "url": WORD},
    "issuer": {"id": WORD, "name": WORD, "url": WORD},
    "alignment": {
        "targetName": WORD,
        "targetUrl": WORD,
        "targetDescription": WORD,
        "targetFramework": WORD,
        "targetCode": WORD,
        "targetType": WORD,
    },
    "tags": WORD,
    "tag": WORD,
    "achievementType": WORD,
    "inLanguage": WORD,
    "version": WORD,
    "related": {"id": WORD, "name": WORD, "version": WORD},
    "resultDescription": {"name": WORD, "resultType": WORD, "valueMin": WORD, "requiredValue": WORD},
    "creditsAvailable": WORD,
    "fieldOfStudy": WORD,
    "specialization": WORD,
    "humanCode": WORD,
    "otherIdentifier": {"identifier": WORD},
    "endorsement": {"id": WORD, "issuer": {"name": WORD}, "claim": {"endorsementComment": WORD}},
    "state": WORD,
}
BASES: Json = {
    "credly": {"id": "1", "name": "Bees", "vanity_slug": "bees", "state": "active"},
    "canvas": {"entityId": "Wb7nT1x8SsyBzE0mW7uYdA", "name": "Bees", "entityType": "BadgeClass"},
    "open_badges": {"type": "BadgeClass", "id": "https://badges.example/1", "name": "Bees"},
}
KNOWN: Json = {"credly": template.KNOWN, "canvas": badgeclass.KNOWN, "open_badges": OF_A_DOCUMENT}


def spoken(known: Any, at: str = "") -> Iterator[tuple[str, Json]]:
    """For each member that a reader knows, its path and a document with that member alone."""
    for name, inside in known.items():
        path = f"{at}.{name}".lstrip(".")
        form = inside[0] if isinstance(inside, list) else inside
        many = isinstance(inside, list) or name in LISTED
        below = spoken(form, path) if isinstance(form, dict) else [(path, WORD)]
        for where, value in below:
            yield where, {name: [value] if many else value}


SPOKEN = [
    pytest.param(source, part, id=f"{source}: {path}")
    for source, known in KNOWN.items()
    for path, part in spoken(known)
    if path not in FLAGS[source]
]


@pytest.mark.parametrize(("source", "part"), SPOKEN)
def test_every_member_that_a_reader_knows_is_in_the_record_or_told(source: str, part: Json) -> None:
    answer = _answer(BASES[source] | _whole(part), source)
    told = json.dumps([answer.get("notes"), answer.get("error")])
    assert WORD in json.dumps(answer) or any(name in told for name in _told_by_name(part))


def _whole(part: Json) -> Json:
    """The member with what it needs beside it to be read at all."""
    match part:
        case {"expires": found}:
            return {"expires": {"amount": "2", "duration": "years"} | found}
        case {"owner": found}:
            return {"owner": {"id": "7"} | found}
        case {"issuer": {"entities": [{"entity": found}]}}:
            return {"issuer": {"entities": [{"entity": {"id": "7"} | found}]}}
    return part


def _told_by_name(part: Json) -> set[str]:
    """The member's own name where the name alone is told; one platform's images have two."""
    return (NAMED_ALONE & part.keys()) | ({"image_url"} if "image" in part else set())


def _answer(item: Json, source: str) -> Json:
    (entry,) = map_documents(json.dumps(item).encode(), source=source, organization_ctid=None, language="en-US")
    return entry


@pytest.mark.parametrize("source", BASES)
def test_a_member_that_nobody_knows_is_named_and_its_words_are_not_kept(source: str) -> None:
    answer = _answer(BASES[source] | {"beekeepers": {"email": WORD}}, source)
    assert "beekeepers" in json.dumps(answer["notes"])
    assert WORD not in json.dumps(answer)


@pytest.mark.parametrize(
    ("source", "members"),
    [
        ("credly", {"latest_earner": {"email": WORD}, "owner": {"id": "1", "name": "School", "contact_email": WORD}}),
        ("canvas", {"createdBy": WORD, "extensions": {"extensions:recipient": {"email": WORD}}}),
        ("open_badges", {"creator": {"type": "Profile", "id": "did:x", "givenName": WORD, "familyName": WORD}}),
        ("open_badges", {"issuer": {"id": "https://school.example/", "email": WORD, "telephone": WORD}}),
        ("open_badges", {"otherIdentifier": [{"identifier": WORD, "identifierType": "emailAddress"}]}),
    ],
)
def test_nothing_about_people_is_in_any_answer(source: str, members: Json) -> None:
    assert WORD not in json.dumps(_answer(BASES[source] | members, source))


@pytest.fixture
def _nothing_but_the_badge(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, clock, chance, file, environment or database can be reached."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the mapping is not pure")

    for place in (
        "socket.socket",
        "time.time",
        "time.monotonic",
        "random.random",
        "uuid.uuid4",
        "os.getenv",
        "builtins.open",
        "sqlite3.connect",
    ):
        monkeypatch.setattr(place, forbidden)


def badges() -> list[BadgeClass]:
    return [badge for badge in PLANTED.values() if isinstance(badge, BadgeClass)]


def test_a_mapping_is_the_same_each_time_and_reaches_for_nothing(request: pytest.FixtureRequest) -> None:
    owned = dataclasses.replace(NOBODYS, organization_ctid="ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72")
    before = [(credential(badge, owned), repr(badge)) for badge in badges()]
    request.getfixturevalue("_nothing_but_the_badge")
    for badge, (found, said) in zip(badges(), before, strict=True):
        assert credential(badge, owned) == found
        assert content(credential(badge, owned)) == content(found)
        assert repr(badge) == said


def test_provenance_is_of_every_property_and_names_members_that_exist() -> None:
    members = {field.name for field in dataclasses.fields(BadgeClass)}
    for badge in badges():
        found = credential(badge, NOBODYS)
        assert {source.property for source in found.provenance} == properties(found.credential).keys()
        assert {member for source in found.provenance for member in source.members} <= members
        assert {note.member for note in found.notes} <= members | {"type"}


def test_thousands_of_odd_badges_are_mapped_or_refused_in_a_sentence() -> None:
    """`make mutate` tries five times as many."""
    assert exceptions(2_000, seed=11) == []


def test_an_id_that_only_begins_like_an_address_is_a_key_and_the_badge_is_mapped() -> None:
    answer = _answer(BASES["credly"] | {"id": "http://["}, "credly")
    assert answer["badge_id"] == "http://["
    assert "error" not in answer


def test_the_crosswalk_has_no_step_that_no_pair_would_miss() -> None:
    """`make mutate` takes away smaller pieces as well."""
    assert [step.name for step in steps() if caught(step) is None] == []


def test_the_pairs_hold_badges_of_all_four_readers() -> None:
    assert {pair.source for pair in pairs()} == {None, "credly", "canvas"}
    assert {"BadgeClass", "Achievement"} <= {
        kind
        for pair in pairs()
        for kind in (pair.badge.get("type") or "",)
        for kind in ([kind] if isinstance(kind, str) else kind)
    }


def test_the_source_vocabulary_is_planted_whole() -> None:
    """Each class of the source vocabulary is reached from the badge class."""
    classes = {name for name, value in vars(model).items() if dataclasses.is_dataclass(value)}
    reached = {"BadgeClass"} | {
        _inside(hint)[0].__name__
        for value in vars(model).values()
        if dataclasses.is_dataclass(value)
        for hint in get_type_hints(value).values()
        if dataclasses.is_dataclass(_inside(hint)[0])
    }
    assert classes == reached
