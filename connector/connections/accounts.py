"""Connected platform accounts: connect, list, find, and the adapters built from them."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from adapters import installed
from adapters.contract import Adapter, AuthorizationCode, Way
from connector.clock import moment, stamp
from connector.connections import history, secrets, tokens
from connector.connections.addresses import dialled
from connector.connections.identity import issuer_key
from connector.connections.secrets import Keyring
from connector.connections.tables import connection as table
from connector.connections.tables import issuer_owner, pending_connection
from connector.http import Granted, refusal
from connector.problem import Problem
from connector.settings import Settings
from connector.storage.database import now

SCHEDULES: Mapping[str, float | None] = {"manual": None, "hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0}
"""How often a connection is synced by itself: seconds between two syncs."""

UNFINISHED = ("draft", "checked")
"""States of a connection that nobody has finished connecting: nothing is synced or confirmed through it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A connected platform account. `state` is draft, checked, active, paused, needs_reconnect or removed.

    A draft waits for its checks, a checked one for a person's word. `sign_in_ends` is a day, `next_run_at` in the
    database's seconds. `edition` tells one giving of settings and secrets from the next; `tokens` names those of the
    person who has signed in, if that is the way. `pending`: they are not in
    use yet; `state` is then theirs, draft or checked.
    """

    id: int
    organization_id: int
    platform: str
    name: str
    settings: Mapping[str, Any]
    settings_version: int
    state: str
    state_reason: str | None
    schedule: str
    next_run_at: float | None
    sign_in_ends: str | None
    created_by: str
    created_at: str
    edition: str = ""
    tokens: str | None = None
    pending: bool = False

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
            "schedule": self.schedule,
            "next_run_at": moment(self.next_run_at) if self.next_run_at else None,
            "sign_in_ends": self.sign_in_ends,
        }


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person's word that the badges of an issuer are an organization's to publish."""

    issuer: str
    by: str
    at: str
    organization: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmedLanguage:
    """A person's word on the language of badges that declare none: its BCP 47 tag, who said so, and when."""

    language: str
    by: str
    at: str


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


def configured(
    slug: str,
    fields: Mapping[str, Any],
    given: Iterable[str],
    settings: Settings,
    *,
    way: str | None = None,
) -> Adapter:
    """An adapter from what a person gave, every address in it checked before anything is saved or dialled.

    `way`: the way in that the person chose; all it needs must be there. Problem with all that is wrong at once, by
    field; also where the way in is turned off here, or needs a client that nobody has registered.
    """
    private_hosts = settings.private_hosts
    kind = platform(slug)
    named = frozenset(given)
    wrong = {name: f"{kind.name} has no secret {name}." for name in sorted(named - {s.name for s in kind.secrets})}
    wrong |= _lacking(kind, way, fields, named)
    try:
        adapter = kind(**fields)
    except ValidationError as invalid:
        raise _invalid(_by_field(kind, invalid) | wrong, slug) from None
    if wrong:
        raise _invalid(wrong, slug)
    try:
        addresses = dialled(adapter, named)
        chosen = adapter.way(named)
    except ValueError as lacking:
        raise _invalid({"": str(lacking)}, slug) from None
    if chosen.undocumented and not settings.undocumented_sources:
        raise undocumented_off(chosen)
    _refuse_without_client(adapter, named, settings)
    for message in filter(None, (refusal(url, private_hosts) for url in addresses)):
        raise Problem(
            "private_address",
            message,
            action="Use the platform's public address, or name the host in CONNECTOR_ALLOWED_PRIVATE_HOSTS.",
            fields=dict.fromkeys(_holding(adapter, message, private_hosts), message),
        )
    return adapter


def _holding(adapter: Adapter, message: str, private_hosts: frozenset[str]) -> list[str]:
    """The settings whose address is refused for this reason."""
    given = adapter.model_dump(mode="json", exclude_defaults=True)
    return [name for name, value in given.items() if "://" in str(value) and refusal(value, private_hosts) == message]


