"""A sync that only tells what it would do: nothing is written."""

from collections import Counter
from typing import Any

from connector.connections.platform import reached
from connector.credentials import absence, arrivals, intake
from connector.problem import of_platform
from connector.settings import Settings
from connector.storage import Database
from connector.sync.perform import PLATFORM_FAILURES, is_whole, pages, source_of
from connector.sync.runs import COUNTERS


def preview(database: Database, settings: Settings, connection_id: int) -> dict[str, Any]:
    """The counts a sync would have now, in the form of a run. Problem where the platform fails."""
    with database.reading() as connection:
        source, secrets = source_of(connection, settings, connection_id)
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    ended, total = False, None
    try:
        with reached(source.adapter, secrets, settings.private_hosts) as http:
            for page in pages(source, http, None):
                fresh = arrivals.first_time(arrivals.read(source.adapter, page.items), seen)
                ids = [arrival.badge_id for arrival in fresh]
                with database.reading() as connection:
                    known = intake.known_badges(connection, source, ids)
                examined = arrivals.examined(source, fresh, known)
                counts.update(a.outcome(known.get(a.badge_id)) for a in examined)
                seen.update(ids)
                counts["pages"] += bool(page.items)
                ended, total = page.next is None, total if page.total is None else page.total
            counts["requests"] = http.requests_sent
    except PLATFORM_FAILURES as raised:
        raise of_platform(raised) from None
    with database.reading() as connection:
        missed = absence.absence(connection, connection_id, seen)
    whole = is_whole(ended, total, seen)
    counts["gone"] = len(missed.again) if whole and not missed.needs_confirmation else 0
    state = "incomplete_listing" if not whole else "complete"
    if whole and missed.needs_confirmation:
        state = "needs_confirmation"
    return {
        "run": None,
        "state": state,
        **{name: counts[name] for name in COUNTERS},
        "seen": len(seen),
        "resumed_from": None,
    }
