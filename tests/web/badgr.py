"""A desk beside a practice Canvas Credentials, and a person with an account at both who goes between them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from sqlalchemy import delete, insert, select, text

from connector.connections import accounts, history
from connector.connections.tables import token_host
from connector.connections.tables import token_pair as token_pairs
from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import REGISTRAR, PracticeCanvas
from connector.organizations import accounts as organizations
from connector.organizations import sign_in
from connector.organizations.tables import person
from connector.settings import OAuthClient
from connector.sync.carry_out import sync
from tests.web.conftest import Web, web

OWN_SERVER = "/connections/new/canvas/own_server"
BY_PASSWORD = "/connections/new/canvas/password"
SIZES = (5, 4, 3)
_NUMBERS = count(1)


@dataclass(frozen=True)
class Badgr:
    """A desk, the practice platform, and a browser that keeps what the platform gives it."""

    web: Web
    platform: PracticeCanvas
    there: httpx.Client

    @property
    def host(self) -> str:
        """Host and port of the platform."""
        return self.platform.url.removeprefix("http://")

    @property
    def callback(self) -> str:
        """Where the platform sends people back to."""
        return f"{self.web.address}/oauth/callback"

    @property
    def issuers(self) -> list[str]:
        """The ids of the platform's issuers."""
        return [each["entityId"] for each in self.platform.issuers]

    def typed(self, **changed: str) -> dict[str, str]:
        """The form of a server of one's own, filled in as it has to be."""
        addresses = {"api_url": self.platform.url, "ui_url": self.platform.url}
        client = {"client_id": "practice-client", "client_secret": "practice-secret"}
        return {"name": f"Badgr {next(_NUMBERS)}", **addresses, **client, "requests_per_minute": "6000", **changed}

    def draft(self, **changed: str) -> accounts.Account:
        """A connection that somebody has filled in the form for, and not signed in for yet."""
        fields = self.typed(**changed)
        answer = self.web.post(OWN_SERVER, fields)
        assert answer.status_code == 303, answer.text
        account = self.named(fields["name"])
        assert answer.headers["location"] == f"/connections/{account.id}/sign-in"
        return account

    def named(self, name: str) -> accounts.Account:
        """The connection of this name."""
        with self.web.opened.database.reading() as connection:
            return next(each for each in accounts.every(connection) if each.name == name)

    def now(self, account: accounts.Account) -> accounts.Account:
        """The connection as it is in use now."""
        with self.web.opened.database.reading() as connection:
            return accounts.by_id(connection, account.id)

    def sent(self, account: accounts.Account) -> str:
        """The address on the platform to which the desk sends the browser."""
        answer = self.web.post(f"/connections/{account.id}/sign-in")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def decided(self, address: str, step: str = "allow", *, who: tuple[str, str] = REGISTRAR) -> str:
        """Log in on the platform and decide there; the address that the browser is sent back to."""
        self.there.cookies.clear()
        form = {"step": "log-in", "email": who[0], "password": who[1]}
        assert self.there.post(address, data=form).status_code == 303
        page = self.there.get(address)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
        assert ticket, page.text
        answer = self.there.post(address, data={"step": step, "ticket": ticket[1]})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def signed_in(self, account: accounts.Account, *, who: tuple[str, str] = REGISTRAR) -> httpx.Response:
        """What the desk answers to somebody who has allowed everything and comes back."""
        return self.web.get(self.decided(self.sent(account), who=who))

    def chosen(self, account: accounts.Account, *issuers: str) -> None:
        """Tick these issuers and run the checks, which have to pass."""
        form = urlencode([("form_token", self.web.form_token), *(("issuer", each) for each in issuers)])
        headers = {
            **self.web.signed_in,
            "Origin": self.web.address,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self.web.client.post(f"/connections/{account.id}/issuers", content=form, headers=headers)
        assert answer.headers.get("location") == f"/connections/{account.id}/check", answer.text
        assert "Finish and sync now" in self.web.follow(answer).text

    def finished(self, account: accounts.Account) -> accounts.Account:
        """Finish connecting."""
        answer = self.web.post(f"/connections/{account.id}/finish", {"schedule": "manual"})
        assert answer.headers["location"] == f"/connections/{account.id}", answer.text
        return self.now(account)

    def connected(self, *issuers: str, **changed: str) -> accounts.Account:
        """A connection that reads these issuers and is synced; the first two where none are given."""
        account = self.draft(**changed)
        assert self.signed_in(account).headers["location"] == f"/connections/{account.id}/issuers"
        self.chosen(account, *(issuers or self.issuers[:2]))
        self.finished(account)
        self.synced(account)
        return self.now(account)

    def synced(self, account: accounts.Account, *, state: str = "complete") -> None:
        """Sync, with this outcome."""
        this = self.web.opened
        run = sync(this.database, this.settings, account.id, by="t", accept_gone=False, report=lambda _: None)
        assert run.state == state, json.dumps(run.problem)

    def run_out(self, account: accounts.Account) -> None:
        """Have the platform end the sign-in, and a sync notice it."""
        self.platform.revoke_tokens()
        self.synced(account, state="failed")
        assert self.now(account).state == "needs_reconnect"
        self.calm_down()

    def calm_down(self) -> None:
        """Have nobody wait for the platform's token endpoint."""
        self.platform.calm_down()
        with self.web.opened.database.transaction() as connection:
            connection.execute(delete(token_host))

    def said(self, account: accounts.Account) -> list[str]:
        """The history of a connection, oldest first."""
        with self.web.opened.database.reading() as connection:
            return [each.said for each in history.of(connection, account.id, 50)][::-1]

    def pairs(self, account: accounts.Account) -> list[str]:
        """The names of the tokens that are kept for a connection."""
        with self.web.opened.database.reading() as connection:
            kept = select(token_pairs.c.id).where(token_pairs.c.connection_id == account.id)
            return list(connection.scalars(kept))

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with self.web.opened.database.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query), parameters)]

    def files(self) -> bytes:
        """The database as it lies on the disk, what is not merged into it yet included."""
        path = Path(self.web.opened.settings.database_url.removeprefix("sqlite:///"))
        return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))

    def in_another_browser(self) -> Badgr:
        """The same person at the desk, signed in a second time."""
        with self.web.opened.database.transaction() as connection:
            session = sign_in.begin(connection, self.web.person.id)
        return replace(self, web=replace(self.web, session=session))

    def as_a_stranger(self) -> Badgr:
        """Somebody at the desk who looks after no organization of ours."""
        with self.web.opened.database.transaction() as connection:
            values = {"email": f"stranger{next(_NUMBERS)}@elsewhere.example", "site_staff": False}
            made = insert(person).values(**values, created_at="2025-01-01T00:00:00Z").returning(person.c.id)
            session = sign_in.begin(connection, connection.execute(made).scalar_one())
        return replace(self, web=replace(self.web, session=session))

    @contextmanager
    def as_a_deployment(self) -> Iterator[None]:
        """A client is registered for the deployment, so that nobody needs one of their own."""
        clients = self.web.opened.settings.oauth_clients
        clients[self.host] = OAuthClient.model_validate(
            {"client_id": "practice-client", "client_secret": "practice-secret"}
        )
        yield
        del clients[self.host]


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address, each of which has to be there once."""
    found = parse_qs(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: value for name, (value,) in found.items()}


@contextmanager
def badgr_in(folder: Path) -> Iterator[Badgr]:
    """A desk with an organization and nothing connected, and a practice platform with three issuers."""
    with web(folder) as running:
        with running.opened.database.transaction() as connection:
            made = organizations.add(
                connection,
                name="Cedar Harbor",
                ctid="ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634",
                website="https://www.cedarharbor.example",
                description="A two-year college on the harbor.",
            )
            owner = organizations.approve(connection, made, by="test")
        options = {"redirect_uris": [f"{running.address}/oauth/callback"], "throttle_scale": 0}
        with (
            PracticeCanvas(*practice_account(*SIZES), **options) as platform,
            httpx.Client(timeout=20, trust_env=False) as there,
        ):
            yield Badgr(replace(running, organization=owner), platform, there)


@contextmanager
def as_at_first(badgr: Badgr) -> Iterator[Badgr]:
    """The same once more, with nothing connected and a platform that nobody has turned against us."""
    with badgr.web.opened.database.transaction() as connection:
        for each in accounts.every(connection):
            accounts.set_state(connection, each.id, "removed")
    badgr.platform.start()
    badgr.platform.clear_faults()
    badgr.platform.deputy.issuers = None
    badgr.platform.registrar.issuers = None
    badgr.calm_down()
    yield badgr
