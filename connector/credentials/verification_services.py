"""Verification service profiles: written by the crosswalk, found in a registry, or made by hand; edited and approved.

A profile holds what was mapped or found, with a person's edits on top: the edit wins, and where the value under it has
moved away from what the person decided against, the two are in conflict. Its first approval comes along with the first
credential that names it; once a person has approved it, what changes afterwards waits for a person again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from sqlalchemy import ColumnElement, Connection, Row, case, delete, insert, select, update

from connector.clock import stamp
from connector.connections import accounts
from connector.connections.identity import Voucher
from connector.credentials import records
from connector.credentials.mapping import context
from connector.credentials.merge import merged
from connector.credentials.tables import edit as edit_table
from connector.credentials.tables import profile_choice, record, source_identity
from connector.credentials.tables import verification_service as table
from connector.organizations import accounts as organizations
from connector.organizations.accounts import Organization
from connector.problem import Problem
from mappings.canonical import digest
from mappings.crosswalk.verification_service import verification_service
from mappings.ctdl import reading
from mappings.ctdl.ctid import verification_service_ctid
from mappings.ctdl.graph import verification_service_graph
from mappings.ctdl.model import VerificationServiceProfile
from mappings.ctdl.shape import by_name, from_properties, properties
from mappings.minimum_data import Finding, label, profile_findings

LANGUAGE = "en-US"
NAMES = "usesVerificationService"


class Approved(NamedTuple):
    """A profile as a person approved it."""

    ctid: str
    approved_hash: str
    profile: VerificationServiceProfile


class Using(NamedTuple):
    """A credential that names a profile."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ProfileEdit:
    """A person's word on one property: `set` it to `value`, or `remove` it.

    `base` is the mapped or found value it was decided against, `mapped` that value now; None where there is none.
    """

    op: str
    value: Any
    base: Any
    by: str
    at: str
    mapped: Any

    @property
    def in_conflict(self) -> bool:
        """Whether the value under the edit is neither what it was decided against nor what it says."""
        wanted = self.value if self.op == "set" else None
        return digest(self.mapped) not in (digest(self.base), digest(wanted))


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as it is now. `authority` is the platform it is ours for; None where it was found or made by hand."""

    ctid: str
    organization_id: int
    authority: str | None
    properties: Mapping[str, Any]
    content_hash: str
    approved_hash: str | None
    approved_by: str | None
    approved_at: str | None
    published_hash: str | None
    edits: Mapping[str, ProfileEdit]

    @property
    def node(self) -> VerificationServiceProfile:
        """The profile in CTDL's terms."""
        return _profile(self.ctid, self.properties)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What it lacks."""
        return profile_findings(self.node)

    @property
    def statuses(self) -> tuple[str, ...]:
        """The words of a record's life that hold for it; none of them: it waits for its first approval."""
        held = {
            "incomplete": any(each.severity == "required" for each in self.findings),
            "conflict": any(each.in_conflict for each in self.edits.values()),
            "approved": self.approved_hash == self.content_hash,
            "needs_reapproval": self.approved_hash not in (None, self.content_hash),
            "published": self.published_hash is not None,
            "needs_republishing": None not in (self.published_hash, self.approved_hash)
            and self.published_hash != self.approved_hash,
        }
        return tuple(name for name, holds in held.items() if holds)

    @property
    def name(self) -> str:
        """A profile has no name of its own: it is called by where people look a badge up."""
        node = self.node
        host = next(filter(None, map(_host, (*node.verification_directory, *node.verification_service))), None)
        return f"Verification at {host}" if host else "Verification service profile"

    def as_json(self, registry: str) -> dict[str, Any]:
        """The profile as doors show it, with the document that would be published."""
        return {
            "ctid": self.ctid,
            "organization": self.organization_id,
            "name": self.name,
            "platform": self.authority,
            "statuses": list(self.statuses),
            "content_hash": self.content_hash,
            "properties": dict(self.properties),
            "edits": {
                name: {"op": e.op, "value": e.value, "mapped": e.mapped, "by": e.by, "at": e.at}
                for name, e in self.edits.items()
            },
            "findings": [each._asdict() | {"label": label(each.property)} for each in self.findings],
            "conflicts": [
                {"property": name, "base": e.base, "mapped": e.mapped, "edited": e.value}
                for name, e in self.edits.items()
                if e.in_conflict
            ],
            "approved_by": self.approved_by,
            "approved_at": self.approved_at,
            "ctdl": verification_service_graph(self.node, registry),
        }


