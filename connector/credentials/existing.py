"""Credentials that an organization has published before, brought in as they stand, each under its own CTID.

They come from no platform: the source of such a record has the authority `registry` or `csv` and no connection. What
they are known by is kept beside them as match keys, so that a badge can be recognised as one of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from adapters.contract import BadgeKey
from connector.connections.identity import of_address
from connector.credentials import records
from connector.credentials.intake import record_id
from connector.credentials.mapping import loaded
from connector.credentials.records import slices
from connector.credentials.state import BroughtIn, Record, SourceChanged, decide
from connector.credentials.tables import match_key, record, source_identity
from connector.organizations.accounts import Organization, mapping_edition
from mappings.canonical import digest
from mappings.crosswalk.credential import Mapped, Note
from mappings.ctdl.model import Credential
from mappings.ctdl.reading import is_url
from mappings.ctdl.shape import properties
from mappings.minimum_data import Finding

Authority = Literal["registry", "csv"]
BEFORE_EVERY_RUN = 10**9
"""Records that were brought in stand before all that runs bring, whose places begin here."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A credential as it stands elsewhere; `rule` says where. `published`: it stands so at the organization's own."""

    credential: Credential
    rule: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    published: bool = False

    @property
    def ctid(self) -> str:
        """What it is known by."""
        assert self.credential.ctid
        return self.credential.ctid

    @property
    def definition(self) -> bytes:
        """What is kept of it, in the form that `mapping.loaded` reads."""
        held = {
            "properties": properties(self.credential),
            "rule": self.rule,
            "findings": [list(each) for each in self.findings],
            "notes": [list(each) for each in self.notes],
        }
        return orjson.dumps(held)


class Taken(NamedTuple):
    """What became of what was brought in: ids of its records by CTID; how many were new, changed, unchanged, ours.

    `refused` says of each that was not taken why.
    """

    records: dict[str, str]
    counts: Counter[str]
    refused: list[dict[str, str]]


def take_in(
    connection: Connection, organization: Organization, found: Sequence[Existing], *, authority: Authority, by: str
) -> Taken:
    """Have a record of each, the ones that are there brought up to date; `ours` are those that come from a badge.

    What a file says of a record that was read from the registry is less, and left alone.
    """
    there = _there(connection, [each.ctid for each in found])
    edition = mapping_edition(connection, organization.id)
    taken = Taken({}, Counter(), [])
    new: list[tuple[Existing, Mapped]] = []
    for each in {one.ctid: one for one in found}.values():
        mapped = loaded(each.definition, ctid=each.ctid, edition=edition)
        row = there.get(each.ctid)
        if row is None:
            new.append((each, mapped))
            taken.records[each.ctid] = record_id(organization, BadgeKey("registry", each.ctid))
            taken.counts["new"] += 1
        elif row.organization_id != organization.id:
            taken.refused.append({"ctid": each.ctid, "message": "It is a credential of another organization here."})
        elif row.connection_id is not None:
            taken.counts["ours"] += 1
        else:
            taken.records[each.ctid] = row.id
            taken.counts[_updated(connection, organization, row, each, mapped, authority, by)] += 1
    if new:
        _insert(connection, organization, new, taken.records, authority, by)
    return taken


def keys(credential: Credential, website: str | None) -> set[str]:
    """What a credential is known by: badges and ids it names, its page unless that is the home page, its names."""
    codes = [each.identifier_value_code for each in credential.identifier if each.identifier_value_code]
    known = {id_key(each) for each in (credential.credential_id, *credential.same_as, *codes) if each}
    known |= {f"name:{text}" for text in _names(credential)}
    if page := page_key(credential.subject_webpage, website):
        known.add(page)
    return known


def id_key(text: str) -> str:
    """An identifier as it is compared: of an address, whose badge it is, however it is spelled."""
    return badge_key(of_address(text).key) if is_url(text) else f"id:{text.strip().casefold()}"


def badge_key(key: BadgeKey) -> str:
    """A badge as it is compared."""
    return f"badge:{key}"


