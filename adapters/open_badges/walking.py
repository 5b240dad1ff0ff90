"""The walk from an address, or from one entry of a list, to a badge: past an award of it, up to its issuer.

Walks fetch nothing themselves: see `adapters.open_badges.rounds`. Recipients stay behind, since of an award only the
badge and who issued it are read.
"""

import re
from dataclasses import dataclass
from urllib.parse import urldefrag

from adapters.contract import Answer, PlatformRefused, PlatformUnavailable, Unread
from adapters.open_badges import item, lists
from adapters.open_badges.rounds import Failure, Walk
from adapters.open_badges.signature import provenance
from mappings.open_badges import kinds, walking
from mappings.open_badges.definition import definition
from mappings.open_badges.kinds import Kind
from mappings.open_badges.members import Json, named
from mappings.open_badges.model import Issuer
from mappings.open_badges.opened import Opened

IN_HAND = "urn:document"
"""Stands for the address of a document that lies nowhere: nothing is relative to it."""

LONGEST_WAY = 6
"""So many addresses and lists may lead on to one another before an award or a badge has to be there."""

_MAY_BE_PARTS = frozenset({Kind.ASSERTION, Kind.CREDENTIAL, Kind.BADGE_CLASS, Kind.UNKNOWN})
_ISSUER_WITH_LIST = re.compile(r"(https?://[^?#]+?/public/issuers/[^/?#]+?)(?:\.json)?/?(?:[?#].*)?", re.IGNORECASE)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF")


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a walk goes on: at an address, or with the entry of a list that lies there, its `place` counted from 1.

    `passed` are the addresses and entries that led here.
    """

    at: str
    entry: bytes | None = None
    place: int = 0
    passed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What stands for it where no badge is there."""
        if self.entry is not None:
            return f"{urldefrag(self.at)[0]}#{self.place}"
        return self.passed[-1] if self.passed else self.at


@dataclass(frozen=True, slots=True)
class Badge:
    """The end of a walk that came to a badge. The id is empty where the item cannot be read."""

    badge_id: str
    raw: bytes
    issuer: Issuer


@dataclass(frozen=True, slots=True)
class Listed:
    """The end of a walk that came to a list: each of its entries leads on."""

    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class NoBadge:
    """The end of a walk that came to no badge. `settled`: whatever badges there are, none is missed by that."""

    unread: Unread
    settled: bool


Ending = Badge | Listed | NoBadge


def walk(lead: Lead) -> Walk[Ending]:
    """To whatever the lead comes to."""
    if len(lead.passed) >= LONGEST_WAY:
        return _refused(lead.name, f"More than {LONGEST_WAY} lists and addresses lead to this one.")
    if lead.entry is None:
        return (yield from _at_address(lead, lead.at))
    if address := lists.address(lead.entry, lead.at):
        return (yield from _at_address(lead, address))
    if not lists.is_json(lead.entry):
        return Badge("", lead.entry, Issuer(id=lead.at))
    return (yield from _through(lead, lead.entry))


def walk_into(document: bytes) -> Walk[Ending]:
    """To whatever a document comes to that somebody hands over."""
    return _through(Lead(IN_HAND), document)


def _at_address(lead: Lead, address: str) -> Walk[Ending]:
    if address in lead.passed:
        return _refused(address, "The addresses lead round in a circle, and to no badge.")
    found = yield address
    if not isinstance(found, Answer):
        return _failed(address, found, settled=False)
    return (yield from _through(Lead(found.address, passed=(*lead.passed, address)), found.body))


def _through(lead: Lead, text: bytes) -> Walk[Ending]:
    """Into what was found: a list, or one document."""
    try:
        found = lists.entries(text)
    except ValueError as unread:
        return _unreadable(lead, text, str(unread))
    if isinstance(found, Opened):
        return (yield from _past(lead, found))
    passed = (*lead.passed, lead.name) if lead.entry else lead.passed
    return Listed(tuple(Lead(lead.at, entry, place, passed) for place, entry in enumerate(found, 1)))


def _past(lead: Lead, found: Opened) -> Walk[Ending]:
    """From a document to the badge in it, or to where it leads."""
    document = found.document
    badge_at = walking.badge_address(document, at=lead.at)
    if badge_at is None and (reason := _unlike_a_badge(document, lead.at)):
        onward = _onward(lead, document)
        return (yield from _at_address(lead, onward)) if onward else _refused(_name(lead, document), reason)
    found_badge = (yield from _awarded(lead, document, badge_at)) if badge_at else _definition(lead, document)
    if isinstance(found_badge, NoBadge):
        return found_badge
    badge = yield from _with_issuer(found_badge)
    signature = (yield from provenance(document, found.jws, badge)) if found.jws else None
    return Badge(badge["id"], item.composed(badge, signature), _issuer(badge))


