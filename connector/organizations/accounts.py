"""Organizations: add, approve, find by what people call them."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Row, insert, or_, select, update

from connector.clock import stamp
from connector.organizations.tables import organization
from connector.problem import Problem
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.reading import is_url


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
    _refuse_unless(bool(name), "name", "An organization needs a name.")
    _refuse_unless(is_ctid(ctid), "ctid", f"{ctid!r} is no CTID: ce- and a UUID are expected.")
    _refuse_unless(is_url(website), "website", f"{website!r} is no absolute web address.")
    _refuse_unless(len(description.strip()) >= 15, "description", "The description needs 15 or more characters.")
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


def find(connection: Connection, called: str) -> Organization:
    """The organization with this id, CTID or unique name. Problem where there is none, or more than one."""
    is_it = or_(organization.c.ctid == called.strip().lower(), organization.c.name == called.strip())
    if called.strip().isdecimal() and len(called) < 10:
        is_it = or_(is_it, organization.c.id == int(called))
    rows = connection.execute(select(organization).where(is_it)).all()
    rows = [row for row in rows if str(row.id) == called.strip()] or rows
    if len(rows) == 1:
        return _read(rows[0])
    if rows:
        raise Problem(
            "organization_ambiguous",
            f"{len(rows)} organizations are called {called!r}.",
            action="Name it by its id or CTID: badge-connector organizations list",
        )
    raise Problem(
        "organization_not_found",
        f"There is no organization {called!r}.",
        action="See which there are: badge-connector organizations list",
    )


def _refuse_unless(fits: bool, field: str, message: str) -> None:
    if not fits:
        raise Problem("invalid_organization", message, action=f"Correct the {field} and try again.")


def _read(row: Row[tuple[object, ...]]) -> Organization:
    return Organization(**{name: getattr(row, name) for name in Organization.__slots__})
