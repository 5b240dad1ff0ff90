"""Organizations: add, approve, find by what people call them."""

from collections.abc import Iterable, Set
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Row, insert, or_, select, update

from connector.clock import stamp
from connector.organizations.tables import organization
from connector.problem import Problem
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.reading import is_url
from mappings.minimum_data import SHORTEST_DESCRIPTION


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization account. `destination` is where its approved records go; approval is by site staff."""

    id: int
    name: str
    ctid: str
    website: str
    description: str
    destination: str
    approved_at: str | None
    approved_by: str | None

    @property
    def is_approved(self) -> bool:
        """Whether anything of it may be published."""
        return self.approved_at is not None

    def as_json(self) -> dict[str, object]:
        """The account as doors show it."""
        return asdict(self) | {"approved": self.is_approved}


def add(connection: Connection, *, name: str, ctid: str, website: str, description: str) -> Organization:
    """Make an organization account; the same CTID again with the same name is the account that is there."""
    name, ctid, website = name.strip(), ctid.strip().lower(), website.strip()
    wrong = _wrong(name, ctid, website, description.strip())
    if wrong:
        action = f"Correct the {', '.join(wrong)} and try again."
        raise Problem("invalid_organization", " ".join(wrong.values()), action=action, fields=wrong)
    there = connection.execute(select(organization).where(organization.c.ctid == ctid)).one_or_none()
    if there:
        if there.name == name:
            return _read(there)
        raise Problem(
            "organization_exists",
            f"The CTID {ctid} already belongs to {there.name}.",
            action="Use that organization, or check the CTID.",
        )
    made = connection.execute(
        insert(organization)
        .values(
            name=name,
            ctid=ctid,
            website=website,
            description=description.strip(),
            destination="local",
            created_at=stamp(),
        )
        .returning(organization)
    )
    return _read(made.one())


def approve(connection: Connection, found: Organization, *, by: str) -> Organization:
    """Site staff approve an organization; approving it again changes nothing."""
    if not found.is_approved:
        connection.execute(
            update(organization).where(organization.c.id == found.id).values(approved_at=stamp(), approved_by=by)
        )
    return find(connection, str(found.id))


def every(connection: Connection) -> list[Organization]:
    """All organizations, oldest first."""
    return [_read(row) for row in connection.execute(select(organization).order_by(organization.c.id))]


def by_ctid(connection: Connection, ctids: Iterable[str]) -> dict[str, Organization]:
    """Those of the organizations that have an account here, by CTID."""
    wanted = list(ctids)
    if not wanted:
        return {}
    rows = connection.execute(select(organization).where(organization.c.ctid.in_(wanted)))
    return {row.ctid: _read(row) for row in rows}


def find(connection: Connection, called: str, *, among: Set[int] | None = None) -> Organization:
    """The organization with this id, CTID or unique name. Problem where there is none, or more than one.

    With `among`, others than those with these ids are not there.
    """
    is_it = or_(organization.c.ctid == called.strip().lower(), organization.c.name == called.strip())
    if called.strip().isdecimal() and len(called) < 10:
        is_it = or_(is_it, organization.c.id == int(called))
    rows = connection.execute(select(organization).where(is_it)).all()
    rows = [row for row in rows if among is None or row.id in among]
    rows = [row for row in rows if str(row.id) == called.strip()] or rows
    if len(rows) == 1:
        return _read(rows[0])
    if rows:
        raise Problem(
            "organization_ambiguous",
            f"{len(rows)} organizations are called {called!r}.",
            action="Name it by its id or CTID: badge-connector organizations list",
        )
    raise unknown(called)


def unknown(called: str) -> Problem:
    """The problem of an organization that is not there, or not for whoever asks."""
    return Problem(
        "organization_not_found",
        f"There is no organization {called!r}.",
        action="See which there are: badge-connector organizations list",
    )


def _wrong(name: str, ctid: str, website: str, description: str) -> dict[str, str]:
    """A sentence for each value that will not do."""
    checks = {
        "name": (bool(name), "An organization needs a name."),
        "ctid": (is_ctid(ctid), _said(ctid, "A CTID is needed", "is no CTID", "ce- and a UUID")),
        "website": (is_url(website), _said(website, "A website is needed", "is no web address", "https:// and a host")),
        "description": (len(description) >= SHORTEST_DESCRIPTION, "The description needs 15 or more characters."),
    }
    return {field: message for field, (fits, message) in checks.items() if not fits}


def _said(given: str, missing: str, wrong: str, expected: str) -> str:
    return f"{f'{given!r} {wrong}' if given else missing}: {expected} are expected."


def _read(row: Row[tuple[object, ...]]) -> Organization:
    return Organization(**{name: getattr(row, name) for name in Organization.__slots__})


def mapping_edition(connection: Connection, organization_id: int) -> int:
    """How often an organization has changed what it decided about its mappings."""
    query = select(organization.c.mapping_edition).where(organization.c.id == organization_id)
    return int(connection.execute(query).scalar_one())


def next_mapping_edition(connection: Connection, organization_id: int) -> None:
    """What the organization decided about its mappings has changed: they are of another edition from now on."""
    later = {"mapping_edition": organization.c.mapping_edition + 1}
    connection.execute(update(organization).where(organization.c.id == organization_id).values(later))
