"""Connected platform accounts: connect, list, find, and the adapters built from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from adapters import installed
from adapters.contract import Adapter
from connector.clock import stamp
from connector.connections import secrets
from connector.connections.secrets import Keyring
from connector.connections.tables import connection as table
from connector.connections.tables import issuer_owner
from connector.http import refusal
from connector.problem import Problem


@dataclass(frozen=True, slots=True)
class Account:
    """A connected platform account. `state` is active, paused, needs_reconnect or removed."""

    id: int
    organization_id: int
    platform: str
    name: str
    settings: Mapping[str, Any]
    settings_version: int
    state: str
    state_reason: str | None

    def as_json(self) -> dict[str, object]:
        """The account as doors show it: nothing secret is part of it."""
        return {
            "id": self.id,
            "name": self.name,
            "platform": self.platform,
            "organization": self.organization_id,
            "state": self.state,
            "state_reason": self.state_reason,
            "settings": dict(self.settings),
        }


def platform(slug: str) -> type[Adapter]:
    """The adapter class of a platform. Problem where none is installed under that name."""
    found = installed().get(slug)
    if found is None:
        raise Problem(
            "platform_unknown",
            f"There is no platform {slug!r}; there are: {', '.join(installed())}.",
            action="See what each needs: badge-connector platforms",
        )
    return found


def configured(slug: str, fields: Mapping[str, Any], given: Iterable[str], private_hosts: frozenset[str]) -> Adapter:
    """An adapter from what a person gave, every address in it checked before anything is saved or dialled."""
    kind = platform(slug)
    named = frozenset(given)
    unknown = named - {secret.name for secret in kind.secrets}
    if unknown:
        raise _invalid(f"{kind.name} has no secret {', '.join(sorted(unknown))}.", slug)
    try:
        adapter = kind(**fields)
        server = adapter.sign_in(named)
    except ValidationError as wrong:
        raise _invalid(_sentences(wrong), slug) from None
    except ValueError as wrong:
        raise _invalid(str(wrong), slug) from None
    addresses = [adapter.base_url(), getattr(server, "token_endpoint", None)]
    for message in filter(None, (refusal(url, private_hosts) for url in addresses if url)):
        raise Problem(
            "private_address",
            message,
            action="Use the platform's public address, or name the host in CONNECTOR_ALLOWED_PRIVATE_HOSTS.",
        )
    return adapter


def connect(
    connection: Connection,
    keys: Keyring,
    *,
    organization_id: int,
    name: str,
    adapter: Adapter,
    given: Mapping[str, str],
    by: str,
) -> Account:
    """Save a connection, or give one of that name new settings and secrets: its records and history stay.

    Secrets are sealed for their row. A signed-in account's own issuer becomes the organization's: connecting it
    confirms the right to publish.
    """
    there = _one(connection, organization_id, name)
    if there and there.platform != adapter.slug:
        raise Problem(
            "name_taken",
            f"{name!r} is a connection to {there.platform} already.",
            action="Choose another --name.",
        )
    values = {
        "settings": adapter.model_dump(mode="json"),
        "settings_version": adapter.settings_version,
        "state": "active",
        "state_reason": None,
    }
    if there:
        connection.execute(update(table).where(table.c.id == there.id).values(**values))
        saved = there.id
    else:
        made = insert(table).values(
            organization_id=organization_id,
            platform=adapter.slug,
            name=name,
            created_at=stamp(),
            created_by=by,
            **values,
        )
        saved = connection.execute(made.returning(table.c.id)).scalar_one()
    secrets.forget(connection, _secrets(saved))
    for secret, value in given.items():
        secrets.keep(connection, keys, f"{_secrets(saved)}{secret}", value)
    issuer = adapter.configured_issuer()
    if issuer and given:
        confirm_owner(connection, saved, issuer.id, organization_id, by=by)
    return by_id(connection, saved)


def confirm_owner(connection: Connection, account: int, issuer_id: str, organization_id: int, *, by: str) -> None:
    """A person confirms that badges of this issuer are the organization's to publish; kept with name and date."""
    is_it = (issuer_owner.c.connection_id == account) & (issuer_owner.c.issuer_id == issuer_id)
    there = connection.execute(select(issuer_owner).where(is_it)).one_or_none()
    if there and there.organization_id == organization_id:
        return
    connection.execute(delete(issuer_owner).where(is_it))
    connection.execute(
        insert(issuer_owner).values(
            connection_id=account,
            issuer_id=issuer_id,
            organization_id=organization_id,
            confirmed_at=stamp(),
            confirmed_by=by,
        )
    )


