"""Publishing: approved documents to a destination, one sender at a time, each document with its own outcome.

Marking, sending and confirming are three steps with nothing held open between them. What was marked and never
answered, because its sender died, is looked up at the destination before anything else is sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from connector.credentials import records, verification_services
from connector.jobs.lease import StillHeld, Superseded, claim, finished, held, renew
from connector.organizations import accounts
from connector.organizations.accounts import Organization
from connector.problem import Problem, of_platform
from connector.publishing import publications
from connector.publishing.approved import Item, credentials, how_many, other_owner, profiles
from connector.publishing.destinations import Destination, destination
from connector.publishing.registry import Answer
from connector.publishing.tables import publishing_run
from connector.settings import Settings
from connector.storage import Database
from mappings.canonical import digest

Report = Callable[["Outcome"], None]
AT_ONCE = 500
PATIENCE_SECONDS = 10.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: published, unchanged, unpublished, failed or skipped, and where it is."""

    kind: str
    id: str
    ctid: str
    state: str
    url: str | None
    messages: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The outcome as doors show it."""
        return {name: getattr(self, name) for name in self.__slots__} | {"messages": list(self.messages)}


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who sends for whom, and the run that says it is their turn."""

    database: Database
    to: Destination
    registry: str
    organization: Organization
    by: str
    run: int
    fence: int

    def still_has_the_turn(self, connection: Connection) -> None:
        """Raises Superseded where another sender has taken over."""
        renew(connection, publishing_run, self.run, self.fence)


def publish(
    database: Database,
    settings: Settings,
    organization: Organization,
    *,
    destination_name: str | None,
    by: str,
    dry_run: bool,
    report: Report,
) -> list[Outcome]:
    """Send everything that is approved and not there yet. Problem where the organization is not approved."""
    to = destination(database, settings, destination_name or organization.destination)
    with database.reading() as connection:
        _refuse_unless_approved(accounts.find(connection, str(organization.id)))
    if dry_run:
        return rehearsed(database, settings, organization, to.name)

    def turn(connection: Connection) -> int:
        return publications.request_run(connection, organization.id, to.name, by=by)

    with held(database, publishing_run, turn, and_then=publications.follow_up) as (run, fence):
        return _carried_out(_Sender(database, to, settings.registry_url, organization, by, run, fence), report)


def request(connection: Connection, organization: Organization, *, by: str) -> int:
    """Ask the worker to publish; the run to watch. Problem where the organization is not approved."""
    _refuse_unless_approved(accounts.find(connection, str(organization.id)))
    return publications.ask(connection, organization.id, organization.destination, by=by)


def publish_what_waits(database: Database, settings: Settings) -> bool:
    """Do one publishing run that waits or was left behind; whether there was one."""
    with database.reading() as connection:
        waiting = publications.unfinished(connection)
    return any(_taken_up(database, settings, row) for row in waiting)


def _taken_up(database: Database, settings: Settings, row: Row[Any]) -> bool:
    with database.transaction() as connection:
        fence = claim(connection, publishing_run, row.id)
        organization = accounts.find(connection, str(row.organization_id))
    if fence is None:
        return False
    with finished(database, publishing_run, row.id, fence, and_then=publications.follow_up):
        try:
            to = destination(database, settings, row.destination)
            _refuse_unless_approved(organization)
            sender = _Sender(database, to, settings.registry_url, organization, row.requested_by, row.id, fence)
            _carried_out(sender, lambda outcome: None)
        except Superseded:
            raise
        except Exception as failed:
            problem = of_platform(failed)
            unexpected = failed if problem.code == "unexpected" else None
            _log.warning("publishing failed", run=row.id, code=problem.code, exc_info=unexpected)
            with database.transaction() as connection:
                publications.note_problem(connection, row.id, problem.as_json())
    return True


def _carried_out(sender: _Sender, report: Report) -> list[Outcome]:
    _settle_unanswered(sender)
    return _sent(sender, report)


def unpublish(database: Database, settings: Settings, ids: Iterable[str], *, by: str) -> list[Outcome]:
    """Take records out of their organization's destination; they stay out until they are approved again."""
    try:
        return [_taken_out(database, settings, called, by) for called in dict.fromkeys(ids)]
    except StillHeld:
        raise Problem(
            "publishing_under_way",
            "Something is being published for this organization right now.",
            side="ours",
            action="Wait until that has ended, then try again.",
        ) from None


def _refuse_unless_approved(organization: Organization) -> None:
    if not organization.is_approved:
        raise Problem(
            "organization_not_approved",
            f"{organization.name} is not approved yet, so nothing of it can be published.",
            action=f"Site staff approve it: badge-connector organizations approve {organization.id}",
        )


def rehearsed(database: Database, settings: Settings, organization: Organization, to_name: str) -> list[Outcome]:
    """What publishing would do now with everything that is approved; nothing is sent."""
    to = destination(database, settings, to_name)
    with database.reading() as connection:
        there = publications.of_organization(connection, organization.id, to.name)
        return [
            _there_already(item, there)
            or _of_another(connection, organization, item)
            or _outcome(item, "skipped", None, "Would be sent; this is a dry run.")
            for item in (*profiles(connection, organization), *credentials(connection, organization))
        ]


