"""A connection at the desk: how it is doing, its runs as they happen, and what can be done about it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from connector.connections import accounts
from connector.credentials import queries
from connector.organizations import accounts as organizations
from connector.sync import runs
from connector.sync.carry_out import sync
from connector.sync.on_time import sync_what_waits
from connector.web import live
from tests.web.parsed import Page

if TYPE_CHECKING:
    from tests.web.conftest import Web


def shown(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    parsed = Page(answer.text)
    assert (parsed.broken, parsed.open) == ([], [])
    return parsed


def here(web: Web, below: str = "") -> str:
    assert web.account
    return f"/connections/{web.account.id}{below}"


def account(web: Web) -> accounts.Account:
    assert web.account
    with web.opened.database.reading() as connection:
        return accounts.by_id(connection, web.account.id)


def synced(web: Web, *, accept_gone: bool = False) -> None:
    this = web.opened
    sync(this.database, this.settings, account(web).id, by="t", accept_gone=accept_gone, report=lambda _: None)


def finish(web: Web) -> None:
    """Be the worker that does what waits."""
    while sync_what_waits(web.opened.database, web.opened.settings):
        pass


@contextmanager
def held_at_page_2(web: Web) -> Iterator[None]:
    """A sync under way, with the platform slow to answer."""
    assert web.platform
    web.platform.hold(2)
    web.post(here(web, "/sync"))
    worker = threading.Thread(target=finish, args=(web,), daemon=True)
    worker.start()
    web.platform.wait_asked(2)
    try:
        yield
    finally:
        web.platform.release(2)
        worker.join(20)


def events(web: Web, until: str) -> str:
    """What the stream of events says, up to a word."""
    said = ""
    with web.client.stream("GET", here(web, "/events"), headers=web.signed_in) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for piece in answer.iter_text():
            said += piece
            if until in said:
                return said
    return said


def test_the_list_names_each_connection_and_how_it_is_doing(desk: Web) -> None:
    page = shown(desk.get("/connections"))

    assert [row for row in page.rows if "Main" in row and "Credly" in row and "Working" in row and "12" in row]


def test_without_a_connection_the_list_says_what_to_do(desk: Web) -> None:
    desk.post(here(desk, "/remove"))

    page = shown(desk.get("/connections"))

    assert "No connection yet." in page.text()
    assert "/connections/new" in {each["href"] for each in page.all("a")}


def test_the_page_shows_runs_settings_and_no_secret(desk: Web) -> None:
    answer = desk.get(here(desk))

    page = shown(answer)
    assert "Complete · 12 badges seen: 12 new." in page.text()
    assert desk.platform
    assert desk.platform.organization_id in page.text()
    assert f"{desk.platform.url}/v1/" in page.text()
    assert str(desk.platform.token) not in answer.text
    assert "Right to publish Confirmed by test" in page.text()


def test_another_organizations_connection_or_a_removed_one_is_not_there(desk: Web) -> None:
    desk.post(here(desk, "/remove"))

    for path in ("/connections/999", "/connections/99999999999999999999", here(desk), here(desk, "/progress")):
        assert desk.get(path).status_code == 404
    for action in ("sync", "pause", "schedule", "remove", "confirm", "finish"):
        assert desk.post(here(desk, f"/{action}")).status_code == 404


def test_looking_at_a_connection_is_looking_at_its_organization(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        other = organizations.add(
            connection,
            name="Northfield",
            ctid="ce-11111111-1111-4111-8111-111111111111",
            website="https://northfield.example",
            description="A board of examiners.",
        )
    desk.post("/organizations/look-at", {"organization": str(other.id)})

    assert "No connection yet." in shown(desk.get("/connections")).text()
    assert "Main" in shown(desk.get(here(desk))).text()
    assert "Main" in shown(desk.get("/connections")).text()


def test_sync_now_asks_for_a_run_and_shows_it_until_it_ends(desk: Web) -> None:
    answer = desk.post(here(desk, "/sync"))

    waiting = desk.follow(answer)
    finish(desk)
    after = shown(desk.get(here(desk)))

    assert "A worker takes it up in a moment." in shown(waiting).text()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting.text
    assert here(desk) in [each.get("data-live") for each in Page(waiting.text).all("section")]
    assert "12 unchanged" in after.text()
    assert not after.all("meta")[2:]
    assert not [each for each in after.all("section") if "data-live" in each]


def test_progress_is_sent_while_a_run_is_under_way_and_ends_with_it(desk: Web) -> None:
    with held_at_page_2(desk):
        during = events(desk, "badges seen")
        fragment = desk.get(here(desk, "/progress"))
    after = events(desk, "event: ended")

    assert "event: progress\ndata: " in during
    assert "Running" in during
    assert "ended" not in during
    assert "data-ended" not in fragment.text
    assert "<html" not in fragment.text
    assert "12 of 12 badges seen" in after
    assert "data-ended" in after
    assert after.endswith("event: ended\ndata: \n\n")
    assert "data-ended" in desk.get(here(desk, "/progress")).text


def test_a_reader_who_leaves_ends_the_stream_and_nothing_else(desk: Web) -> None:
    with held_at_page_2(desk):
        for _ in range(3):
            events(desk, "event: progress")
        assert desk.get(here(desk)).status_code == 200

    assert "12 unchanged" in shown(desk.get(here(desk))).text()


def test_a_quiet_stream_says_that_it_is_still_there(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(live, "LOOK_EVERY_SECONDS", 0.1)

    with held_at_page_2(desk):
        assert ": still there" in events(desk, ": still there")


def test_a_stream_lasts_no_longer_than_it_may(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LONGEST_SECONDS", 0.3)
    began = time.monotonic()

    with held_at_page_2(desk):
        said = events(desk, "event: ended")

    assert "event: ended" not in said
    assert time.monotonic() - began < 10


def test_a_failed_run_says_whose_side_it_is_and_what_to_do(desk: Web) -> None:
    assert desk.platform
    desk.platform.revoke_tokens(api_token=True)
    synced(desk)

    page = shown(desk.get(here(desk)))

    assert "Reconnect needed" in page.text()
    assert "Failed" in page.text()
    assert "Whose side: the platform’s. Code reconnect_needed ." in page.text()
    solid = [each for each in page.all("a") if each.get("class") == "btn go"]
    assert [each["href"] for each in solid] == [here(desk, "/edit")]


def test_badges_that_cannot_be_read_are_named_with_the_reason_and_the_next_step(desk: Web) -> None:
    assert desk.platform
    desk.platform.fault("spoil_item", how="lone_surrogate", item=2)
    synced(desk)

    page = shown(desk.get(here(desk)))

    (row,) = [row for row in page.rows if "item_not_json" in row]
    assert desk.platform.templates[2]["id"] in row
    assert "Open the badge on the platform, save it again there, then sync." in row


def emptied(web: Web) -> None:
    assert web.platform
    web.platform.fault("emptied")
    synced(web)


def gone(web: Web) -> int:
    with web.opened.database.reading() as connection:
        return queries.counts(connection)["gone_at_source"]


def test_a_run_that_needs_an_answer_asks_and_yes_marks_the_badges_as_gone(desk: Web) -> None:
    emptied(desk)
    page = shown(desk.get(here(desk)))
    before = gone(desk)

    (asking,) = page.values("accept_gone")
    desk.post(here(desk, "/sync"), {"accept_gone": asking})
    finish(desk)

    assert "The platform no longer lists 12 of 12 badges." in page.text()
    assert "They are gone: mark them" in page.text()
    assert (before, gone(desk)) == (0, 12)
    assert "They are gone: mark them" not in shown(desk.get(here(desk))).text()


def test_a_run_that_needs_an_answer_may_also_look_again(desk: Web) -> None:
    emptied(desk)
    assert desk.platform
    desk.platform.clear_faults()

    desk.post(here(desk, "/sync"))
    finish(desk)

    assert gone(desk) == 0
    assert "They are gone: mark them" not in shown(desk.get(here(desk))).text()


def test_pause_stops_syncing_and_resume_lets_it_go_on(desk: Web) -> None:
    desk.post(here(desk, "/pause"))
    paused = account(desk)
    refused = desk.follow(desk.post(here(desk, "/sync")))
    desk.post(here(desk, "/resume"))

    assert (paused.state, paused.state_reason) == ("paused", f"Paused by {desk.person.email}.")
    assert "is paused. Resume it first." in shown(refused).text()
    assert account(desk).state == "active"


def test_resume_does_not_finish_a_draft(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        accounts.set_state(connection, account(desk).id, "draft")

    desk.post(here(desk, "/resume"))
    page = shown(desk.get(here(desk)))

    assert account(desk).state == "draft"
    assert "Check and finish" in page.text()
    assert "Save the schedule" not in page.text()


def test_the_schedule_can_be_changed(desk: Web) -> None:
    answer = desk.post(here(desk, "/schedule"), {"schedule": "hourly"})
    said = shown(desk.follow(answer)).text()
    saved = account(desk)
    wrong = desk.post(here(desk, "/schedule"), {"schedule": "always"})

    assert "Schedule saved: every hour." in said
    assert saved.schedule == "hourly"
    assert saved.next_run_at is not None
    assert "There is no schedule 'always'" in shown(desk.follow(wrong)).text()
    assert account(desk).schedule == "hourly"


def test_removing_says_first_what_happens_and_keeps_the_records(desk: Web) -> None:
    page = shown(desk.get(here(desk, "/remove")))
    before = account(desk)

    answer = desk.post(here(desk, "/remove"))

    assert "12 records and their history stay" in page.text()
    assert before.state == "active"
    assert "Main is removed." in shown(desk.follow(answer)).text()
    with desk.opened.database.reading() as connection:
        assert accounts.opened_secrets(connection, desk.opened.keys, before.id) == {}
        assert queries.counts(connection)["all"] == 12


@pytest.mark.parametrize(
    ("days", "words"),
    [(40, "Sign-in ends on"), (20, "Sign-in ends in 20 days"), (1, "Sign-in ends tomorrow"), (-2, "has ended")],
)
def test_the_end_of_the_sign_in_is_told_in_time(desk: Web, days: int, words: str) -> None:
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    with desk.opened.database.transaction() as connection:
        accounts.set_sign_in_ends(connection, account(desk).id, day)

    assert words in shown(desk.get(here(desk))).text()


def from_the_public_page(web: Web) -> accounts.Account:
    """A connection whose badges wait for somebody to say whose they are."""
    assert web.platform
    assert web.organization
    slug = web.platform.organization["vanity_slug"]
    fields = {"public_page": slug, "public_url": f"{web.platform.url}/", "requests_per_minute": 6000}
    this = web.opened
    allowed = this.settings.model_copy(update={"undocumented_sources": True})
    adapter = accounts.configured("credly", fields, (), allowed)
    with this.database.transaction() as connection:
        other = organizations.add(
            connection,
            name="Northfield",
            ctid="ce-11111111-1111-4111-8111-111111111111",
            website="https://northfield.example",
            description="A board of examiners.",
        )
        made = accounts.connect(
            connection, this.keys, organization_id=other.id, name="Page", adapter=adapter, given={}, by="t"
        )
    sync(this.database, this.settings, made.id, by="t", accept_gone=False, report=lambda _: None)
    return made


def test_badges_of_an_issuer_nobody_has_confirmed_wait_for_a_persons_word(desk: Web) -> None:
    made = from_the_public_page(desk)
    page = shown(desk.get(f"/connections/{made.id}"))
    (issuer,) = page.values("issuer")

    other = desk.post(f"/connections/{made.id}/confirm", {"issuer": "somebody else"})
    answer = desk.post(f"/connections/{made.id}/confirm", {"issuer": issuer})

    assert "12 records wait." in page.text()
    assert "These badges are ours to publish: confirm" in page.text()
    assert other.status_code == 303
    after = shown(desk.follow(answer))
    assert "The right to publish is confirmed." in after.text()
    assert f"Right to publish Confirmed by {desk.person.email}" in after.text()
    assert after.values("issuer") == []
    with desk.opened.database.reading() as connection:
        (kept,) = accounts.confirmed(connection, made.id)
    assert (kept.issuer, kept.by) == (issuer, desk.person.email)


def test_the_latest_twenty_runs_are_listed(desk: Web) -> None:
    with desk.opened.database.transaction() as connection:
        for number in range(25):
            run, _ = runs.request(connection, account(desk).id, by=f"person {number}.")
            runs.finish(connection, run, runs.Ended("complete"), {})

    page = shown(desk.get(here(desk)))

    listed = [text.strip() for text in page.texts if "Asked for by person" in text]
    assert len(listed) == 20
    assert listed[0] == "Asked for by person 24.."