def page_key(page: str | None, website: str | None) -> str | None:
    """A page as it is compared; None of a home page, which is about no credential in particular."""
    if not page or not is_url(page):
        return None
    key = of_address(page).key
    return None if website and key == of_address(website).key else f"page:{key}"


def _names(credential: Credential) -> Iterator[str]:
    yield from (credential.name or {}).values()
    for texts in (credential.alternate_name or {}).values():
        yield from texts


def _there(connection: Connection, ctids: Sequence[str]) -> dict[str, Row[Any]]:
    s = source_identity.c
    columns = (*record.c, s.id.label("source"), s.authority, s.connection_id, s.source_hash)
    query = select(*columns).join(source_identity, s.record_id == record.c.id).where(s.is_primary)
    rows = (row for some in slices(ctids) for row in connection.execute(query.where(record.c.ctid.in_(some))))
    return {row.ctid: row for row in rows}


def _free_place(connection: Connection, organization: Organization) -> int:
    theirs = (record.c.organization_id == organization.id) & (record.c.position < BEFORE_EVERY_RUN)
    last = connection.execute(select(func.max(record.c.position)).where(theirs)).scalar_one()
    return 0 if last is None else int(last) + 1


def _insert(
    connection: Connection,
    organization: Organization,
    new: Sequence[tuple[Existing, Mapped]],
    ids: Mapping[str, str],
    authority: Authority,
    by: str,
) -> None:
    place = _free_place(connection, organization)
    issuer = {"id": organization.ctid, "name": organization.name, "url": organization.website}
    of_it = {"organization_id": organization.id}
    rows, sources, settled = [], [], []
    for position, (each, mapped) in enumerate(new, place):
        made = ids[each.ctid]
        before = Record(mapped=mapped, organization_website=organization.website)
        changes = decide(before, BroughtIn(mapped) if each.published else SourceChanged(mapped))
        rows.append({"id": made, "position": position, "revision": 0, **of_it, **records.columns(changes)})
        source = {"badge_id": each.ctid, "record_id": made, "connection_id": None, "is_primary": True, "issuer": issuer}
        sources.append(source | of_it | _source(each, authority))
        if each.published:
            settled.append((made, before, changes, BroughtIn.__name__))
    connection.execute(insert(record), rows)
    connection.execute(insert(source_identity), sources)
    records.write(connection, settled, by=by)
    keep_keys(connection, organization, {ids[each.ctid]: each.credential for each, _ in new})


def _updated(
    connection: Connection,
    organization: Organization,
    row: Row[Any],
    each: Existing,
    mapped: Mapped,
    authority: Authority,
    by: str,
) -> str:
    """Bring a record up to date with what stands elsewhere; whether it was `changed`, or `unchanged`."""
    source = _source(each, authority)
    less = authority == "csv" and row.authority == "registry"
    confirmed = each.published and digest({"ctid": each.ctid} | properties(each.credential)) == row.published_hash
    if less or confirmed or source["source_hash"] == row.source_hash:
        return "unchanged"
    edits = records.edits_of(connection, [row.id])[row.id]
    before = records.stored(row, mapped=mapped, edits=edits, organization_website=organization.website)
    event = BroughtIn(mapped) if each.published else SourceChanged(mapped)
    connection.execute(update(source_identity).where(source_identity.c.id == row.source).values(**source))
    records.write(connection, [(row.id, before, decide(before, event), type(event).__name__)], by=by)
    keep_keys(connection, organization, {row.id: each.credential})
    return "changed"


def keep_keys(connection: Connection, organization: Organization, of: dict[str, Credential]) -> None:
    """Keep what these records, by id, are known by."""
    for some in slices(list(of)):
        connection.execute(delete(match_key).where(match_key.c.record_id.in_(some)))
    rows = [
        {"record_id": each, "key": key, "organization_id": organization.id}
        for each, credential in of.items()
        for key in sorted(keys(credential, organization.website))
    ]
    if rows:
        connection.execute(insert(match_key), rows)


def _source(each: Existing, authority: Authority) -> dict[str, Any]:
    definition = each.definition
    return {"authority": authority, "definition": definition, "source_hash": digest(orjson.loads(definition))}
