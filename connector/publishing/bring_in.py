"""Brings in what an organization has published before, so that no badge of it becomes a second record.

From its destination, which tells everything it holds; or from a file: documents as a registry stores them, or the table
that the Registry's publisher lets one download. What was brought in is then compared with the badges that wait.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection

from adapters.contract import AuthorizationExpired, PlatformRefused, PlatformUnavailable, Request
from connector.connections.platform import reached_in_public
from connector.credentials import existing, matching, verification_services
from connector.credentials.existing import Authority, Existing
from connector.organizations import destinations as organizations
from connector.organizations.accounts import Organization
from connector.problem import Problem, of_platform
from connector.publishing import publications, publisher_csv
from connector.publishing.approved import Kind
from connector.publishing.destinations import Destination, destination
from connector.settings import Settings
from connector.storage import Database
from mappings.canonical import digest
from mappings.ctdl.loading import credential_of, verification_service_of
from mappings.ctdl.model import Credential, VerificationServiceProfile
from mappings.ctdl.reading import Unreadable
from mappings.ctdl.shape import properties
from mappings.minimum_data import Finding

AT_ONCE, MOST_REASONS = 200, 5
LARGEST_BYTES = 64 * 1024 * 1024
_PROFILE = "ceterms:VerificationServiceProfile"
_FAILURES = (AuthorizationExpired, PlatformUnavailable, PlatformRefused)


@dataclass(slots=True)
class Report:
    """What came of bringing in: of the records, how many were new, changed, unchanged, or ours from a badge already.

    `profiles` counts verification service profiles; `left_out` says of everything else why it was not taken.
    """

    counts: Counter[str] = field(default_factory=Counter)
    profiles: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)
    suggestions: int = 0

    def as_json(self) -> dict[str, Any]:
        """The report as doors show it."""
        counts = {name: self.counts[name] for name in ("new", "changed", "unchanged", "ours")}
        return {
            "brought_in": "loaded",
            **counts,
            "verification_services": self.profiles,
            "left_out": self.left_out,
            "suggestions": self.suggestions,
        }


@dataclass(frozen=True, slots=True)
class _Into:
    """Where what is read goes, and where it was published: at a destination, or somewhere that nobody asks."""

    database: Database
    organization: Organization
    by: str
    authority: Authority = "registry"
    at: Destination | None = None


def from_destination(database: Database, settings: Settings, organization: Organization, *, by: str) -> Report:
    """Bring in what the organization's destination holds: approved and published as it stands there."""
    at = destination(database, settings, organization.destination)
    into = _Into(database, organization, by, at=at)
    report = Report()
    _take_in(into, _read(at.existing(organization.ctid), f"as {at.label} holds it", report), report)
    return _finished(into, report)


def from_file(
    database: Database,
    settings: Settings,
    organization: Organization,
    content: bytes,
    *,
    complete: bool = False,
    fetch: bool = False,
    by: str,
) -> Report:
    """Bring in what a file holds. With `fetch`, the documents of the CTIDs that a table names, from the Registry.

    A table tells part of a record: `complete` says that this file leaves nothing out. Problem where it is neither
    documents nor a table.
    """
    if len(content) > LARGEST_BYTES:
        message = f"The file has {len(content):,} bytes; {LARGEST_BYTES:,} are the most that is read."
        raise Problem("document_too_large", message, action="Split it, or load from the destination instead.")
    report = Report()
    if (documents := _documents(content)) is not None:
        into = _Into(database, organization, by)
        _take_in(into, _read(documents, "as the file holds it", report), report)
        return _finished(into, report)
    if not publisher_csv.is_table(content):
        raise Problem(
            "not_a_download",
            "The file holds neither documents of a registry nor a table with a column CTID.",
            action="Download your credentials from the publisher as CSV, or give graph documents as JSON.",
        )
    rows = publisher_csv.rows(content, organization.ctid)
    report.left_out += [{"ctid": "", "message": row.wrong} for row in rows if row.credential is None]
    if fetch:
        into = _Into(database, organization, by)
        ctids = [row.credential.ctid for row in rows if row.credential and row.credential.ctid]
        found = _fetched(settings, ctids, report)
        _take_in(into, _read(found, "as the Registry holds it", report), report)
    else:
        into = _Into(database, organization, by, authority="csv")
        _take_in(into, [_of_row(row, complete) for row in rows if row.credential], report)
    return _finished(into, report)


def declined(database: Database, organization: Organization, *, by: str) -> dict[str, Any]:
    """A person says that nothing was published before."""
    with database.transaction() as connection:
        organizations.note_brought_in(connection, organization.id, "declined", by=by)
        return {"brought_in": organizations.brought_in(connection, organization.id).answer}


def _documents(content: bytes) -> list[Any] | None:
    """The documents of a file, as they are or in envelopes: one, an array, or one a line; None where it is no JSON."""
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if text[:1] not in (b"{", b"["):
        return None
    try:
        held = orjson.loads(text)
        found = held if isinstance(held, list) else [held]
    except orjson.JSONDecodeError:
        try:
            found = [orjson.loads(line) for line in text.splitlines() if line.strip()]
        except orjson.JSONDecodeError as wrong:
            message = f"The file is no JSON: {wrong}."
            raise Problem("not_json", message, action="Give one document, an array, or one document a line.") from None
    return [each.get("decoded_resource", each) if isinstance(each, dict) else each for each in found]


