"""The parts of a value: each under what identifies it, none lost, and together the value again."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical import digest
from mappings.ctdl.model import Credential
from mappings.ctdl.parts import around, covers, entries, in_words, moved, part_at, parts, whole, with_part
from mappings.ctdl.shape import by_name
from tests.mappings.golden_pairs import entry_of, pairs

BEES, HIVES = "https://skills.example/bees", "https://skills.example/hives"
WORDS = st.text(alphabet=st.sampled_from("abA #2\n/~1"), min_size=1, max_size=5)
TAGS = st.sampled_from(["en", "EN", "en-US", "fr"])
TEXT = st.dictionaries(TAGS, WORDS, min_size=1)
SKILL = st.fixed_dictionaries({"targetNode": WORDS}, optional={"targetNodeName": TEXT, "codedNotation": WORDS})
CONDITION = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "description": TEXT,
        "subjectWebpage": WORDS,
        "condition": st.dictionaries(TAGS, st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=2),
        "weight": st.integers(0, 2),
        "targetCompetency": st.lists(SKILL, min_size=1, max_size=3),
        "targetCredential": st.lists(WORDS, min_size=1, max_size=3),
        "ceasn:beyond": st.lists(WORDS, min_size=1, max_size=2) | st.dictionaries(WORDS, WORDS, min_size=1),
    },
)
CONDITIONS = st.lists(
    CONDITION
    | st.builds(lambda each, inner: each | {"alternativeCondition": inner}, CONDITION, st.lists(CONDITION, min_size=1)),
    min_size=1,
    max_size=3,
)
VALUES = {
    "name": TEXT,
    "keyword": st.dictionaries(TAGS, st.lists(WORDS, min_size=1, max_size=4), min_size=1),
    "sameAs": st.lists(WORDS, min_size=1, max_size=5),
    "credentialId": WORDS,
    "isPartOf": st.lists(
        WORDS | st.fixed_dictionaries({"type": WORDS, "name": TEXT, "subjectWebpage": WORDS}), min_size=1, max_size=4
    ),
    "occupationType": st.lists(
        st.fixed_dictionaries({}, optional={"targetNode": WORDS, "framework": WORDS, "codedNotation": WORDS}),
        min_size=1,
        max_size=4,
    ),
    "requires": CONDITIONS,
}


@pytest.mark.parametrize(
    ("name", "value", "items"),
    [
        ("name", {"en-US": "Bees", "fr": "Abeilles"}, ["en-us", "fr"]),
        ("keyword", {"en": ["Bees", "honey"], "fr": ["miel"]}, ["en bees", "en honey", "fr miel"]),
        ("sameAs", [BEES, HIVES], [BEES, HIVES]),
        ("credentialStatusType", "credentialStat:Active", [""]),
        ("ownedBy", [{"type": "ceterms:Organization", "name": {"en": "School"}}], ["ceterms:organization school"]),
        ("occupationType", [{"targetNode": BEES}, {"targetNode": HIVES}], [BEES, HIVES]),
        (
            "occupationType",
            [{"frameworkName": {"en": "O*NET"}, "codedNotation": "45-2093"}, {"targetNodeName": {"en": "Keeper"}}],
            ["o*net 45-2093", "keeper"],
        ),
        (
            "identifier",
            [{"identifierTypeName": {"en": "Badge ID"}, "identifierValueCode": "A1"}, {"identifierValueCode": "A1"}],
            ["badge id a1", "a1"],
        ),
        (
            "requires",
            [{"name": {"en": "Exam"}, "dateEffective": "2026-01-02"}, {"targetCompetency": [{"targetNode": BEES}]}, {}],
            [
                "/exam/name/en",
                "/exam/dateEffective",
                "/ConditionProfile/targetCompetency/https:~1~1skills.example~1bees",
                "ConditionProfile #2",
            ],
        ),
        (
            "estimatedCost",
            [{"directCostType": "costType:Tuition", "currency": "USD", "price": 5}],
            ["costtype:tuition usd"],
        ),
    ],
)
def test_a_part_is_known_by_what_identifies_it(name: str, value: Any, items: list[str]) -> None:
    assert list(parts(name, value)) == items


def test_the_parts_of_a_condition_are_those_of_its_members_at_whatever_depth() -> None:
    either = {"name": {"en": "Either"}, "description": {"en": "A", "fr": "B"}, "condition": {"en": ["Sit", "Pass"]}}
    exam = {"name": {"en": "Exam"}, "alternativeCondition": [either], "estimatedCost": [{"price": 5}]}
    inside = "/exam/alternativeCondition/either"
    assert parts("requires", [exam]) == {
        "/exam/name/en": [{"name": {"en": "Exam"}}],
        f"{inside}/name/en": [{"alternativeCondition": [{"name": {"en": "Either"}}]}],
        f"{inside}/description/en": [{"alternativeCondition": [{"description": {"en": "A"}}]}],
        f"{inside}/description/fr": [{"alternativeCondition": [{"description": {"fr": "B"}}]}],
        f"{inside}/condition/en sit": [{"alternativeCondition": [{"condition": {"en": ["Sit"]}}]}],
        f"{inside}/condition/en pass": [{"alternativeCondition": [{"condition": {"en": ["Pass"]}}]}],
        "/exam/estimatedCost/CostProfile": [{"estimatedCost": [{"price": 5}]}],
    }
    assert part_at("requires", parts("requires", [exam]), inside) == [{"alternativeCondition": [either]}]
    assert part_at("requires", parts("requires", [exam]), "exam") == [exam]
    assert part_at("requires", parts("requires", [exam]), "/exam/description/en") is None
    assert around("requires", f"{inside}/name/en") == ["exam", inside]
    assert entries("requires", [exam]) == {"exam": [exam]}


def test_what_means_something_only_as_a_whole_is_one_part() -> None:
    cost = {"name": {"en": "Fee"}, "currency": "USD", "price": 5, "description": {"en": "Once."}}
    assert parts("estimatedCost", [cost]) == {"fee": [cost]}
    skill = {"targetNode": BEES, "targetNodeName": {"en": "Bees"}, "codedNotation": "B1"}
    assert parts("occupationType", [skill]) == {BEES: [skill]}


@pytest.mark.parametrize(
    "called", ["Exam", "A/B ~1 c", "/Exam", "/exam/description/en", "x" * 500, "two\nlines  apart"]
)
def test_the_item_of_a_profile_covers_what_is_inside_it_and_nothing_else(called: str) -> None:
    value = [{"name": {"en": called}, "description": {"en": "One."}}, {"name": {"en": f"{called} two"}}]
    (first, second), held = entries("requires", value), parts("requires", value)
    assert [[covers("requires", each, item) for item in held] for each in (first, second)] == [
        [True, True, False],
        [False, False, True],
    ]
    assert part_at("requires", held, first) == value[:1]
    assert with_part("requires", held, first, None) == parts("requires", value[1:])
    assert all(len(item) < 300 and item.isprintable() for item in held)


def test_items_from_before_profiles_had_parts_name_the_whole_profile() -> None:
    for called in ("exam", "and/or", "a  b", "/exam", "/exam/2"):
        value = [{"name": {"en": called}, "description": {"en": "One."}}, {"name": {"en": "another"}}]
        assert part_at("requires", parts("requires", value), called) == value[:1]


def test_an_item_is_read_without_what_spells_it() -> None:
    (item,) = parts("requires", [{"targetCompetency": [{"targetNode": BEES}]}])
    assert in_words("requires", item) == f"ConditionProfile / targetCompetency / {BEES}"
    assert (in_words("keyword", "en /bees"), in_words("image", "")) == ("en /bees", "")


def test_a_part_put_in_place_of_a_profile_is_taken_apart_and_keeps_the_place() -> None:
    held = parts("requires", [{"name": {"en": "Exam"}}, {"name": {"en": "Essay"}}])
    sat = [{"name": {"en": "Exam"}, "description": {"en": "Sit it."}}]
    changed = with_part("requires", held, "exam", sat)
    assert list(changed) == ["/exam/name/en", "/exam/description/en", "/essay/name/en"]
    assert next(iter(moved("requires", changed, "exam", "oral exam"))) == "/oral exam/name/en"
    assert list(with_part("requires", held, "viva", sat)) == [*held, "/viva/name/en", "/viva/description/en"]


def test_two_conditions_of_one_name_and_two_skills_of_one_address_are_all_kept() -> None:
    skills = [{"targetNode": BEES, "targetNodeName": {"en": each}} for each in ("Bees", "Wasps")]
    value = [{"name": {"en": "Exam"}, "targetCompetency": skills}, {"name": {"en": "Exam"}, "weight": 1}]
    assert list(parts("requires", value)) == [
        "/exam/name/en",
        "/exam/targetCompetency/https:~1~1skills.example~1bees",
        "/exam/targetCompetency/https:~1~1skills.example~1bees #2",
        "/exam #2/name/en",
        "/exam #2/weight",
    ]
    assert whole("requires", parts("requires", value)) == value


def test_a_part_is_itself_a_value_of_the_property() -> None:
    assert parts("keyword", {"en": ["bees", "honey"]})["en honey"] == {"en": ["honey"]}
    assert parts("name", {"en": "Bees", "fr": "Abeilles"})["fr"] == {"fr": "Abeilles"}
    assert parts("sameAs", [BEES, HIVES])[HIVES] == [HIVES]


def test_two_alignments_with_one_address_are_both_kept_and_told_apart_whatever_their_order() -> None:
    one = {"targetNode": BEES, "targetNodeName": {"en": "Bees"}}
    other = {"targetNode": BEES, "targetNodeName": {"en": "Wasps"}}
    assert parts("occupationType", [one, other]) == {BEES: [one], f"{BEES} #2": [other]}
    assert parts("occupationType", [other, one]) == parts("occupationType", [one, other])


def test_nothing_has_no_parts_and_no_parts_are_nothing() -> None:
    assert parts("keyword", None) == {}
    assert whole("keyword", {}) is None


@given(st.data())
def test_the_parts_of_a_value_make_it_again_and_its_order_does_not_tell(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(VALUES)))
    value = data.draw(VALUES[name])
    held = parts(name, value)
    assert whole(name, held) == value
    assert all(part_at(name, held, item) == part for item, part in entries(name, value).items())
    if isinstance(value, list):
        assert len(entries(name, value)) == len(value)
        for order in permutations(value) if len(value) < 4 else ():
            again = parts(name, list(order))
            assert {item: digest(part) for item, part in again.items()} == {i: digest(p) for i, p in held.items()}


def test_the_parts_of_all_that_the_golden_badges_become_make_it_again() -> None:
    for pair in pairs():
        for name, value in entry_of(pair).get("properties", {}).items():
            held = parts(name, value)
            assert (whole(name, held), None not in held.values()) == (value, True)


def test_every_property_that_is_a_list_of_things_has_parts() -> None:
    lists = [name for name, known in by_name(Credential).items() if known.kind.name in ("PROFILES", "REFERENCES")]
    assert len(lists) > 20
    for name in lists:
        assert len(parts(name, [{"name": {"en": "One"}}, {"name": {"en": "Another"}}])) == 2
