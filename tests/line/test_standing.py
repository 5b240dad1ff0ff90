"""What runs may change of where a connection stands, and what a person's word about missing badges covers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from connector.connections import accounts
from connector.credentials import queries, remap
from connector.credentials.tables import record, source_identity
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened
from connector.sync import asked, runs
from connector.sync.carry_out import sync
from connector.sync.on_time import sync_what_waits

Json = dict[str, Any]


@pytest.fixture
def platform() -> Iterator[PracticeCredly]:
    college, templates = cedar_harbor_college()
    usable = [each for each in templates if each["public"] and each["state"] == "active"]
    with PracticeCredly(college, usable[:30]) as running:
        yield running


@pytest.fixture
def account(this: Opened, platform: PracticeCredly) -> int:
    made = connect(this, platform)
    assert synced(this, made).state == "complete"
    return made


def connect(this: Opened, platform: PracticeCredly, token: str | None = None) -> int:
    secrets = {"authorization_token": token or str(platform.token)}
    fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
    adapter = accounts.configured("credly", fields, secrets, this.settings)
    with this.database.transaction() as connection:
        return accounts.connect(
            connection, this.keys, organization_id=1, name="Main", adapter=adapter, given=secrets, by="t"
        ).id


def synced(this: Opened, account: int, *, accept_gone: bool = False) -> Row[Any]:
    return sync(this.database, this.settings, account, by="t", accept_gone=accept_gone, report=lambda _: None)


def answered(this: Opened, account: int, run: int) -> Row[Any]:
    """The run after a person has said that what another run missed is gone."""
    with this.database.transaction() as connection:
        made = asked.ask(connection, accounts.by_id(connection, account), by="t", accepts=run)
    while sync_what_waits(this.database, this.settings):
        pass
    with this.database.reading() as connection:
        return runs.by_id(connection, made)


def standing(this: Opened, account: int) -> tuple[str, str | None]:
    with this.database.reading() as connection:
        found = accounts.by_id(connection, account)
    return found.state, found.state_reason


def set_state(this: Opened, account: int, state: str) -> None:
    with this.database.transaction() as connection:
        accounts.set_state(connection, account, state, "by t")


def gone(this: Opened) -> int:
    with this.database.reading() as connection:
        return queries.counts(connection)["gone_at_source"]


def take_out(platform: PracticeCredly, *, start: int, many: int) -> list[Json]:
    with platform.lock:
        taken = platform.templates[start : start + many]
        del platform.templates[start : start + many]
    return taken


def failing_while(this: Opened, platform: PracticeCredly, account: int, meanwhile: Any) -> str:
    """How a run ends whose sign-in stops working while something else happens to its connection."""
    platform.hold(1)
    ended: list[str] = []
    worker = threading.Thread(target=lambda: ended.append(synced(this, account).problem["code"]), daemon=True)
    worker.start()
    platform.wait_asked(1, times=2)
    meanwhile()
    platform.revoke_tokens(api_token=True)
    platform.release(1)
    worker.join(20)
    return ended[0]


@pytest.mark.parametrize("state", ["paused", "removed"])
def test_a_run_that_fails_leaves_a_connection_as_a_person_put_it_meanwhile(
    this: Opened, platform: PracticeCredly, account: int, state: str
) -> None:
    code = failing_while(this, platform, account, lambda: set_state(this, account, state))

    assert code == "reconnect_needed"
    assert standing(this, account) == (state, "by t")


def test_a_run_that_fails_with_old_secrets_says_nothing_about_new_ones(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    code = failing_while(this, platform, account, lambda: connect(this, platform, "a new one"))

    assert code == "reconnect_needed"
    assert standing(this, account) == ("active", None)


def test_a_run_that_fails_says_that_a_connection_has_to_be_reconnected(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    code = failing_while(this, platform, account, lambda: None)

    assert code == "reconnect_needed"
    assert standing(this, account)[0] == "needs_reconnect"


def test_connecting_again_leaves_what_is_paused_paused_with_its_new_secrets(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    set_state(this, account, "paused")

    again = connect(this, platform, "a new one")

    assert again == account
    assert standing(this, account) == ("paused", "by t")
    with this.database.reading() as connection:
        assert accounts.opened_secrets(connection, this.keys, account) == {"authorization_token": "a new one"}


def test_what_was_shown_as_missing_is_marked_as_gone(this: Opened, platform: PracticeCredly, account: int) -> None:
    take_out(platform, start=0, many=10)
    asking = synced(this, account)

    after = answered(this, account, asking.id)

    assert (asking.state, len(asking.missing)) == ("needs_confirmation", 10)
    assert (after.state, after.gone, gone(this)) == ("complete", 10, 10)


def test_a_word_about_what_was_shown_does_not_cover_what_went_missing_since(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    take_out(platform, start=0, many=10)
    asking = synced(this, account)
    take_out(platform, start=0, many=19)

    again = answered(this, account, asking.id)
    after = answered(this, account, again.id)

    assert (again.state, again.gone, len(again.missing)) == ("needs_confirmation", 0, 29)
    assert (after.state, after.gone) == ("complete", 29)


def test_of_what_was_shown_only_what_is_missing_still_is_marked(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    taken = take_out(platform, start=0, many=10)
    asking = synced(this, account)
    with platform.lock:
        platform.templates += taken[:7]

    after = answered(this, account, asking.id)

    assert (after.state, after.gone) == ("complete", 3)


def test_a_few_others_that_are_missing_are_asked_about_too(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    taken = take_out(platform, start=0, many=10)
    asking = synced(this, account)
    with platform.lock:
        platform.templates += taken
    take_out(platform, start=0, many=1)

    after = answered(this, account, asking.id)

    assert (after.state, after.gone, gone(this)) == ("needs_confirmation", 0, 0)


def test_on_the_command_line_whatever_is_missing_is_gone(this: Opened, platform: PracticeCredly, account: int) -> None:
    take_out(platform, start=0, many=10)
    synced(this, account)
    take_out(platform, start=0, many=19)

    after = synced(this, account, accept_gone=True)

    assert (after.state, after.gone) == ("complete", 29)


def test_confirming_an_issuer_maps_its_records_again_and_no_others(
    this: Opened, platform: PracticeCredly, account: int
) -> None:
    with platform.lock:
        for at, template in enumerate(platform.templates[:5]):
            template["owner"] = {**template["owner"], "id": f"issuer-{at % 2}"}
        badges = [template["id"] for template in platform.templates[:5]]
    synced(this, account)
    i = source_identity.c
    with this.database.transaction() as connection:
        ids = dict(connection.execute(select(i.badge_id, i.record_id).where(i.badge_id.in_(badges))).all())
        waiting = record.c.id.in_(list(ids.values()))
        connection.execute(update(record).where(waiting).values(ctid=None, mapped_with="an older crosswalk"))

        waited = remap.confirm_issuer(connection, accounts.by_id(connection, account), "issuer-1", by="t")

        older = select(record.c.id).where(record.c.mapped_with == "an older crosswalk")
        left = set(connection.execute(older).scalars())
    assert {each.id for each in waited} == {ids[badge] for badge in badges[1::2]}
    assert left == {ids[badge] for badge in badges[0::2]}