def ensure(connection: Connection, organization: Organization, vouches: Voucher) -> None:
    """Have the organization's profile for a platform: as the crosswalk writes it now, with people's edits on top.

    Writes only what differs.
    """
    profile = verification_service(context(vouches, organization))
    assert profile is not None
    assert profile.ctid
    there = _stored(connection, profile.ctid)
    if there is not None and there.authority is None:
        there = _claimed(connection, there, organization, vouches.key.authority)
    if there is None:
        _insert(connection, organization, profile.ctid, properties(profile), authority=vouches.key.authority)
    else:
        _move(connection, there, properties(profile))


def bring_in(
    connection: Connection,
    organization: Organization,
    profiles: Iterable[VerificationServiceProfile],
    *,
    published: bool = True,
    by: str,
) -> list[Approved]:
    """Take in profiles that a registry holds for the organization: approved and published as they were found.

    Without `published`, a file holds them, and nobody knows whether they stand so anywhere: they are neither. Those
    that are there already are brought up to what was found, under the edits that people made; our own for a platform
    stay as they are. Gives all that the registry holds as it is approved here.
    """
    found: list[Approved] = []
    for profile in profiles:
        if profile.ctid is None:
            continue
        values = properties(profile)
        there = _stored(connection, profile.ctid)
        if there is None:
            there = _insert(connection, organization, profile.ctid, values)
        elif there.organization_id != organization.id:
            continue
        elif there.authority is None:
            there = _move(connection, there, values)
        if published and there.authority is None and not there.edits:
            _approve(connection, [there.ctid], by=by)
        if published and there.authority is None:
            confirm(connection, there.ctid, digest(values))
        found += [each for each in _approved(connection, table.c.ctid == there.ctid) if _holds(each, values)]
    return found


def make(
    connection: Connection,
    organization: Organization,
    values: Mapping[str, Any],
    *,
    language: str = LANGUAGE,
    by: str,
) -> Profile:
    """Make a profile by hand, with a CTID of its own; offered by the organization unless the values say otherwise.

    Problem with every value that cannot be read.
    """
    ctid = f"ce-{uuid4()}"
    made = _insert(connection, organization, ctid, {"offeredBy": [organization.ctid]})
    if not values:
        return made
    return edit(connection, ctid, set_json=values.items(), language=language, by=by)


def listed(connection: Connection, organization_id: int) -> list[Profile]:
    """The profiles of an organization: those for platforms first, then those that were found or made."""
    rows = connection.execute(select(table).where(table.c.organization_id == organization_id)).all()
    return sorted(map(_read, rows), key=lambda each: (each.authority is None, each.authority or "", each.ctid))


def one(connection: Connection, ctid: str) -> Profile:
    """The profile with this CTID. Problem where there is none."""
    found = _stored(connection, ctid.strip().lower())
    if found is None:
        raise unknown(ctid)
    return found


def unknown(ctid: str) -> Problem:
    """The problem of a profile that is not there, or not for whoever asks."""
    return Problem(
        "profile_not_found",
        f"There is no verification service profile {ctid!r}.",
        action="See which there are: badge-connector profiles list ORG",
    )


def edit(
    connection: Connection,
    ctid: str,
    *,
    set_json: Iterable[tuple[str, Any]] = (),
    unset: Iterable[str] = (),
    language: str = LANGUAGE,
    seen: str | None = None,
    by: str,
) -> Profile:
    """Set properties of a profile (None removes one), or withdraw edits so that the mapped or found value returns.

    Plain text becomes text in `language`. With `seen`, a content hash, only where that is still its content. Problem
    with every value that cannot be read.
    """
    there = one(connection, ctid)
    if seen is not None and seen != there.content_hash:
        raise _changed()
    wrong: dict[str, str] = {}
    edits, at = dict(there.edits), stamp()
    for name in unset:
        edits.pop(name, None)
        wrong |= {} if name in by_name(VerificationServiceProfile) else {name: _no_property(name)}
    for name, given in set_json:
        mapped = _mapped(there, name)
        try:
            value = None if given is None else _value(name, given, language)
        except reading.Unreadable as unread:
            wrong[name] = " ".join(unread.problems)
            continue
        edits[name] = ProfileEdit("remove" if value is None else "set", value, mapped, by, at, mapped)
    if wrong:
        action = "Correct the values; nothing was changed."
        raise Problem("invalid_value", " ".join(wrong.values()), action=action, fields=wrong)
    return _write(connection, there, _under_edits(there), edits)


