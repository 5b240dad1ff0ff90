"""Maps badges that lie in a file: no database, no network, no account."""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from adapters import installed
from adapters.contract import Adapter, BadgeKey
from connector.connections.identity import Voucher, of_address, voucher
from connector.credentials import shapes
from connector.credentials.content import content
from connector.credentials.mapping import context, known
from connector.problem import Problem
from mappings.crosswalk.credential import credential
from mappings.crosswalk.verification_service import verification_service
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.reading import is_language, is_url
from mappings.open_badges import document
from mappings.open_badges.model import BadgeClass, Issuer

DOCUMENTS = "open_badges"
_LISTS = ("data", "result", "badges")


class _Reader(NamedTuple):
    """How the items of a file are read: by a platform's adapter, or as Open Badges documents."""

    adapter: Adapter | None

    def badge(self, item: Mapping[str, Any]) -> BadgeClass:
        if self.adapter is None:
            return document.badge_class(item)
        definition = self.adapter.definition(orjson.dumps(item))
        return self.adapter.badge_class(definition, Issuer(id=""))

    def voucher(self, badge: BadgeClass) -> Voucher:
        """Who vouches for the badge; of a document without an address, nobody but its issuer."""
        if self.adapter:
            return voucher(self.adapter, badge.source_id)
        if is_url(badge.id):
            return of_address(badge.id)
        return Voucher(BadgeKey(DOCUMENTS, badge.source_id), "the issuer's own platform", None)


def map_documents(
    text: bytes, *, source: str | None, organization_ctid: str | None, language: str
) -> list[dict[str, Any]]:
    """One entry per badge in the order of the file; a badge that cannot be read has an `error` instead.

    Takes one badge, an array, JSON lines, {data: …}, {result: …}, or a credential around a badge. Problem where
    the text is no JSON or holds no badge, and where CTID or language are none.
    """
    owner = organization_ctid.strip().lower() if organization_ctid is not None else None
    if owner is not None and not is_ctid(owner):
        message = f"{organization_ctid!r} is no CTID: ce- and a UUID are expected."
        raise Problem("bad_argument", message, action="Give the organization's CTID, or leave it out.")
    if not is_language(language):
        message = f"{language!r} is no language code."
        raise Problem("bad_argument", message, action="Give a code such as en-US or es.")
    return [_entry(item, source, owner, language) for item in _items(text.removeprefix(codecs.BOM_UTF8))]


def _entry(item: Any, source: str | None, organization_ctid: str | None, language: str) -> dict[str, Any]:
    badge_id = item.get("id") if isinstance(item, dict) and isinstance(item.get("id"), str) else None
    try:
        if not isinstance(item, dict):
            raise ValueError("The item is not an object.")
        reader = _reader(item, source)
        badge = reader.badge(item)
        vouches = reader.voucher(badge)
        its_context = replace(context(vouches, None), language=language, organization_ctid=organization_ctid)
        found = credential(known(badge, vouches), its_context)
        profile = verification_service(its_context)
        return {
            "badge_id": badge.source_id,
            **shapes.mapped(found, content(found), reader.adapter, profile),
        }
    except ValueError as unread:
        return {"badge_id": badge_id, "error": str(unread)}
    except (TypeError, KeyError, AttributeError, RecursionError) as unread:
        return {"badge_id": badge_id, "error": f"The badge has a form that cannot be read ({type(unread).__name__})."}


def _reader(item: Mapping[str, Any], source: str | None) -> _Reader:
    platforms = {slug: kind for slug, kind in installed().items() if slug != DOCUMENTS}
    if source is not None and source in platforms:
        return _Reader(platforms[source].for_reading())
    if source == DOCUMENTS:
        return _Reader(None)
    if source is not None:
        raise Problem(
            "source_unknown",
            f"There is no source {source!r}.",
            action=f"Use one of: {', '.join([*platforms, DOCUMENTS])}.",
        )
    by_shape = next((kind for kind in platforms.values() if kind.recognises(item)), None)
    if by_shape:
        return _Reader(by_shape.for_reading())
    if document.is_document(item):
        return _Reader(None)
    raise ValueError("The item has the shape of no badge we know; name its --source.")


def _items(text: bytes) -> list[Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as whole:
        found = _lines(text, whole)
    if isinstance(found, dict) and "id" not in found:
        inside = next((found[name] for name in _LISTS if isinstance(found.get(name), list | dict)), found)
        found = inside
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise _no_badges("The file holds a single value, not a badge.")
    return found


def _lines(text: bytes, whole: orjson.JSONDecodeError) -> list[Any]:
    try:
        found = list(_each_line(text))
    except orjson.JSONDecodeError:
        found = []
    if len(found) < 2:
        raise Problem(
            "not_json",
            f"The file is not JSON: {whole.msg} at line {whole.lineno}, column {whole.colno}.",
            action="Give one badge, an array of badges, or one badge a line.",
        ) from None
    return found


def _each_line(text: bytes) -> Iterator[Any]:
    return (orjson.loads(line) for line in text.splitlines() if line.strip())


def _no_badges(message: str) -> Problem:
    return Problem("no_badges", message, action="Give one badge, an array of badges, or one badge a line.")
