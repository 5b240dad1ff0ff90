"""Badges in documents that a person hands over: read, walked to their classes and issuers, taken in like any others.

They belong to a connection of their own, which is made with the first import; nothing is synced through it, and what a
document does not hold is not gone.
"""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Row

from adapters import installed
from adapters.contract import Page
from connector.connections import accounts
from connector.connections.accounts import Account
from connector.connections.platform import connected
from connector.connections.secrets import Keyring
from connector.credentials import arrivals, intake, matching
from connector.credentials.unreadable import from_text
from connector.organizations.accounts import Organization
from connector.problem import Problem, of_platform
from connector.settings import Settings
from connector.storage import Database
from connector.sync import runs
from connector.sync.perform import PLATFORM_FAILURES, as_decided, places_of, source_of

NAME = "Imported documents"
LARGEST_BYTES = 32 * 1024 * 1024


def import_document(
    database: Database, settings: Settings, keys: Keyring, organization: Organization, document: bytes, *, by: str
) -> Row[Any]:
    """Take in the badges of a document and of what it leads to; the run that tells what became of them.

    Problem where it is no Open Badges document of any kind, with the reason why.
    """
    _refuse_too_large(document)
    with database.transaction() as connection:
        account = _account(connection, settings, keys, organization, by=by)
        source = source_of(connection, account)
    try:
        with connected(database, settings, account) as http:
            pages = list(source.adapter.handed_over(http, document))
            sent = http.requests_sent
    except PLATFORM_FAILURES as failed:
        raise of_platform(failed) from None
    found = arrivals.first_time(arrivals.read(source.adapter, pages), frozenset())
    _refuse_without_badges(pages, found)
    with database.reading() as connection:
        source = as_decided(connection, source)
    examined, _ = intake.compared(database, source, found)
    with database.transaction() as connection:
        run = runs.begun_and_ended(connection, account.id, by=by)
        position = intake.free_position(connection, source, places_of(run))
        counts: Counter[str] = intake.take_in(connection, source, examined, position=position, by=by)
        values = {**counts, "seen": len(examined), "pages": len(pages), "requests": sent}
        runs.update_row(connection, run, **values)
        matching.look(connection, organization.id, places_of(run))
        return runs.by_id(connection, run)


def _account(
    connection: Connection, settings: Settings, keys: Keyring, organization: Organization, *, by: str
) -> Account:
    there = accounts.called(connection, organization.id, NAME)
    slug = _importing()
    if there and there.platform == slug:
        return there
    adapter = accounts.configured(slug, {}, (), settings)
    return accounts.connect(
        connection, keys, organization_id=organization.id, name=NAME, adapter=adapter, given={}, by=by, confirms=False
    )


def _importing() -> str:
    """The platform whose adapter reads what people hand over."""
    for kind in installed().values():
        if any(way.by_import for way in kind.ways):
            return kind.slug
    raise Problem(
        "platform_unknown", "No adapter that reads documents is installed.", side="ours", action="Install one."
    )


def _refuse_too_large(document: bytes) -> None:
    if len(document) > LARGEST_BYTES:
        message = f"The document is {len(document) / 1e6:.0f} MB large, and no more than 32 MB are read."
        raise Problem("document_too_large", message, action="Import it in parts.")


def _refuse_without_badges(pages: list[Page], found: list[arrivals.Arrival]) -> None:
    """A document that holds nothing but what cannot be read is refused, with the reason of the first."""
    unread = [each for page in pages for each in page.unread]
    if any(not each.unreadable for each in found):
        return
    if len(found) == 1 and len(unread) == 1:
        raise of_platform(unread[0].why)
    if not found:
        raise Problem("no_badges", "There is no badge in the document.", action="Give a badge, or a list of badges.")
    first = from_text(str(found[0].unreadable))
    message = f"None of the {len(found)} things in the document is a badge that can be read. The first: {first.message}"
    raise Problem("no_badges", message, action=first.action)
