"""One sync run from its position to its end: pull pages, map them, take them in batch by batch.

The network and the mapping happen between short transactions, each of which first checks that the run is still ours.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from adapters.contract import AuthorizationExpired, Page, PlatformRefused, PlatformUnavailable
from connector.clock import stamp
from connector.connections import accounts
from connector.connections.accounts import Account
from connector.connections.identity import issuer_key
from connector.connections.platform import connected
from connector.credentials import absence, arrivals, intake, matching
from connector.credentials.arrivals import Arrival, Source
from connector.credentials.decided import decided_by
from connector.http import PlatformHttp
from connector.jobs.lease import Superseded, renew
from connector.organizations.accounts import every as every_organization
from connector.organizations.accounts import find
from connector.problem import Problem, of_platform
from connector.settings import Settings
from connector.storage import Database
from connector.sync import runs
from connector.sync.listing import Listing
from connector.sync.runs import Ended
from connector.sync.tables import sync_run

BATCH_SECONDS = 2.0
PLACES = 10**9
NEEDS_RECONNECT = ("reconnect_needed", "secret_not_readable", "settings_outdated")
PLATFORM_FAILURES = (AuthorizationExpired, PlatformUnavailable, PlatformRefused, Problem)
Report = Callable[[dict[str, Any]], None]
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Progress:
    """Where a run stands: what its row says, and what this process has added."""

    row: Row[Any]
    seen: set[str]
    batches: int
    counts: Counter[str]
    cursor: str | None
    total: int | None
    portion: int | None
    ended: bool = False
    issuers: frozenset[str] | None = None
    """Keys of the issuers that are listed; None where nobody tells them apart."""

    def values(self, requests: int) -> dict[str, Any]:
        """The columns of the run's row that follow from it."""
        return {
            **{name: self.counts[name] for name in runs.COUNTERS if name not in ("seen", "requests")},
            "seen": len(self.seen),
            "requests": self.row.requests + requests,
            "cursor": self.cursor,
            "total": self.total,
            "portion": self.portion,
        }


@dataclass(slots=True)
class _Batch:
    pages: list[Page] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def is_full(self, size: int, already: int) -> bool:
        """Large enough, or old enough, or with it all has arrived that the platform says there is."""
        badges = sum(len(page.items) for page in self.pages)
        total = self.pages[-1].total if self.pages else None
        all_there = total is not None and already + badges >= total
        return badges >= size or all_there or time.monotonic() - self.began >= BATCH_SECONDS


def perform(database: Database, settings: Settings, run: int, fence: int, report: Report) -> None:
    """Do the run and end it, also when the platform fails. Raises Superseded when another worker has taken over."""
    with database.transaction() as connection:
        progress = _begin(connection, run, fence)
        edition = accounts.by_id(connection, progress.row.connection_id).edition
    row = progress.row
    sent = 0

    def pull() -> None:
        nonlocal sent
        with database.transaction() as connection:
            renew(connection, sync_run, run, fence)
            account = accounts.by_id(connection, row.connection_id)
            accounts.refuse_unless_active(account)
            source = source_of(connection, account)
        with connected(database, settings, account) as http:
            try:
                _pull(database, settings, source, http, fence, progress, report)
            finally:
                sent = http.requests_sent

    def compare() -> None:
        with database.transaction() as connection:
            renew(connection, sync_run, run, fence)
            organization_id = accounts.by_id(connection, row.connection_id).organization_id
            matching.look(connection, organization_id, places_of(run))

    failed = next(filter(None, [_failure(pull), _failure(compare)]), None)
    with database.transaction() as connection:
        renew(connection, sync_run, run, fence)
        if failed:
            ended = _failed(connection, row, edition, failed)
        else:
            accounts.works_again(connection, row.connection_id)
            ended = _judged(connection, row, progress)
        runs.finish(connection, run, ended, progress.values(sent))
    report(progress.values(sent))


def _failure(act: Callable[[], None]) -> Exception | None:
    """What went wrong in a part of the run: it ends the run, not the worker. Raises Superseded."""
    try:
        act()
    except Superseded:
        raise
    except Exception as raised:
        return raised
    return None