def approve_seen(connection: Connection, organization_id: int, seen: Mapping[str, str], *, by: str) -> dict[str, Any]:
    """Approve profiles of an organization, each as it was seen: content hashes by CTID.

    Those that changed meanwhile or lack something required are refused, with the reason.
    """
    there = {each.ctid: each for each in listed(connection, organization_id)}
    refused = [
        {"ctid": ctid, "code": why.code, "message": why.message}
        for ctid, hash_seen in seen.items()
        if (why := _against(there.get(ctid), ctid, hash_seen))
    ]
    fit = [ctid for ctid in seen if ctid not in {each["ctid"] for each in refused}]
    _approve(connection, fit, by=by)
    return {"approved": len(fit), "refused": refused}


def approve(connection: Connection, ctids: set[str], *, by: str) -> None:
    """Approve profiles for the first time, along with the credentials a person approves that name them."""
    never = select(table.c.ctid).where(table.c.ctid.in_(ctids), table.c.approved_hash.is_(None))
    _approve(connection, [row.ctid for row in connection.execute(never)], by=by)


def lacking(connection: Connection, organization_ids: Iterable[int]) -> dict[str, str]:
    """The profiles that no credential can be approved with, since they lack something required: why, by CTID."""
    found = {}
    for each in (profile for theirs in organization_ids for profile in listed(connection, theirs)):
        missing = [finding.message for finding in each.findings if finding.severity == "required"]
        if missing:
            said = " ".join(missing)
            found[each.ctid] = f"It names the profile {each.name} ({each.ctid}), which is not complete: {said}"
    return found


def confirm(connection: Connection, ctid: str, published_hash: str | None) -> None:
    """Remember what the organization's destination holds."""
    connection.execute(update(table).where(table.c.ctid == ctid).values(published_hash=published_hash))


def approved(connection: Connection, organization_id: int) -> list[Approved]:
    """The profiles of an organization that are approved, each as it was approved."""
    return _approved(connection, table.c.organization_id == organization_id)


def present(connection: Connection, organization_id: int) -> dict[str, VerificationServiceProfile]:
    """The profiles of an organization as they are now, by CTID."""
    return {each.ctid: each.node for each in listed(connection, organization_id)}


def used(connection: Connection, organization_id: int) -> dict[str, list[Using]]:
    """The credentials that name each profile, by its CTID, in source order.

    Those of a platform name the profile that holds for it, unless a person has edited that.
    """
    of = edit_table.c
    query = select(of.record_id).join(record, record.c.id == of.record_id).distinct()
    query = query.where(record.c.organization_id == organization_id, of.property == NAMES)
    edits = records.edits_of(connection, list(connection.scalars(query)))
    found: defaultdict[str, list[Using]] = defaultdict(list)
    for using, mapped in _names_mapped(connection, organization_id):
        theirs = [each for each in edits.get(using.id, ()) if each.property == NAMES]
        for name in merged(NAMES, mapped, theirs) or ():
            if isinstance(name, str):
                found[name].append(using)
    return dict(found)


def platforms(connection: Connection, organization_id: int) -> dict[str, str]:
    """The platforms that an organization has badges of: what each is called, by its authority."""
    s = source_identity.c
    query = select(s.authority).where(s.organization_id == organization_id, s.connection_id.is_not(None)).distinct()
    called = {}
    for account in accounts.every(connection, organization_id):
        if accounts.is_installed(account):
            reader = accounts.reader_of(account)
            called[reader.authority()] = reader.name
    return {row.authority: called.get(row.authority, row.authority) for row in connection.execute(query)}


