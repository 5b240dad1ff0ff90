"""From approved records to signed envelopes: once each, in order, also when it is killed or done twice at once."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.line.conftest import Line

Json = dict[str, Any]
COLLEGE = "Cedar Harbor"


@pytest.fixture
def approved(synced: Line) -> Line:
    """Every complete record of the college approved, and the college too."""
    synced.done("organizations", "approve", COLLEGE)
    assert synced.done("credentials", "approve", "--all-ready", "--organization", COLLEGE)["approved"] > 10
    return synced


def test_nothing_is_published_before_the_organization_is_approved(synced: Line) -> None:
    synced.done("credentials", "approve", "--all-ready", "--organization", COLLEGE)

    for options in ((), ("--dry-run",)):
        code, answer = synced.run("publish", COLLEGE, *options)
        assert (code, answer["error"]["code"]) == (1, "organization_not_approved")
    assert envelopes(synced) == []


def test_profiles_go_first_and_the_same_again_is_unchanged_at_the_same_addresses(approved: Line) -> None:
    dry = approved.done("publish", COLLEGE, "--dry-run")
    assert {each["state"] for each in dry} == {"skipped"}
    assert envelopes(approved) == []

    first = approved.done("publish", COLLEGE)

    assert [each["kind"] for each in first[:2]] == ["verification_service", "credential"]
    assert {each["kind"] for each in first[1:]} == {"credential"}
    assert {each["state"] for each in first} == {"published"}
    assert all(each["url"].endswith(f"/{each['ctid']}") for each in first)
    assert sorted(ctid for ctid, *_ in envelopes(approved)) == sorted(each["ctid"] for each in first)
    assert {tuple(record["statuses"]) for record in approved.listed("--status", "published").values()} == {
        ("approved", "published")
    }

    held = approved.dump("publishing_run")
    second = approved.done("publish", COLLEGE)
    assert {each["state"] for each in second} == {"unchanged"}
    assert [(each["ctid"], each["url"]) for each in second] == [(each["ctid"], each["url"]) for each in first]
    assert approved.dump("publishing_run") == held


def test_an_envelope_is_signed_with_the_registrys_key(approved: Line, ready: Callable[..., list[str]]) -> None:
    approved.done("publish", COLLEGE)

    rows = approved.rows("SELECT ctid, document, signed, public_key FROM registry_envelope")
    for ctid, document, signed, public_key in rows:
        read = jwt.decode(signed, public_key, algorithms=["RS256"])
        assert read == json.loads(document)
        assert read["@graph"][0]["ceterms:ctid"] == ctid
    [key] = {row[3] for row in rows}
    head, _, signature = rows[0][2].split(".")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{rows[1][2].split('.')[1]}.{signature}", key, algorithms=["RS256"])


def test_what_changed_and_was_approved_again_is_published_again_under_its_ctid(approved: Line) -> None:
    first = {each["ctid"]: each for each in approved.done("publish", COLLEGE)}
    badge, record = next(iter(approved.listed("--status", "published").items()))
    renamed = rename(approved, badge)

    assert {each["state"] for each in approved.done("publish", COLLEGE)} == {"unchanged"}, "not before it is approved"
    assert document(approved, record["ctid"])["@graph"][0]["ceterms:name"] != {"en-US": renamed}

    approved.done("credentials", "approve", record["id"])
    assert approved.listed()[badge]["statuses"] == ["approved", "published", "needs_republishing"]
    again = approved.done("publish", COLLEGE)

    assert [each["ctid"] for each in again if each["state"] == "published"] == [record["ctid"]]
    assert {each["ctid"]: each["url"] for each in again} == {ctid: each["url"] for ctid, each in first.items()}
    assert document(approved, record["ctid"])["@graph"][0]["ceterms:name"] == {"en-US": renamed}
    assert approved.listed()[badge]["statuses"] == ["approved", "published"]
    [history] = [json.loads(h) for c, _, h in envelopes(approved) if c == record["ctid"]]
    assert [each["event"] for each in history] == ["created", "updated"]


def test_an_unpublished_record_is_taken_out_and_its_history_stays(approved: Line) -> None:
    approved.done("publish", COLLEGE)
    record = next(iter(approved.listed("--status", "published").values()))

    [outcome] = approved.done("unpublish", record["ctid"])

    assert (outcome["id"], outcome["state"], outcome["url"]) == (record["id"], "unpublished", None)
    assert "published" not in approved.listed()[record["badge_id"]]["statuses"]
    [(deleted,)] = approved.rows("SELECT deleted_at FROM registry_envelope WHERE ctid = ?", record["ctid"])
    assert deleted
    approved.done("unpublish", record["id"])
    assert record["ctid"] not in {each["ctid"] for each in approved.done("publish", COLLEGE)}, "it stays out"
    approved.done("credentials", "approve", record["id"])
    states = {each["ctid"]: each["state"] for each in approved.done("publish", COLLEGE)}
    assert states[record["ctid"]] == "published"


def test_a_rejected_record_is_not_published(approved: Line) -> None:
    record = next(iter(approved.listed("--status", "approved").values()))
    approved.done("credentials", "reject", record["id"], "--reason", "Second thoughts")

    assert record["ctid"] not in {each["ctid"] for each in approved.done("publish", COLLEGE)}


def test_the_export_of_what_is_approved_is_what_the_registry_holds(approved: Line) -> None:
    approved.done("publish", COLLEGE)
    badge, record = next(iter(approved.listed("--status", "published").items()))
    approved.done("credentials", "edit", record["id"], "--set", "name=Not Approved Yet")

    files = approved.files("--approved")

    held = approved.rows("SELECT ctid, document FROM registry_envelope")
    assert {name: json.loads(content) for name, content in files.items()} == {
        f"{ctid}.json": json.loads(document) for ctid, document in held
    }
    now = approved.files(to="now")
    assert b"Not Approved Yet" in now[f"{record['ctid']}.json"]
    assert badge in approved.listed("--status", "needs_reapproval")


def test_two_publishers_at_once_leave_one_envelope_each_and_every_record_published(approved: Line) -> None:
    commands = [approved.start("publish", COLLEGE, "--json") for _ in range(2)]

    answers = [json.loads(each.communicate(timeout=60)[0]) for each in commands]

    for answer in answers:
        assert {each["state"] for each in answer} <= {"published", "unchanged"}
    consistent(approved, {each["ctid"] for each in answers[0]})


@pytest.mark.parametrize("sent", [1, 5, 12])
def test_a_publisher_that_is_killed_is_followed_by_one_that_finishes(approved: Line, sent: int) -> None:
    command = approved.start("publish", COLLEGE, "--json")
    end = time.monotonic() + 30
    while len(envelopes(approved)) < sent:
        assert command.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)
    command.kill()
    command.communicate(timeout=30)
    assert command.returncode == -9
    before = {ctid: remote for ctid, remote, _ in envelopes(approved)}

    answer = approved.done("publish", COLLEGE)

    assert {each["state"] for each in answer} <= {"published", "unchanged"}
    consistent(approved, {each["ctid"] for each in answer})
    after = {ctid: (remote, len(json.loads(history))) for ctid, remote, history in envelopes(approved)}
    assert {ctid: after[ctid] for ctid in before} == {ctid: (remote, 1) for ctid, remote in before.items()}


def test_an_approval_of_the_organization_that_is_withdrawn_stops_what_is_not_sent_yet(approved: Line) -> None:
    approved.done("publish", COLLEGE)
    badge, record = next(iter(approved.listed("--status", "published").items()))
    rename(approved, badge)
    approved.done("credentials", "approve", record["id"])
    approved.write("UPDATE organization SET approved_at = NULL")

    code, answer = approved.run("publish", COLLEGE)

    assert (code, answer["error"]["code"]) == (1, "organization_not_approved")


def rename(line: Line, badge: str) -> str:
    """The platform gives a badge a longer name, which hints at no other type, and the line hears of it."""
    template = line.template(badge)
    template["name"] += " Revised"
    assert line.done("sync", "main")["changed"] == 1
    return str(template["name"])


def consistent(line: Line, ctids: set[str]) -> None:
    """Every approved document has one live envelope, its publication is confirmed, its record knows."""
    assert sorted(ctid for ctid, *_ in envelopes(line)) == sorted(ctids)
    assert {state for (state,) in line.rows("SELECT state FROM publication")} == {"published"}
    assert line.rows("SELECT 1 FROM publication WHERE confirmed_hash IS NOT wanted_hash OR url IS NULL") == []
    assert line.rows("SELECT count(*) FROM publication") == [(len(ctids),)]
    assert line.rows("SELECT 1 FROM record WHERE approved_hash IS NOT published_hash") == []
    assert line.rows("SELECT 1 FROM verification_service WHERE published_hash IS NOT approved_hash") == []


def envelopes(line: Line) -> list[tuple[str, str, str]]:
    """CTID, envelope id and history of each live envelope."""
    return line.rows("SELECT ctid, envelope_id, history FROM registry_envelope WHERE deleted_at IS NULL")


def document(line: Line, ctid: str) -> Json:
    [(held,)] = line.rows("SELECT document FROM registry_envelope WHERE ctid = ?", ctid)
    read: Json = json.loads(held)
    return read
