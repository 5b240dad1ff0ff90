"""Publishing: approved documents to a destination, one at a time, each with its own row and its own outcome.

Marking, sending and confirming are three steps with nothing held open between them. What was marked and never
confirmed is sent again: the same CTID is an update.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from connector.clock import stamp
from connector.connections.secrets import keyring
from connector.credentials import records, verification_services
from connector.credentials.state import Confirmed, Unpublished
from connector.organizations import accounts
from connector.organizations.accounts import Organization
from connector.problem import Problem
from connector.publishing.approved import Item, items
from connector.publishing.registry import Answer, EmbeddedRegistry
from connector.publishing.tables import publication, publication_attempt
from connector.settings import Settings
from connector.storage import Database

Report = Callable[["Outcome"], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: published, unchanged, failed, unknown or skipped, and where it is."""

    kind: str
    id: str
    ctid: str
    state: str
    url: str | None
    messages: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The outcome as doors show it."""
        return {name: getattr(self, name) for name in self.__slots__} | {"messages": list(self.messages)}


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
        wanted = items(connection, organization, settings.registry_url)
        sent = _publications(connection, organization, to.name)
    outcomes: list[Outcome] = []
    refused: dict[str, Outcome] = {}
    for item in wanted:
        outcome = _there_already(item, sent) or _held_back(item, refused)
        if outcome is None and dry_run:
            outcome = _outcome(item, "skipped", None, "Would be sent; this is a dry run.")
        if outcome is None:
            outcome = _send(database, to, organization, item, by)
        if outcome.state not in ("published", "unchanged"):
            refused[item.ctid] = outcome
        outcomes.append(outcome)
        report(outcome)
    return outcomes


def unpublish(database: Database, settings: Settings, ids: Iterable[str], *, by: str) -> list[Outcome]:
    """Take records out of their organization's destination."""
    outcomes = []
    for called in ids:
        with database.reading() as connection:
            found = records.one(connection, called)
            owner = accounts.find(connection, str(found.row.organization_id))
        to = destination(database, settings, owner.destination)
        answer = to.remove(found.row.ctid, owner.ctid)
        with database.transaction() as connection:
            fresh = records.one(connection, found.row.id)
            records.settle(connection, fresh, Unpublished(), by=by)
            is_it = (publication.c.subject == found.row.id) & (publication.c.destination == to.name)
            connection.execute(
                update(publication).where(is_it).values(state="unpublished", confirmed_hash=None, url=None)
            )
        outcomes.append(Outcome("credential", found.row.id, found.row.ctid, "unpublished", None, answer.messages))
    return outcomes


def _refuse_unless_approved(organization: Organization) -> None:
    if not organization.is_approved:
        raise Problem(
            "organization_not_approved",
            f"{organization.name} is not approved yet, so nothing of it can be published.",
            action=f"Site staff approve it: badge-connector organizations approve {organization.id}",
        )


def _publications(connection: Connection, organization: Organization, to: str) -> dict[str, Row[Any]]:
    p = publication.c
    rows = connection.execute(select(publication).where(p.organization_id == organization.id, p.destination == to))
    return {row.subject: row for row in rows}


def _there_already(item: Item, sent: dict[str, Row[Any]]) -> Outcome | None:
    row = sent.get(item.subject)
    if row is None or row.state != "published" or row.confirmed_hash != item.hash:
        return None
    return _outcome(item, "unchanged", row.url)


def _held_back(item: Item, refused: dict[str, Outcome]) -> Outcome | None:
    needed = next((name for name in item.needs if name in refused), None)
    if needed is None:
        return None
    return _outcome(item, "skipped", None, f"Held back: it needs {needed}, which is not published.")


def _send(database: Database, to: EmbeddedRegistry, organization: Organization, item: Item, by: str) -> Outcome:
    with database.transaction() as connection:
        if not _still_approved(connection, organization, item):
            return _outcome(item, "skipped", None, "Its approval was withdrawn meanwhile.")
        fence, attempt = _mark_sending(connection, organization, item, to.name, by)
    answer = to.publish(item.ctid, organization.ctid, item.document)
    with database.transaction() as connection:
        _confirm(connection, item, to.name, fence, attempt, answer, by)
    return _outcome(item, answer.state, answer.url, *answer.messages)


def _still_approved(connection: Connection, organization: Organization, item: Item) -> bool:
    if not accounts.find(connection, str(organization.id)).is_approved:
        return False
    if item.kind == "verification_service":
        profiles = verification_services.of_organization(connection, organization.id)
        return any(p.ctid == item.ctid and p.approved_hash == item.hash for p in profiles)
    return records.approved_hash(connection, item.subject) == item.hash


def _mark_sending(connection: Connection, organization: Organization, item: Item, to: str, by: str) -> tuple[int, int]:
    p = publication.c
    is_it = (p.kind == item.kind) & (p.subject == item.subject) & (p.destination == to)
    there = connection.execute(select(publication).where(is_it)).one_or_none()
    fence = there.fence + 1 if there else 1
    values = {"wanted_hash": item.hash, "sent_hash": item.hash, "state": "sending", "fence": fence}
    if there:
        connection.execute(update(publication).where(is_it).values(**values))
        row_id = there.id
    else:
        made = insert(publication).values(
            organization_id=organization.id,
            kind=item.kind,
            subject=item.subject,
            destination=to,
            **values,
        )
        row_id = connection.execute(made.returning(p.id)).scalar_one()
    attempt = insert(publication_attempt).values(
        publication_id=row_id,
        fence=fence,
        request={"ctid": item.ctid, "hash": item.hash},
        outcome="sending",
        made_by=by,
        made_at=stamp(),
    )
    return fence, connection.execute(attempt.returning(publication_attempt.c.id)).scalar_one()


def _confirm(connection: Connection, item: Item, to: str, fence: int, attempt: int, answer: Answer, by: str) -> None:
    a, p = publication_attempt.c, publication.c
    connection.execute(
        update(publication_attempt)
        .where(a.id == attempt)
        .values(
            outcome=answer.state,
            answer={"envelope": answer.remote_id, "url": answer.url, "messages": list(answer.messages)},
        )
    )
    held = answer.state in ("published", "unchanged")
    values: dict[str, Any] = {"state": "published" if held else "failed"}
    if held:
        values |= {"confirmed_hash": item.hash, "remote_id": answer.remote_id, "url": answer.url}
    is_it = (p.kind == item.kind) & (p.subject == item.subject) & (p.destination == to) & (p.fence == fence)
    if connection.execute(update(publication).where(is_it).values(**values)).rowcount and held:
        _tell_the_record(connection, item, by)


def _tell_the_record(connection: Connection, item: Item, by: str) -> None:
    if item.kind == "verification_service":
        verification_services.confirm(connection, item.ctid, item.hash)
    else:
        records.settle(connection, records.one(connection, item.subject), Confirmed(item.hash), by=by)


def _outcome(item: Item, state: str, url: str | None, *messages: str) -> Outcome:
    return Outcome(item.kind, item.subject, item.ctid, state, url, messages)
