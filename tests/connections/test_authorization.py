"""The sign-in of a person without the pages around it: one answer each, whose client, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import func, select, update

from connector.connections import accounts, authorization, connecting, renewal
from connector.connections.accounts import Account
from connector.connections.authorization import Answer
from connector.connections.platform import checked, connected
from connector.connections.tables import authorization_request, token_pair
from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import REGISTRAR, PracticeCanvas
from connector.opened import Opened, prepared
from connector.organizations import accounts as organizations
from connector.problem import Problem
from connector.settings import Settings

BY, SESSION = "test", "a-session"
CALLBACK = "https://desk.example/oauth/callback"
CLIENT = {"client_id": "practice-client"}


@dataclass(frozen=True)
class Beside:
    """A connector with one organization, and a practice Canvas Credentials."""

    this: Opened
    platform: PracticeCanvas

    def adapter(self, secrets: dict[str, str], **fields: Any) -> Any:
        """An adapter for the platform as a server of one's own."""
        addresses = {"api_url": self.platform.url, "ui_url": self.platform.url}
        return accounts.configured("canvas", {**addresses, **fields}, secrets, self.this.settings)

    def drafted(self, name: str = "Badgr", secrets: dict[str, str] | None = None, **fields: Any) -> Account:
        """A connection that waits for somebody to sign in."""
        given = {"client_secret": "practice-secret"} if secrets is None else secrets
        adapter = self.adapter(given, **(fields or CLIENT))
        wanted = connecting.ready(self.this.database, self.this.settings, adapter, given, check=True)
        with self.this.database.transaction() as connection:
            return connecting.save(
                connection, self.this.keys, wanted, organization_id=1, name=name, by=BY, sign_in_ends=None
            )

    def begun(self, account: Account) -> str:
        """The address on the platform that a person is sent to."""
        with self.this.database.transaction() as connection:
            return authorization.consent_page(connection, self.this.keys, self.this.settings, account, session=SESSION)

    def allowed(self, address: str) -> Answer:
        """What the browser of somebody who allows it brings back."""
        with httpx.Client(timeout=20, trust_env=False) as there:
            there.post(address, data={"step": "log-in", "email": REGISTRAR[0], "password": REGISTRAR[1]})
            ticket = there.get(address).text.partition('name="ticket" value="')[2].partition('"')[0]
            location = there.post(address, data={"step": "allow", "ticket": ticket}).headers["location"]
        assert location.startswith(f"{CALLBACK}?")
        came = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return Answer(came["state"], came["code"])

    def answered(self, answer: Answer) -> Account:
        """Take what the browser brought back."""
        this = self.this
        return authorization.answered(
            this.database, this.keys, this.settings, answer, session=SESSION, organizations={1: None}, watched={}, by=BY
        )

    def tokens_asked(self) -> int:
        """How often the platform was asked for tokens."""
        return len([each for each in self.platform.requests if each.path == "/o/token"])

    def pairs(self) -> int:
        """How many tokens are kept."""
        with self.this.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(token_pair)).scalar_one())


