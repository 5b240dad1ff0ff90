"""Records as files: one CTDL document each, or one CSV for all."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, not_

from connector.credentials import queries, records, statuses, verification_services
from connector.credentials.tables import record
from connector.organizations.accounts import Organization
from connector.problem import Problem
from mappings.ctdl import vocabulary
from mappings.ctdl.graph import credential_graph, verification_service_graph
from mappings.ctdl.model import Credential, VerificationServiceProfile

CSV_NAME = "credentials.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    connection: Connection, organization: Organization, *, form: str, to: Path, approved: bool, registry: str
) -> list[Path]:
    """Write an organization's complete records (with `approved`, the approved content only) into a folder.

    A file appears whole or not at all. Returns the files, sorted.
    """
    writer = _FORMS.get(form)
    if writer is None:
        raise Problem("format_unknown", f"There is no format {form!r}.", action="Use --format ctdl or csv.")
    to.mkdir(parents=True, exist_ok=True)
    credentials = list(_credentials(connection, organization, approved))
    needed = {name for each in credentials for name in each.uses_verification_service}
    profiles = _profiles(connection, organization, approved)
    documents = [verification_service_graph(profile, registry) for profile in profiles if profile.ctid in needed]
    return sorted(writer(to, credentials, documents, registry))


def _credentials(connection: Connection, organization: Organization, approved: bool) -> Iterator[Credential]:
    if approved:
        yield from (f.credential for f in queries.approved_revisions(connection, organization.id))
        return
    complete = (record.c.organization_id == organization.id) & (record.c.blocking == 0) & not_(statuses.LEFT_OUT)
    for sourced in records.read(connection, complete):
        yield sourced.content.credential


def _profiles(
    connection: Connection, organization: Organization, approved: bool
) -> Iterable[VerificationServiceProfile]:
    if approved:
        return [each.profile for each in verification_services.approved(connection, organization.id)]
    return verification_services.present(connection, organization.id).values()


def _ctdl(to: Path, credentials: list[Credential], profiles: list[dict[str, Any]], registry: str) -> Iterator[Path]:
    for document in [*profiles, *(credential_graph(each, registry) for each in credentials)]:
        path = to / f"{document['@graph'][0]['ceterms:ctid']}.json"
        _write(path, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        yield path


def _csv(to: Path, credentials: list[Credential], profiles: list[dict[str, Any]], registry: str) -> Iterator[Path]:
    path = to / CSV_NAME
    lines = Lines()
    writer = csv.writer(lines)
    writer.writerow(_COLUMNS)
    writer.writerows([_harmless(cell(each)) for cell in _COLUMNS.values()] for each in credentials)
    _write(path, "".join(lines).encode("utf-8-sig"))
    yield path


class Lines(list[str]):
    """What a csv writer writes to."""

    def write(self, text: str) -> None:
        """Take one row."""
        self.append(text)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _first(values: dict[str, str] | None) -> str:
    return next(iter((values or {}).values()), "")


def _joined(values: Iterable[Any]) -> str:
    return "|".join(value for value in values if isinstance(value, str))


def _label(uri: str | None) -> str:
    term = vocabulary.credential_types().get(uri or "")
    return term.label if term else ""


_COLUMNS: dict[str, Callable[[Credential], str]] = {
    "External Identifier": lambda c: c.credential_id or "",
    "CTID": lambda c: c.ctid or "",
    "Credential Name": lambda c: _first(dict(c.name or {})),
    "Credential Type": lambda c: _label(c.credential_type),
    "Description": lambda c: _first(dict(c.description or {})),
    "Subject Webpage": lambda c: c.subject_webpage or "",
    "Credential Status": lambda c: (
        vocabulary.concept(c.credential_status_type)[1].label if c.credential_status_type else ""
    ),
    "Language": lambda c: _joined(c.in_language),
    "Owned By": lambda c: _joined(c.owned_by),
    "Offered By": lambda c: _joined(c.offered_by),
    "Date Effective": lambda c: c.date_effective or "",
    "Keywords": lambda c: "|".join(word for words in (c.keyword or {}).values() for word in words),
    "Image": lambda c: c.image or "",
}
_FORMS = {"ctdl": _ctdl, "csv": _csv}
