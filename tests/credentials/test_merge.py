"""Three sides of one property: what it was, what the platform says now, what a person wants."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.credentials.merge import Conflict, Edit, conflicts, edits_that_add, edits_that_set, kept, merged
from mappings.canonical import canonical, digest
from mappings.ctdl.parts import parts

A, B, C = ({"targetNode": "https://s.example/1", "targetNodeName": {"en": name}} for name in "ABC")
AT = "https://s.example/1"
WHO = {"by": "ada@school.example", "at": "2026-01-02T03:04:05Z"}


def edit(op: str, value: Any, base: Any) -> Edit:
    return Edit("occupationType", op, value, base, WHO["by"], WHO["at"], AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "mapped", "wanted", "becomes", "in_conflict"),
    [
        (A, A, A, A, False),
        (A, A, B, B, False),
        (A, A, None, None, False),
        (A, B, A, A, True),
        (A, B, B, B, False),
        (A, B, C, C, True),
        (A, B, None, None, True),
        (A, None, A, A, True),
        (A, None, B, B, True),
        (A, None, None, None, False),
        (None, A, A, A, False),
        (None, A, B, B, True),
        (None, A, None, None, True),
        (None, None, A, A, False),
        (None, None, None, None, False),
    ],
)
def test_a_persons_word_on_a_part_wins_and_is_a_conflict_where_both_sides_went_different_ways(
    base: Any, mapped: Any, wanted: Any, becomes: Any, in_conflict: bool
) -> None:
    base, mapped, wanted = ([part] if part else None for part in (base, mapped, wanted))
    made = edit("set" if wanted else "remove", wanted, base)
    assert merged("occupationType", mapped, [made]) == ([becomes] if becomes else None)
    expected = [Conflict("occupationType", base, mapped, wanted, AT)] if in_conflict else []
    assert list(conflicts({"occupationType": mapped} if mapped else {}, [made])) == expected


SAYS = "/exam/description/en"


def condition(says: str | None) -> Any:
    """A condition with this description, or without one."""
    return [{"name": {"en": "Exam"}} | ({"description": {"en": says}} if says else {})]


@pytest.mark.parametrize(
    ("base", "mapped", "wanted", "becomes", "in_conflict"),
    [
        ("a", "a", "a", "a", False),
        ("a", "a", "b", "b", False),
        ("a", "a", None, None, False),
        ("a", "b", "a", "a", True),
        ("a", "b", "b", "b", False),
        ("a", "b", "c", "c", True),
        ("a", "b", None, None, True),
        ("a", None, "a", "a", True),
        ("a", None, "b", "b", True),
        ("a", None, None, None, False),
        (None, "a", "a", "a", False),
        (None, "a", "b", "b", True),
        (None, "a", None, None, True),
        (None, None, "a", "a", False),
        (None, None, None, None, False),
    ],
)
def test_a_statement_inside_a_condition_is_merged_by_the_same_table(
    base: str | None, mapped: str | None, wanted: str | None, becomes: str | None, in_conflict: bool
) -> None:
    sides = [[{"description": {"en": text}}] if text else None for text in (base, mapped, wanted)]
    made = Edit("requires", "set" if wanted else "remove", sides[2], sides[0], WHO["by"], WHO["at"], SAYS)
    assert merged("requires", condition(mapped), [made]) == condition(becomes)
    expected = [Conflict("requires", *sides, SAYS)] if in_conflict else []
    assert list(conflicts({"requires": condition(mapped)}, [made])) == expected


@pytest.mark.parametrize("mapped", [None, [A], [A, B]])
def test_where_nobody_says_anything_it_is_what_is_mapped_to_the_letter(mapped: Any) -> None:
    assert merged("occupationType", mapped, ()) is mapped


def sets(name: str, mapped: Any, value: Any) -> tuple[Edit, ...]:
    return edits_that_set(name, mapped, value, **WHO)


def test_setting_a_list_says_only_what_is_new_what_is_other_and_what_goes() -> None:
    made = sets("keyword", {"en": ["bees", "honey", "wax"]}, {"en": ["Bees", "honey", "hives"]})
    assert [(each.op, each.item, each.value) for each in made] == [
        ("remove", "en wax", None),
        ("set", "en bees", {"en": ["Bees"]}),
        ("add", "en hives", {"en": ["hives"]}),
    ]


def test_what_the_platform_adds_to_a_list_later_flows_in() -> None:
    made = sets("keyword", {"en": ["bees"]}, {"en": ["bees", "hives"]})
    now = {"en": ["bees", "honey"], "fr": ["miel"]}
    assert merged("keyword", now, made) == {"en": ["bees", "honey", "hives"], "fr": ["miel"]}
    assert list(conflicts({"keyword": now}, made)) == []


def test_what_the_platform_drops_from_a_list_goes_unless_a_person_has_changed_it() -> None:
    made = sets("keyword", {"en": ["bees", "wax"]}, {"en": ["Bees", "wax"]})
    assert merged("keyword", None, made) == {"en": ["Bees"]}
    assert [each.item for each in conflicts({}, made)] == ["en bees"]


def test_another_language_of_the_platform_flows_in_beside_an_edited_text() -> None:
    made = sets("name", {"en": "Bees"}, {"en": "Apiary"})
    now = {"en": "Bees", "de": "Bienen"}
    assert merged("name", now, made) == {"en": "Apiary", "de": "Bienen"}
    assert list(conflicts({"name": now}, made)) == []


def test_setting_what_is_mapped_already_makes_it_theirs_so_that_a_later_change_asks() -> None:
    made = sets("keyword", {"en": ["bees"]}, {"en": ["bees"]})
    assert [(each.op, each.item) for each in made] == [("set", "en bees")]
    assert [each.item for each in conflicts({"keyword": {"en": ["honey"]}}, made)] == ["en bees"]


def test_a_value_without_parts_and_a_property_that_is_left_out_are_one_edit() -> None:
    (made,) = sets("credentialStatusType", "credentialStat:Active", "credentialStat:Deprecated")
    assert (made.item, made.value) == ("", "credentialStat:Deprecated")
    gone = Edit("keyword", "remove", None, {"en": ["bees"]}, WHO["by"], WHO["at"])
    assert merged("keyword", {"en": ["bees", "honey"]}, [gone]) is None
    assert [each.item for each in conflicts({"keyword": {"en": ["honey"]}}, [gone])] == [""]


def test_an_edit_of_a_whole_list_from_before_lists_had_parts_still_stands_in_its_place() -> None:
    old = Edit("keyword", "set", {"en": ["hives"]}, {"en": ["bees"]}, WHO["by"], WHO["at"])
    assert merged("keyword", {"en": ["bees", "honey"]}, [old]) == {"en": ["hives"]}
    (found,) = conflicts({"keyword": {"en": ["bees", "honey"]}}, [old])
    assert found == Conflict("keyword", {"en": ["bees"]}, {"en": ["bees", "honey"]}, {"en": ["hives"]})


def test_adding_overwrites_nothing_and_adding_the_same_again_adds_nothing() -> None:
    made = edits_that_add("occupationType", [A], (), [B], **WHO)
    assert merged("occupationType", [A], made) == [A, B]
    again = edits_that_add("occupationType", [A], made, [B], **WHO)
    assert merged("occupationType", [A], again) in ([A, B], [A, B, B])
    same = edits_that_add("sameAs", ["https://a.example"], (), ["https://a.example", "https://b.example"], **WHO)
    assert merged("sameAs", ["https://a.example"], same) == ["https://a.example", "https://b.example"]


def criteria(*skills: Any, says: str = "Keep bees.", called: str = "Open Badges Criteria") -> dict[str, Any]:
    held = {"name": {"en": called}, "description": {"en": says}}
    return held | ({"targetCompetency": list(skills)} if skills else {})


def skill(number: int, called: str = "Skill") -> dict[str, Any]:
    return {"targetNode": f"https://s.example/{number}", "targetNodeName": {"en": called}}


CRITERIA = "open badges criteria"
FIRST_SKILL = f"/{CRITERIA}/targetCompetency/https:~1~1s.example~11"


def test_who_rewrites_the_criteria_gets_the_skill_that_the_platform_adds_and_no_conflict() -> None:
    made = sets("requires", [criteria(skill(1))], [criteria(skill(1), says="Keep bees well.")])
    assert [(each.op, each.item) for each in made] == [("set", f"/{CRITERIA}/description/en")]
    now = [criteria(skill(1), skill(2))]
    assert merged("requires", now, made) == [criteria(skill(1), skill(2), says="Keep bees well.")]
    assert list(conflicts({"requires": now}, made)) == []


def test_what_both_rewrite_is_in_conflict_and_nothing_else_of_the_profile_is() -> None:
    made = sets("requires", [criteria(skill(1))], [criteria(skill(3), says="Keep bees well.")])
    now = [criteria(skill(1), skill(2), says="Keep many bees.")]
    assert merged("requires", now, made) == [criteria(skill(2), skill(3), says="Keep bees well.")]
    texts = ([{"description": {"en": said}}] for said in ("Keep bees.", "Keep many bees.", "Keep bees well."))
    assert list(conflicts({"requires": now}, made)) == [Conflict("requires", *texts, f"/{CRITERIA}/description/en")]


def test_a_skill_that_a_person_took_out_stays_out_and_is_in_conflict_when_the_platform_changes_it() -> None:
    (made,) = sets("requires", [criteria(skill(1), skill(2))], [criteria(skill(2))])
    assert (made.op, made.item) == ("remove", FIRST_SKILL)
    now = [criteria(skill(1, "Skilled"), skill(2))]
    assert merged("requires", now, [made]) == [criteria(skill(2))]
    before, after = ([{"targetCompetency": [skill(1, called)]}] for called in ("Skill", "Skilled"))
    assert list(conflicts({"requires": now}, [made])) == [Conflict("requires", before, after, None, FIRST_SKILL)]


def test_of_two_skills_with_one_address_one_is_edited_and_the_other_stays() -> None:
    made = sets("requires", [criteria(skill(1, "A"), skill(1, "B"))], [criteria(skill(1, "A"), skill(1, "C"))])
    assert [(each.op, each.item) for each in made] == [("set", f"{FIRST_SKILL} #2")]
    now = [criteria(skill(1, "A"), skill(1, "B"), skill(2))]
    assert merged("requires", now, made) == [criteria(skill(1, "A"), skill(1, "C"), skill(2))]


def test_a_profile_that_a_person_took_out_comes_back_neither_whole_nor_by_half() -> None:
    exam = {"name": {"en": "Exam"}, "description": {"en": "Sit it."}}
    (made,) = sets("requires", [criteria(skill(1)), exam], [exam])
    assert (made.op, made.item, made.base) == ("remove", CRITERIA, [criteria(skill(1))])
    assert list(conflicts({"requires": [criteria(skill(1)), exam]}, [made])) == []
    now = [criteria(skill(1), skill(2)), exam]
    assert merged("requires", now, [made]) == [exam]
    (found,) = conflicts({"requires": now}, [made])
    assert found == Conflict("requires", [criteria(skill(1))], now[:1], None, CRITERIA)


def test_a_profile_that_a_person_adds_is_one_edit_and_in_conflict_with_one_of_its_name_that_comes_later() -> None:
    ours = criteria(skill(1), called="Interview")
    for made in (
        sets("requires", [criteria()], [criteria(), ours]),
        edits_that_add("requires", [criteria()], (), [ours], **WHO),
    ):
        assert [(each.op, each.item, each.value) for each in made] == [("add", "interview", [ours])]
        theirs = criteria(skill(2), called="Interview", says="Come and talk.")
        assert merged("requires", [criteria(), theirs], made) == [criteria(), ours]
        (found,) = conflicts({"requires": [criteria(), theirs]}, made)
        assert found == Conflict("requires", None, [theirs], [ours], "interview")


def test_a_condition_within_a_condition_is_added_and_taken_out_as_one_as_well() -> None:
    either, other = criteria(skill(1), called="Either"), criteria(called="Or")
    before, after = (criteria() | {"alternativeCondition": [each]} for each in (either, other))
    made = sets("requires", [before], [after])
    assert [(each.op, each.item) for each in made] == [
        ("remove", f"/{CRITERIA}/alternativeCondition/either"),
        ("add", f"/{CRITERIA}/alternativeCondition/or"),
    ]
    assert merged("requires", [before], made) == [after]
    more = criteria() | {"alternativeCondition": [criteria(skill(1), skill(2), called="Either")]}
    assert merged("requires", [more], made) == [after]
    assert [each.item for each in conflicts({"requires": [more]}, made)] == [made[0].item]


def test_a_profile_that_a_person_renames_still_follows_the_platform() -> None:
    made = sets("requires", [criteria(skill(1))], [criteria(skill(1), called="How to earn it")])
    assert [(each.op, each.item) for each in made] == [("set", f"/{CRITERIA}/name/en")]
    now = [criteria(skill(1), skill(2), says="Keep many bees.")]
    assert merged("requires", now, made) == [
        criteria(skill(1), skill(2), says="Keep many bees.", called="How to earn it")
    ]
    assert list(conflicts({"requires": now}, made)) == []
    again = sets("requires", now, merged("requires", now, made))
    assert [(each.op, each.item) for each in again] == [("set", f"/{CRITERIA}/name/en")]


def test_a_profile_with_another_name_and_nothing_in_common_is_another_one() -> None:
    other = criteria(called="Interview", says="Come and talk.")
    made = sets("requires", [criteria(skill(1))], [other])
    assert [(each.op, each.item) for each in made] == [("remove", CRITERIA), ("add", "interview")]
    assert merged("requires", [criteria(skill(1))], made) == [other]


def test_a_profile_of_which_nothing_is_left_is_gone() -> None:
    everything = [
        Edit("requires", "remove", None, part, WHO["by"], WHO["at"], item)
        for item, part in parts("requires", [criteria(skill(1))]).items()
    ]
    assert merged("requires", [criteria(skill(1)), condition(None)[0]], everything) == condition(None)
    assert merged("requires", [criteria(skill(1))], everything) is None


def test_what_a_person_put_into_a_profile_that_the_platform_drops_is_in_conflict_until_they_choose() -> None:
    (made,) = sets("requires", [criteria(skill(1))], [criteria(skill(1), skill(2))])
    assert (made.op, made.base) == ("add", None)
    assert list(conflicts({"requires": [criteria()]}, [made])) == []
    (found,) = conflicts({}, [made])
    assert (found.mapped, found.edited) == (None, [{"targetCompetency": [skill(2)]}])
    assert list(conflicts({}, [kept(made, {})])) == []
    assert merged("requires", None, [kept(made, {})]) == [{"targetCompetency": [skill(2)]}]


def test_an_edit_of_a_whole_profile_from_before_profiles_had_parts_stands_as_it_was_made() -> None:
    before, ours = [criteria(skill(1))], [criteria(skill(1), says="Keep bees well.")]
    old = Edit("requires", "set", ours, before, WHO["by"], WHO["at"], CRITERIA)
    assert merged("requires", before, [old]) == ours
    assert list(conflicts({"requires": before}, [old])) == []
    now = [criteria(skill(1), skill(2)), condition(None)[0]]
    assert merged("requires", now, [old]) == [*ours, *condition(None)]
    assert list(conflicts({"requires": now}, [old])) == [Conflict("requires", before, now[:1], ours, CRITERIA)]
    gone = old._replace(op="remove", value=None)
    assert merged("requires", now, [gone]) == condition(None)


WORDS = st.sampled_from(["bees", "Bees", "honey", "wax", "hives", "bees #2"])
LISTS = st.lists(WORDS, max_size=5, unique_by=str.casefold)
TWINS = st.lists(WORDS, max_size=5)


def keywords(words: list[str]) -> Any:
    return {"en": words} if words else None


@given(base=LISTS, mapped=LISTS, wanted=LISTS.filter(bool))
def test_a_merge_loses_nothing_that_neither_side_removed_and_doing_it_twice_is_doing_it_once(
    base: list[str], mapped: list[str], wanted: list[str]
) -> None:
    before, now, want = map(keywords, (base, mapped, wanted))
    made = sets("keyword", before, want)
    result = merged("keyword", now, made)
    there, old, new = parts("keyword", result), parts("keyword", before), parts("keyword", now)
    for item in parts("keyword", want):
        assert item in there or (item in old and item not in new), "a person's item is lost that nobody removed"
    for item in new:
        assert item in there or item in {each.item for each in made if each.op == "remove"}
    assert digest(merged("keyword", result, made)) == digest(result)
    assert canonical(merged("keyword", now, made)) == canonical(result)
    backwards = merged("keyword", keywords(mapped[::-1]), tuple(reversed(made)))
    assert digest(backwards) == digest(result)


@given(mapped=TWINS, wanted=TWINS.filter(bool))
def test_what_a_person_sets_is_what_is_there_and_in_no_conflict(mapped: list[str], wanted: list[str]) -> None:
    now, want = keywords(mapped), keywords(wanted)
    made = sets("keyword", now, want)
    assert digest(merged("keyword", now, made)) == digest(want)
    assert list(conflicts({"keyword": now}, made)) == []


TEXTS = st.dictionaries(st.sampled_from(["en", "fr"]), st.sampled_from(["One.", "Two."]), min_size=1)
SKILLS = st.lists(st.builds(skill, st.integers(1, 3), st.sampled_from("AB")), min_size=1, max_size=3)
CONDITION = st.fixed_dictionaries(
    {"name": st.fixed_dictionaries({"en": st.sampled_from(["Exam", "exam", "/Essay ~", "Exam #2"])})},
    optional={"description": TEXTS, "targetCompetency": SKILLS, "subjectWebpage": st.just("https://s.example")},
)
NESTED = st.builds(
    lambda each, inner: each | {"alternativeCondition": inner}, CONDITION, st.lists(CONDITION, min_size=1, max_size=2)
)
CONDITIONS = st.lists(CONDITION | NESTED, max_size=3).map(lambda several: several or None)
GIVEN = CONDITIONS.filter(bool)


@given(mapped=CONDITIONS, wanted=GIVEN)
def test_the_conditions_that_a_person_sets_are_those_that_are_there_and_in_no_conflict(
    mapped: Any, wanted: Any
) -> None:
    made = sets("requires", mapped, wanted)
    assert digest(merged("requires", mapped, made)) == digest(wanted)
    assert list(conflicts({"requires": mapped} if mapped else {}, made)) == []


@given(base=CONDITIONS, mapped=CONDITIONS, wanted=GIVEN)
def test_conditions_lose_nothing_that_neither_side_removed(base: Any, mapped: Any, wanted: Any) -> None:
    made = sets("requires", base, wanted)
    there = said(merged("requires", mapped, made))
    assert said(*(each.value for each in made)) <= there, "what a person said is lost"
    waiting = conflicts({"requires": mapped} if mapped else {}, made)
    given_up = said(*(each.base for each in made), *(each.mapped for each in waiting))
    assert said(mapped) - given_up <= there, "what the platform says is lost and in no conflict"


def said(*conditions: Any) -> set[str]:
    """All that some conditions say, wherever it stands in them."""
    return {digest(each) for each in statements(list(conditions))}


def statements(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [each for inner in value for each in statements(inner)]
    if isinstance(value, dict) and "targetNode" not in value:
        return [(name, each) for name, inner in value.items() for each in statements(inner)]
    return [] if value is None else [value]
