"""Secrets at rest: sealed with MultiFernet, bound to the row they belong to.

Fernet has no associated data, so the owner of a secret is sealed in with it and checked when it is opened.
"""

import os
from base64 import urlsafe_b64encode
from pathlib import Path
from secrets import token_urlsafe

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from connector.problem import Problem
from connector.settings import Settings

SHORTEST_KEY = 32
KEY_FILE = "connector.key"
_SEPARATOR = "\x00"


class Keyring:
    """Seals and opens with the newest key, opens with older ones."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, bound_to: str, secret: str) -> bytes:
        """Seal a secret for the row named by `bound_to`."""
        return self._fernet.encrypt(f"{bound_to}{_SEPARATOR}{secret}".encode())

    def open(self, bound_to: str, sealed: bytes) -> str:
        """The secret. Problem where the key is another one, or the secret was sealed for another row."""
        try:
            row, _, secret = self._fernet.decrypt(sealed).decode().partition(_SEPARATOR)
        except InvalidToken:
            row, secret = "", ""
        if row != bound_to:
            raise Problem(
                "secret_not_readable",
                "A stored secret cannot be opened with the present secret key.",
                side="ours",
                action="Restore CONNECTOR_SECRET_KEY, or connect the platform again.",
            )
        return secret


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
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(token_urlsafe(48) + "\n")


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