def _read(documents: Iterable[Any], rule: str, report: Report) -> Iterator[Existing | VerificationServiceProfile]:
    """Credentials and profiles out of their documents; of what cannot be read, the report says why."""
    for document in documents:
        try:
            if _class(document) == _PROFILE:
                yield verification_service_of(document)
            else:
                yield Existing(credential_of(document), rule)
        except Unreadable as unread:
            name = str(document.get("@id", "")) if isinstance(document, dict) else ""
            report.left_out.append({"ctid": name.rpartition("/")[2], "message": str(unread)})


def _class(document: Any) -> str:
    nodes = document.get("@graph", [document]) if isinstance(document, dict) else []
    return str(nodes[0].get("@type", "")) if nodes and isinstance(nodes[0], dict) else ""


def _of_row(row: publisher_csv.Row, complete: bool) -> Existing:
    assert row.credential
    findings: tuple[Finding, ...] = ()
    if not complete:
        lacking = f" The columns {', '.join(row.left_out)} were not taken over." if row.left_out else ""
        message = (
            f"The table does not tell all that the Registry may hold of it.{lacking} Load it from the Registry, or say "
            "that the file is complete; else publishing it could take away what the file does not tell."
        )
        findings = (Finding("ctid", "required", "partly_known", message),)
    return Existing(row.credential, f"row {row.number} of the table that was brought in", findings)


def _fetched(settings: Settings, ctids: Sequence[str], report: Report) -> Iterator[Any]:
    """The documents of these records in the public Registry; one that fails does not stop the rest."""
    with reached_in_public(settings.registry_url, settings.private_hosts) as http:
        for ctid in ctids:
            try:
                yield orjson.loads(http.get(Request(f"/graph/{ctid}")).body)
            except orjson.JSONDecodeError:
                report.left_out.append({"ctid": ctid, "message": "The Registry's answer is no JSON."})
            except _FAILURES as failed:
                report.left_out.append({"ctid": ctid, "message": of_platform(failed).message})


def _take_in(into: _Into, found: Iterable[Existing | VerificationServiceProfile], report: Report) -> None:
    """Take in portion by portion, each in a short transaction."""
    theirs = iter(found)
    while portion := list(islice(theirs, AT_ONCE)):
        credentials = [replace(each, published=into.at is not None) for each in portion if isinstance(each, Existing)]
        own = [each for each in credentials if _is_of(each.credential, into.organization.ctid)]
        found_profiles = [each for each in portion if isinstance(each, VerificationServiceProfile)]
        profiles = [each for each in found_profiles if _is_of(each, into.organization.ctid)]
        report.left_out += [_of_another(each.ctid) for each in credentials if each not in own]
        report.left_out += [_of_another(each.ctid or "") for each in found_profiles if each not in profiles]
        with into.database.transaction() as connection:
            published = into.at is not None
            kept = verification_services.bring_in(
                connection, into.organization, profiles, published=published, by=into.by
            )
            taken = existing.take_in(connection, into.organization, own, authority=into.authority, by=into.by)
            if into.at is not None:
                for profile in kept:
                    _note(connection, into, "verification_service", profile.ctid, profile.ctid, profile.approved_hash)
                for each in (one for one in own if one.ctid in taken.records):
                    held = digest({"ctid": each.ctid} | properties(each.credential))
                    _note(connection, into, "credential", taken.records[each.ctid], each.ctid, held)
        report.profiles += len(profiles)
        report.counts += taken.counts
        report.left_out += taken.refused


def _note(connection: Connection, into: _Into, kind: Kind, subject: str, ctid: str, held: str) -> None:
    """Remember that the destination holds a document with this content."""
    assert into.at
    publications.found_there(
        connection, into.organization.id, into.at.name, kind, subject, held=held, url=into.at.url(ctid)
    )


def _is_of(found: Credential | VerificationServiceProfile, owner: str) -> bool:
    """Whether something is the organization's, or names nobody else as whose it is."""
    owners = found.owned_by if isinstance(found, Credential) else ()
    named = [each for each in (*owners, *found.offered_by) if isinstance(each, str)]
    return not named or owner in named


def _of_another(ctid: str) -> dict[str, str]:
    return {"ctid": ctid, "message": "It is owned and offered by another organization."}


def _finished(into: _Into, report: Report) -> Report:
    """Compare what is there now with the badges that wait, and remember that it was brought in.

    Problem where a file held nothing of the organization: who gave it has not said yet what was published before.
    """
    if into.at is None and not (report.counts or report.profiles):
        raise _nothing(report)
    with into.database.transaction() as connection:
        report.suggestions = matching.look(connection, into.organization.id)
        organizations.note_brought_in(connection, into.organization.id, "loaded", by=into.by)
    return report


def _nothing(report: Report) -> Problem:
    reasons = dict.fromkeys(each["message"] for each in report.left_out)
    return Problem(
        "nothing_brought_in",
        " ".join(["The file holds nothing that can be brought in.", *islice(reasons, MOST_REASONS)]),
        action="Give the download of this organization; if it has published nothing before, decline instead.",
    )
