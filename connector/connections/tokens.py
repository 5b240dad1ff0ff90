"""The tokens of a connection whose sign-in a person has given (RFC 6749 §4.1, §4.3, §6): kept, and renewed once.

Many platforms hand out a new refresh token at each renewal and take a second use of the old one for theft. So whoever
finds the access token refused first looks whether somebody else has renewed it, then holds a lease while it asks for
new ones, and stores them together with their version. A renewal that was cut off is tried once more with what is
stored.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from adapters.contract import AuthorizationExpired, PlatformUnavailable
from connector.clock import stamp
from connector.connections import secrets
from connector.connections.secrets import Keyring
from connector.connections.tables import token_host, token_pair, token_renewal
from connector.http import Granted
from connector.jobs.lease import active_or_new, claim, finished
from connector.storage import Database
from connector.storage.database import now

LOOK_AGAIN_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 3600.0
MOST_TRIES = 2
"""A renewal that ended its process is tried once more; whoever finds it cut off again asks for nothing."""

Ask = Callable[[Mapping[str, str]], Granted]


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is stored: `rejected` says why the platform takes the refresh token no more."""

    access: str
    refresh: str | None
    version: int
    rejected: str | None


def keep(
    connection: Connection, keys: Keyring, account: int, granted: Granted, *, by: str, mark: str | None = None
) -> str:
    """Store the tokens that a sign-in brought; what the pair is called. `mark` tells one account from another one."""
    pair = token_hex(8)
    values = {"version": 1, "granted_at": stamp(), "granted_by": by, "account_mark": mark}
    connection.execute(insert(token_pair).values(id=pair, connection_id=account, **values))
    _seal(connection, keys, pair, granted.access_token, granted.refresh_token)
    return pair


def account_mark(connection: Connection, pair: str) -> str | None:
    """What tells the account that has signed in from another one; None where the platform did not say."""
    return connection.scalar(select(token_pair.c.account_mark).where(token_pair.c.id == pair))


def forget(connection: Connection, account: int, *, but: Collection[str] = ()) -> None:
    """Forget the tokens of a connection, except those called so."""
    theirs = select(token_pair.c.id).where(token_pair.c.connection_id == account, token_pair.c.id.not_in(but))
    for pair in connection.scalars(theirs).all():
        connection.execute(delete(token_renewal).where(token_renewal.c.pair == pair))
        connection.execute(delete(token_pair).where(token_pair.c.id == pair))
        secrets.forget(connection, _sealed(pair))


