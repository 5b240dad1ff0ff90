"""Publishing: approved documents to a destination, one sender at a time, each document with its own outcome.

Marking, sending and confirming are three steps with nothing held open between them. What was marked and never
answered, because its sender died, is looked up at the destination before anything else is sent.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from connector.connections.secrets import keyring
from connector.credentials import records, verification_services
from connector.jobs.lease import held, renew
from connector.organizations import accounts
from connector.organizations.accounts import Organization
from connector.problem import Problem
from connector.publishing import publications
from connector.publishing.approved import Item, credentials, profiles
from connector.publishing.registry import Answer, EmbeddedRegistry
from connector.publishing.tables import publishing_run
from connector.settings import Settings
from connector.storage import Database
from mappings.canonical import digest

Report = Callable[["Outcome"], None]
AT_ONCE = 500


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
    to: EmbeddedRegistry
    registry: str
    organization: Organization
    by: str
    run: int
    fence: int

    def still_has_the_turn(self, connection: Connection) -> None:
        """Raises Superseded where another sender has taken over."""
        renew(connection, publishing_run, self.run, self.fence)


def destination(database: Database, settings: Settings, name: str) -> EmbeddedRegistry:
    """The destination of this name. Problem where there is none."""
    if name != EmbeddedRegistry.name:
        raise Problem(
            "destination_unknown",
            f"There is no destination {name!r}; there is: {EmbeddedRegistry.name} (practice).",
            action="Leave --destination out to use the organization's own.",
        )
    return EmbeddedRegistry(database, keyring(settings), settings.public_url)


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
        return _rehearsed(database, organization, to)

    def turn(connection: Connection) -> int:
        return publications.request_run(connection, organization.id, to.name, by=by)

    with held(database, publishing_run, turn) as (run, fence):
        sender = _Sender(database, to, settings.registry_url, organization, by, run, fence)
        _settle_unanswered(sender)
        return _sent(sender, report)


def unpublish(database: Database, settings: Settings, ids: Iterable[str], *, by: str) -> list[Outcome]:
    """Take records out of their organization's destination; they stay out until they are approved again."""
    return [_taken_out(database, settings, called, by) for called in dict.fromkeys(ids)]


def _refuse_unless_approved(organization: Organization) -> None:
    if not organization.is_approved:
        raise Problem(
            "organization_not_approved",
            f"{organization.name} is not approved yet, so nothing of it can be published.",
            action=f"Site staff approve it: badge-connector organizations approve {organization.id}",
        )


def _rehearsed(database: Database, organization: Organization, to: EmbeddedRegistry) -> list[Outcome]:
    with database.reading() as connection:
        there = publications.of_organization(connection, organization.id, to.name)
        return [
            _there_already(item, there) or _outcome(item, "skipped", None, "Would be sent; this is a dry run.")
            for item in (*profiles(connection, organization), *credentials(connection, organization))
        ]


def _sent(sender: _Sender, report: Report) -> list[Outcome]:
    with sender.database.reading() as connection:
        there = publications.of_organization(connection, sender.organization.id, sender.to.name)
    outcomes = []
    holds = {subject for subject, row in there.items() if row.state == "published"}
    for item in _items(sender):
        outcome = _there_already(item, there) or _held_back(item, holds) or _send(sender, item)
        if outcome.state in publications.HELD:
            holds.add(item.ctid)
        outcomes.append(outcome)
        report(outcome)
    return outcomes


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


def _send(sender: _Sender, item: Item) -> Outcome:
    document = item.document(sender.registry)
    with sender.database.transaction() as connection:
        sender.still_has_the_turn(connection)
        if not _still_approved(connection, sender.organization, item):
            return _outcome(item, "skipped", None, "Its approval was withdrawn meanwhile.")
        attempt = publications.mark_sending(
            connection, sender.organization.id, item, sender.to.name, document, by=sender.by
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
        return publications.request_run(connection, owner.id, to.name, by=by)

    with held(database, publishing_run, turn) as (run, fence):
        with database.transaction() as connection:
            renew(connection, publishing_run, run, fence)
            there = publications.of_organization(connection, owner.id, to.name).get(row.id)
            if there is None or there.state == "unpublished":
                return Outcome("credential", row.id, row.ctid, "unchanged", None, ("It is not published.",))
            attempt = publications.attempt(connection, there.id, {"ctid": row.ctid, "remove": True}, by=by)
        answer = to.remove(row.ctid, owner.ctid)
        with database.transaction() as connection:
            renew(connection, publishing_run, run, fence)
            publications.answered_removal(connection, attempt, there, answer, by=by)
    return Outcome("credential", row.id, row.ctid, "unpublished", None, answer.messages)


def _outcome(item: Item, state: str, url: str | None, *messages: str) -> Outcome:
    return Outcome(item.kind, item.subject, item.ctid, state, url, messages)
