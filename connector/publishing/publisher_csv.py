"""The CSV that the Registry's publisher lets an organization download: its credentials, a row each.

Which columns there are was chosen by whoever made the template: headings are found in any order, case and spacing, and
what no property of ours takes is told by name. Rows two and three may hold guidance, in front of the first credential.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from io import StringIO
from typing import Any, NamedTuple

from connector.problem import Problem
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential
from mappings.ctdl.reading import Unreadable, credential, is_language

LANGUAGE = "en-US"
_DELIMITERS = ",;\t"
_SPLIT_AT = "|"
_LAST_GUIDANCE_ROW = 3
_GUARDED = re.compile(r"'(?=[=+\-@\t\r])")
_AMERICAN_DATE = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII)
_SAME = "same as owner"
_LANGUAGES = {
    "english": "en",
    "spanish": "es",
    "french": "fr",
    "german": "de",
    "portuguese": "pt",
    "italian": "it",
    "chinese": "zh",
    "arabic": "ar",
}


class Row(NamedTuple):
    """A row of the table by its number in the file: the credential, or why it cannot be read.

    `left_out` are the headings of filled cells that were not taken over.
    """

    number: int
    credential: Credential | None
    wrong: str = ""
    left_out: tuple[str, ...] = ()


def is_table(content: bytes) -> bool:
    """Whether a file may be such a table: its first row names a CTID and something else."""
    headings = [_heading(each) for each in next(_cells(_text(content)), [])]
    return "ctid" in headings and len(headings) > 1


def rows(content: bytes, owner: str) -> list[Row]:
    """The rows of a download, whose credentials the organization with the CTID `owner` has, unless they say whose."""
    table = list(_cells(_text(content)))
    headings = table[0] if table else []
    numbered = [(n, dict(zip(headings, each, strict=False))) for n, each in enumerate(table[1:], 2) if any(each)]
    first = next((number for number, cells in numbered if is_ctid(_ctid(cells))), 0)
    return [_row(n, cells, owner) for n, cells in numbered if n >= first or n > _LAST_GUIDANCE_ROW]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Spreadsheets on Windows save so.
        return content.decode("cp1252", "replace")


def _cells(text: str) -> Iterator[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        for each in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
            yield [_GUARDED.sub("", cell.strip(), count=1) for cell in each]
    except csv.Error as wrong:
        action = "Download it again; mostly a quotation mark is missing."
        raise Problem("table_unreadable", f"The table cannot be read: {wrong}.", action=action) from None


def _heading(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _ctid(cells: Mapping[str, str]) -> str:
    return next((cell for heading, cell in cells.items() if _heading(heading) == "ctid"), "").strip().lower()


def _row(number: int, cells: Mapping[str, str], owner: str) -> Row:
    ctid = _ctid(cells)
    if not is_ctid(ctid):
        said = f"“{ctid}” is no CTID" if ctid else "it has no CTID"
        return Row(number, None, f"Row {number} was left out: {said}, so it was not published.")
    values: dict[str, Any] = {}
    left_out = []
    for heading, cell in cells.items():
        reader = _COLUMNS.get(_heading(heading))
        if not cell or _heading(heading) == "ctid":
            continue
        if reader is None:
            left_out.append(heading)
            continue
        for name, value in reader(cell).items():
            values[name] = [*values[name], *value] if isinstance(values.get(name), list) else value
    owned = values.setdefault("ownedBy", [owner])
    values["offeredBy"] = owned if values.get("offeredBy") in (None, _SAME) else values["offeredBy"]
    values.setdefault("inLanguage", [LANGUAGE])
    try:
        found = credential(values, ctid=ctid, language=values["inLanguage"][0])
    except Unreadable as unread:
        return Row(number, None, f"Row {number} ({ctid}) cannot be read: {' '.join(unread.problems)}")
    return Row(number, found, left_out=tuple(left_out))


Reader = Callable[[str], dict[str, Any]]


def _word(name: str) -> Reader:
    return lambda cell: {name: cell}


def _several(name: str) -> Reader:
    return lambda cell: {name: [part.strip() for part in cell.split(_SPLIT_AT) if part.strip()]}


def _identifiers(name: str, called: str = "") -> Reader:
    """Cells of the form `Type name~value`, several of them split at `|`."""

    def read(cell: str) -> dict[str, Any]:
        found = []
        for part in cell.split(_SPLIT_AT):
            type_name, _, code = part.rpartition("~")
            said = type_name.strip() or called
            found.append(({"identifierTypeName": said} if said else {}) | {"identifierValueCode": code.strip()})
        return {name: found}

    return read


def _codes(name: str, framework: str) -> Reader:
    def read(cell: str) -> dict[str, Any]:
        codes = [part.strip() for part in re.split(r"[|;,]", cell) if part.strip()]
        return {name: [{"frameworkName": framework, "codedNotation": code, "targetNodeName": code} for code in codes]}

    return read


def _organizations(name: str) -> Reader:
    def read(cell: str) -> dict[str, Any]:
        if cell.casefold() == _SAME:
            return {name: _SAME}
        return {name: [_ctid_or_address(part.strip()) for part in cell.split(_SPLIT_AT)]}

    return read


def _ctid_or_address(text: str) -> str:
    return text.lower() if is_ctid(text.lower()) else text


def _languages(cell: str) -> dict[str, Any]:
    found = [_LANGUAGES.get(part.strip().casefold(), part.strip()) for part in cell.split(_SPLIT_AT)]
    return {"inLanguage": [each for each in found if is_language(each)] or [LANGUAGE]}


def _date(cell: str) -> dict[str, Any]:
    """ISO dates, and those written month first."""
    if american := _AMERICAN_DATE.fullmatch(cell):
        month, day, year = (int(part) for part in american.groups())
        try:
            return {"dateEffective": date(year, month, day).isoformat()}
        except ValueError:
            return {"dateEffective": cell}
    return {"dateEffective": cell}


_COLUMNS: Mapping[str, Reader] = {
    "credentialname": _word("name"),
    "name": _word("name"),
    "credentialtype": _word("credentialType"),
    "description": _word("description"),
    "credentialdescription": _word("description"),
    "subjectwebpage": _word("subjectWebpage"),
    "credentialstatus": _word("credentialStatusType"),
    "credentialstatustype": _word("credentialStatusType"),
    "language": _languages,
    "inlanguage": _languages,
    "ownedby": _organizations("ownedBy"),
    "offeredby": _organizations("offeredBy"),
    "dateeffective": _date,
    "alternatename": _several("alternateName"),
    "keyword": _several("keyword"),
    "keywords": _several("keyword"),
    "subject": _several("subject"),
    "subjects": _several("subject"),
    "image": _word("image"),
    "imageurl": _word("image"),
    "credentialid": _word("credentialId"),
    "sameas": _several("sameAs"),
    "availableonlineat": _several("availableOnlineAt"),
    "availabilitylisting": _several("availabilityListing"),
    "incatalog": _word("inCatalog"),
    "identifier": _identifiers("identifier"),
    "externalidentifier": _identifiers("identifier", "External Identifier"),
    "internalidentifier": _identifiers("identifier", "Internal Identifier"),
    "versionidentifier": _identifiers("versionIdentifier"),
    "ciplist": _codes("instructionalProgramType", "Classification of Instructional Programs"),
    "usesverificationservice": _several("usesVerificationService"),
}
"""How the cell under a heading is read into properties, by the heading without spaces, case and signs."""
