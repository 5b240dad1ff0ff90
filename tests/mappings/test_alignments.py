"""Where alignments belong: by what they say themselves, and where somebody places them."""

from dataclasses import fields, replace
from typing import Any

import pytest

from mappings.crosswalk.alignment import CONNECTIONS, CRITERIA, TARGETS, key, keys, realigned
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, credential
from mappings.crosswalk.placement import can_be_moved
from mappings.ctdl.model import ConditionProfile, Credential
from mappings.ctdl.shape import by_name, properties
from mappings.open_badges.model import Alignment, BadgeClass, Criteria
from mappings.rules import Placement

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
OTHER = "ce-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
CONTEXT = Context(authority="badges.example", platform_name="Practice", organization_ctid=OWNER)
KNOTS = Alignment(target_name="Tie knots", target_url="https://skills.example/knots", target_code="K-1")
ROPES = Alignment(target_name="Splice ropes", target_url="https://skills.example/ropes")
FULL = Alignment(
    target_name="Rigging",
    target_url="https://ropes.example/rigging",
    target_description="Everything about rigging.",
    target_framework="Ropes",
    target_code="R-1",
)
EVERY_PLACE = [(target, name) for target, into in TARGETS.items() if target != "rubric" for name in into.properties]


def mapped(*alignments: Alignment, **members: Any) -> Mapped:
    told = {"criteria": Criteria(narrative="Tie ten knots.")} | members
    badge = BadgeClass(id="https://badges.example/1", source_id="1", name="Ropes", alignment=alignments, **told)
    return credential(badge, CONTEXT)


def target(**members: str) -> tuple[str, str | None]:
    (aligned,) = mapped(Alignment(**({"target_name": "Rigging"} | members))).alignments
    return aligned.target, aligned.property


def moved(found: Mapped, to: Placement, by: str = "") -> Mapped:
    return realigned(found, {each.key: to for each in found.alignments}, {each.key: by for each in found.alignments})


def codes(found: Mapped) -> list[str]:
    return [note.code for note in found.notes if note.member == "alignment"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"target_type": "ceasn:Competency"}, ("competency", "requires")),
        ({"target_type": "CFItem"}, ("competency", "requires")),
        ({"target_type": "CFItem", "target_framework": "O*NET-SOC"}, ("occupation", "occupationType")),
        ({"target_type": "ceasn:Competency", "target_framework": "O*NET"}, ("competency", "requires")),
        ({"target_type": "ceterms:Credential"}, ("credential", "requires")),
        ({"target_type": "ceterms:License"}, ("credential", "requires")),
        ({"target_type": "ceterms:Course"}, ("course", "requires")),
        ({"target_type": "ceterms:LearningProgram"}, ("learning_program", "requires")),
        ({"target_type": "ceterms:LearningOpportunityProfile"}, ("learning_opportunity", "requires")),
        ({"target_type": "ceterms:AssessmentProfile"}, ("assessment", "requires")),
        ({"target_type": "ceterms:Occupation"}, ("occupation_target", "isPreparationFor")),
        ({"target_type": "ceterms:QACredentialOrganization"}, ("quality_assurance", "recognizedBy")),
        ({"target_type": "CFRubric"}, ("competency", "requires")),
        ({"target_type": "CFRubricCriterion", "target_code": OTHER}, ("rubric", "hasRubric")),
        ({"target_type": "ext:ours"}, ("competency", "requires")),
        ({"target_type": "ext:ours", "target_framework": "NAICS 2022"}, ("industry", "industryType")),
        ({"target_framework": "CIP 2020"}, ("instructional_program", "instructionalProgramType")),
        ({"target_framework": "NERC CIP"}, ("competency", "requires")),
        ({"target_url": "https://www.onetonline.org/link/summary/51-9061.00"}, ("occupation", "occupationType")),
        ({"target_url": "https://www.onetonline.org/find/descriptor/result/2.A.1.a"}, ("competency", "requires")),
        ({"target_url": "https://www.census.gov/naics/?details=5415"}, ("industry", "industryType")),
        (
            {"target_url": "https://nces.ed.gov/ipeds/cipcode/cipdetail.aspx?y=56&cip=51.3801"},
            ("instructional_program", "instructionalProgramType"),
        ),
        ({"target_url": "https://credentialfinder.org/credential/12"}, ("credential", "requires")),
    ],
)
def test_an_alignment_is_placed_by_what_it_says(members: dict[str, str], expected: tuple[str, str]) -> None:
    assert target(**({"target_url": "https://ropes.example/1"} | members)) == expected


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://www.onetonline.org/link/summary/51-9061.00", "51-9061.00"),
        ("https://www.bls.gov/soc/2018/major_groups.htm#49-9096", "49-9096"),
        ("https://www.census.gov/naics/?input=54&details=54151&year=2022", "54151"),
        ("https://nces.ed.gov/ipeds/cipcode/cipdetail.aspx?y=56&cip=51.3801", "51.3801"),
    ],
)
def test_the_code_in_the_address_of_a_classification_is_kept(address: str, code: str) -> None:
    (aligned,) = mapped(Alignment(target_name="Rigging", target_url=address)).alignments
    assert aligned.node is not None
    assert properties(aligned.node)["codedNotation"] == code


