"""The time of day for stamps that people read. Leases go by the database's own clock instead."""

from datetime import UTC, datetime, timedelta

NO_TIME = timedelta()


def stamp(later: timedelta = NO_TIME) -> str:
    """The present moment, or one so much later, in UTC to the second, as ISO 8601 text. Stamps sort as times do."""
    return (datetime.now(UTC) + later).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(seconds: float) -> str:
    """A moment given in seconds since 1970, as ISO 8601 text."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