def _unlike_a_badge(document: Json, at: str) -> str | None:
    """Why a document holds no badge, in a sentence; None where it seems to. What lies on the web may be anything."""
    what = kinds.kind(document)
    if reason := kinds.refused(document, at):
        return reason
    if what is Kind.UNKNOWN:
        return "This states no type, and has neither criteria nor an issuer: it cannot be told for a badge."
    return "The badge has no name." if what is Kind.BADGE_CLASS and not named(document).get("name") else None


def _onward(lead: Lead, document: Json) -> str | None:
    """Where the badges of an issuer are listed, as the Badgr family does; or where the rest of a document is."""
    own = walking.own_address(document, at=lead.at)
    what = kinds.kind(document)
    if what is Kind.ISSUER:
        issuers = filter(None, (_ISSUER_WITH_LIST.fullmatch(each) for each in (lead.at, own or "")))
        return next((f"{issuer[1]}/badges" for issuer in issuers), None)
    return own if what in _MAY_BE_PARTS and own not in (*lead.passed, lead.at) else None


def _definition(lead: Lead, document: Json) -> Json | NoBadge:
    try:
        return _kept(definition(document, at=lead.at, shared=lead.entry is not None or lead.at == IN_HAND))
    except ValueError as unread:
        return _refused(_name(lead, document), str(unread))


def _awarded(lead: Lead, award: Json, address: str) -> Walk[Json | NoBadge]:
    """The definition of the badge that an award leads to. Where it fails, it is the badge that is named."""
    found = yield address
    if not isinstance(found, Answer):
        return _failed(address, found, settled=True)
    try:
        badge = lists.entries(found.body)
    except ValueError as unread:
        return _unreadable(Lead(address), found.body, str(unread))
    if isinstance(badge, list):
        return _refused(address, "What lies at the address of the award's badge is a list, not a badge.")
    try:
        return _kept(walking.with_badge(award, badge.document, at=found.address, wrapper_at=lead.at))
    except ValueError as unread:
        return _refused(address, str(unread))


def _kept(badge: Json) -> Json:
    """The badge, if its id is one. ValueError where it is none."""
    item.lasting(badge["id"])
    return badge


def _with_issuer(badge: Json) -> Walk[Json]:
    """With name and address of its issuer, where these can be had; a badge is none the less one without."""
    address = walking.issuer_address(badge)
    found = (yield address) if address else None
    if not isinstance(found, Answer):
        return badge
    try:
        profile = lists.entries(found.body)
        return walking.with_issuer(badge, profile.document) if isinstance(profile, Opened) else badge
    except ValueError:
        return badge


def _issuer(badge: Json) -> Issuer:
    """Whom the badge names, its creator first. One without an address goes by its page, or else by the badge."""
    owner: Json = next(iter([*badge.get("creator", ()), *badge.get("issuer", ())]), {})
    known_by = owner.get("id") or owner.get("url") or badge["id"]
    return Issuer(id=known_by, name=owner.get("name"), url=owner.get("url"))


def _name(lead: Lead, document: Json) -> str:
    """What stands for a document that is no badge. The address of an award is not told: it may name its recipient."""
    own = walking.own_address(document, at=lead.at) if kinds.kind(document) not in kinds.WRAPPERS else None
    return own or lead.name if lead.entry else lead.name


def _failed(address: str, failure: Failure, *, settled: bool) -> NoBadge:
    gone = isinstance(failure, PlatformRefused) and failure.code == "not_found"
    return NoBadge(Unread(address, failure, gone=gone), settled or gone)


def _refused(name: str, reason: str) -> NoBadge:
    in_hand = name.startswith(IN_HAND)
    action = "Give the badge itself, or its address." if in_hand else "Correct the address, or leave it out."
    return NoBadge(Unread(name, PlatformRefused(reason, code="no_badge", action=action)), settled=True)


def _unreadable(lead: Lead, text: bytes, reason: str) -> NoBadge:
    """A page in place of data may be gone tomorrow; a picture without a badge stays one."""
    if lead.entry is not None or lead.at == IN_HAND or text.startswith(_PICTURES):
        return _refused(lead.name, reason)
    return NoBadge(Unread(lead.name, PlatformUnavailable(reason, code="unreadable_answer")), settled=False)