@pytest.mark.parametrize(("target", "name"), EVERY_PLACE)
def test_every_place_of_the_matrix_can_be_chosen(target: str, name: str) -> None:
    found = moved(mapped(FULL), Placement(target, name), "chosen by Ann")

    held = properties(found.credential)[name]
    within = TARGETS[target].within
    values = [node for profile in held for node in profile.get(within, ())] if within else held
    (node,) = values
    assert "Rigging" in str(node)
    assert "https://ropes.example/rigging" in str(node)
    assert "R-1" in str(node) or target == "quality_assurance"
    assert node.get("type") == TARGETS[target].ctdl_class
    source = next(source for source in found.provenance if source.property == name)
    assert source.rule.endswith("“Rigging” chosen by Ann")
    assert "alignment" in source.members
    assert {s.property for s in found.provenance} == properties(found.credential).keys()
    assert by_name(Credential)[name]
    assert within is None or by_name(ConditionProfile)[within]


def test_the_default_of_a_target_is_the_first_of_its_properties_also_where_another_makes_no_sense() -> None:
    for into, stated in (("course", None), ("course", "occupationType"), ("occupation", "requires")):
        (aligned,) = moved(mapped(FULL), Placement(into, stated)).alignments
        assert aligned.property == TARGETS[into].properties[0]
    assert CONNECTIONS[0] == "requires"


def test_the_type_of_a_credential_is_the_one_that_is_chosen_and_a_certification_by_default() -> None:
    for chosen, written in (("ceterms:License", "ceterms:License"), ("Diploma", "ceterms:Diploma"), (None, None)):
        (aligned,) = moved(mapped(FULL), Placement("credential", "requires", chosen)).alignments
        assert aligned.node is not None
        assert properties(aligned.node)["identifier"]
        assert aligned.node.type == (written or "ceterms:Certification")
    (too_broad,) = moved(mapped(FULL), Placement("credential", None, "ceterms:Credential")).alignments
    assert too_broad.node.type == "ceterms:Certification"


def test_criteria_are_never_overwritten_and_profiles_never_collapse() -> None:
    found = mapped(KNOTS, ROPES)
    first, second = keys(BadgeClass(id="1", source_id="1", name="x", alignment=(KNOTS, ROPES)))
    found = realigned(found, {first: Placement("assessment", "requires"), second: Placement("course", "recommends")})
    (criteria,) = found.credential.requires
    assert criteria.description == {"en-US": "Tie ten knots."}
    assert [each.name for each in criteria.target_assessment if not isinstance(each, str)] == [{"en-US": "Tie knots"}]
    assert criteria.target_competency == ()
    (recommended,) = found.credential.recommends
    assert recommended.name == {"en-US": "Open Badges Alignment"}
    assert len(recommended.target_learning_opportunity) == 1


