"""A sync that only tells what it would do: nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import BadgeKey, Page
from connector.connections import accounts, renewal
from connector.connections.platform import connected
from connector.credentials import absence, arrivals, intake
from connector.credentials.arrivals import Arrival, Known, Source
from connector.problem import of_platform
from connector.settings import Settings
from connector.storage import Database
from connector.sync.listing import Listing
from connector.sync.perform import PLATFORM_FAILURES, is_whole, source_of
from connector.sync.runs import COUNTERS

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One badge as an example of what would happen: what it would count as, its name, and why it would be left out."""

    outcome: str
    name: str
    reason: str | None


@dataclass(slots=True)
class Foreseen:
    """What a sync would do, as far as the listing was read.

    `state` is reading, or as a run would end; `cut_short` where reading stopped at a limit.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    total: int | None = None
    state: str = "reading"
    samples: list[Sample] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The counts, in the form of a run."""
        counts = {name: self.counts[name] for name in COUNTERS}
        return {"run": None, "state": self.state, **counts, "seen": len(self.seen), "resumed_from": None}


def preview(database: Database, settings: Settings, connection_id: int) -> dict[str, Any]:
    """The counts a sync would have now, in the form of a run. Problem where the platform fails."""
    for so_far in foreseen(database, settings, connection_id):
        last = so_far
    return last.as_json()


def foreseen(
    database: Database, settings: Settings, connection_id: int, *, limit: int | None = None, as_given: bool = False
) -> Iterator[Foreseen]:
    """What a sync would do now, told again after each page of the listing, and at its end.

    Works for a draft too. With `limit`, reading stops once so many badges were seen; `as_given`: with the settings and
    secrets that were given last, though they may not be in use yet. Problem where the platform fails.
    """
    with database.reading() as connection:
        in_use = accounts.by_id(connection, connection_id)
        account = renewal.as_given(connection, in_use) if as_given else in_use
        source = source_of(connection, account)
    told = Foreseen()
    ended = False
    try:
        with connected(database, settings, account) as http:
            listing = Listing(source.adapter, http)
            for page in listing.pages(None):
                ended = page.next is None
                told.total = told.total if page.total is None else page.total
                _look_at(database, source, page, told)
                told.counts["pages"] += bool(page.items)
                told.counts["requests"] = http.requests_sent
                if limit is not None and len(told.seen) >= limit and not ended:
                    told.state = "cut_short"
                    break
                yield told
            told.counts["requests"] = http.requests_sent
    except PLATFORM_FAILURES as raised:
        raise of_platform(raised) from None
    if told.state != "cut_short":
        _judge(database, connection_id, told, listing.issuer_keys, ended=ended)
    yield told


def _look_at(database: Database, source: Source, page: Page, told: Foreseen) -> None:
    fresh = arrivals.first_time(arrivals.read(source.adapter, [page]), told.seen)
    examined, known = intake.compared(database, source, fresh)
    told.counts.update(arrival.outcome(known.get(arrival.key)) for arrival in examined)
    told.seen.update(str(arrival.key) for arrival in examined)
    _sample(source, examined, known, told.samples)


def _sample(
    source: Source, examined: Iterable[Arrival], known: Mapping[BadgeKey, Known], samples: list[Sample]
) -> None:
    there = Counter(sample.outcome for sample in samples)
    for arrival in examined:
        outcome = arrival.outcome(known.get(arrival.key))
        if outcome != "unreadable" and there[outcome] < SAMPLES:
            there[outcome] += 1
            name = source.adapter.badge_class(arrival.definition, arrival.issuer).name
            samples.append(Sample(outcome, name, arrival.skipped))


def _judge(
    database: Database, connection_id: int, told: Foreseen, issuers: frozenset[str] | None, *, ended: bool
) -> None:
    with database.reading() as connection:
        missed = absence.absence(connection, connection_id, told.seen, issuers)
    whole = is_whole(ended, told.total, told.seen)
    told.counts["gone"] = len(missed.again) if whole and not missed.needs_confirmation else 0
    told.state = "complete" if whole else "incomplete_listing"
    if whole and missed.needs_confirmation:
        told.state = "needs_confirmation"