def _sent(sender: _Sender, report: Report) -> list[Outcome]:
    with sender.database.reading() as connection:
        there = publications.of_organization(connection, sender.organization.id, sender.to.name)
        wanted = how_many(connection, sender.organization)
    with sender.database.transaction() as connection:
        sender.still_has_the_turn(connection)
        publications.expect(connection, sender.run, wanted)
    outcomes: list[Outcome] = []
    counts: Counter[str] = Counter()
    holds = {subject for subject, row in there.items() if row.state == "published"}
    for item in _items(sender):
        outcome = _there_already(item, there) or _held_back(item, holds) or _send(sender, item)
        if outcome.state in publications.HELD:
            holds.add(item.ctid)
        outcomes.append(outcome)
        counts[outcome.state] += 1
        if outcome.state != "unchanged":
            _count(sender, counts)
        report(outcome)
    _count(sender, counts)
    return outcomes


def _count(sender: _Sender, counts: Counter[str]) -> None:
    with sender.database.transaction() as connection:
        sender.still_has_the_turn(connection)
        publications.count(connection, sender.run, counts)


def _items(sender: _Sender) -> Iterator[Item]:
    """What is approved, read in portions so that neither memory nor a view of the database is held for long."""
    with sender.database.reading() as connection:
        yield from list(profiles(connection, sender.organization))
    after = -1
    while True:
        with sender.database.reading() as connection:
            portion = list(credentials(connection, sender.organization, after=after, limit=AT_ONCE))
        yield from portion
        if len(portion) < AT_ONCE:
            return
        after = portion[-1].position


def _there_already(item: Item, there: dict[str, Row[Any]]) -> Outcome | None:
    row = there.get(item.subject)
    if row is None or row.state != "published" or row.confirmed_hash != item.hash:
        return None
    return _outcome(item, "unchanged", row.url)


def _held_back(item: Item, holds: set[str]) -> Outcome | None:
    lacking = next((name for name in item.needs if name not in holds), None)
    if lacking is None:
        return None
    return _outcome(item, "skipped", None, f"Held back: it needs {lacking}, which is not published.")


def _of_another(connection: Connection, organization: Organization, item: Item) -> Outcome | None:
    """A credential of another organization waits until that one is approved and the right to publish confirmed."""
    other = other_owner(connection, organization, item)
    if other is None:
        return None
    return _outcome(item, "skipped", None, f"Held back: it belongs to {other.name}, {other.why}.")


def _send(sender: _Sender, item: Item) -> Outcome:
    document = item.document(sender.registry)
    with sender.database.transaction() as connection:
        sender.still_has_the_turn(connection)
        if not _still_approved(connection, sender.organization, item):
            return _outcome(item, "skipped", None, "Its approval was withdrawn meanwhile.")
        if of_another := _of_another(connection, sender.organization, item):
            return of_another
        attempt = publications.mark_sending(
            connection, sender.organization.id, item, sender.to.name, document, by=sender.by, run=sender.run
        )
    answer = sender.to.publish(item.ctid, sender.organization.ctid, document)
    with sender.database.transaction() as connection:
        sender.still_has_the_turn(connection)
        publications.answered(connection, attempt, answer, by=sender.by)
    return _outcome(item, answer.state, answer.url, *answer.messages)


def _still_approved(connection: Connection, organization: Organization, item: Item) -> bool:
    if not accounts.find(connection, str(organization.id)).is_approved:
        return False
    if item.kind == "credential":
        return records.approved_hash(connection, item.subject) == item.hash
    there = verification_services.approved(connection, organization.id)
    return any(profile.ctid == item.ctid and profile.approved_hash == item.hash for profile in there)


def _settle_unanswered(sender: _Sender) -> None:
    """Ask the destination what became of documents whose sender died before it heard the answer."""
    with sender.database.transaction() as connection:
        sender.still_has_the_turn(connection)
        for row in publications.unanswered(connection, sender.organization.id, sender.to.name):
            kept = sender.to.holds(connection, row.request["ctid"])
            arrived = kept is not None and digest(kept) == row.request["document"]
            url = sender.to.url(row.request["ctid"]) if arrived else None
            answer = Answer(
                "published" if arrived else "failed", row.remote_id, url, ("Settled after its sender died.",)
            )
            publications.answered(connection, row.attempt, answer, by=sender.by)


def _taken_out(database: Database, settings: Settings, called: str, by: str) -> Outcome:
    with database.reading() as connection:
        row = records.one(connection, called).row
        owner = accounts.find(connection, str(row.organization_id))
    to = destination(database, settings, owner.destination)

    def turn(connection: Connection) -> int:
        return publications.borrow_run(connection, owner.id, to.name, by=by)

    with held(database, publishing_run, turn, patience=PATIENCE_SECONDS, and_then=publications.follow_up) as (
        run,
        fence,
    ):
        with database.transaction() as connection:
            renew(connection, publishing_run, run, fence)
            there = publications.of_organization(connection, owner.id, to.name).get(row.id)
            if there is None or there.state == "unpublished":
                return Outcome("credential", row.id, row.ctid, "unchanged", None, ("It is not published.",))
            attempt = publications.attempt(connection, there.id, {"ctid": row.ctid, "remove": True}, by=by, run=run)
        answer = to.remove(row.ctid, owner.ctid)
        with database.transaction() as connection:
            renew(connection, publishing_run, run, fence)
            publications.answered_removal(connection, attempt, there, answer, by=by)
    return Outcome("credential", row.id, row.ctid, "unpublished", None, answer.messages)


def _outcome(item: Item, state: str, url: str | None, *messages: str) -> Outcome:
    return Outcome(item.kind, item.subject, item.ctid, state, url, messages)