Start = Callable[..., Beside]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a platform with these options, and a connector for which these clients are registered with it."""
    platforms: list[PracticeCanvas] = []

    def start(client: dict[str, str] | None = None, **options: Any) -> Beside:
        options = {"redirect_uris": [CALLBACK], "throttle_scale": 0, **options}
        platforms.append(platform := PracticeCanvas(*practice_account(2, 2), **options).start())
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{tmp_path / 'connector.db'}",
                "public_url": "https://desk.example/",
                "allowed_private_hosts": "127.0.0.1",
                "oauth_clients": {platform.url.removeprefix("http://"): client} if client else {},
            }
        )
        this = prepared(settings)
        about = {"website": "https://www.cedarharbor.example", "description": "A two-year college on the harbor."}
        ctid = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
        with this.database.transaction() as connection:
            organizations.add(connection, name="Cedar Harbor", ctid=ctid, **about)
        return Beside(this, platform)

    yield start
    for platform in platforms:
        platform.stop()


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as raised:
        act()
    return raised.value


def test_of_many_who_bring_the_same_answer_one_is_served_and_the_code_is_sent_once(start: Start) -> None:
    beside = start()
    answer = beside.allowed(beside.begun(beside.drafted()))

    def bring(_: int) -> str:
        try:
            return beside.answered(answer).state
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(bring, range(8)))

    assert sorted(outcomes) == ["authorization_used"] * 7 + ["draft"]
    assert (beside.tokens_asked(), beside.pairs()) == (1, 1)


def test_settings_that_are_given_while_the_code_is_exchanged_are_not_given_its_tokens(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = start()
    account = beside.drafted()
    answer = beside.allowed(beside.begun(account))
    exchanged = authorization.exchanged

    def meanwhile(*given: Any) -> Any:
        granted = exchanged(*given)
        with beside.this.database.transaction() as connection:
            renewal.choose_issuers(connection, beside.this.keys, account, (beside.platform.issuers[0]["entityId"],))
        return granted

    monkeypatch.setattr(authorization, "exchanged", meanwhile)

    problem = refused(lambda: beside.answered(answer))

    assert (problem.code, problem.fields) == ("authorization_late", {"connection": str(account.id)})
    assert beside.pairs() == 0


def test_a_state_that_nobody_answered_is_forgotten_after_a_day(start: Start) -> None:
    beside = start()
    account = beside.drafted()
    beside.begun(account)
    beside.begun(account)
    with beside.this.database.transaction() as connection:
        t = authorization_request
        (first, second) = connection.scalars(select(t.c.state_hash))
        connection.execute(update(t).values(expires_at=t.c.expires_at - 3600))
        connection.execute(update(t).where(t.c.state_hash == first).values(expires_at=t.c.expires_at - 24 * 3600))

    beside.begun(account)

    with beside.this.database.reading() as connection:
        left = list(connection.scalars(select(authorization_request.c.state_hash)))
    assert first not in left
    assert second in left
    assert len(left) == 2


def test_the_address_to_come_back_to_has_no_slash_too_many() -> None:
    for public in ("https://desk.example", "https://desk.example/"):
        assert authorization.redirect_uri(Settings(public_url=public)) == CALLBACK


def test_a_client_without_a_secret_is_a_public_one(start: Start) -> None:
    beside = start(CLIENT, client_secret="")

    account = beside.answered(beside.allowed(beside.begun(beside.drafted(secrets={}, issuer_ids=()))))

    assert account.tokens is not None


def test_a_client_of_the_connection_goes_before_that_of_the_deployment(start: Start) -> None:
    beside = start({"client_id": "of-the-deployment", "client_secret": "another"})

    ours = beside.begun(beside.drafted("Ours", secrets={}, issuer_ids=()))
    own = beside.begun(beside.drafted("Own"))

    assert parse_qs(urlsplit(ours).query)["client_id"] == ["of-the-deployment"]
    assert parse_qs(urlsplit(own).query)["client_id"] == ["practice-client"]


def test_a_client_that_the_deployment_has_no_more_is_missed_before_anybody_is_sent_away(start: Start) -> None:
    beside = start({**CLIENT, "client_secret": "practice-secret"})
    account = beside.drafted(secrets={}, issuer_ids=())
    beside.this.settings.oauth_clients.clear()

    problem = refused(lambda: beside.begun(account))

    assert (problem.code, list(problem.fields)) == ("client_needed", ["client_id"])
    assert "CONNECTOR_OAUTH_CLIENTS" in problem.action


def test_a_wrong_client_secret_is_told_as_such(start: Start) -> None:
    beside = start()
    account = beside.drafted(secrets={"client_secret": "mistyped-secret"})

    problem = refused(lambda: beside.answered(beside.allowed(beside.begun(account))))

    assert problem.code == "sign_in_refused"
    assert "does not accept the client id and secret" in problem.message
    assert "mistyped-secret" not in f"{problem.message} {problem.action}"


def test_a_permission_that_was_not_given_is_told_as_missing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = start()
    monkeypatch.setattr("adapters.canvas.adapter.SCOPE", "r:profile")
    account = beside.drafted(**CLIENT, issuer_ids=())
    with beside.this.database.transaction() as connection:
        accounts.set_state(connection, account.id, "active")

    signed_in = beside.answered(beside.allowed(beside.begun(account)))

    adapter = accounts.adapter_of(signed_in)
    with connected(beside.this.database, beside.this.settings, signed_in) as http:
        found = [(check.name, problem) for check, problem in checked(adapter, http)]
    name, problem = found[-1]
    assert problem
    assert (name, problem.code) == ("permission", "permission_missing")
    assert "not found" in problem.message


def test_who_signs_in_otherwise_is_sent_nowhere(start: Start) -> None:
    beside = start()
    given = {"password": REGISTRAR[1]}
    adapter = accounts.configured(
        "canvas", {"api_url": beside.platform.url, "username": REGISTRAR[0]}, given, beside.this.settings
    )
    wanted = connecting.ready(beside.this.database, beside.this.settings, adapter, given, check=True)
    with beside.this.database.transaction() as connection:
        account = connecting.save(
            connection, beside.this.keys, wanted, organization_id=1, name="P", by=BY, sign_in_ends=None
        )

    problem = refused(lambda: beside.begun(account))

    assert problem.code == "not_found"
    assert "signs in without anybody's consent" in problem.message


def test_a_password_is_asked_for_each_time(start: Start) -> None:
    beside = start()
    adapter = accounts.configured(
        "canvas", {"api_url": beside.platform.url, "username": REGISTRAR[0]}, {"password"}, beside.this.settings
    )

    problem = refused(lambda: authorization.by_password(beside.this.database, beside.this.settings, adapter, {}))

    assert (problem.code, list(problem.fields)) == ("secret_needed", ["password"])
    assert beside.tokens_asked() == 0


@pytest.mark.parametrize("region", ["us", "eu", "au", "ca", "sg"])
def test_no_password_goes_to_a_region_in_production(region: str) -> None:
    problem = refused(
        lambda: accounts.configured("canvas", {"region": region, "username": "u"}, {"password"}, Settings())
    )

    assert problem.code == "invalid_settings"
    assert "A password is not sent to" in problem.message


def test_the_name_of_a_connection_to_another_platform_is_not_taken_over(start: Start) -> None:
    beside = start()
    secrets = {"authorization_token": "t"}
    address = f"{beside.platform.url}/v1/"
    fields = {"organization_id": "2b6d4c1e-8f53-4a5e-9c7d-5e0a9d3b7f10", "api_url": address}
    other = accounts.configured("credly", fields, secrets, beside.this.settings)
    with beside.this.database.transaction() as connection:
        there = accounts.connect(
            connection, beside.this.keys, organization_id=1, name="Main", adapter=other, given=secrets, by=BY
        )

    problem = refused(lambda: beside.drafted("Main"))

    assert problem.code == "name_taken"
    with beside.this.database.reading() as connection:
        assert renewal.proposed(connection, there) is None
        assert accounts.by_id(connection, there.id) == there