def test_occupations_that_are_targets_have_a_profile_of_their_own() -> None:
    found = moved(mapped(FULL), Placement("occupation_target", "isRequiredFor"))
    (profile,) = found.credential.is_required_for
    assert profile.name == {"en-US": "Occupations"}


def test_skipped_means_skipped_and_a_note_keeps_what_was_left_out() -> None:
    found = moved(mapped(FULL), Placement("skip"), "left out by Ann")
    assert "Rigging" not in str(properties(found.credential))
    (note,) = [note for note in found.notes if note.code == "alignment_skipped"]
    assert note.message == (
        "An alignment was left out (left out by Ann): "
        "Rigging, https://ropes.example/rigging, Everything about rigging., Ropes, R-1."
    )
    assert codes(found) == ["alignment_skipped"]


def test_the_profile_that_only_alignments_had_made_goes_with_the_last_of_them() -> None:
    found = mapped(FULL, criteria=Criteria())
    assert found.credential.requires[0].name == {"en-US": CRITERIA}
    found = moved(found, Placement("occupation"))
    assert found.credential.requires == ()
    assert "requires" not in {source.property for source in found.provenance}
    assert "criteria_in_our_words" not in {note.code for note in found.notes}


def test_what_is_moved_and_moved_back_is_as_it_was() -> None:
    before = mapped(FULL, KNOTS)
    name = before.alignments[0].key
    there = realigned(before, {name: Placement("course", "recommends")})
    back = realigned(there, {name: Placement("competency", "requires")})
    assert there.credential != before.credential
    requires, again = before.credential.requires[0], back.credential.requires[0]
    assert set(map(str, requires.target_competency)) == set(map(str, again.target_competency))
    assert replace(requires, target_competency=()) == replace(again, target_competency=())


def test_nothing_but_alignments_is_touched_and_unknown_keys_count_for_nothing() -> None:
    before = mapped(FULL, KNOTS)
    assert realigned(before, {}) == before
    assert realigned(before, {"unknown": Placement("skip")}) == before
    assert realigned(before, {before.alignments[0].key: Placement("nonsense")}) == before
    after = moved(before, Placement("industry"))
    untouched = [f.name for f in fields(Credential) if f.name not in ("requires", "industry_type")]
    assert all(getattr(before.credential, name) == getattr(after.credential, name) for name in untouched)
    assert (before.credential_type, before.findings) == (after.credential_type, after.findings)


def test_what_a_rule_has_set_is_not_filled_again_when_another_alignment_moves() -> None:
    before = mapped(KNOTS, FULL)
    emptied = replace(before, credential=replace(before.credential, requires=()))
    after = realigned(emptied, {emptied.alignments[0].key: Placement("course", "recommends")})
    assert after.credential.requires == ()
    assert len(after.credential.recommends) == 1


def test_two_alignments_with_one_address_are_two_and_twins_are_numbered_and_written_once() -> None:
    one, two = replace(KNOTS, target_url=ROPES.target_url), ROPES
    found = mapped(one, two, two)
    first, second, third = (each.key for each in found.alignments)
    assert len({first, second, third}) == 3
    assert third == f"{second}-2"
    assert len(found.credential.requires[0].target_competency) == 2
    found = realigned(found, {third: Placement("skip")})
    assert len(found.credential.requires[0].target_competency) == 2


@pytest.mark.parametrize(
    "same",
    [
        replace(KNOTS, target_url="http://skills.example/knots/"),
        replace(KNOTS, target_description="Told in other words."),
        replace(KNOTS, target_framework="Ropework"),
    ],
)
def test_a_key_outlives_what_is_told_about_an_alignment(same: Alignment) -> None:
    assert key(same) == key(KNOTS)


def test_the_two_spellings_of_the_address_of_a_skill_are_one() -> None:
    one = Alignment(target_name="Knots", target_url="https://www.badges.example/skill/knots")
    other = replace(one, target_url="https://www.badges.example/skills/knots")
    assert key(one) == key(other)
    assert key(one) != key(replace(one, target_url="https://www.badges.example/org/skill/knots"))


