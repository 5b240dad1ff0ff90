"""A person's word and the platform's on the same record: who wins, what is shown, what needs approving again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.line.conftest import Line

Json = dict[str, Any]
OURS = "Our Own Name"


@pytest.fixture
def badge(ready: Callable[..., list[str]]) -> str:
    """A badge whose record is complete."""
    return ready(1)[0]


@pytest.fixture
def record(synced: Line, badge: str) -> str:
    return synced.record_of(badge)


def test_an_edit_stays_when_the_platform_changes_afterwards_and_the_conflict_is_shown(
    synced: Line, badge: str, record: str
) -> None:
    before = name(synced, badge)
    edited = synced.done("credentials", "edit", record, "--set", f"name={OURS}", "--as", "ana@college.example")
    assert text(edited) == OURS
    assert "ana@college.example" in edited["provenance"]["name"]["rule"]
    assert statuses(synced, badge) == []

    theirs = renamed(synced, badge)

    shown = synced.shown(badge)
    assert text(shown) == OURS
    [conflict] = shown["conflicts"]
    assert conflict == {
        "property": "name",
        "base": {"en-US": before},
        "mapped": {"en-US": theirs},
        "edited": {"en-US": OURS},
        "item": "en-us",
    }
    listed = synced.listed("--status", "conflict")
    assert list(listed) == [badge]
    assert listed[badge]["name"] == OURS


def test_setting_the_value_again_is_keeping_it(synced: Line, badge: str, record: str) -> None:
    synced.done("credentials", "edit", record, "--set", f"name={OURS}")
    theirs = renamed(synced, badge)

    kept = synced.done("credentials", "edit", record, "--set", f"name={OURS}")

    assert (text(kept), kept["conflicts"], kept["statuses"]) == (OURS, [], [])
    renamed(synced, badge, "Third")
    [conflict] = synced.shown(badge)["conflicts"]
    assert conflict["base"] == {"en-US": theirs}, "what was decided against is what the platform said then"


def test_an_edit_after_the_platform_changed_is_no_conflict(synced: Line, badge: str, record: str) -> None:
    renamed(synced, badge)

    edited = synced.done("credentials", "edit", record, "--set", f"name={OURS}")

    assert (text(edited), edited["conflicts"]) == (OURS, [])


def test_an_edit_that_the_platform_then_agrees_with_is_no_conflict(synced: Line, badge: str, record: str) -> None:
    wanted = f"{name(synced, badge)} Revised"
    edited = synced.done("credentials", "edit", record, "--set", f"name={wanted}")

    assert renamed(synced, badge) == wanted

    shown = synced.shown(badge)
    assert (text(shown), shown["conflicts"], shown["statuses"]) == (wanted, [], [])
    assert shown["content_hash"] == edited["content_hash"]


def test_an_edit_that_is_undone_gives_way_to_what_the_platform_says_now(synced: Line, badge: str, record: str) -> None:
    before = synced.shown(badge)
    synced.done("credentials", "edit", record, "--set", f"name={OURS}")
    undone = synced.done("credentials", "edit", record, "--unset", "name")
    assert text(undone) == text(before)
    assert undone["content_hash"] == before["content_hash"]
    assert undone["provenance"] == before["provenance"]

    synced.done("credentials", "edit", record, "--set", f"name={OURS}")
    theirs = renamed(synced, badge)
    taken = synced.done("credentials", "edit", record, "--unset", "name")

    assert (text(taken), taken["conflicts"], taken["statuses"]) == (theirs, [], [])
    assert synced.rows("SELECT * FROM edit") == []


def test_json_null_removes_a_property_until_it_is_withdrawn(synced: Line, badge: str, record: str) -> None:
    before = synced.shown(badge)
    assert "description" in before["properties"]

    removed = synced.done("credentials", "edit", record, "--set-json", "description=null")

    assert "description" not in removed["properties"]
    assert set(removed["properties"]) == set(removed["provenance"])
    assert removed["statuses"] == ["incomplete"]
    assert any(f["property"] == "description" and f["severity"] == "required" for f in removed["findings"])
    withdrawn = synced.done("credentials", "edit", record, "--unset", "description")
    assert withdrawn["properties"] == before["properties"]


def test_json_sets_what_plain_text_cannot_say(synced: Line, badge: str, record: str) -> None:
    both = '{"en-US": "Pilot", "es": "Práctico"}'

    edited = synced.done("credentials", "edit", record, "--set-json", f"name={both}")
    assert edited["properties"]["name"] == {"en-US": "Pilot", "es": "Práctico"}

    text_only = synced.done("credentials", "edit", record, "--set", "name=Harbour Pilot")
    assert text_only["properties"]["name"] == {"en-US": "Harbour Pilot", "es": "Práctico"}


def test_a_conflict_is_settled_part_by_part(synced: Line, badge: str, record: str) -> None:
    synced.done("credentials", "edit", record, "--set", f"name={OURS}")
    theirs = renamed(synced, badge)

    assert synced.run("credentials", "resolve", record, "name", "--mine", "--item", "de")[0] == 2
    kept = synced.done("credentials", "resolve", record, "name", "--mine", "--item", "en-us")
    assert (text(kept), kept["conflicts"]) == (OURS, [])

    taken = synced.done("credentials", "resolve", record, "name", "--theirs")
    assert text(taken) == theirs


def test_a_conflict_inside_a_condition_is_settled_by_the_part_that_show_names(synced: Line, badge: str) -> None:
    template, record = synced.template(badge), synced.record_of(badge)
    template["badge_template_activities"] = [{"id": "1", "activity_type": "Assessment", "title": "Pilot a boat"}]
    synced.done("sync", "main")
    (profile,) = synced.shown(badge)["properties"]["requires"]
    ours = json.dumps([profile | {"description": OURS}])
    synced.done("credentials", "edit", record, "--set-json", f"requires={ours}")
    template["badge_template_activities"][0]["title"] = "Pilot a ship"
    template["alignments"] = [{"name": "Piloting", "url": "https://skills.example/piloting"}]
    synced.done("sync", "main")

    shown = synced.shown(badge)
    assert [each["item"] for each in shown["conflicts"]] == ["/open badges criteria/description/en-us"]
    (profile,) = shown["properties"]["requires"]
    assert profile["description"] == {"en-US": OURS}
    assert {"en-US": "Piloting"} in [each["targetNodeName"] for each in profile["targetCompetency"]]

    part = "open badges criteria / description / en-us"
    assert f"item               {part}\n" in synced.output("credentials", "show", record)[1]
    kept = synced.done("credentials", "resolve", record, "requires", "--mine", "--item", part)
    assert (kept["properties"], kept["conflicts"]) == (shown["properties"], [])


def test_an_alignment_is_placed_left_out_and_given_back(synced: Line) -> None:
    record, found = next(
        (each["id"], alignment)
        for each in synced.done("credentials", "list", "--limit", "20")
        for alignment in synced.done("credentials", "show", each["id"])["alignments"]
        if alignment["target"] == "competency" and alignment["url"] and "registry" not in alignment["url"]
    )
    before = synced.done("credentials", "show", record)

    moved = synced.done("credentials", "align", record, found["key"], "--to", "course", "--property", "recommends")
    (placed,) = [each for each in moved["alignments"] if each["key"] == found["key"]]
    assert (placed["target"], placed["property"]) == ("course", "recommends")
    assert "recommends" in moved["properties"]

    skipped = synced.done("credentials", "align", record, found["key"], "--skip")
    assert "recommends" not in skipped["properties"]

    back = synced.done("credentials", "align", record, found["key"], "--reset")
    assert (back["content_hash"], back["provenance"]) == (before["content_hash"], before["provenance"])


def test_an_edit_by_ctid_is_an_edit_of_that_record(synced: Line, badge: str, record: str) -> None:
    ctid = synced.listed()[badge]["ctid"]

    assert synced.done("credentials", "edit", ctid.upper(), "--set", f"name={OURS}")["id"] == record


def test_a_change_on_the_platform_after_an_approval_needs_another_one(synced: Line, badge: str, record: str) -> None:
    assert synced.done("credentials", "approve", record) == {"approved": 1, "refused": []}
    assert statuses(synced, badge) == ["approved"]

    theirs = renamed(synced, badge)
    assert statuses(synced, badge) == ["approved", "needs_reapproval"]
    assert list(synced.listed("--status", "needs_reapproval")) == [badge]

    synced.done("credentials", "approve", record, "--as", "ana@college.example")
    assert statuses(synced, badge) == ["approved"]
    history = synced.done("credentials", "history", record)
    assert [each["event"] for each in history] == ["Approved", "SourceChanged", "Approved"]
    assert [each["number"] for each in history] == [1, 2, 3]
    assert [text(each) == theirs for each in history] == [False, True, True]
    assert history[-1]["made_by"] == "ana@college.example"


def test_a_conflict_alone_changes_neither_content_nor_approval(synced: Line, badge: str, record: str) -> None:
    synced.done("credentials", "edit", record, "--set", f"name={OURS}")
    synced.done("credentials", "approve", record)
    approved = synced.shown(badge)

    renamed(synced, badge)

    shown = synced.shown(badge)
    assert shown["statuses"] == ["approved", "conflict"]
    assert shown["content_hash"] == approved["content_hash"]
    assert shown["revision"] == approved["revision"]


def test_an_approval_of_something_else_than_what_was_seen_is_refused(synced: Line, badge: str, record: str) -> None:
    seen = synced.shown(badge)["content_hash"]
    renamed(synced, badge)

    code, answer = synced.run("credentials", "approve", record, "--seen", seen)

    assert (code, answer["approved"]) == (1, 0)
    assert [(each["id"], each["code"]) for each in answer["refused"]] == [(record, "changed_while_you_looked")]
    assert statuses(synced, badge) == []


def test_an_incomplete_record_is_not_approved(synced: Line, badge: str, record: str) -> None:
    synced.done("credentials", "edit", record, "--set-json", "description=null")

    code, answer = synced.run("credentials", "approve", record)

    assert (code, answer["approved"], answer["refused"][0]["code"]) == (1, 0, "incomplete")


def test_a_rejected_record_waits_until_its_content_changes(synced: Line, badge: str, record: str) -> None:
    code, answer = synced.run("credentials", "reject", record)
    assert (code, answer["error"]["code"]) == (2, "reason_missing")

    assert synced.done("credentials", "reject", record, "--reason", "Not ours") == {"rejected": [record]}
    assert statuses(synced, badge) == ["rejected"]
    assert record not in {each["id"] for each in synced.listed("--status", "awaiting_approval").values()}, (
        "a rejected record is not offered again"
    )
    assert synced.done("credentials", "history", record)[-1]["reason"] == "Not ours"

    renamed(synced, badge)
    assert statuses(synced, badge) == []


def test_all_values_that_cannot_be_read_are_named_at_once_and_nothing_is_changed(
    synced: Line, badge: str, record: str
) -> None:
    before = synced.dump()
    wrong = (
        *("--set", "name=Fine"),
        *("--set", "subjectWebpage=not an address"),
        *("--set", "dateEffective=the day before yesterday"),
        *("--set", "noSuchProperty=1"),
        *("--set", "estimatedCost=plain text"),
        *("--set-json", 'credentialType="ceterms:Sandwich"'),
        *("--unset", "neitherThis"),
    )

    code, answer = synced.run("credentials", "edit", record, *wrong)

    assert code == 2
    for named in (
        "subjectWebpage",
        "dateEffective",
        "noSuchProperty",
        "estimatedCost",
        "credentialType",
        "neitherThis",
    ):
        assert named in answer["error"]["message"]
    assert (answer["error"]["side"], bool(answer["error"]["action"])) == ("yours", True)
    assert synced.dump() == before


@pytest.mark.parametrize(
    "options", [(), ("--set", "name"), ("--set", "=x"), ("--set-json", "name={"), ("--set-json", "name")]
)
def test_an_edit_that_is_not_well_formed_changes_nothing(synced: Line, record: str, options: tuple[str, ...]) -> None:
    before = synced.dump()

    code, answer = synced.run("credentials", "edit", record, *options)

    assert (code, set(answer["error"])) == (2, {"code", "message", "side", "action"})
    assert synced.dump() == before


def renamed(line: Line, badge: str, more: str = "Revised") -> str:
    """The platform gives a badge a longer name, which hints at no other type, and the line hears of it."""
    template = line.template(badge)
    template["name"] = f"{template['name']} {more}"
    assert line.done("sync", "main")["changed"] == 1
    return str(template["name"])


def name(line: Line, badge: str) -> str:
    return text(line.shown(badge))


def text(shown: Json) -> str:
    return str(shown["properties"]["name"]["en-US"])


def statuses(line: Line, badge: str) -> list[str]:
    return list(line.listed()[badge]["statuses"])