def client_of(code: AuthorizationCode, secrets: Mapping[str, str], settings: Settings) -> tuple[str, str]:
    """Client id and secret for an authorization server: the connection's own, or else the deployment's.

    The secret is empty for a public client. Problem, by field, where there is none.
    """
    if code.client_id:
        return code.client_id, secrets.get(code.client_secret, "")
    host = urlsplit(code.token_endpoint).netloc.lower()
    ours = settings.oauth_clients.get(host)
    if ours is None:
        message = f"No client is registered here for {host}, so this connection needs a client id of its own."
        action = f"Enter the client id and secret that you were given, or have CONNECTOR_OAUTH_CLIENTS set for {host}."
        raise Problem("client_needed", message, action=action, fields={"client_id": message})
    return ours.client_id, ours.client_secret.get_secret_value() if ours.client_secret else ""


def _refuse_without_client(adapter: Adapter, given: Set[str], settings: Settings) -> None:
    how = adapter.sign_in(frozenset(given))
    if isinstance(how, AuthorizationCode):
        client_of(how, {}, settings)


def undocumented_off(chosen: Way) -> Problem:
    """What to say of a way in that the platform promises nothing about, and that is not turned on here."""
    return Problem(
        "undocumented_source_off",
        f"Reading the {chosen.title.lower()} is turned off here: the platform does not document it.",
        action="Choose another way in, or have CONNECTOR_UNDOCUMENTED_SOURCES=true set.",
    )


def connect(
    connection: Connection,
    keys: Keyring,
    *,
    organization_id: int,
    name: str,
    adapter: Adapter,
    given: Mapping[str, str],
    by: str,
    granted: Granted | None = None,
    state: str = "active",
    sign_in_ends: str | None = None,
    confirms: bool = True,
) -> Account:
    """Save a connection, or give one of that name new settings and secrets: its records and history stay.

    Secrets are sealed for their row; `granted` are the tokens of a person who has signed in. A signed-in account's own
    issuer becomes the organization's: connecting it confirms the right to publish, unless it is a draft, or `confirms`
    says otherwise. What is paused stays paused.
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
        "state": state,
        "state_reason": None,
        "sign_in_ends": sign_in_ends,
        "edition": new_edition(),
        "tokens": None,
    }
    if there:
        if there.state == "paused":
            del values["state"], values["state_reason"]
        connection.execute(update(table).where(table.c.id == there.id).values(**values))
        forget_pending(connection, there.id)
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
    made_or_renewed = by_id(connection, saved)
    keep_secrets(connection, keys, made_or_renewed, given)
    if granted:
        made_or_renewed = replace(made_or_renewed, tokens=tokens.keep(connection, keys, saved, granted, by=by))
        connection.execute(update(table).where(table.c.id == saved).values(tokens=made_or_renewed.tokens))
    forget_unused_tokens(connection, saved)
    if state not in UNFINISHED:
        history.note(connection, saved, "Given new settings." if there else "Connected.", by=by)
    if confirms and state not in UNFINISHED:
        confirm_configured(connection, made_or_renewed, by=by)
    return made_or_renewed


def new_edition() -> str:
    """What tells a new giving of settings and secrets from all others."""
    return token_hex(8)


def keep_secrets(connection: Connection, keys: Keyring, account: Account, given: Mapping[str, str]) -> None:
    """Seal a connection's secrets for their row, in the place of all that it had."""
    prefix = _secrets(account.id, pending=account.pending)
    secrets.forget(connection, prefix)
    for secret, value in given.items():
        secrets.keep(connection, keys, f"{prefix}{secret}", value)


def forget_pending(connection: Connection, account: int) -> None:
    """Forget the settings and secrets of a connection that are not in use yet; those in use stay."""
    connection.execute(delete(pending_connection).where(pending_connection.c.connection_id == account))
    secrets.forget(connection, _secrets(account, pending=True))
    forget_unused_tokens(connection, account)


def forget_unused_tokens(connection: Connection, account: int) -> None:
    """Forget the tokens of a connection that go neither with what is in use nor with what waits beside it."""
    in_use = select(table.c.tokens).where(table.c.id == account)
    waiting = select(pending_connection.c.tokens).where(pending_connection.c.connection_id == account)
    tokens.forget(connection, account, but=[each for each in connection.scalars(in_use.union(waiting)) if each])


