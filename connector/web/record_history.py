"""What happened to a record: what people and rules decided, what the platform changed, the attempts to publish."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from connector.credentials import queries
from connector.credentials.queries import Listed
from connector.publishing import publications
from connector.web import looks


def history(connection: Connection, each: Listed) -> list[dict[str, Any]]:
    """What happened to a record, latest first."""
    row = each.sourced.row
    lines = [*_revisions(queries.history(connection, row.id)), *_attempts(publications.of_record(connection, row.id))]
    if row.gone_at:
        look = looks.STATUSES["gone_at_source"]
        lines.append({"look": look, "text": look.word, "reason": None, "at": row.gone_at})
    came = f"First seen through {each.connection}" if each.sourced.adapter else looks.brought_in(row.authority)
    first = {"look": _FIRST, "text": came, "reason": None, "at": row.added_at}
    return sorted([first, *lines], key=lambda line: str(line["at"] or ""))[::-1]


def _revisions(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "look": _EVENTS.get(each["event"], _EVENTS["SourceChanged"])[0],
            "text": _EVENTS.get(each["event"], _EVENTS["SourceChanged"])[1].format(by=each["made_by"]),
            "reason": each["reason"],
            "at": each["made_at"],
        }
        for each in found
    ]


def _attempts(attempts: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "look": looks.OUTCOMES.get(each.outcome, looks.OUTCOMES["unknown"]),
            "text": looks.OUTCOMES.get(each.outcome, looks.OUTCOMES["unknown"]).word,
            "reason": " ".join((each.answer or {}).get("messages", [])) or None,
            "at": each.made_at,
        }
        for each in attempts
    ]


_FIRST = looks.Look("", "plus")
_EVENTS = {
    "SourceChanged": (looks.Look("", "half", "warn"), "The platform changed it"),
    "BroughtIn": (looks.Look("", "check", "ok"), "Taken over as it is published"),
    "Remapped": (looks.Look("", "up"), "Mapped anew"),
    "OwnerWithdrawn": (looks.Look("", "held", "warn"), "Right to publish withdrawn"),
    "Edited": (looks.Look("", "pen"), "Edited by {by}"),
    "Resolved": (looks.Look("", "two"), "Conflict settled by {by}"),
    "Approved": (looks.Look("", "check", "ok"), "Approved by {by}"),
    "ApprovedByRule": (looks.Look("", "check", "ok"), "The platform changed it; approved by rule"),
    "Rejected": (looks.Look("", "no"), "Rejected by {by}"),
}