def _begin(connection: Connection, run: int, fence: int) -> _Progress:
    renew(connection, sync_run, run, fence)
    row = runs.taken_up(connection, run)
    seen, batches = runs.seen(connection, run)
    counts = Counter({name: getattr(row, name) for name in runs.COUNTERS})
    return _Progress(row, seen, batches, counts, row.cursor, row.total, row.portion)


def source_of(connection: Connection, account: Account) -> Source:
    """A connection as a source of badges, in use or as it was given last."""
    organization = find(connection, str(account.organization_id))
    taken_over = accounts.takes_over_from(connection, account)
    source = Source(account.id, organization, accounts.adapter_of(account), {}, takes_over=taken_over)
    return as_decided(connection, source)


def as_decided(connection: Connection, source: Source) -> Source:
    """A source with what its organization has decided by now: whose badges are whose, and how they are mapped."""
    organizations = {each.id: each for each in every_organization(connection)}
    confirmed = accounts.owners(connection, source.organization.id)
    owners = {issuer: organizations[owner] for issuer, owner in confirmed.items()}
    return replace(source, owners=owners, decided=decided_by(connection, source.organization.id))


def _pull(
    database: Database,
    settings: Settings,
    source: Source,
    http: PlatformHttp,
    fence: int,
    progress: _Progress,
    report: Report,
) -> None:
    batch = _Batch()
    listing = Listing(source.adapter, http)
    progress.issuers = listing.issuer_keys
    pages = listing.pages(progress.cursor)
    while True:
        try:
            page = next(pages, None)
        except PLATFORM_FAILURES:
            # What has arrived is kept, also when the platform fails at the next page.
            _apply(database, source, batch, http, fence, progress)
            raise
        if page is not None:
            batch.pages.append(page)
            progress.ended = page.next is None
        if page is None or progress.ended or batch.is_full(settings.sync_batch, len(progress.seen)):
            _apply(database, source, batch, http, fence, progress)
            report(progress.values(http.requests_sent))
            batch = _Batch()
        if page is None or progress.ended:
            return


def _apply(
    database: Database, source: Source, batch: _Batch, http: PlatformHttp, fence: int, progress: _Progress
) -> None:
    """Take a batch in. After a death at this very place it is done in portions, so that what is deadly stands alone."""
    if not batch.pages:
        return
    fresh = arrivals.first_time(arrivals.read(source.adapter, batch.pages), progress.seen)
    progress.counts["pages"] += sum(1 for page in batch.pages if page.items)
    progress.total = max((p.total for p in batch.pages if p.total is not None), default=progress.total)
    portions = _portions(fresh, progress.portion)
    for portion in portions[:-1]:
        _take_in(database, source, portion, http, fence, progress)
    progress.cursor, progress.portion = batch.pages[-1].next or progress.cursor, None
    _take_in(database, source, portions[-1], http, fence, progress)


def _portions(arrived: list[Arrival], size: int | None) -> list[list[Arrival]]:
    """The badges of a batch in portions of `size`; with 0, the first one is set aside unread and the rest follow."""
    if size is None or not arrived:
        return [arrived]
    if size == 0:
        deadly = replace(arrived[0], unreadable="Reading this badge ended the program again and again.")
        return [[deadly], *_portions(arrived[1:], 1)]
    return [arrived[start : start + size] for start in range(0, len(arrived), size)]


def _take_in(
    database: Database, source: Source, portion: list[Arrival], http: PlatformHttp, fence: int, progress: _Progress
) -> None:
    """Take badges in as is decided when they are written: a decision while they are mapped has them mapped anew."""
    run = progress.row.id
    taken = False
    while not taken:
        with database.reading() as connection:
            source = as_decided(connection, source)
        examined, _ = intake.compared(database, source, portion)
        with database.transaction() as connection:
            renew(connection, sync_run, run, fence)
            if taken := as_decided(connection, source) == source:
                _write(connection, source, examined, http, progress)
    progress.batches += 1


def _write(
    connection: Connection, source: Source, examined: list[Arrival], http: PlatformHttp, progress: _Progress
) -> None:
    ids = [str(arrival.key) for arrival in examined]
    run, by = progress.row.id, progress.row.requested_by
    position = intake.free_position(connection, source, places_of(run))
    progress.counts += intake.take_in(connection, source, examined, position=position, by=by)
    progress.seen.update(ids)
    runs.remember_batch(connection, run, progress.batches, ids, progress.values(http.requests_sent))