def is_signed_in(connection: Connection, account: Account) -> bool:
    """Whether a connection signs in to its platform; one that does not reads in public."""
    return bool(account.tokens or secret_names(connection, account.id, pending=account.pending))


def confirm_configured(connection: Connection, account: Account, *, by: str) -> None:
    """A person confirms that the badges of the account a connection signs in to are the organization's to publish.

    They are those of the issuer that the settings name, or of the issuers that they choose.
    """
    if not is_signed_in(connection, account):
        return
    adapter = adapter_of(account)
    issuer = adapter.configured_issuer()
    known = owners(connection, account.organization_id)
    for issuer_id in adapter.chosen_issuers() or ([issuer.id] if issuer else []):
        if known.get(issuer_key(issuer_id), account.organization_id) != account.organization_id:
            # A person has said that they are another organization's: new settings do not take that back.
            continue
        confirm_owner(connection, account.id, issuer_id, account.organization_id, by=by)


def confirm_owner(connection: Connection, account: int, issuer_id: str, organization_id: int, *, by: str) -> None:
    """A person confirms that badges of this issuer are the organization's to publish; kept with name and date."""
    said = _said_of(connection, by_id(connection, account).organization_id, issuer_id)
    if any((row.connection_id, row.organization_id) == (account, organization_id) for row in said):
        return
    _forget(connection, (row for row in said if row.connection_id == account or row.organization_id != organization_id))
    connection.execute(
        insert(issuer_owner).values(
            connection_id=account,
            issuer_id=issuer_id,
            organization_id=organization_id,
            confirmed_at=stamp(),
            confirmed_by=by,
        )
    )


def withdraw_owner(connection: Connection, account: Account, issuer_id: str, *, by: str) -> None:
    """A person takes back whose badges of this issuer are, through whichever connection it was said."""
    said = _said_of(connection, account.organization_id, issuer_id)
    for row in said:
        word = f"The right to publish badges of {row.issuer_id} was withdrawn; {row.confirmed_by} had confirmed it."
        history.note(connection, row.connection_id, word, by=by)
    _forget(connection, said)


def _said_of(connection: Connection, organization_id: int, issuer_id: str) -> list[Row[Any]]:
    """What was confirmed of an issuer through the connections of an organization, oldest connection first."""
    query = (
        select(issuer_owner)
        .join(table, table.c.id == issuer_owner.c.connection_id)
        .where(table.c.organization_id == organization_id)
        .order_by(table.c.id)
    )
    key = issuer_key(issuer_id)
    return [row for row in connection.execute(query) if issuer_key(row.issuer_id) == key]


def _forget(connection: Connection, said: Iterable[Row[Any]]) -> None:
    for row in said:
        its = (issuer_owner.c.connection_id == row.connection_id) & (issuer_owner.c.issuer_id == row.issuer_id)
        connection.execute(delete(issuer_owner).where(its))


def confirmed(connection: Connection, account: int) -> list[Confirmation]:
    """Whose badges of this connection a person has confirmed to be the organization's, oldest first."""
    query = select(issuer_owner).where(issuer_owner.c.connection_id == account).order_by(issuer_owner.c.confirmed_at)
    return [_confirmation(row) for row in connection.execute(query)]


def confirmations(connection: Connection, organization_id: int) -> dict[str, Confirmation]:
    """Whose badges of which issuer are, by `issuer_key`, through whichever connection of the organization it was said.

    What was said of a connection that nobody has finished connecting does not count.
    """
    query = (
        select(issuer_owner)
        .join(table, table.c.id == issuer_owner.c.connection_id)
        .where(table.c.organization_id == organization_id, table.c.state.not_in(UNFINISHED))
        .order_by(table.c.id)
    )
    return {issuer_key(row.issuer_id): _confirmation(row) for row in connection.execute(query)}


def _confirmation(row: Row[Any]) -> Confirmation:
    return Confirmation(row.issuer_id, row.confirmed_by, row.confirmed_at, row.organization_id)


def owners(connection: Connection, organization_id: int) -> dict[str, int]:
    """The owning organization of each issuer that a person has confirmed, by `issuer_key`."""
    return {key: each.organization for key, each in confirmations(connection, organization_id).items()}


