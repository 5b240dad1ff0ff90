"""Secrets at rest: sealed with MultiFernet, bound to the row they belong to.

Fernet has no associated data, so the owner of a secret is sealed in with it and checked when it is opened.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkstemp

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.engine import make_url

from connector.connections.tables import secret
from connector.problem import Problem
from connector.settings import Settings

SHORTEST_KEY = 32
KEY_FILE = "connector.key"
_SEPARATOR = "\x00"


class Keyring:
    """Seals and opens with the newest key, opens with older ones."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])
        self._newest = keys[0].encode()

    def mark(self, text: bytes) -> str:
        """Tells whether a text is the same as another one, and to nobody without the key anything else about it."""
        return hmac.digest(self._newest, b"mark\x00" + text, "sha256").hex()

    def seal(self, bound_to: str, value: str) -> bytes:
        """Seal a secret for the row named by `bound_to`."""
        return self._fernet.encrypt(f"{bound_to}{_SEPARATOR}{value}".encode())

    def open(self, bound_to: str, sealed: bytes) -> str:
        """The secret. Problem where the key is another one, or the secret was sealed for another row."""
        try:
            row, _, value = self._fernet.decrypt(sealed).decode().partition(_SEPARATOR)
        except InvalidToken:
            row, value = "", ""
        if row != bound_to:
            raise Problem(
                "secret_not_readable",
                "A stored secret cannot be opened with the present secret key.",
                side="ours",
                action="Restore CONNECTOR_SECRET_KEY, or connect the platform again.",
            )
        return value


def keep(connection: Connection, keys: Keyring, name: str, value: str) -> None:
    """Store a secret under a name, in the place of any that is there; it opens under this name only."""
    connection.execute(delete(secret).where(secret.c.name == name))
    connection.execute(insert(secret).values(name=name, sealed=keys.seal(name, value)))


def kept(connection: Connection, keys: Keyring, prefix: str) -> dict[str, str]:
    """The secrets whose names begin with `prefix`, by the rest of their names. Problem where one does not open."""
    rows = connection.execute(select(secret).where(secret.c.name.startswith(prefix, autoescape=True)))
    return {row.name.removeprefix(prefix): keys.open(row.name, row.sealed) for row in rows}


def names(connection: Connection, prefix: str) -> frozenset[str]:
    """The names of the secrets that begin with `prefix`, without it; none of them is opened."""
    rows = connection.execute(select(secret.c.name).where(secret.c.name.startswith(prefix, autoescape=True)))
    return frozenset(row.name.removeprefix(prefix) for row in rows)


def forget(connection: Connection, prefix: str) -> None:
    """Forget the secrets whose names begin with `prefix`."""
    connection.execute(delete(secret).where(secret.c.name.startswith(prefix, autoescape=True)))


def reseal(connection: Connection, keys: Keyring) -> int:
    """Seal every secret again with the newest key; how many there are."""
    opened = kept(connection, keys, "")
    for name, value in opened.items():
        keep(connection, keys, name, value)
    return len(opened)


def unreadable(connection: Connection, keys: Keyring) -> list[str]:
    """The names of secrets that the present keys do not open."""
    found = []
    for row in connection.execute(select(secret).order_by(secret.c.name)):
        try:
            keys.open(row.name, row.sealed)
        except Problem:
            found.append(row.name)
    return found


def keyring(settings: Settings) -> Keyring:
    """The keys of CONNECTOR_SECRET_KEY, newest first, or of `connector.key` beside a SQLite database."""
    given = settings.secret_key or SecretStr(_key_file(settings).read_text().strip())
    keys = [key.strip() for key in given.get_secret_value().split(",") if key.strip()]
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        raise Problem(
            "secret_key_too_short",
            f"Each key in CONNECTOR_SECRET_KEY needs {SHORTEST_KEY} or more characters.",
            action="Set a longer one.",
        )
    return Keyring(keys)


def ensure_key(settings: Settings) -> None:
    """Make the key file where no key is set and none is there; only its owner may read it."""
    if settings.secret_key is not None:
        return
    path = _key_path(settings)
    if path.exists():
        return
    handle, beside = mkstemp(dir=path.parent, prefix=f".{KEY_FILE}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never in the place of a key that is there.
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        os.unlink(beside)


def _key_file(settings: Settings) -> Path:
    path = _key_path(settings)
    if not path.exists():
        raise Problem(
            "secret_key_missing",
            f"There is no secret key: CONNECTOR_SECRET_KEY is not set and {path.name} is not there.",
            action="Run badge-connector init, or set CONNECTOR_SECRET_KEY.",
        )
    return path


def _key_path(settings: Settings) -> Path:
    url = make_url(settings.database_url)
    if not url.drivername.startswith("sqlite") or not url.database:
        return Path(KEY_FILE)
    return Path(url.database).parent / KEY_FILE


def _derived(key: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"open badge connector: secrets at rest")
    return urlsafe_b64encode(hkdf.derive(key.encode()))