def platform(connection: Connection, organization_id: int, called: str) -> str:
    """The authority of a platform by its name, or by itself. Problem where the organization has no badge of it."""
    known = platforms(connection, organization_id)
    for authority, name in known.items():
        if called.strip().casefold() in (authority.casefold(), name.casefold()):
            return authority
    there = f"there are: {', '.join(known.values())}" if known else "there is none yet"
    message = f"This organization has no badges of {called!r}; {there}."
    raise Problem("platform_unknown", message, action="Name one of them.", fields={"platform": message})


def choices(connection: Connection, organization_id: int) -> dict[str, str]:
    """The profiles that were chosen in the place of our own: CTIDs by the authority of the platform."""
    query = select(profile_choice).where(profile_choice.c.organization_id == organization_id)
    return {row.authority: row.ctid for row in connection.execute(query)}


def choice(connection: Connection, organization: Organization, authority: str, ctid: str) -> dict[str, str]:
    """The choices as they would be with this profile for a platform's credentials; our own needs no choice.

    Problem where the organization has no such profile.
    """
    profile = one(connection, ctid)
    if profile.organization_id != organization.id:
        raise unknown(ctid)
    others = {key: kept for key, kept in choices(connection, organization.id).items() if key != authority}
    own = verification_service_ctid(organization.ctid, authority)
    return others if profile.ctid == own else others | {authority: profile.ctid}


def keep_choice(connection: Connection, organization: Organization, authority: str, ctid: str, *, by: str) -> None:
    """Write down which profile credentials of a platform name, in the place of what was chosen before."""
    wanted = choice(connection, organization, authority, ctid)
    is_it = (profile_choice.c.organization_id == organization.id) & (profile_choice.c.authority == authority)
    connection.execute(delete(profile_choice).where(is_it))
    if authority in wanted:
        values = {"ctid": wanted[authority], "chosen_by": by, "chosen_at": stamp()}
        connection.execute(
            insert(profile_choice).values(organization_id=organization.id, authority=authority, **values)
        )


def _stored(connection: Connection, ctid: str) -> Profile | None:
    row = connection.execute(select(table).where(table.c.ctid == ctid)).one_or_none()
    return _read(row) if row else None


def _read(row: Row[Any]) -> Profile:
    edits = {name: ProfileEdit(**each) for name, each in (row.edits or {}).items()}
    columns = [name for name in Profile.__slots__ if name != "edits"]
    return Profile(**{name: getattr(row, name) for name in columns}, edits=edits)


def _insert(
    connection: Connection,
    organization: Organization,
    ctid: str,
    values: dict[str, Any],
    authority: str | None = None,
) -> Profile:
    columns = {"organization_id": organization.id, "authority": authority}
    held = {"properties": values, "content_hash": digest(values)}
    connection.execute(insert(table).values(ctid=ctid, **columns, **held))
    return one(connection, ctid)


def _claimed(connection: Connection, there: Profile, organization: Organization, authority: str) -> Profile:
    """A profile that was brought in under the CTID that only ours for a platform has: it is that one.

    Where another organization brought it in, what that one decided about it does not count.
    """
    values: dict[str, Any] = {"organization_id": organization.id, "authority": authority}
    if there.organization_id != organization.id:
        values |= dict.fromkeys(
            ("edits", "approved_hash", "approved_properties", "approved_by", "approved_at", "published_hash")
        )
    connection.execute(update(table).where(table.c.ctid == there.ctid).values(**values))
    return one(connection, there.ctid)


def _move(connection: Connection, there: Profile, mapped: Mapping[str, Any]) -> Profile:
    """Bring a profile up to what is mapped or found now; a person's edits stay on top."""
    edits = {name: replace(each, mapped=mapped.get(name)) for name, each in there.edits.items()}
    return _write(connection, there, mapped, edits)