def takes_over_from(connection: Connection, account: Account) -> frozenset[int]:
    """The connections of its organization whose badges are a connection's to watch, once it lists them too.

    Those that no longer list anything; and where it is signed in, those that only read in public.
    """
    is_it = (table.c.organization_id == account.organization_id) & (table.c.id != account.id)
    others = [_read(row) for row in connection.execute(select(table).where(is_it))]
    signed_in = is_signed_in(connection, account)
    return frozenset(
        other.id
        for other in others
        if other.state in ("removed", "needs_reconnect") or (signed_in and not is_signed_in(connection, other))
    )


def every(connection: Connection, organization_id: int | None = None) -> list[Account]:
    """Connections that are not removed, oldest first."""
    query = select(table).where(table.c.state != "removed").order_by(table.c.id)
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    return [_read(row) for row in connection.execute(query)]


def by_id(connection: Connection, account: int) -> Account:
    """The connection with this id."""
    return _read(connection.execute(select(table).where(table.c.id == account)).one())


def still_there(connection: Connection, account: int) -> Account | None:
    """The connection with this id; None where there is none, or it was removed."""
    row = connection.execute(select(table).where(table.c.id == account, table.c.state != "removed")).one_or_none()
    return _read(row) if row else None


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
    before = by_id(connection, account).state
    connection.execute(update(table).where(table.c.id == account).values(state=state, state_reason=reason))
    if state == "removed":
        secrets.forget(connection, _secrets(account))
        connection.execute(update(table).where(table.c.id == account).values(tokens=None))
        forget_pending(connection, account)
        if before in UNFINISHED:
            connection.execute(delete(issuer_owner).where(issuer_owner.c.connection_id == account))


def needs_reconnect(connection: Connection, account: int, edition: str, reason: str) -> None:
    """The settings and secrets of an edition work no more: say so, unless they are not in use now anyway."""
    in_use = (table.c.id == account) & (table.c.state == "active") & (table.c.edition == edition)
    connection.execute(update(table).where(in_use).values(state="needs_reconnect", state_reason=reason))


def works_again(connection: Connection, account: int) -> None:
    """A connection that was said to need a reconnect needs none."""
    said = (table.c.id == account) & (table.c.state == "needs_reconnect")
    connection.execute(update(table).where(said).values(state="active", state_reason=None))


def pause_or_resume(connection: Connection, account: Account, state: str, *, by: str) -> None:
    """Stop syncing a connection until it is resumed, or resume it. Problem where it cannot go on from where it is."""
    refuse_unfinished(account)
    if state == "paused":
        set_state(connection, account.id, state, f"paused by {by}")
    elif account.state == "paused":
        set_state(connection, account.id, state)
    elif account.state != state:
        message = f"The connection {account.name!r} is not paused: its state is {account.state}."
        raise Problem("connection_not_paused", message, action="Connect it again under the same name.")


def called(connection: Connection, organization_id: int, name: str) -> Account | None:
    """The connection of this name that an organization has; None where it has none, or removed it."""
    row = _one(connection, organization_id, name.strip())
    return _read(row) if row and row.state != "removed" else None


def is_named(connection: Connection, organization_id: int, name: str) -> bool:
    """Whether an organization has a connection of this name, a removed one included."""
    return _one(connection, organization_id, name.strip()) is not None


def refuse_taken(connection: Connection, organization_id: int, name: str, but: int | None = None) -> None:
    """Problem, by field, where a name is empty or belongs to another connection, a removed one included."""
    there = _one(connection, organization_id, name.strip())
    if not name.strip():
        message = "A connection needs a name."
    elif there is None or there.id == but:
        return
    elif there.state == "removed":
        message = "A connection that was removed had this name. Give this one another."
    else:
        message = "You already have a connection with this name. Give this one another."
    raise Problem("name_taken", message, action="Choose another name.", fields={"name": message})


def set_sign_in_ends(connection: Connection, account: int, day: str | None) -> None:
    """Remember the day on which a connection's stored sign-in ends."""
    connection.execute(update(table).where(table.c.id == account).values(sign_in_ends=day))


