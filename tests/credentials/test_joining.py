"""What becomes of two records that a person puts together, and of both when they are taken apart again."""

from __future__ import annotations

from typing import Any

import pytest

from connector.credentials import deciding_for_all, decisions, joining, matching, queries, verification_services
from connector.credentials.matching import Kind
from connector.credentials.records import Sourced
from connector.problem import Problem
from connector.publishing import bring_in
from connector.publishing.publish import Outcome, publish
from connector.storage import Database
from tests.credentials.conftest import BY, HOME, Desk, ctid

MANUAL = ("name", "description", "subjectWebpage", "keyword", "credentialType", "inLanguage", "ownedBy")


def load(desk: Desk) -> bring_in.Report:
    return bring_in.from_destination(desk.this.database, desk.this.settings, desk.owner, by=BY)


def accept(desk: Desk, badge: str, there: str, kind: Kind | None = None) -> Any:
    """Accept what is open about a badge and a record, by name or CTID."""
    ids = desk.record(badge).row.id, desk.record(there).row.id
    [found] = [each for each in desk.open_ones() if (each.record_id, each.other_id) == ids]
    return desk.do(joining.accept, found, kind, by=BY)


def sent(desk: Desk) -> list[Outcome]:
    """What publishing everything that is approved comes to."""
    return publish(
        desk.this.database,
        desk.this.settings,
        desk.owner,
        destination_name=None,
        by=BY,
        dry_run=False,
        report=lambda outcome: None,
    )


def rows(database: Database, table: str) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


@pytest.fixture
def welding(desk: Desk) -> Desk:
    """One published certificate, and the badge by which it is issued."""
    desk.published(1, "Welding", identifier=[{"identifierValueCode": "W-1"}], sameAs=[f"{HOME}/welding"])
    load(desk)
    desk.import_badges(desk.badge("Welding"))
    return desk


def test_the_same_credential_keeps_its_values_and_gains_the_badge_and_its_verification(welding: Desk) -> None:
    before = welding.record(ctid(1)).content.properties
    badge = welding.record(f"{welding.open_ones()[0].record_id}")

    accept(welding, badge.row.id, ctid(1))

    after = welding.record(ctid(1))
    assert {name: after.content.properties[name] for name in MANUAL} == {name: before[name] for name in MANUAL}
    assert after.content.properties["sameAs"] == [f"{HOME}/welding", f"{HOME}/badges/1"]
    assert after.content.properties["usesVerificationService"] == badge.content.properties["usesVerificationService"]
    assert after.content.properties["identifier"] == before["identifier"]
    assert after.content.conflicts == ()
    own = welding.record(badge.row.id)
    assert own.row.represented_by == after.row.id
    assert [each["code"] for each in welding.do(decisions.approve, [own.row.id], by=BY)["refused"]] == ["represented"]
    assert welding.open_ones() == []


def test_what_was_put_together_is_published_under_the_ctid_it_had(welding: Desk) -> None:
    assert {each.state for each in sent(welding)} == {"unchanged"}
    held = rows(welding.this.database, "registry_envelope")
    accept(welding, welding.open_ones()[0].record_id, ctid(1))

    assert welding.do(decisions.approve, [ctid(1)], by=BY)["approved"] == 1
    outcomes = sent(welding)

    assert {each.ctid: each.state for each in outcomes if each.kind == "credential"} == {ctid(1): "published"}
    assert rows(welding.this.database, "registry_envelope") == held + 1, "one more: the profile"
    assert load(welding).counts["unchanged"] == 1, "what the registry says now is what we have sent"
    assert {each.state for each in sent(welding)} == {"unchanged"}


def test_taken_apart_both_are_as_they_were_and_the_question_is_open_again(welding: Desk) -> None:
    before = welding.record(ctid(1))
    asked = welding.open_ones()
    badge = asked[0].record_id
    accept(welding, badge, ctid(1))

    answer = welding.do(joining.undo, welding.owner.id, badge, by=BY)

    assert answer == {"record": badge, "undone": [{"other": before.row.id, "kind": "same"}]}
    after = welding.record(ctid(1))
    assert (after.content.hash, after.record.edits) == (before.content.hash, ())
    assert welding.record(badge).row.represented_by is None
    assert rows(welding.this.database, "attached_badge") == 0
    assert welding.open_ones() == asked
    with pytest.raises(Problem, match="was not put together"):
        welding.do(joining.undo, welding.owner.id, badge, by=BY)


def test_several_badges_may_be_one_credential_and_leave_it_one_by_one(desk: Desk) -> None:
    desk.published(1, "Welding", sameAs=[f"{HOME}/badges/1", f"{HOME}/badges/2"], keyword=["arc"])
    desk.published(2, "Diving")
    load(desk)
    desk.import_badges(desk.badge("Arc welding", 1), desk.badge("Welding, arc", 2))
    accept(desk, "Arc welding", ctid(1))
    accept(desk, "Welding, arc", ctid(1))

    inside = desk.do(joining.attached, desk.record(ctid(1)).row.id)
    assert [each.name for each in inside] == ["Arc welding", "Welding, arc"]
    service = desk.record(ctid(1)).content.properties["usesVerificationService"]
    desk.do(joining.undo, desk.owner.id, desk.record("Arc welding").row.id, by=BY)
    assert desk.record(ctid(1)).content.properties["usesVerificationService"] == service, "the other one needs it"
    desk.do(joining.undo, desk.owner.id, desk.record("Welding, arc").row.id, by=BY)
    assert "usesVerificationService" not in desk.record(ctid(1)).content.properties


