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
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable
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
MOST_DOUBLINGS = 12
NOT_DIALLED = "private_address"
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

    def usable(self) -> str:
        """The access token. Raises AuthorizationExpired where only a person can go on."""
        if self.rejected:
            raise AuthorizationExpired(self.rejected)
        return self.access


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
        """The access token as it is known here. Raises AuthorizationExpired where a person has to sign in first.

        PlatformUnavailable where these tokens have been forgotten for newer ones.
        """
        with self._lock:
            return (self._pair or self._stored()).usable()

    def hidden(self) -> frozenset[str]:
        """The tokens that are known here."""
        pair = self._pair
        return frozenset(filter(None, (pair.access, pair.refresh))) if pair else frozenset()

    def renewed(self, refused: str, ask: Ask) -> str:
        """Another access token than the one that was refused, by whoever renews it first.

        Raises AuthorizationExpired where a person has to sign in again; PlatformUnavailable or PlatformRefused where it
        cannot be now.
        """
        with self._lock:
            while True:
                pair = self._stored()
                if pair.access != refused:
                    return pair.usable()
                if pair.refresh is None:
                    self._reject(pair, "The platform gave no way to renew the sign-in, and it has run out.")
                    return self._stored().usable()
                pair.usable()
                turn = self._turn(pair)
                if turn is not None:
                    with finished(self._database, token_renewal, *turn):
                        self._renew(pair, pair.refresh, turn[1], ask)
                    return self._stored().usable()
                time.sleep(LOOK_AGAIN_SECONDS)

    def _turn(self, pair: _Pair) -> tuple[int, int] | None:
        """The row and the fence of our renewal of this very pair; None where others are at it or were meanwhile."""
        # In one transaction with the lease: between the look and the lease, others may have stored new tokens.
        with self._database.transaction() as connection:
            is_still = (*self._is_still(pair), token_pair.c.rejected.is_(None))
            if connection.scalar(select(token_pair.c.id).where(*is_still).with_for_update()) is None:
                return None
            refuse_while_paused(connection, self._host)
            values = {"pair": self._name, "version": pair.version}
            renewal = active_or_new(connection, token_renewal, token_renewal.c.pair == self._name, values)
            fence = claim(connection, token_renewal, renewal)
        return None if fence is None else (renewal, fence)

    def _renew(self, pair: _Pair, refresh: str, fence: int, ask: Ask) -> None:
        """Ask once, and store what came of it: new tokens, or why a person is needed."""
        if fence > MOST_TRIES:
            self._reject(pair, "Renewing the sign-in was cut off again and again.")
            return
        try:
            granted = ask({"grant_type": "refresh_token", "refresh_token": refresh})
        except AuthorizationExpired as refused:
            cut_off = " The renewal before this one was cut off, and its tokens may be lost." if fence > 1 else ""
            self._reject(pair, f"{refused}{cut_off}", by_platform=True)
        except PlatformUnavailable as unavailable:
            self._pause(unavailable.retry_after)
            raise
        except PlatformRefused as refused:
            if refused.code != NOT_DIALLED:
                self._pause(None)
            raise
        else:
            self._store(pair, granted)

    def _store(self, pair: _Pair, granted: Granted) -> None:
        with self._database.transaction() as connection:
            resume(connection, self._host)
            next_one = update(token_pair).where(*self._is_still(pair)).values(version=pair.version + 1, rejected=None)
            if connection.execute(next_one).rowcount:
                _seal(connection, self._keys, self._name, granted.access_token, granted.refresh_token or pair.refresh)
                # Now, and not once the lease is given back: a process that dies before that leaves nothing behind.
                connection.execute(delete(token_renewal).where(token_renewal.c.pair == self._name))

    def _reject(self, pair: _Pair, reason: str, *, by_platform: bool = False) -> None:
        """A person is needed for this very pair, unless others have stored new tokens meanwhile."""
        with self._database.transaction() as connection:
            if by_platform:
                pause(connection, self._host, None)
            connection.execute(update(token_pair).where(*self._is_still(pair)).values(rejected=reason))

    def _pause(self, seconds: float | None) -> None:
        with self._database.transaction() as connection:
            pause(connection, self._host, seconds)

    def _is_still(self, pair: _Pair) -> tuple[ColumnElement[bool], ...]:
        return token_pair.c.id == self._name, token_pair.c.version == pair.version

    def _stored(self) -> _Pair:
        with self._database.reading() as connection:
            row = connection.execute(select(token_pair).where(token_pair.c.id == self._name)).one_or_none()
            sealed = secrets.kept(connection, self._keys, _sealed(self._name)) if row else {}
        if row is None:
            # No person is needed: one has just been here.
            message = "While the sign-in was in use, somebody signed in again or removed the connection."
            raise PlatformUnavailable(message, code="sign_in_replaced")
        access, refresh = orjson.loads(sealed[""])
        self._pair = _Pair(access, refresh, row.version, row.rejected)
        return self._pair


def refuse_while_paused(connection: Connection, host: str) -> None:
    """PlatformUnavailable while a host that gives out tokens is left alone."""
    left = connection.scalar(select(token_host.c.paused_until - now()).where(token_host.c.host == host))
    if left is not None and left > 0:
        raise PlatformUnavailable(
            f"A sign-in at {host} failed, and it is left alone for a while: it may count failures against all of us.",
            code="sign_in_paused",
            retry_after=left,
        )


def pause(connection: Connection, host: str, seconds: float | None) -> None:
    """Leave a host that gives out tokens alone: for as long as it said, or twice as long after each failure."""
    is_it = token_host.c.host == host
    there = connection.scalar(select(token_host.c.failures).where(is_it).with_for_update())
    failures = (there or 0) + 1
    wait = min(LONGEST_PAUSE_SECONDS, seconds or 2.0 ** min(failures, MOST_DOUBLINGS))
    values = {"failures": failures, "paused_until": now() + wait}
    if there is None:
        connection.execute(insert(token_host).values(host=host, **values))
    else:
        connection.execute(update(token_host).where(is_it).values(**values))


def resume(connection: Connection, host: str) -> None:
    """A host that gives out tokens has taken a sign-in: it is left alone no longer."""
    connection.execute(delete(token_host).where(token_host.c.host == host))


def _seal(connection: Connection, keys: Keyring, pair: str, access: str, refresh: str | None) -> None:
    secrets.keep(connection, keys, _sealed(pair), orjson.dumps([access, refresh]).decode())


def _sealed(pair: str) -> str:
    return f"tokens/{pair}"
