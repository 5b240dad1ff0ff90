"""The alignments of one badge: shown with where they stand and why, moved and left out by one form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from connector.credentials import alignments, decisions, queries, records
from connector.problem import Problem
from connector.web import record_alignments
from mappings.crosswalk.alignment import TARGETS, Aligned
from mappings.crosswalk.own_record import registry_ctid
from mappings.ctdl.parts import entries
from mappings.rules import Placement
from tests.web.parsed import Page

if TYPE_CHECKING:
    from connector.credentials.records import Sourced
    from tests.web.conftest import Web

BY = "ana@college.example"


def now(web: Web, record_id: str) -> Sourced:
    with web.opened.database.reading() as connection:
        return records.one(connection, record_id)


@pytest.fixture
def record(desk: Web) -> str:
    """A record of a badge with an alignment that is a competency, for want of anything better."""
    with desk.opened.database.reading() as connection:
        found = queries.listed(connection, queries.where())
        return next(each.sourced.row.id for each in found if competency(each.sourced) is not None)


def competency(sourced: Sourced) -> Aligned | None:
    found = alignments.of_record(sourced)
    return next((each for each in found if each.target == "competency" and is_elsewhere(each)), None)


def is_elsewhere(each: Aligned) -> bool:
    return bool(each.alignment.target_url) and registry_ctid(each.alignment) is None


def moved(desk: Web, record: str, key: str, **given: str) -> Any:
    fields = {f"{name}:{key}": value for name, value in given.items()}
    return desk.post(f"/records/{record}/alignments", fields | {"seen": now(desk, record).row.content_hash})


def test_the_page_lists_each_alignment_with_its_place_and_the_reason(desk: Web, record: str) -> None:
    html = desk.get(f"/records/{record}").text
    page = Page(html)
    for each in alignments.of_record(now(desk, record)):
        offered = html.partition(f'name="target:{each.key}"')[2].partition("</select>")[0]
        assert re.findall('value="([^"]+)"', offered) == list(TARGETS)
        assert f'value="{each.target}" selected' in offered
        assert each.why[1:] in page.text()


def test_an_alignment_is_moved_and_its_property_says_who_moved_it(desk: Web, record: str) -> None:
    chosen = competency(now(desk, record))
    assert chosen

    answer = moved(desk, record, chosen.key, target="course", property="recommends")

    assert "1 placed." in Page(desk.follow(answer).text).text()
    after = now(desk, record)
    (profile,) = after.content.properties["recommends"]
    assert profile["targetLearningOpportunity"][0]["subjectWebpage"] == chosen.alignment.target_url
    rule = {each.property: each.rule for each in after.content.provenance}["recommends"]
    assert f"placed by {desk.person.email}" in rule

    back = moved(desk, record, chosen.key, target="reset", property="recommends")
    assert back.status_code == 303
    assert now(desk, record).record.edits == ()
    assert "recommends" not in now(desk, record).content.properties


def test_skipped_means_skipped_and_edits_of_the_same_property_stay(desk: Web, record: str) -> None:
    before = now(desk, record)
    chosen = competency(before)
    assert chosen
    with desk.opened.database.transaction() as connection:
        wanted = [*before.content.properties["requires"], {"name": "Another", "description": "A condition of ours."}]
        decisions.edit(connection, record, set_json=[("requires", wanted)], by=BY)

    moved(desk, record, chosen.key, target="skip", property=chosen.property or "")

    after = now(desk, record)
    assert set(entries("requires", after.content.properties["requires"])) >= {"another"}
    assert str(chosen.alignment.target_url) not in str(after.content.properties)
    assert "Leave it out" in desk.get(f"/records/{record}").text
    assert after.content.conflicts == ()


def test_saving_the_form_as_it_is_changes_nothing(desk: Web, record: str) -> None:
    fields = {each.key: each for each in alignments.of_record(now(desk, record))}
    given = {f"target:{key}": each.target for key, each in fields.items()}
    given |= {f"property:{key}": each.property or "" for key, each in fields.items()}
    answer = desk.post(f"/records/{record}/alignments", given | {"seen": now(desk, record).row.content_hash})
    assert "Nothing was changed." in Page(desk.follow(answer).text).text()
    assert now(desk, record).record.edits == ()


def test_a_new_target_goes_to_its_usual_place_where_it_cannot_stand_in_the_old_one(desk: Web, record: str) -> None:
    chosen = competency(now(desk, record))
    assert chosen
    form = {f"target:{chosen.key}": "occupation", f"property:{chosen.key}": "requires"}
    found = record_alignments.placements([chosen], form)
    assert found == {chosen.key: Placement("occupation")}


@pytest.mark.parametrize(
    ("key", "to", "said"),
    [
        ("nowhere", Placement("course"), "no alignment 'nowhere'"),
        ("", Placement("kitchen"), "no target 'kitchen'"),
        ("", Placement("course", "occupationType"), "Course cannot stand in Occupations .occupationType."),
        ("", Placement("competency", None, "ceterms:Badge"), "no type for Competency"),
        ("", Placement("skip", "requires"), "no property, as it is left out"),
    ],
)
def test_a_place_that_there_is_not_is_refused_with_what_there_is(
    desk: Web, record: str, key: str, to: Placement, said: str
) -> None:
    chosen = competency(now(desk, record))
    assert chosen
    with desk.opened.database.transaction() as connection, pytest.raises(Problem, match=said) as refused:
        alignments.align(connection, record, {key or chosen.key: to}, by=BY)
    assert refused.value.code == "invalid_placement"


def test_a_place_that_there_is_not_is_told_on_the_record_page_in_the_words_of_the_form(desk: Web, record: str) -> None:
    chosen = competency(now(desk, record))
    assert chosen

    said = Page(
        desk.follow(moved(desk, record, chosen.key, target="competency", property="occupationType")).text
    ).text()

    assert "Nothing was placed. Competency cannot stand in Occupations" in said
    assert "Conditions and Requirements" in said
    assert now(desk, record).record.edits == ()


def test_what_cannot_be_named_as_what_a_person_calls_it_says_what_is_lacking(desk: Web, record: str) -> None:
    chosen = competency(now(desk, record))
    assert chosen

    said = Page(desk.follow(moved(desk, record, chosen.key, target="rubric", property="requires")).text).text()

    assert "It is not written, for that needs a record in the Registry." in said
    assert "hasRubric" not in now(desk, record).content.properties
