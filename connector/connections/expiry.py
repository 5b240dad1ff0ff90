"""How long a stored sign-in lasts, and when a person is to be told that it ends."""

from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

from connector.problem import Problem

WARN_DAYS = (30, 14, 3)
Urgency = Literal["soon", "near", "now", "over"]


class Ending(NamedTuple):
    """A sign-in that ends within the month, or has ended: days left (negative: days since), and how urgent that is."""

    day: str
    days: int
    urgency: Urgency


def ending(day: str | None, today: date | None = None) -> Ending | None:
    """What there is to say of a sign-in that ends on this day (`YYYY-MM-DD`, UTC); None while it is far off."""
    if day is None:
        return None
    days = (date.fromisoformat(day) - (today or _today())).days
    far, near, close = WARN_DAYS
    if days > far:
        return None
    if days < 0:
        return Ending(day, days, "over")
    return Ending(day, days, "now" if days <= close else "near" if days <= near else "soon")


def given_day(text: str, today: date | None = None) -> str | None:
    """A day to come as a person gives it, or None for nothing. Problem where it is no date, or over."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise _wrong_day(f"{text.strip()!r} is no date.", "Write it as YYYY-MM-DD.") from None
    if day < (today or _today()):
        raise _wrong_day(f"{day} is over.", "Give the day on which the sign-in will end, or leave it empty.")
    return day.isoformat()


def _today() -> date:
    return datetime.now(UTC).date()


def _wrong_day(message: str, action: str) -> Problem:
    return Problem("invalid_date", message, action=action, fields={"sign_in_ends": f"{message} {action}"})