def _write(
    connection: Connection, there: Profile, mapped: Mapping[str, Any], edits: Mapping[str, ProfileEdit]
) -> Profile:
    """Write what differs of a profile's values under its edits, and of these."""
    held = dict(mapped)
    for name, each in edits.items():
        held.pop(name, None)
        if each.op == "set":
            held[name] = each.value
    if digest(held) == there.content_hash and edits == there.edits:
        return there
    kept = {name: {field: getattr(each, field) for field in ProfileEdit.__slots__} for name, each in edits.items()}
    values = {"properties": held, "content_hash": digest(held), "edits": kept or None}
    connection.execute(update(table).where(table.c.ctid == there.ctid).values(**values))
    return one(connection, there.ctid)


def _under_edits(there: Profile) -> dict[str, Any]:
    """What was mapped or found, without anybody's edits."""
    names = dict.fromkeys((*there.properties, *there.edits))
    mapped = {name: _mapped(there, name) for name in names}
    return {name: value for name, value in mapped.items() if value is not None}


def _mapped(there: Profile, name: str) -> Any:
    return there.edits[name].mapped if name in there.edits else there.properties.get(name)


def _value(name: str, given: Any, language: str) -> Any:
    if name not in by_name(VerificationServiceProfile):
        raise reading.Unreadable([_no_property(name)])
    read = reading.profile({name: given}, ctid=None, language=language)
    return properties(read).get(name)


def _no_property(name: str) -> str:
    known = ", ".join(by_name(VerificationServiceProfile))
    return f"{name!r} is no property of a verification service profile; there are: {known}."


def _against(profile: Profile | None, ctid: str, seen: str) -> Problem | None:
    """Why a profile cannot be approved as it was seen; None where it can."""
    if profile is None:
        return unknown(ctid)
    if profile.content_hash != seen:
        return _changed()
    missing = [each.message for each in profile.findings if each.severity == "required"]
    if missing:
        return Problem("incomplete", " ".join(missing), action="Complete it first.")
    return None


def _changed() -> Problem:
    message = "The profile changed while you looked. Look again, then decide."
    return Problem("changed_while_you_looked", message, action="Look at the profile again; nothing was changed.")


def _approve(connection: Connection, ctids: Iterable[str], *, by: str) -> None:
    connection.execute(
        update(table)
        .where(table.c.ctid.in_(list(ctids)), table.c.approved_hash.is_distinct_from(table.c.content_hash))
        .values(
            approved_hash=table.c.content_hash,
            approved_properties=table.c.properties,
            approved_by=by,
            approved_at=stamp(),
        )
    )


def _approved(connection: Connection, which: ColumnElement[bool]) -> list[Approved]:
    t = table.c
    query = select(t.ctid, t.approved_hash, t.approved_properties).where(which, t.approved_hash.is_not(None))
    rows = connection.execute(query.order_by(t.authority.is_(None), t.authority, t.ctid))
    return [Approved(row.ctid, row.approved_hash, _profile(row.ctid, row.approved_properties)) for row in rows]


def _holds(each: Approved, values: Mapping[str, Any]) -> bool:
    """Whether what a registry holds of a profile is what is approved here."""
    return each.approved_hash == digest(values)


def _names_mapped(connection: Connection, organization_id: int) -> Iterator[tuple[Using, list[str]]]:
    """The credentials of an organization with the profiles they name before anybody's edits, in source order."""
    chosen = choices(connection, organization_id)
    holder = organizations.find(connection, str(organization_id)).ctid
    r, s = record.c, source_identity.c
    brought_in = case((s.connection_id.is_(None), s.definition))
    query = (
        select(r.id, r.name, s.authority, s.connection_id, brought_in.label("definition"))
        .join(source_identity, s.record_id == r.id)
        .where(r.organization_id == organization_id, s.is_primary, r.ctid.is_not(None), r.represented_by.is_(None))
        .order_by(r.position)
    )
    for row in connection.execute(query):
        if row.connection_id is None:
            names = orjson.loads(row.definition)["properties"].get(NAMES, [])
        else:
            names = [chosen.get(row.authority) or verification_service_ctid(holder, row.authority)]
        yield Using(row.id, row.name), names


def _host(address: str) -> str | None:
    return urlsplit(address).hostname


def _profile(ctid: str, values: Mapping[str, Any]) -> VerificationServiceProfile:
    return from_properties(VerificationServiceProfile, values, ctid=ctid)
