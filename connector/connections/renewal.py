"""New settings and secrets of a connection: given, checked, and in use only once a person has finished.

Of a connection that nobody has finished they take the place of the old ones at once. Of any other one they wait beside
those in use, which nothing touches until then.
"""

from collections.abc import Mapping, Set
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from adapters.contract import Adapter
from connector.connections import accounts, history, tokens
from connector.connections.accounts import UNFINISHED, Account
from connector.connections.addresses import origins
from connector.connections.secrets import Keyring
from connector.connections.tables import connection as table
from connector.connections.tables import pending_connection as pending
from connector.http import Granted
from connector.problem import Problem

_GIVEN = ("name", "settings", "settings_version", "sign_in_ends", "edition", "tokens")


def proposed(connection: Connection, account: Account) -> Account | None:
    """The connection as it would be with the settings and secrets that wait to be finished; None where none do."""
    row = connection.execute(select(pending).where(pending.c.connection_id == account.id)).one_or_none()
    if row is None:
        return None
    return replace(account, pending=True, state=row.state, **{name: getattr(row, name) for name in _GIVEN})


def as_given(connection: Connection, account: Account) -> Account:
    """The connection as it was given last: with what waits to be finished, or else as it is in use."""
    in_use = accounts.by_id(connection, account.id)
    return proposed(connection, in_use) or in_use


def change(
    connection: Connection,
    keys: Keyring,
    account: Account,
    *,
    name: str,
    adapter: Adapter,
    given: Mapping[str, str],
    keeping: Set[str],
    sign_in_ends: str | None,
    granted: Granted | None = None,
    by: str = "",
) -> Account:
    """Give a connection another name, settings and secrets; they have to be checked and finished.

    `keeping`: the secrets given last that stay as they are; all others are forgotten. `granted`: the tokens of a person
    who has signed in; without any, those given last stay where the sign-in is the same. Problem, by field, where the
    name is taken, or where a stored secret would go to another address than the one it was given for.
    """
    accounts.refuse_taken(connection, account.organization_id, name, but=account.id)
    last = as_given(connection, account)
    kept = _kept(connection, keys, last, adapter, keeping, keeping | given.keys())
    values = {
        "name": name.strip(),
        "settings": adapter.model_dump(mode="json"),
        "settings_version": adapter.settings_version,
        "sign_in_ends": sign_in_ends,
        "edition": accounts.new_edition(),
        "tokens": last.tokens if _signs_in_alike(last, adapter, keeping | given.keys()) and not given else None,
        "state": "draft",
    }
    if accounts.by_id(connection, account.id).state in UNFINISHED:
        connection.execute(update(table).where(table.c.id == account.id).values(**values))
    else:
        connection.execute(delete(pending).where(pending.c.connection_id == account.id))
        connection.execute(insert(pending).values(connection_id=account.id, **values))
    changed = as_given(connection, account)
    accounts.keep_secrets(connection, keys, changed, {**kept, **given})
    if granted:
        note_tokens(connection, changed, tokens.keep(connection, keys, changed.id, granted, by=by))
    accounts.forget_unused_tokens(connection, account.id)
    return as_given(connection, account)


def choose_issuers(connection: Connection, keys: Keyring, account: Account, ids: tuple[str, ...]) -> Account:
    """Read these of the account's issuers from now on; as with any new setting, somebody checks it and finishes."""
    kind = accounts.kind_of(account)
    assert kind.issuer_choice is not None
    last = as_given(connection, account)
    return change(
        connection,
        keys,
        account,
        name=last.name,
        adapter=kind(**{**last.settings, kind.issuer_choice: ids}),
        given={},
        keeping=accounts.secret_names(connection, last.id, pending=last.pending),
        sign_in_ends=last.sign_in_ends,
    )


def note_checked(connection: Connection, account: Account, *, passed: bool) -> None:
    """Note whether the checks have passed with what was given last, unless something else was given meanwhile."""
    before, after = ("draft", "checked") if passed else ("checked", "draft")
    given, it = _given(account)
    connection.execute(update(given).where(it, given.c.state == before).values(state=after))