def set_schedule(connection: Connection, account: int, schedule: str) -> None:
    """Have a connection synced every so often, from now on, or by hand only. Problem for an unknown schedule."""
    if schedule not in SCHEDULES:
        message = f"There is no schedule {schedule!r}; there are: {', '.join(SCHEDULES)}."
        raise Problem("schedule_unknown", message, action="Use one of them.", fields={"schedule": message})
    seconds = SCHEDULES[schedule]
    at = now() + seconds if seconds else None
    connection.execute(update(table).where(table.c.id == account).values(schedule=schedule, next_run_at=at))


def names(connection: Connection, organization_id: int) -> dict[int, str]:
    """What the connections of an organization are called, by id."""
    query = select(table.c.id, table.c.name).where(table.c.organization_id == organization_id)
    return {row.id: row.name for row in connection.execute(query)}


def languages(connection: Connection, organization_id: int) -> dict[int, str]:
    """The languages that people confirmed for badges that declare none, by connection."""
    theirs = (table.c.organization_id == organization_id) & table.c.language.is_not(None)
    return {row.id: row.language for row in connection.execute(select(table.c.id, table.c.language).where(theirs))}


def confirm_language(connection: Connection, account: int, language: str, *, by: str) -> None:
    """A person confirms in which language badges of a connection are that declare none; kept with name and date."""
    values = {"language": language, "language_confirmed_at": stamp(), "language_confirmed_by": by}
    connection.execute(update(table).where(table.c.id == account).values(values))


def language_of(connection: Connection, account: int) -> ConfirmedLanguage | None:
    """The language that a person confirmed for a connection; None where nobody has."""
    columns = (table.c.language, table.c.language_confirmed_by, table.c.language_confirmed_at)
    row = connection.execute(select(*columns).where(table.c.id == account)).one()
    return ConfirmedLanguage(*row) if row.language else None


def any_due(connection: Connection) -> bool:
    """Whether the time of any connection has come."""
    return connection.execute(_due().limit(1)).first() is not None


def take_due(connection: Connection) -> list[int]:
    """The connections whose time has come; each is given its next time and to one caller only."""
    return [row.id for row in connection.execute(_due()).all() if _taken(connection, row)]


def _due() -> Select[Any]:
    return select(table).where(table.c.state == "active", table.c.next_run_at <= now()).order_by(table.c.id)


def _taken(connection: Connection, row: Row[Any]) -> bool:
    is_still = (table.c.id == row.id) & (table.c.next_run_at == row.next_run_at)
    later = now() + SCHEDULES[row.schedule] if SCHEDULES[row.schedule] else None
    return bool(connection.execute(update(table).where(is_still).values(next_run_at=later)).rowcount)


def is_by_import(account: Account) -> bool:
    """Whether badges come through a connection by import only: it lists nothing that could be synced."""
    try:
        return adapter_of(account).way(frozenset()).by_import
    except (Problem, ValueError):
        return False


def refuse_unless_active(account: Account) -> None:
    """Problem where the connection is paused, removed or not finished: nothing is to be synced through it."""
    refuse_unfinished(account)
    if is_by_import(account):
        message = (
            f"The badges of {account.name!r} came in documents: there is no place where they could be synced from."
        )
        raise Problem("nothing_to_sync", message, action="Import the documents again, or connect their addresses.")
    if account.state in ("paused", "removed"):
        action = f"Resume it first: badge-connector connections resume {account.id}"
        message = f"The connection {account.name!r} is {account.state}."
        raise Problem(f"connection_{account.state}", message, action=action)


def refuse_unfinished(account: Account) -> None:
    """Problem where nobody has finished connecting the connection."""
    if account.state in UNFINISHED:
        raise Problem(
            "connection_draft",
            f"The connection {account.name!r} is saved but nobody has finished connecting it.",
            action="Finish it on its page, or connect it again under the same name.",
        )


def adapter_of(account: Account) -> Adapter:
    """The adapter with the connection's stored settings.

    Problem where they are of a version we do not know, or the platform's adapter is not installed.
    """
    kind = kind_of(account)
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
        return kind_of(account).for_reading()