def test_one_badge_may_be_several_credentials(desk: Desk) -> None:
    desk.published(1, "Welding", sameAs=[f"{HOME}/badges/1"])
    desk.published(2, "Welding for ships", credentialId=f"{HOME}/badges/1")
    load(desk)
    desk.import_badges(desk.badge("Arc welding", 1))
    first, second = desk.open_ones()

    desk.do(joining.accept, first, by=BY)
    desk.do(joining.accept, second, by=BY)

    for number in (1, 2):
        assert f"{HOME}/badges/1" in desk.record(ctid(number)).content.properties["sameAs"]
    badge = desk.record("Arc welding").row
    assert badge.represented_by == first.other_id
    desk.do(joining.undo, desk.owner.id, badge.id, by=BY)
    assert desk.record("Arc welding").row.represented_by is None
    assert desk.record(ctid(2)).record.edits == desk.record(ctid(1)).record.edits == ()


def test_a_new_design_keeps_the_ctid_and_takes_its_content_from_the_new_badge(desk: Desk) -> None:
    desk.import_badges(desk.badge("Leader 2023", 1), desk.badge("Leader 2024", 2))
    old = desk.record("Leader 2023")
    desk.do(decisions.edit, old.row.id, set_to=[("keyword", "by hand")], by=BY)
    desk.do(decisions.approve, [old.row.id], by=BY)

    accept(desk, "Leader 2024", "Leader 2023")

    now = desk.record(old.row.id)
    assert (now.row.ctid, now.row.name) == (old.row.ctid, "Leader 2024")
    assert now.row.approved_hash != now.row.content_hash, "somebody has to look at it again"
    assert now.content.properties["keyword"] == {"en-US": ["by hand"]}
    assert now.content.properties["sameAs"] == [f"{HOME}/badges/2", f"{HOME}/badges/1"]
    assert [each.row.id for each in _listed(desk)] == [old.row.id]


def test_only_the_newest_design_changes_the_record(desk: Desk) -> None:
    desk.import_badges(desk.badge("Leader 2023", 1), desk.badge("Leader 2024", 2))
    old = desk.record("Leader 2023").row
    accept(desk, "Leader 2024", "Leader 2023")
    changed = {"description": "Told in another way, at the very same length."}

    desk.import_badges(desk.badge("Leader 2023", 1, **changed))
    assert desk.record(old.id).row.content_hash == desk.record("Leader 2024").row.content_hash
    assert "another way" not in str(desk.record(old.id).content.properties["description"])

    desk.import_badges(desk.badge("Leader 2024", 2, **changed))
    assert desk.record(old.id).content.properties["description"] == {"en-US": changed["description"]}
    assert desk.record(old.id).row.ctid == old.ctid


def test_of_several_designs_each_can_be_taken_back(desk: Desk) -> None:
    desk.import_badges(*(desk.badge(f"Leader {2020 + n}", n) for n in (1, 2, 3)))
    first = desk.record("Leader 2021")
    badges = [desk.record(f"Leader {2020 + n}") for n in (1, 2, 3)]
    accept(desk, "Leader 2022", "Leader 2021")
    [last] = desk.open_ones()
    desk.do(joining.accept, last, by=BY)
    assert desk.record(first.row.id).row.name == "Leader 2023"

    desk.do(joining.undo, desk.owner.id, badges[1].row.id, by=BY)
    assert desk.record(first.row.id).row.name == "Leader 2023", "the newest one is still its design"
    assert desk.record(badges[1].row.id).content.hash == badges[1].content.hash
    desk.do(joining.undo, desk.owner.id, badges[2].row.id, by=BY)
    again = desk.record(first.row.id)
    assert (again.content.hash, again.record.edits) == (first.content.hash, ())
    assert desk.record(badges[2].row.id).content.hash == badges[2].content.hash


def test_a_new_version_stays_a_record_of_its_own_and_the_two_name_each_other(desk: Desk) -> None:
    desk.import_badges(desk.badge("Cloud v1", 1), desk.badge("Cloud v2", 2))
    older, newer = desk.record("Cloud v1").row, desk.record("Cloud v2").row
    before = desk.record("Cloud v1").content.hash, desk.record("Cloud v2").content.hash

    accept(desk, "Cloud v2", "Cloud v1")

    assert desk.record(newer.id).content.properties["previousVersion"] == older.ctid
    held = desk.record(older.id).content.properties
    assert (held["nextVersion"], held["latestVersion"]) == (newer.ctid, newer.ctid)
    assert desk.record(newer.id).row.represented_by is None
    desk.do(joining.undo, desk.owner.id, newer.id, by=BY)
    assert (desk.record("Cloud v1").content.hash, desk.record("Cloud v2").content.hash) == before


