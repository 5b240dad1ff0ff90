"""Connecting in one step, as commands and programs do it: try it, save it, say what is left for a person."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from adapters.contract import Adapter, AuthorizationCode, Check
from connector.connections import accounts, authorization, renewal
from connector.connections.accounts import Account
from connector.connections.secrets import Keyring
from connector.connections.trial import Trial, tried
from connector.http import Granted
from connector.settings import Settings
from connector.storage import Database


class Ready(NamedTuple):
    """What is to be saved: the adapter, the secrets that are kept, what the trial brought.

    `by_consent`: a person has to sign in on the platform's own page before anything works.
    """

    adapter: Adapter
    given: Mapping[str, str]
    granted: Granted | None
    trial: Trial
    by_consent: bool


def ready(
    database: Database,
    settings: Settings,
    adapter: Adapter,
    given: Mapping[str, str],
    *,
    check: bool,
    report: Callable[[Check], object] = lambda each: None,
) -> Ready:
    """Try a connection before it is saved. A password is exchanged for tokens here, and forgotten.

    Problem of the first check that fails, or where the platform does not take the password.
    """
    stored = to_be_kept(adapter, given)
    by_consent = isinstance(adapter.sign_in(frozenset(given)), AuthorizationCode)
    granted = authorization.by_password(database, settings, adapter, given)
    trial = Trial((), None)
    if check and not by_consent:
        trial = tried(adapter, stored, settings, granted, report)
    return Ready(adapter, stored, granted, trial, by_consent)


def to_be_kept(adapter: Adapter, given: Mapping[str, str]) -> dict[str, str]:
    """The secrets that are stored, without those that are used once."""
    kept = {secret.name for secret in adapter.secrets if secret.kept}
    return {name: value for name, value in given.items() if name in kept}


def save(
    connection: Connection,
    keys: Keyring,
    wanted: Ready,
    *,
    organization_id: int,
    name: str,
    by: str,
    sign_in_ends: str | None,
    confirms: bool = True,
) -> Account:
    """Save what is ready. Where a person has to sign in first, it waits for that, beside what is in use until then."""
    there = accounts.called(connection, organization_id, name) if wanted.by_consent else None
    if there and there.platform == wanted.adapter.slug:
        return renewal.change(
            connection,
            keys,
            there,
            name=name,
            adapter=wanted.adapter,
            given=wanted.given,
            keeping=frozenset(),
            sign_in_ends=sign_in_ends,
        )
    return accounts.connect(
        connection,
        keys,
        organization_id=organization_id,
        name=name,
        adapter=wanted.adapter,
        given=wanted.given,
        granted=wanted.granted,
        by=by,
        state="draft" if wanted.by_consent else "active",
        sign_in_ends=wanted.trial.sign_in_ends or sign_in_ends,
        confirms=confirms,
    )
