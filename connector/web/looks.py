"""How things look: each state as a word, a shape and a tone. Colour only repeats what word and shape say."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from connector.connections.expiry import Ending
from connector.credentials import statuses


class Look(NamedTuple):
    """A state: its word, its shape among the symbols of a page, its tone."""

    word: str
    shape: str
    tone: str = ""


STATUSES = {
    statuses.AWAITING: Look("Ready to approve", "ring"),
    "incomplete": Look("Incomplete", "dash"),
    "conflict": Look("Conflict", "two", "warn"),
    "needs_reapproval": Look("Needs reapproval", "half", "warn"),
    "approved": Look("Approved", "check", "ok"),
    "needs_republishing": Look("Needs republishing", "up", "warn"),
    "published": Look("Published (practice)", "pdone"),
    "rejected": Look("Rejected", "no"),
    "gone_at_source": Look("Gone at source", "gone", "warn"),
    "skipped": Look("Left out by a rule", "no"),
    "represented": Look("Part of another record", "two"),
}
"""In the order of a record's life. A destination that is practice says so wherever the word published stands."""

_FIRST_SAID = (
    "represented",
    "skipped",
    "gone_at_source",
    "conflict",
    "rejected",
    "needs_reapproval",
    "incomplete",
    "needs_republishing",
    "published",
    "approved",
)

HELD = Look("Owner not confirmed", "held", "warn")
BACK = Look("Back after rejection", "no", "warn")

NEEDS = {
    "approval": "Ready to approve",
    "type": "Choose a type",
    "values": "Required value missing",
    "reapproval": "Needs reapproval",
    "resolution": "Conflict with an edit",
    "owner": "Owner not confirmed",
    "second_look": "Back after rejection",
    "farewell": "Gone at source",
    "withdrawal": "Rejected, still published (practice)",
}
"""What a record may need a person for, in the words of the queue."""

CONNECTIONS = {
    "active": Look("Working", "check", "ok"),
    "draft": Look("Not finished", "dash"),
    "checked": Look("Checked, not finished", "dash"),
    "paused": Look("Paused", "pause"),
    "needs_reconnect": Look("Reconnect needed", "fail", "bad"),
    "removed": Look("Removed", "no"),
}

NOT_INSTALLED = Look("Platform not installed", "fail", "bad")
"""A connection whose adapter is not there any more."""

RUNS = {
    "queued": Look("Waiting to start", "dash"),
    "running": Look("Running", "run", "act"),
    "complete": Look("Complete", "check", "ok"),
    "incomplete_listing": Look("Not all was listed", "half", "warn"),
    "needs_confirmation": Look("Needs your answer", "ask", "warn"),
    "failed": Look("Failed", "fail", "bad"),
}

OUTCOMES = {
    "published": Look("Published (practice)", "pdone"),
    "unchanged": Look("Unchanged (practice)", "pdone"),
    "unpublished": Look("Taken out", "no"),
    "removed": Look("Taken out", "no"),
    "failed": Look("Refused", "fail", "bad"),
    "unknown": Look("Outcome unknown", "ask", "warn"),
    "sending": Look("Being sent", "run", "act"),
    "skipped": Look("Held back", "held", "warn"),
}

FORESEEN = {
    "new": Look("Would be created", "plus"),
    "match": Look("Match what you have", "check", "ok"),
    "skipped": Look("Would be skipped", "no"),
    "unreadable": Look("Cannot be read", "fail"),
}
"""What a sync would do with badges."""

FATES = {
    "new": Look("New here", "plus"),
    "update": Look("Update", "up"),
    "unchanged": Look("Unchanged (practice)", "pdone"),
    "held": Look("Held back", "held", "warn"),
}
"""What publishing would do with documents."""

SEVERITIES = {
    "required": Look("Required", "fail", "bad"),
    "recommended": Look("Recommended", "warn", "warn"),
    "note": Look("Note", "note"),
}

_COUNTED = {"published": "published (practice)", "unchanged": "unchanged", "failed": "refused", "skipped": "held back"}

_TROUBLE = {
    "failed": "Last sync failed",
    "needs_confirmation": "Last sync needs your answer",
    "incomplete_listing": "Last sync saw a part only",
}

SIDES = {"yours": "Yours", "platform": "The platform’s", "registry": "The registry’s", "ours": "This connector’s"}
"""On whose side a problem is."""

SCHEDULES = {"manual": "By hand only", "hourly": "Every hour", "daily": "Every day", "weekly": "Every week"}


def brought_in(authority: str) -> str:
    """How a record that comes from no platform came here, by the authority of its source."""
    return "Brought in from the Registry" if authority == "registry" else "Brought in from a file"


def of_record(held: Mapping[str, Any] | tuple[str, ...]) -> Look:
    """The one status that a row of a list shows, of all a record has."""
    return STATUSES[next((name for name in _FIRST_SAID if name in held), statuses.AWAITING)]


def of_outcomes(run: Any) -> str:
    """How a publishing run ended, counted: 3 published (practice), 1 refused. Nothing for a run that did nothing."""
    return ", ".join(f"{getattr(run, name):,} {word}" for name, word in _COUNTED.items() if getattr(run, name))


def is_trouble(run: Any) -> bool:
    """Whether a connection's latest sync ended in a way that a person should know of first."""
    return run is not None and run.state in ("failed", "needs_confirmation", "incomplete_listing")


def of_connection(state: str, run: Any) -> Look:
    """How a connection looks: one that works as its latest sync ended, where that was not well."""
    if state == "active" and is_trouble(run):
        return RUNS[run.state]._replace(word=_TROUBLE[run.state])
    return CONNECTIONS[state]


def of_ending(ending: Ending) -> Look:
    """How a sign-in that ends looks."""
    if ending.urgency == "over":
        return Look("Sign-in has ended", "fail", "bad")
    days = "today" if ending.days == 0 else "tomorrow" if ending.days == 1 else f"in {ending.days} days"
    return Look(f"Sign-in ends {days}", "warn", "bad" if ending.urgency == "now" else "warn")


def address(given: Mapping[str, Any], **changed: Any) -> str:
    """A query string of what is given, with some of it changed; what is None is left out."""
    held = {**given, **changed}
    return "?" + urlencode({name: value for name, value in held.items() if value not in (None, "")})