def test_a_translation_adds_its_texts_beside_those_that_are_there(desk: Desk) -> None:
    desk.published(1, "Welding", sameAs=[f"{HOME}/badges/1"])
    load(desk)
    spanish = {"@context": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "type": ["Achievement"]}
    desk.import_badges(desk.badge("Soldadura", 1, inLanguage="es", **spanish))

    accept(desk, "Soldadura", ctid(1), "translation")

    held = desk.record(ctid(1)).content.properties
    assert held["name"] == {"en-US": "Welding", "es": "Soldadura"}
    assert held["inLanguage"] == ["en-US", "es"]
    assert held["description"]["en-US"] == "A certificate as its registrar described it by hand."
    desk.do(joining.undo, desk.owner.id, desk.record("Soldadura").row.id, by=BY)
    assert desk.record(ctid(1)).content.properties["name"] == {"en-US": "Welding"}


@pytest.mark.parametrize(
    ("credential_type", "property_name"),
    [("ceterms:OpenBadge", "isRequiredFor"), ("ceterms:Certificate", "isPartOf")],
)
def test_a_step_names_what_it_is_required_for_or_a_part_of(
    desk: Desk, credential_type: str, property_name: str
) -> None:
    desk.import_badges(desk.badge("Diver 2023", 1), desk.badge("Diver 2024", 2))
    whole = desk.record("Diver 2023").row
    desk.do(decisions.edit, whole.id, set_to=[("credentialType", credential_type)], by=BY)

    accept(desk, "Diver 2024", "Diver 2023", "step")

    assert whole.ctid in str(desk.record("Diver 2024").content.properties[property_name])
    desk.do(joining.undo, desk.owner.id, desk.record("Diver 2024").row.id, by=BY)
    assert property_name not in desk.record("Diver 2024").content.properties


def test_what_was_decided_once_is_not_decided_again(welding: Desk) -> None:
    [found] = welding.open_ones()
    welding.do(joining.decline, found, by=BY)
    decided = welding.do(matching.one, welding.owner.id, found.id)

    assert (decided.state, decided.decided_by) == ("declined", BY)
    with pytest.raises(Problem, match="decided already"):
        welding.do(joining.accept, decided, by=BY)


def test_a_badge_that_is_published_on_its_own_is_not_put_inside_another_record(desk: Desk) -> None:
    desk.published(1, "Elsewhere", sameAs=[f"{HOME}/badges/2"])
    load(desk)
    desk.import_badges(desk.badge("Welding 2023", 1), desk.badge("Welding 2024", 2))
    badge = desk.record("Welding 2024").row.id
    [surer, later] = desk.open_ones()
    desk.do(joining.decline, surer, by=BY)
    desk.do(decisions.approve, [badge], by=BY)
    sent(desk)

    assert later.kind == "new_design"
    with pytest.raises(Problem, match="published under a CTID of its own"):
        desk.do(joining.accept, later, by=BY)
    assert desk.do(joining.accept, later, "new_version", by=BY)["kind"] == "new_version"


def test_an_approval_ends_when_another_record_represents_the_badge(desk: Desk) -> None:
    desk.published(1, "Elsewhere", sameAs=[f"{HOME}/badges/1"])
    load(desk)
    desk.import_badges(desk.badge("Welding"), desk.badge("Welding 2024", 2))
    badge = desk.record("Welding 2024").row.id
    desk.do(decisions.approve, [badge], by=BY)
    accept(desk, badge, desk.record("Welding").row.id, "same")

    assert desk.record(badge).row.approved_hash is None
    assert not [each for each in sent(desk) if each.id == badge]


def _listed(desk: Desk) -> list[Sourced]:
    with desk.this.database.reading() as connection:
        return [each.sourced for each in queries.listed(connection, queries.where(organization=desk.owner.id))]


def test_what_a_badge_added_is_taken_back_though_it_says_something_else_by_now(welding: Desk) -> None:
    before = welding.record(ctid(1)).content.properties
    [found] = welding.open_ones()
    welding.do(joining.accept, found, by=BY)
    made = welding.do(verification_services.make, welding.owner, {"description": "Ask us."}, by=BY)
    welding.do(deciding_for_all.choose_profile, welding.owner, "cedarharbor.example", made.ctid, by=BY)

    welding.do(joining.undo, welding.owner.id, found.record_id, by=BY)

    assert welding.record(ctid(1)).content.properties == before


@pytest.mark.parametrize(("first", "then"), [("new_design", "same"), ("same", "new_design")])
def test_a_badge_is_the_new_design_of_one_record_only(desk: Desk, first: Kind, then: Kind) -> None:
    desk.published(1, "Welding")
    desk.published(2, "Welding")
    load(desk)
    desk.import_badges(desk.badge("Welding"))
    one, other = desk.open_ones()
    desk.do(joining.accept, one, first, by=BY)

    with pytest.raises(Problem) as refused:
        desk.do(joining.accept, other, then, by=BY)

    assert refused.value.code == "belongs_to_one_only"
    assert one.record_id in refused.value.action