def places_of(run: int) -> range:
    """The places in source order of the records that a run brings."""
    return range(run * PLACES, run * PLACES + PLACES)


def is_whole(ended: bool, total: int | None, seen: set[str]) -> bool:
    """Whether a listing was read to its end and showed as many badges as the platform says there are."""
    return ended and (total is None or len(seen) >= total)


def _judged(connection: Connection, row: Row[Any], progress: _Progress) -> Ended:
    """A listing that was read whole tells what is gone; any other one tells nothing about what it did not show."""
    if not is_whole(progress.ended, progress.total, progress.seen):
        return Ended("incomplete_listing", _not_whole(progress).as_json())
    if unseen := _unseen_issuers(connection, row.connection_id, progress):
        return Ended("incomplete_listing", _issuers_not_seen(unseen).as_json())
    missed = absence.absence(connection, row.connection_id, progress.seen, progress.issuers)
    missing = missed.again + missed.first
    asked = runs.by_id(connection, row.id)
    accepted = asked.accept_gone or _was_shown(connection, asked.accepts, missing)
    if not accepted and (missed.needs_confirmation or asked.accepts is not None):
        return Ended("needs_confirmation", _unconfirmed(missed).as_json(), list(missing))
    flagged = missing if accepted else missed.again
    absence.flag_gone(connection, flagged, at=stamp(), by=row.requested_by)
    if not accepted:
        absence.suspect(connection, missed.first, row.id)
    progress.counts["gone"] = len(flagged)
    return Ended("complete")


def _unseen_issuers(connection: Connection, connection_id: int, progress: _Progress) -> list[str]:
    """What the issuers are called that the listing should have held, and that the sign-in does not see."""
    if progress.issuers is None:
        return []
    watched = absence.watched_issuers(connection, connection_id)
    only = accounts.adapter_of(accounts.by_id(connection, connection_id)).chosen_issuers()
    expected = {issuer_key(each): each for each in only} or watched
    return [watched.get(key, name) for key, name in expected.items() if key not in progress.issuers]


def _issuers_not_seen(names: list[str]) -> Problem:
    return Problem(
        "issuers_not_seen",
        f"The sign-in no longer sees {' and '.join(names)}. What arrived of the other issuers is kept, and nothing was "
        "judged to be gone.",
        action="Connect again as a person who can see them, or choose the issuers of this connection anew.",
    )


def _was_shown(connection: Connection, accepts: int | None, missing: Sequence[int]) -> bool:
    """Whether all that is missing was shown to the person who said that it is gone."""
    return accepts is not None and runs.shown_missing(connection, accepts).issuperset(missing)


def _not_whole(progress: _Progress) -> Problem:
    """Why nothing is judged as gone, in the terms of what a person could count on the platform."""
    shown, total = len(progress.seen), progress.total
    message = f"The platform's listing broke off after {shown} different badges."
    if total is not None and shown < total:
        message = f"The platform says it has {total} badges, but showed {shown} different ones."
    return Problem(
        "incomplete_listing",
        f"{message} What arrived is kept, and nothing was judged to be gone.",
        side="platform",
        action="Sync again: most often badges were added or moved meanwhile. If it stays so, ask the platform.",
    )


def _unconfirmed(missed: absence.Absence) -> Problem:
    missing = len(missed.first) + len(missed.again)
    return Problem(
        "needs_confirmation",
        f"The platform no longer lists {missing} of {missed.known} badges. Nothing was flagged as gone.",
        side="platform",
        action="If that is true, run the sync again with --accept-gone; else check the account on the platform.",
    )


def _failed(connection: Connection, row: Row[Any], edition: str, raised: Exception) -> Ended:
    problem = of_platform(raised)
    if problem.code in NEEDS_RECONNECT:
        accounts.needs_reconnect(connection, row.connection_id, edition, problem.message)
    unexpected = raised if problem.code == "unexpected" else None
    _log.warning("sync failed", run=row.id, code=problem.code, side=problem.side, exc_info=unexpected)
    return Ended("failed", problem.as_json())