def owners(connection: Connection, organization_id: int) -> dict[str, int]:
    """The owning organization of each issuer that a person has confirmed, through whichever connection it is seen."""
    query = (
        select(issuer_owner.c.issuer_id, issuer_owner.c.organization_id)
        .join(table, table.c.id == issuer_owner.c.connection_id)
        .where(table.c.organization_id == organization_id)
        .order_by(table.c.id)
    )
    return {row.issuer_id: row.organization_id for row in connection.execute(query)}


def removed(connection: Connection, organization_id: int) -> frozenset[int]:
    """An organization's connections that no longer list anything."""
    query = select(table.c.id).where(table.c.organization_id == organization_id, table.c.state == "removed")
    return frozenset(connection.execute(query).scalars())


def every(connection: Connection, organization_id: int | None = None) -> list[Account]:
    """Connections that are not removed, oldest first."""
    query = select(table).where(table.c.state != "removed").order_by(table.c.id)
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    return [_read(row) for row in connection.execute(query)]


def by_id(connection: Connection, account: int) -> Account:
    """The connection with this id."""
    return _read(connection.execute(select(table).where(table.c.id == account)).one())


def find(connection: Connection, called: str, organization_id: int | None = None) -> Account:
    """The connection with this id, or the one of this name. Problem where there is none, or more than one."""
    is_it = table.c.name == called
    if called.isdecimal() and len(called) < 10:
        is_it = or_(is_it, table.c.id == int(called))
    query = select(table).where(is_it, table.c.state != "removed")
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    rows = connection.execute(query).all()
    rows = [row for row in rows if str(row.id) == called] or rows
    if len(rows) == 1:
        return _read(rows[0])
    there = "no connection is" if not rows else f"{len(rows)} connections are"
    raise Problem(
        "connection_not_found" if not rows else "connection_ambiguous",
        f"{there.capitalize()} called {called!r}.",
        action="Name it by its id: badge-connector connections list",
    )


def set_state(connection: Connection, account: int, state: str, reason: str | None = None) -> None:
    """Move a connection to another state, with the reason a person reads."""
    connection.execute(update(table).where(table.c.id == account).values(state=state, state_reason=reason))
    if state == "removed":
        secrets.forget(connection, _secrets(account))


def refuse_unless_active(account: Account) -> None:
    """Problem where the connection is paused or removed: nothing is to be synced through it."""
    if account.state in ("paused", "removed"):
        action = f"Resume it first: badge-connector connections resume {account.id}"
        message = f"The connection {account.name!r} is {account.state}."
        raise Problem(f"connection_{account.state}", message, action=action)


def adapter_of(account: Account) -> Adapter:
    """The adapter with the connection's stored settings. Problem where they are of a version we do not know."""
    kind = platform(account.platform)
    if account.settings_version != kind.settings_version:
        raise Problem(
            "settings_outdated",
            f"The connection {account.name!r} was saved by another version of this software.",
            side="ours",
            action="Connect it again under the same name; its records stay.",
        )
    return kind(**account.settings)


def reader_of(account: Account) -> Adapter:
    """An adapter for reading what the connection brought, whatever has become of its settings."""
    try:
        return adapter_of(account)
    except (Problem, ValidationError):
        return platform(account.platform).for_reading()


def opened_secrets(connection: Connection, keys: Keyring, account: int) -> dict[str, str]:
    """The connection's secrets in the clear, for one use."""
    return secrets.kept(connection, keys, _secrets(account))


def _secrets(account: int) -> str:
    return f"connection/{account}/"


def _one(connection: Connection, organization_id: int, name: str) -> Row[Any] | None:
    is_it = (table.c.organization_id == organization_id) & (table.c.name == name)
    return connection.execute(select(table).where(is_it)).one_or_none()


def _read(row: Row[Any]) -> Account:
    return Account(**{name: getattr(row, name) for name in Account.__slots__})


def _invalid(message: str, slug: str) -> Problem:
    return Problem("invalid_settings", message, action=f"See what {slug} needs: badge-connector platforms")


def _sentences(wrong: ValidationError) -> str:
    problems = wrong.errors(include_input=False, include_url=False)
    return " ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}." for p in problems)