@pytest.mark.parametrize(
    "own",
    [
        Alignment(
            target_name="Ropes",
            target_url=f"https://credentialfinder.org/resources/{OTHER}",
            target_framework="Credential Transparency Description Language",
            target_code=OTHER,
        ),
        Alignment(target_framework="Credential Transparency Description Language", target_code=OTHER.upper()),
        Alignment(target_url=f"https://credentialengineregistry.org/resources/{OTHER}", target_type="CTDL"),
    ],
)
def test_the_badges_own_record_is_a_match_and_never_a_target(own: Alignment) -> None:
    found = mapped(own)
    assert found.points_to == (OTHER,)
    assert OTHER not in str(properties(found.credential))
    assert moved(found, Placement("credential")) == found
    assert codes(found) == ["points_to_the_registry"]


def test_another_credential_of_the_registry_is_one_that_it_requires_not_the_badges_own_record() -> None:
    other = Alignment(
        target_url=f"https://credentialfinder.org/credential/{OTHER}",
        target_code=OTHER,
        target_type="ceterms:Credential",
    )
    found = mapped(other)
    assert found.credential.requires[0].target_credential == (OTHER,)
    assert found.points_to == ()


def test_a_code_that_is_a_ctid_links_to_the_record_in_the_registry() -> None:
    competency = Alignment(target_name="Tie knots", target_type="ceasn:Competency", target_code=OTHER)
    found = mapped(competency)
    (written,) = found.credential.requires[0].target_competency
    assert written.target_node == f"https://credentialengineregistry.org/resources/{OTHER}"
    assert found.points_to == ()
    course = moved(found, Placement("course"))
    assert course.credential.requires[0].target_learning_opportunity == (OTHER,)
    (note,) = [note for note in course.notes if note.code == "linked_to_the_registry"]
    assert "Tie knots" in note.message


def test_a_record_of_the_sandbox_stays_one_of_the_sandbox() -> None:
    address = f"https://sandbox.credentialengineregistry.org/graph/{OTHER}"
    found = mapped(Alignment(target_name="Tie knots", target_type="ceasn:Competency", target_url=address))
    (written,) = found.credential.requires[0].target_competency
    assert written.target_node == f"https://sandbox.credentialengineregistry.org/resources/{OTHER}"


def test_what_has_no_page_cannot_be_named_as_a_thing_and_is_told() -> None:
    nameless = Alignment(target_name="Rigging")
    found = moved(mapped(nameless), Placement("course"))
    assert found.credential.requires[0].target_learning_opportunity == ()
    assert codes(found) == ["alignment_without_page"]
    (aligned,) = mapped(replace(nameless, target_type="ceterms:Course")).alignments
    assert (aligned.target, aligned.property) == ("competency", "requires")


def test_what_says_nothing_and_what_states_the_type_cannot_be_moved() -> None:
    nothing = Alignment(target_description="Somewhere.")
    stated = Alignment(target_name="License", target_url="https://purl.org/ctdl/terms/License")
    found = mapped(nothing, stated)
    assert not any(can_be_moved(each) for each in found.alignments)
    assert moved(found, Placement("competency")) == found
    assert codes(found) == ["alignment_without_target", "alignment_states_type"]


@pytest.mark.parametrize(
    ("alignment", "lacking"),
    [
        (
            Alignment(target_name="Marks", target_url="https://x.example/r", target_type="CFRubric"),
            "no record in the Reg",
        ),
        (Alignment(target_name="Ropes II", target_type="ceterms:Course"), "no name and web page"),
    ],
)
def test_what_says_what_it_is_and_cannot_be_named_so_is_never_said_to_say_nothing(
    alignment: Alignment, lacking: str
) -> None:
    found = mapped(alignment)
    (aligned,) = found.alignments
    assert aligned.target == "competency"
    assert aligned.why.startswith(f"its target type is {alignment.target_type}, but it has {lacking}")
    (note,) = [note for note in found.notes if note.code == "alignment_by_default"]
    assert (
        note.message == f"1 alignment was taken for a competency, for want of a better place: {alignment.target_name}."
    )
