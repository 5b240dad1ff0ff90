"""The time of day for stamps that people read. Leases go by the database's own clock instead."""

from datetime import UTC, datetime


def stamp() -> str:
    """The present moment in UTC to the second, as ISO 8601 text."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
