"""What is given for a connection counts once it was checked and finished: the right to publish, and new secrets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from connector.connections import accounts, renewal, secrets
from connector.connections.secrets import Keyring
from connector.sync import runs
from connector.sync.carry_out import sync
from tests.web.parsed import Page
from tests.web.test_connect_pages import checked, draft, every, shown, stored, typed

if TYPE_CHECKING:
    from tests.web.conftest import Web

WRONG = "mistyped"


def confirmed(web: Web, account: accounts.Account) -> list[str]:
    with web.opened.database.reading() as connection:
        return [each.by for each in accounts.confirmed(connection, account.id)]


def owners(web: Web) -> dict[str, int]:
    assert web.organization
    with web.opened.database.reading() as connection:
        return accounts.owners(connection, web.organization.id)


def kept(web: Web) -> set[str]:
    with web.opened.database.reading() as connection:
        return set(secrets.names(connection, ""))


def edit(web: Web, **changed: str) -> None:
    answer = web.post(f"{here(web)}/edit", typed(web, **{"name": "Main"} | changed))
    assert answer.headers["location"] == f"{here(web)}/check"


def here(web: Web) -> str:
    assert web.account
    return f"/connections/{web.account.id}"


def finish(web: Web, account: accounts.Account) -> Page:
    return shown(web.follow(web.post(f"/connections/{account.id}/finish", {"schedule": "daily"})))


def synced(web: Web) -> str:
    this = web.opened
    assert web.account
    run = sync(this.database, this.settings, web.account.id, by="t", accept_gone=False, report=lambda _: None)
    return str(run.state)


def test_a_draft_confirms_nothing_whatever_it_says(desk: Web) -> None:
    account = draft(desk, organization_id="another-organization", authorization_token=WRONG)
    desk.post(f"/connections/{account.id}/edit", typed(desk, organization_id="a-third", authorization_token=WRONG))

    assert confirmed(desk, account) == []
    assert owners(desk).keys() == {desk.platform.organization_id if desk.platform else ""}


def test_the_right_to_publish_is_confirmed_by_whoever_finishes_what_was_checked(desk: Web) -> None:
    account = draft(desk)
    page = checked(desk, account)
    before = confirmed(desk, account)

    finish(desk, account)

    assert "By finishing you confirm that badges of this organization are Cedar Harbor’s to publish." in page.text()
    assert before == []
    assert confirmed(desk, account) == [desk.person.email]


def test_what_was_not_checked_is_not_finished_and_leads_to_its_checks(desk: Web) -> None:
    account = draft(desk, authorization_token=WRONG)

    answer = desk.post(f"/connections/{account.id}/finish", {"schedule": "daily"})

    assert answer.headers["location"] == f"/connections/{account.id}/check"
    assert "have not passed with the settings and secrets that are saved now" in shown(desk.follow(answer)).text()
    assert every(desk)["Another"].state == "draft"
    assert confirmed(desk, account) == []
    with desk.opened.database.reading() as connection:
        assert runs.of_connection(connection, account.id, 5) == []


def test_checks_that_pass_are_remembered_and_said_until_something_else_is_given(desk: Web) -> None:
    account = draft(desk)
    checked(desk, account)
    state = every(desk)["Another"].state
    page = shown(desk.get(f"/connections/{account.id}"))

    desk.post(f"/connections/{account.id}/edit", typed(desk, authorization_token=WRONG))

    assert state == "checked"
    assert "Checked, not finished" in page.text()
    assert every(desk)["Another"].state == "draft"


def test_checks_that_fail_later_take_back_that_they_passed(desk: Web) -> None:
    assert desk.platform
    account = draft(desk)
    checked(desk, account)
    desk.platform.revoke_tokens(api_token=True)

    checked(desk, account)

    assert every(desk)["Another"].state == "draft"


def test_checks_of_what_was_replaced_meanwhile_count_for_nothing(desk: Web) -> None:
    before = draft(desk)
    desk.post(f"/connections/{before.id}/edit", typed(desk, authorization_token=WRONG))

    with desk.opened.database.transaction() as connection:
        renewal.note_checked(connection, before, passed=True)

    assert every(desk)["Another"].state == "draft"


@pytest.mark.parametrize("first", ["draft", "checked"])
def test_what_is_not_finished_is_neither_synced_nor_paused_nor_resumed(desk: Web, first: str) -> None:
    account = draft(desk)
    if first == "checked":
        checked(desk, account)

    for action in ("sync", "pause", "resume"):
        desk.post(f"/connections/{account.id}/{action}")

    assert every(desk)["Another"].state == first


def test_a_confirmation_of_a_connection_that_was_never_finished_does_not_count(desk: Web) -> None:
    account = draft(desk)
    with desk.opened.database.transaction() as connection:
        accounts.confirm_owner(connection, account.id, "theirs", account.organization_id, by="t")
    during = owners(desk)

    desk.post(f"/connections/{account.id}/remove")

    assert "theirs" not in during
    assert "theirs" not in owners(desk)


def test_a_mistyped_secret_leaves_the_working_one_in_use(desk: Web) -> None:
    assert desk.account
    assert desk.platform
    before = every(desk)["Main"]
    edit(desk, authorization_token=WRONG, name="Renamed", include_private="yes")

    page = checked(desk, desk.account)
    answer = desk.post(f"{here(desk)}/finish", {"schedule": "daily"})

    assert "Sign in · Failed" in page.text()
    assert "Until you finish, Main goes on with the settings it had." in page.text()
    assert answer.headers["location"] == f"{here(desk)}/check"
    assert every(desk)["Main"] == before
    assert stored(desk, before) == {"authorization_token": str(desk.platform.token)}
    assert synced(desk) == "complete"


def test_new_secrets_are_in_use_once_they_were_checked_and_finished(desk: Web) -> None:
    assert desk.account
    assert desk.platform
    desk.platform.token = "another-token"
    assert (synced(desk), every(desk)["Main"].state) == ("failed", "needs_reconnect")
    edit(desk, authorization_token="another-token", name="Renamed", include_private="yes")
    page = checked(desk, desk.account)
    waiting = every(desk)["Main"].state

    after = finish(desk, desk.account)

    renewed = every(desk)["Renamed"]
    assert "Finish and sync now" in page.text()
    assert waiting == "needs_reconnect"
    assert (renewed.id, renewed.state, renewed.settings["include_private"]) == (desk.account.id, "active", True)
    assert stored(desk, renewed) == {"authorization_token": "another-token"}
    assert kept(desk) >= {f"connection/{renewed.id}/authorization_token"}
    assert not [name for name in kept(desk) if name.startswith("pending/")]
    assert "Renamed is connected." in after.text()
    assert "New settings wait" not in after.text()
    assert synced(desk) == "complete"


def test_a_person_finishes_only_what_their_page_showed(desk: Web) -> None:
    account = draft(desk)
    (seen,) = checked(desk, account).values("edition")
    desk.post(f"/connections/{account.id}/edit", typed(desk, include_private="yes"))
    checked(desk, account)

    answer = desk.post(f"/connections/{account.id}/finish", {"schedule": "daily", "edition": seen})

    assert answer.headers["location"] == f"/connections/{account.id}/check"
    assert every(desk)["Another"].state == "checked"


def test_another_organization_id_is_confirmed_only_once_it_was_checked_and_finished(desk: Web) -> None:
    assert desk.account
    before = owners(desk)

    edit(desk, organization_id="somebody-else", authorization_token=WRONG)
    checked(desk, desk.account)
    finish(desk, desk.account)

    assert owners(desk) == before


def test_new_settings_that_wait_are_said_and_can_be_discarded(desk: Web) -> None:
    before = every(desk)["Main"]
    edit(desk, authorization_token=WRONG)
    page = shown(desk.get(here(desk)))

    answer = desk.post(f"{here(desk)}/discard")

    assert "New settings wait to be finished." in page.text()
    assert {f"{here(desk)}/check", f"{here(desk)}/edit"} <= {each.get("href") for each in page.all("a")}
    after = shown(desk.follow(answer))
    assert "The new settings are discarded." in after.text()
    assert "New settings wait" not in after.text()
    assert every(desk)["Main"] == before
    assert not [name for name in kept(desk) if name.startswith("pending/")]


def test_the_form_shows_the_settings_that_wait_and_keeps_their_secret(desk: Web) -> None:
    assert desk.account
    edit(desk, authorization_token=WRONG, name="Renamed")

    page = shown(desk.get(f"{here(desk)}/edit"))
    edit(desk, authorization_token="", name="Renamed Again")

    assert page.values("name") == ["Renamed"]
    with desk.opened.database.reading() as connection:
        waiting = renewal.proposed(connection, desk.account)
        sealed = accounts.opened_secrets(connection, desk.opened.keys, desk.account.id, pending=True)
    assert waiting
    assert waiting.name == "Renamed Again"
    assert sealed == {"authorization_token": WRONG}


def test_a_name_that_was_taken_meanwhile_finishes_nothing(desk: Web) -> None:
    assert desk.account
    edit(desk, name="Another")
    checked(desk, desk.account)
    draft(desk)

    answer = desk.post(f"{here(desk)}/finish", {"schedule": "daily"})

    assert "You already have a connection with this name." in shown(answer, 400).text()
    assert every(desk)["Main"].schedule == "manual"


def test_removal_forgets_what_waits_too(desk: Web) -> None:
    assert desk.account
    edit(desk, authorization_token=WRONG)

    desk.post(f"{here(desk)}/remove")

    assert kept(desk) == set()
    with desk.opened.database.reading() as connection:
        assert renewal.proposed(connection, desk.account) is None


def test_secrets_that_wait_are_sealed_again_with_a_new_key(desk: Web) -> None:
    assert desk.account
    edit(desk, authorization_token=WRONG)
    old = (
        Path(make_url(desk.opened.settings.database_url).database or "").with_name("connector.key").read_text().strip()
    )
    new = "a-new-key-of-more-than-thirty-two-characters"
    both = Keyring([new, old])
    with desk.opened.database.transaction() as connection:
        secrets.reseal(connection, both)
        sealed = accounts.opened_secrets(connection, Keyring([new]), desk.account.id, pending=True)

    assert sealed == {"authorization_token": WRONG}


def test_connecting_by_command_under_its_name_takes_the_place_of_what_waits(desk: Web) -> None:
    assert desk.account
    assert desk.organization
    edit(desk, authorization_token=WRONG)
    given = {"authorization_token": str(desk.platform.token if desk.platform else "")}
    with desk.opened.database.transaction() as connection:
        accounts.connect(
            connection,
            desk.opened.keys,
            organization_id=desk.organization.id,
            name="Main",
            adapter=accounts.adapter_of(desk.account),
            given=given,
            by="t",
        )

    assert kept(desk) == {f"connection/{desk.account.id}/authorization_token"}
