"""Platforms and checks as JSON, the same for every door."""

from collections.abc import Iterable
from typing import Any

from adapters.contract import Adapter, Check
from connector.connections.accounts import Account
from connector.settings import Settings


def platform(kind: type[Adapter]) -> dict[str, Any]:
    """What can be connected: the ways in, and the settings and secrets they ask for; what is needed comes first."""
    fields = sorted(kind.model_fields.items(), key=lambda item: not item[1].is_required())
    return {
        "platform": kind.slug,
        "name": kind.name,
        "ways": [
            {
                "name": way.name,
                "title": way.title,
                "needs": way.needs,
                "fields": list(way.fields),
                "secrets": list(way.secrets),
                "optional": list(way.optional),
                "undocumented": way.undocumented,
            }
            for way in kind.ways
        ],
        "fields": [
            {
                "name": name,
                "required": field.is_required(),
                "default": None if field.is_required() else field.default,
                "help": field.description,
            }
            for name, field in fields
        ],
        "secrets": [{"name": s.name, "label": s.label, "help": s.help} for s in kind.secrets],
    }


def made(account: Account, checks: Iterable[Check], sign_in_at: str | None) -> dict[str, Any]:
    """A connection that was just saved. `sign_in_at`: where a person has to sign in before it works."""
    return {**account.as_json(), "checks": [checked(each) for each in checks], "sign_in_at": sign_in_at}


def sign_in_at(settings: Settings, account: Account) -> str:
    """The page on which a person begins to sign in to the platform."""
    return f"{settings.public_url.rstrip('/')}/connections/{account.id}/sign-in"


def checked(check: Check) -> dict[str, Any]:
    """One named test of a connection."""
    return {"name": check.name, "ok": check.ok, "message": check.message}