def note_sign_in_ends(connection: Connection, account: Account, day: str) -> None:
    """Note the day on which a sign-in ends, unless another one was given meanwhile."""
    given, it = _given(account)
    connection.execute(update(given).where(it).values(sign_in_ends=day))


def note_tokens(connection: Connection, account: Account, pair: str) -> None:
    """A person has signed in: from now on these tokens go with what was given last, which has to be checked anew."""
    note_checked(connection, account, passed=False)
    given, it = _given(account)
    connection.execute(update(given).where(it).values(tokens=pair, edition=accounts.new_edition()))


def _given(account: Account) -> tuple[Table, ColumnElement[bool]]:
    """Where the edition of an account that was given last is kept: beside the one in use, or in its place."""
    given, key = (pending, pending.c.connection_id) if account.pending else (table, table.c.id)
    return given, (key == account.id) & (given.c.edition == account.edition)


def finish(connection: Connection, keys: Keyring, account: Account, *, by: str, seen: str | None = None) -> None:
    """A person finishes connecting: what was checked is in use from now on, and the right to publish is confirmed.

    Problem where the checks have not passed with exactly what was given last, or where that is not the edition `seen`.
    """
    last = as_given(connection, account)
    if last.state == "removed":
        accounts.refuse_unless_active(last)
    if last.state == "draft" or seen not in (None, last.edition):
        raise Problem(
            "connection_unchecked",
            f"The checks of {last.name!r} have not passed with the settings and secrets that are saved now.",
            action="Run its checks first.",
        )
    if last.pending:
        _put_in_use(connection, keys, last)
    if last.state == "checked":
        history.note(connection, account.id, "New settings put in use." if last.pending else "Connected.", by=by)
    accounts.set_state(connection, account.id, "active")
    if last.state == "checked":
        accounts.confirm_configured(connection, accounts.by_id(connection, account.id), by=by)


def _put_in_use(connection: Connection, keys: Keyring, waiting: Account) -> None:
    accounts.refuse_taken(connection, waiting.organization_id, waiting.name, but=waiting.id)
    given = accounts.opened_secrets(connection, keys, waiting.id, pending=True)
    values = {name: getattr(waiting, name) for name in _GIVEN}
    connection.execute(update(table).where(table.c.id == waiting.id).values(**values))
    accounts.forget_pending(connection, waiting.id)
    accounts.keep_secrets(connection, keys, replace(waiting, pending=False), given)
    accounts.forget_unused_tokens(connection, waiting.id)


def _kept(
    connection: Connection, keys: Keyring, last: Account, adapter: Adapter, keeping: Set[str], named: Set[str]
) -> dict[str, str]:
    if not keeping:
        return {}
    labels = {secret.name: secret.label for secret in adapter.secrets}
    try:
        stored = accounts.opened_secrets(connection, keys, last.id, pending=last.pending)
        before = origins(accounts.adapter_of(last), stored.keys())
    except (Problem, ValueError):
        raise _needed_again(labels, keeping, "the one that is stored cannot be used any more") from None
    if not origins(adapter, named) <= before:
        raise _needed_again(labels, keeping, "it would go to another address than before, so it has to be given again")
    return {name: value for name, value in stored.items() if name in keeping}


def _signs_in_alike(last: Account, adapter: Adapter, named: Set[str]) -> bool:
    """Whether the tokens of what was given last are good for an adapter too: it signs in at the same place."""
    try:
        return adapter.sign_in(frozenset(named)) == accounts.adapter_of(last).sign_in(frozenset(named))
    except (Problem, ValueError):
        return False


def _needed_again(labels: Mapping[str, str], names: Set[str], why: str) -> Problem:
    fields = {name: f"{labels.get(name, name)}: {why}." for name in sorted(names)}
    return Problem("secret_needed", " ".join(fields.values()), action="Give it again.", fields=fields)