def kind_of(account: Account) -> type[Adapter]:
    """The adapter class of a connection. Problem where it is not installed any more."""
    found = installed().get(account.platform)
    if found is None:
        raise Problem(
            "platform_not_installed",
            f"The platform {account.platform!r} of the connection {account.name!r} is not installed here.",
            side="ours",
            action="Have its adapter installed again, or remove the connection; its records stay.",
        )
    return found


def platform_name(account: Account) -> str:
    """What a connection's platform is called: by its adapter, or by its short name where that is not installed."""
    kind = installed().get(account.platform)
    return kind.name if kind else account.platform


def is_installed(account: Account) -> bool:
    """Whether the adapter of a connection's platform is installed."""
    return account.platform in installed()


def not_installed(connection: Connection) -> dict[int, str]:
    """The connections, removed ones included, whose platform's adapter is not installed: its short name by id."""
    query = select(table.c.id, table.c.platform).where(table.c.platform.not_in(installed()))
    return {row.id: row.platform for row in connection.execute(query)}


def secret_names(connection: Connection, account: int, *, pending: bool = False) -> frozenset[str]:
    """Which secrets of a connection are stored, in use or `pending`; none of them is opened."""
    return secrets.names(connection, _secrets(account, pending=pending))


def way_of(connection: Connection, account: Account) -> Way | None:
    """The way in that a connection's settings and secrets select; None where they no longer select one."""
    try:
        return adapter_of(account).way(secret_names(connection, account.id, pending=account.pending))
    except (Problem, ValueError):
        return None


def opened_secrets(connection: Connection, keys: Keyring, account: int, *, pending: bool = False) -> dict[str, str]:
    """The connection's secrets, in use or `pending`, in the clear, for one use."""
    return secrets.kept(connection, keys, _secrets(account, pending=pending))


def _secrets(account: int, *, pending: bool = False) -> str:
    return f"{'pending' if pending else 'connection'}/{account}/"


def _one(connection: Connection, organization_id: int, name: str) -> Row[Any] | None:
    is_it = (table.c.organization_id == organization_id) & (table.c.name == name)
    return connection.execute(select(table).where(is_it)).one_or_none()


def _read(row: Row[Any]) -> Account:
    return Account(**{name: getattr(row, name) for name in Account.__slots__ if name != "pending"})


def _lacking(kind: type[Adapter], way: str | None, fields: Mapping[str, Any], given: Set[str]) -> dict[str, str]:
    if way is None:
        return {}
    chosen = next((each for each in kind.ways if each.name == way), None)
    if chosen is None:
        return {"way": f"Choose how to sign in: {', '.join(each.name for each in kind.ways)}."}
    labels = {name: field.title or name for name, field in kind.model_fields.items()}
    labels |= {secret.name: secret.label for secret in kind.secrets}
    there = {name for name in fields if str(fields[name]).strip()} | given
    return {name: f"{labels[name]} is needed." for name in (*chosen.fields, *chosen.secrets) if name not in there}


def _invalid(wrong: Mapping[str, str], slug: str) -> Problem:
    action = f"See what {slug} needs: badge-connector platforms"
    return Problem("invalid_settings", " ".join(wrong.values()), action=action, fields=wrong)


def _by_field(kind: type[Adapter], invalid: ValidationError) -> dict[str, str]:
    """A sentence for each setting that pydantic turned down."""
    found: dict[str, str] = {}
    for each in invalid.errors(include_input=False, include_url=False):
        name = ".".join(map(str, each["loc"]))
        known = kind.model_fields.get(name)
        message = _said(each, known.description if known else None)
        found[name] = f"{known.title or name if known else name}: {message}."
    return found


def _said(error: ErrorDetails, description: str | None) -> str:
    """What pydantic found wrong with one value, in words for a person."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch" if description:
            return f"this does not look like it. {description.rstrip('.')}"
        case "less_than_equal":
            return f"it may be {limits['le']} at most"
        case "greater_than_equal":
            return f"it has to be {limits['ge']} at least"
        case "int_parsing" | "int_from_float":
            return "it has to be a whole number"
    return error["msg"].removeprefix("Value error, ").rstrip(".")