class StoredTokens:
    """`connector.http.Tokens` for one pair of tokens, shared with all other processes."""

    def __init__(self, database: Database, keys: Keyring, pair: str, token_endpoint: str) -> None:
        self._database = database
        self._keys = keys
        self._name = pair
        self._host = urlsplit(token_endpoint).netloc
        self._lock = threading.Lock()
        self._pair: _Pair | None = None

    def current(self) -> str:
        """The access token as it is known here. Raises AuthorizationExpired where nobody has signed in."""
        with self._lock:
            return (self._pair or self._stored()).access

    def hidden(self) -> frozenset[str]:
        """The tokens that are known here."""
        pair = self._pair
        return frozenset(filter(None, (pair.access, pair.refresh))) if pair else frozenset()

    def renewed(self, refused: str, ask: Ask) -> str:
        """Another access token than the one that was refused, by whoever renews it first.

        Raises AuthorizationExpired where a person has to sign in again, PlatformUnavailable where it cannot be now.
        """
        with self._lock:
            while True:
                pair = self._stored()
                if pair.access != refused:
                    return pair.access
                if pair.rejected:
                    raise AuthorizationExpired(pair.rejected)
                with self._database.transaction() as connection:
                    renewal = self._turn(connection, pair.version)
                    fence = claim(connection, token_renewal, renewal)
                if fence is not None:
                    with finished(self._database, token_renewal, renewal, fence):
                        return self._renew(pair, fence, ask)
                time.sleep(LOOK_AGAIN_SECONDS)

    def _turn(self, connection: Connection, version: int) -> int:
        is_it = (token_renewal.c.pair == self._name) & (token_renewal.c.version == version)
        return active_or_new(connection, token_renewal, is_it, {"pair": self._name, "version": version})

    def _renew(self, pair: _Pair, fence: int, ask: Ask) -> str:
        if pair.refresh is None:
            raise self._rejected(pair, "The platform gave no way to renew the sign-in, and it has run out.")
        if fence > MOST_TRIES:
            raise self._rejected(pair, "Renewing the sign-in was cut off again and again.")
        self._refuse_while_paused()
        try:
            granted = ask({"grant_type": "refresh_token", "refresh_token": pair.refresh})
        except AuthorizationExpired as refused:
            self._pause(None)
            cut_off = " The renewal before this one was cut off, and its tokens may be lost." if fence > 1 else ""
            raise self._rejected(pair, f"{refused}{cut_off}") from None
        except PlatformUnavailable as unavailable:
            self._pause(unavailable.retry_after)
            raise
        with self._database.transaction() as connection:
            resume(connection, self._host)
            behind = (token_renewal.c.pair == self._name) & (token_renewal.c.version < pair.version)
            connection.execute(delete(token_renewal).where(behind))
            is_it = (token_pair.c.id == self._name) & (token_pair.c.version == pair.version)
            if connection.execute(update(token_pair).where(is_it).values(version=pair.version + 1)).rowcount:
                _seal(connection, self._keys, self._name, granted.access_token, granted.refresh_token or pair.refresh)
        return self._stored().access

    def _rejected(self, pair: _Pair, reason: str) -> AuthorizationExpired:
        with self._database.transaction() as connection:
            is_it = (token_pair.c.id == self._name) & (token_pair.c.version == pair.version)
            connection.execute(update(token_pair).where(is_it).values(rejected=reason))
        return AuthorizationExpired(reason)

    def _refuse_while_paused(self) -> None:
        with self._database.reading() as connection:
            refuse_while_paused(connection, self._host)

    def _pause(self, seconds: float | None) -> None:
        with self._database.transaction() as connection:
            pause(connection, self._host, seconds)

    def _stored(self) -> _Pair:
        with self._database.reading() as connection:
            row = connection.execute(select(token_pair).where(token_pair.c.id == self._name)).one_or_none()
            sealed = secrets.kept(connection, self._keys, _sealed(self._name)) if row else {}
        if row is None or not sealed:
            raise AuthorizationExpired("Nobody has signed in for this connection yet.")
        access, refresh = orjson.loads(sealed[""])
        self._pair = _Pair(access, refresh, row.version, row.rejected)
        return self._pair


def refuse_while_paused(connection: Connection, host: str) -> None:
    """PlatformUnavailable while a host that gives out tokens has asked to be left alone."""
    left = connection.scalar(select(token_host.c.paused_until - now()).where(token_host.c.host == host))
    if left is not None and left > 0:
        raise PlatformUnavailable(
            f"{host} turned a sign-in down and is left alone for a while: it counts failures against all of us.",
            code="sign_in_paused",
            retry_after=left,
        )


def pause(connection: Connection, host: str, seconds: float | None) -> None:
    """Leave a host that gives out tokens alone: for as long as it said, or twice as long after each failure."""
    t = token_host.c
    failures = (connection.scalar(select(t.failures).where(t.host == host)) or 0) + 1
    wait = min(LONGEST_PAUSE_SECONDS, seconds or 2.0**failures)
    connection.execute(delete(token_host).where(t.host == host))
    connection.execute(insert(token_host).values(host=host, failures=failures, paused_until=now() + wait))


def resume(connection: Connection, host: str) -> None:
    """A host that gives out tokens has taken a sign-in: it is left alone no longer."""
    connection.execute(delete(token_host).where(token_host.c.host == host))


def _seal(connection: Connection, keys: Keyring, pair: str, access: str, refresh: str | None) -> None:
    secrets.keep(connection, keys, _sealed(pair), orjson.dumps([access, refresh]).decode())


def _sealed(pair: str) -> str:
    return f"tokens/{pair}"
