"""What publishing would do now, without doing it: how much goes, and each document in the order it would be sent."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sqlalchemy import Connection, not_, or_

from connector.credentials import queries, statuses, verification_services
from connector.organizations.accounts import Organization
from connector.publishing import publications
from connector.publishing.approved import Item, OtherOwner, credentials, other_owner, profiles

Fate = Literal["new", "update", "unchanged", "held"]
_PUBLISHED = statuses.having("published")
_SELECTED = {
    None: statuses.UNSENT,
    "new": statuses.UNSENT & not_(_PUBLISHED),
    "update": statuses.UNSENT & _PUBLISHED,
    "unchanged": statuses.having("approved") & not_(or_(statuses.UNSENT, statuses.LEFT_OUT)),
}
"""The records whose approved content has a fate, held back or not; under None, all that would be sent."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A document and what would become of it.

    Where it is held back, `lacking` is the CTID of the profile it waits for, or `owner` the other organization that is
    to be approved first.
    """

    item: Item
    fate: Fate
    lacking: str | None = None
    owner: OtherOwner | None = None


def counts(connection: Connection, organization: Organization) -> Counter[str]:
    """How many documents have each fate; under `outdated`, how many have changed since they were approved."""
    selected = {fate: which for fate, which in _SELECTED.items() if fate}
    meanings = {**selected, "outdated": statuses.having("needs_reapproval")}
    found = queries.count_each(connection, queries.where(organization=organization.id), meanings)
    for held in _held(connection, organization):
        found["held"] += 1
        found["update" if held.item.subject in _confirmed(connection, organization, [held.item]) else "new"] -= 1
    found.update(each.fate for each in _profiles(connection, organization))
    return found


def documents(
    connection: Connection, organization: Organization, fate: Fate | None, *, after: int, limit: int
) -> list[Foreseen]:
    """A page of the documents with a fate, or of all that would be sent: profiles first, then credentials.

    `limit` credentials from behind the position `after` on; the profiles come with the first page, `after` -1.
    """
    first = _profiles(connection, organization) if after < 0 else []
    first = [each for each in first if each.fate == fate or (fate is None and each.fate != "unchanged")]
    if fate == "held":
        return first + list(islice(_held(connection, organization, after), limit))
    items = list(credentials(connection, organization, after=after, limit=limit, which=_SELECTED[fate]))
    return first + _foreseen(connection, organization, items)


def _profiles(connection: Connection, organization: Organization) -> list[Foreseen]:
    return _foreseen(connection, organization, list(profiles(connection, organization)))


def _held(connection: Connection, organization: Organization, after: int = -1) -> Iterator[Foreseen]:
    """What waits for a profile that is neither approved nor published, or for another organization.

    Hardly ever is there either.
    """
    profiles_go = verification_services.present(connection, organization.id).keys() <= _sent_first(
        connection, organization
    )
    if profiles_go and not queries.any_unsent_of_another(connection, organization.id, organization.ctid):
        return
    items = list(credentials(connection, organization, after=after, which=statuses.UNSENT))
    yield from (each for each in _foreseen(connection, organization, items) if each.fate == "held")


def _foreseen(connection: Connection, organization: Organization, items: Sequence[Item]) -> list[Foreseen]:
    confirmed = _confirmed(connection, organization, items)
    sent_first = _sent_first(connection, organization)
    return [_one(item, confirmed, sent_first, other_owner(connection, organization, item)) for item in items]


def _one(item: Item, confirmed: Mapping[str, str], sent_first: frozenset[str], owner: OtherOwner | None) -> Foreseen:
    if confirmed.get(item.subject) == item.hash:
        return Foreseen(item, "unchanged")
    lacking = next((ctid for ctid in item.needs if ctid not in sent_first), None)
    if lacking:
        return Foreseen(item, "held", lacking)
    if owner:
        return Foreseen(item, "held", owner=owner)
    return Foreseen(item, "update" if item.subject in confirmed else "new")


def _confirmed(connection: Connection, organization: Organization, items: Sequence[Item]) -> dict[str, str]:
    return publications.confirmed(connection, organization.destination, [item.subject for item in items])


def _sent_first(connection: Connection, organization: Organization) -> frozenset[str]:
    """The profiles that are at the destination by the time credentials are sent."""
    there = verification_services.present(connection, organization.id)
    published = publications.confirmed(connection, organization.destination, list(there))
    approved = (each.ctid for each in verification_services.approved(connection, organization.id))
    return frozenset((*published, *approved))
