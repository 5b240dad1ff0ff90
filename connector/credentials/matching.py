"""What may be the same credential twice: found once, offered to a person with the reasons in words.

A badge that was never approved is compared with what the organization had before: its published records, by what they
are known by (`connector.credentials.existing`), and its other badges. `connector.credentials.joining` carries out what
the person answers.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, true

from adapters.contract import Adapter, BadgeKey
from connector.clock import stamp
from connector.connections import accounts as connections
from connector.connections.identity import voucher
from connector.credentials.existing import badge_key, id_key, page_key
from connector.credentials.likeness import CLOSE, EXACT, SPELLED, Name, likeness, name
from connector.credentials.records import slices
from connector.credentials.tables import match_key, record, source_identity, suggestion
from connector.organizations import accounts
from connector.organizations.accounts import Organization
from connector.organizations.destinations import brought_in, is_practice
from connector.problem import Problem
from mappings.crosswalk.own_record import is_self_reference, registry_ctid
from mappings.open_badges.model import BadgeClass, Issuer

Kind = Literal["same", "new_design", "new_version", "translation", "step"]
KINDS: tuple[Kind, ...] = ("same", "new_design", "new_version", "translation", "step")
SURE = 95
"""From this score on, suggestions may be accepted many at a time."""

_POINTED_AT, _KNOWN_BY, _OF_VERSIONS, _A_STEP = 100, 98, 92, 90
_SAME_PAGE_AND_NAME, _SAME_PAGE_AND_NEARLY, _OTHER_EDITION, _SAME_PAGE = 96, 93, 80, 72
_BY_NAME = {EXACT: 85, SPELLED: 78, CLOSE: 70}
_SAID_OF_NAMES = {
    EXACT: "Both have the same name.",
    SPELLED: "Their names differ only in how they are spelled.",
    CLOSE: "Their names differ in one word.",
}
_MOST_FOR_ONE = 3
_RAREST_WORDS, _MOST_OF_A_WORD = 2, 20

MAY_EXIST_ALREADY = (
    "may_exist_already",
    "It may be a credential that you have already. Look at the two side by side on the page Matches, and say whether "
    "they are the same.",
)
BRING_IN_FIRST = (
    "bring_in_first",
    "Nobody has said yet what this organization published before, so it could become a duplicate. Load it on the page "
    "Matches or by badge-connector credentials match ORG --load; with --decline, say that there is nothing.",
)


class Suggestion(NamedTuple):
    """Two records of an organization that may belong together; `record` is the badge, `other` what was there before."""

    id: int
    organization_id: int
    record_id: str
    other_id: str
    kind: Kind
    score: int
    reasons: list[str]
    state: str
    decided_by: str | None
    decided_at: str | None


class _Badge(NamedTuple):
    """A badge and its record, as far as they are compared."""

    id: str
    name: str
    page: str | None
    position: int
    key: BadgeKey
    through: int


class _Found(NamedTuple):
    record_id: str
    other_id: str
    kind: Kind
    score: int
    reasons: tuple[str, ...]


def may_be_approved_as_new(
    connection: Connection, organization_id: int, record_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Those of an organization's records that may not be approved as new yet, each with a code and what to do.

    Records that are published already, or that come from no platform, are not new.
    """
    refused: dict[str, tuple[str, str]] = {}
    unasked = _must_bring_in(connection, organization_id)
    for some in slices(record_ids):
        new = (record.c.id.in_(some), record.c.published_hash.is_(None), record.c.organization_id == organization_id)
        if unasked:
            s = source_identity.c
            query = select(record.c.id).join(source_identity, s.record_id == record.c.id)
            query = query.where(*new, s.is_primary, s.connection_id.is_not(None))
            refused |= dict.fromkeys(connection.scalars(query), BRING_IN_FIRST)
        query = select(record.c.id).join(suggestion, suggestion.c.record_id == record.c.id)
        query = query.where(*new, suggestion.c.kind == "same", suggestion.c.state == "open")
        refused |= dict.fromkeys(connection.scalars(query), MAY_EXIST_ALREADY)
    return refused


def _must_bring_in(connection: Connection, organization_id: int) -> bool:
    """Whether an organization publishes for real and has not said what it published before."""
    destination = accounts.find(connection, str(organization_id)).destination
    return not is_practice(destination) and brought_in(connection, organization_id).answer is None


def look(connection: Connection, organization_id: int, places: range | None = None) -> int:
    """Look for what badges may be that were never approved, with `places` only those there; how much is new to ask.

    What was offered before, whatever came of it, is not offered again.
    """
    badges = _never_approved(connection, organization_id, places)
    if not badges:
        return 0
    organization = accounts.find(connection, str(organization_id))
    found = [
        *_there_before(connection, organization, badges),
        *_of_one_name(connection, organization_id, badges),
        *_as_badges_say(connection, organization_id, badges),
    ]
    return _keep(connection, organization_id, found)


def open_ones(
    connection: Connection,
    organization_id: int,
    *,
    record_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Suggestion]:
    """What waits for an answer, the surest first; with `record_id`, only what concerns that record."""
    return _read(connection, _is_open(organization_id, record_id), limit, offset)


def how_many_open(connection: Connection, organization_id: int, *, record_id: str | None = None, least: int = 0) -> int:
    """How much waits for an answer, of that score at least; with `record_id`, only what concerns that record."""
    query = select(func.count()).select_from(suggestion).join(record, record.c.id == suggestion.c.record_id)
    which = _is_open(organization_id, record_id) & (suggestion.c.score >= least)
    return connection.execute(query.where(which)).scalar_one()


def one(connection: Connection, organization_id: int, suggestion_id: int) -> Suggestion:
    """An organization's suggestion, answered or not. Problem where there is none with this id."""
    which = (suggestion.c.id == suggestion_id) & (suggestion.c.organization_id == organization_id)
    found = _read(connection, which, None, 0)
    if not found:
        message = f"There is no suggestion {suggestion_id} for this organization."
        action = "See what is open: badge-connector credentials match ORG"
        raise Problem("suggestion_not_found", message, action=action)
    return found[0]


def sure_ones(connection: Connection, organization_id: int) -> list[Suggestion]:
    """Those that may be accepted many at a time: the same credential for sure, and no other one as sure."""
    waiting = _read(connection, _is_open(organization_id) & (suggestion.c.score >= SURE), None, 0)
    badges: defaultdict[str, list[Suggestion]] = defaultdict(list)
    for each in waiting:
        badges[each.record_id].append(each)
    return [ones[0] for ones in badges.values() if len(ones) == 1 and ones[0].kind == "same"]


def decided(connection: Connection, which: ColumnElement[bool]) -> list[Suggestion]:
    """What was answered and fits, in the order in which it was."""
    return sorted(_read(connection, which, None, 0), key=lambda each: (each.decided_at or "", each.id))


def as_json(connection: Connection, found: Sequence[Suggestion]) -> list[dict[str, Any]]:
    """Suggestions as doors show them, both records by id, name and CTID."""
    ids = list({each for one in found for each in (one.record_id, one.other_id)})
    columns = (record.c.id, record.c.name, record.c.ctid)
    rows = (row for some in slices(ids) for row in connection.execute(select(*columns).where(record.c.id.in_(some))))
    known = {row.id: {"id": row.id, "name": row.name, "ctid": row.ctid} for row in rows}
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "score": each.score,
            "reasons": each.reasons,
            "record": known[each.record_id],
            "other": known[each.other_id],
        }
        for each in found
    ]


def _is_open(organization_id: int, record_id: str | None = None) -> ColumnElement[bool]:
    """Undecided, and about a badge that nothing represents and no rule leaves out; of one record, if it is given."""
    theirs = (suggestion.c.organization_id == organization_id) & (suggestion.c.state == "open")
    if record_id is not None:
        theirs &= (suggestion.c.record_id == record_id) | (suggestion.c.other_id == record_id)
    return and_(theirs, record.c.represented_by.is_(None), record.c.skipped_by.is_(None))


def _read(connection: Connection, which: ColumnElement[bool], limit: int | None, offset: int) -> list[Suggestion]:
    columns = [suggestion.c[each] for each in Suggestion._fields]
    query = select(*columns).join(record, record.c.id == suggestion.c.record_id).where(which)
    query = query.order_by(suggestion.c.score.desc(), suggestion.c.id).limit(limit).offset(offset)
    return [Suggestion(*row) for row in connection.execute(query)]


def _never_approved(connection: Connection, organization_id: int, places: range | None) -> dict[str, _Badge]:
    which = record.c.approved_hash.is_(None) & record.c.published_hash.is_(None) & record.c.skipped_by.is_(None)
    if places is not None:
        which &= record.c.position.between(places.start, places.stop - 1)
    return _badges(connection, organization_id, which)


def _badges(connection: Connection, organization_id: int, which: ColumnElement[bool]) -> dict[str, _Badge]:
    """Badges of an organization by record, without those that another record represents."""
    s, r = source_identity.c, record.c
    query = (
        select(r.id, r.name, r.subject_webpage, r.position, s.authority, s.badge_id, s.connection_id)
        .join(source_identity, s.record_id == r.id)
        .where(r.organization_id == organization_id, s.is_primary, s.connection_id.is_not(None))
        .where(r.represented_by.is_(None), which)
        .order_by(r.position)
    )
    rows = connection.execute(query)
    return {row[0]: _Badge(row[0], row[1], row[2], row[3], BadgeKey(row[4], row[5]), row[6]) for row in rows}


class _Compared(NamedTuple):
    """A badge as it is compared with records that come from no platform."""

    id: str
    name: Name
    ids: tuple[str, ...]
    page: str | None


@dataclass(slots=True)
class _Known:
    """Records that come from no platform, by what they are known by."""

    by_key: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    names: defaultdict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    by_words: defaultdict[frozenset[str], set[str]] = field(default_factory=lambda: defaultdict(set))
    by_word: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, record_id: str, key: str) -> None:
        """A key of a record; one that holds a name is taken apart."""
        kind, _, said = key.partition(":")
        if kind != "name":
            self.by_key[key].append(record_id)
            return
        named = name(said)
        self.names[record_id].append(named)
        self.by_words[named.words].add(record_id)
        for word in named.words:
            self.by_word[word].add(record_id)

    def candidates(self, each: _Compared) -> set[str]:
        """The records that a badge may be: by an id, by its page, by its name or nearly its name."""
        keys = (*each.ids, each.page) if each.page else each.ids
        found = {other for key in keys for other in self.by_key.get(key, ())}
        return found | (self.by_words.get(each.name.words) or self._of_nearly(each.name.words))

    def _of_nearly(self, words: frozenset[str]) -> set[str]:
        """Those that share one of the rarest of these words; a word that many have tells nothing."""
        shared = sorted((self.by_word[word] for word in words if word in self.by_word), key=len)
        return set().union(*(some for some in shared[:_RAREST_WORDS] if len(some) <= _MOST_OF_A_WORD))


def _there_before(connection: Connection, organization: Organization, badges: dict[str, _Badge]) -> Iterator[_Found]:
    """Badges that may be records which the organization had before it connected a platform."""
    r, s = record.c, source_identity.c
    of_no_platform = (
        select(match_key.c.record_id, match_key.c.key)
        .join(record, r.id == match_key.c.record_id)
        .join(source_identity, s.record_id == r.id)
        .where(match_key.c.organization_id == organization.id, s.is_primary, s.connection_id.is_(None))
    )
    known = _Known()
    for record_id, key in connection.execute(of_no_platform):
        known.add(record_id, key)
    if not known.by_key and not known.names:
        return
    for badge in badges.values():
        each = _Compared(
            badge.id,
            name(badge.name),
            (badge_key(badge.key), id_key(badge.key.badge_id)),
            page_key(badge.page, organization.website),
        )
        alike = (_alike(each, other, known) for other in known.candidates(each))
        likely = sorted(filter(None, alike), key=lambda found: -found.score)
        yield from likely[:_MOST_FOR_ONE]


def _alike(each: _Compared, other: str, known: _Known) -> _Found | None:
    if any(other in known.by_key.get(key, ()) for key in each.ids):
        said = "This record names the badge already, as its Credential ID, as Same As or by an identifier."
        return _Found(each.id, other, "same", _KNOWN_BY, (said,))
    of_page = known.by_key.get(each.page, ()) if each.page else ()
    score, edition = max((likeness(each.name, one) for one in known.names[other]), default=(0, ""))
    by_name = _SAID_OF_NAMES.get(score, "")
    if score and edition and all(any(one.edition) for one in (each.name, *known.names[other])):
        said = f"{by_name[:-1]} but for the {edition}."
        return _Found(each.id, other, "new_design" if edition == "year" else "new_version", _OTHER_EDITION, (said,))
    reasons = [by_name[:-1] + (f" but for the {edition}." if edition else ".")] if by_name else []
    if other not in of_page:
        return _Found(each.id, other, "same", _BY_NAME[score] - 5 * bool(edition), tuple(reasons)) if score else None
    reasons.append("Both have the same Subject Webpage.")
    if score:
        best = _SAME_PAGE_AND_NAME if score == EXACT and not edition else _SAME_PAGE_AND_NEARLY
        return _Found(each.id, other, "same", best, tuple(reasons))
    return _Found(each.id, other, "same", _SAME_PAGE, tuple(reasons)) if len(of_page) == 1 else None


def _of_one_name(connection: Connection, organization_id: int, badges: dict[str, _Badge]) -> Iterator[_Found]:
    """Badges of the organization whose names are the same but for a year or a version, or which two platforms have."""
    families: defaultdict[frozenset[str], list[tuple[Name, _Badge]]] = defaultdict(list)
    for each in _badges(connection, organization_id, true()).values():
        named = name(each.name)
        families[named.words].append((named, each))
    for words, family in families.items():
        if not words or len(family) < 2:
            continue
        family.sort(key=lambda pair: (pair[0].rank, pair[1].position))
        for (older_name, older), (newer_name, newer) in pairwise(family):
            if older_name.edition != newer_name.edition and newer.id in badges:
                differs = likeness(older_name, newer_name).edition
                kind: Kind = "new_design" if differs == "year" else "new_version"
                said = f"Both have the same name but for the {differs}."
                yield _Found(newer.id, older.id, kind, _OTHER_EDITION, (said,))
            elif older.key.authority != newer.key.authority:
                first, later = sorted((older, newer), key=lambda each: each.position)
                if later.id in badges and older_name.edition == newer_name.edition:
                    said = "Both have the same name, on two platforms."
                    yield _Found(later.id, first.id, "same", _BY_NAME[EXACT], (said,))


def _as_badges_say(connection: Connection, organization_id: int, badges: dict[str, _Badge]) -> Iterator[_Found]:
    """What the badges themselves say of other records: pointers into the Registry, versions, languages, steps."""
    spoken = list(_spoken(connection, badges))
    pointers = {(each.id, ctid) for each, badge, _ in spoken for ctid in _points_to(badge)}
    owners = _by_ctid(connection, organization_id, {ctid for _, ctid in pointers})
    for record_id, ctid in sorted(pointers):
        if ctid in owners and owners[ctid] != record_id:
            said = "The badge itself points to this record in the Registry."
            yield _Found(record_id, owners[ctid], "same", _POINTED_AT, (said,))
    named = {voucher(adapter, said).key for _, badge, adapter in spoken for said in _names(badge)}
    others = _by_badge(connection, organization_id, named)
    for each, badge, adapter in spoken:

        def of(badge_id: str, adapter: Adapter = adapter) -> _Badge | None:
            return others.get(voucher(adapter, badge_id).key)

        yield from _versions_and_languages(each, badge, of, badges)
        yield from _steps(each, badge, of)


def _spoken(connection: Connection, badges: dict[str, _Badge]) -> Iterator[tuple[_Badge, BadgeClass, Adapter]]:
    """The badges that name others, read; most do not, and their definitions tell so at a glance."""
    readers = {
        each: connections.reader_of(connections.by_id(connection, each)) for each in _through(connection, badges)
    }
    glances = {through: _glance(adapter) for through, adapter in readers.items()}
    s = source_identity.c
    for some in slices(list(badges)):
        query = select(s.record_id, s.definition, s.issuer).where(s.record_id.in_(some), s.is_primary)
        for row in connection.execute(query):
            each = badges[row.record_id]
            if each.through in readers and glances[each.through].search(row.definition):
                adapter = readers[each.through]
                yield each, adapter.badge_class(row.definition, Issuer(**row.issuer)), adapter


def _through(connection: Connection, badges: dict[str, _Badge]) -> set[int]:
    return {each.through for each in badges.values()} - connections.not_installed(connection).keys()


def _glance(adapter: Adapter) -> re.Pattern[bytes]:
    """What a definition holds that may name another badge, or a record in the Registry."""
    lists = "|".join(re.escape(word) for word in adapter.members.get("related", "related").split(", "))
    return re.compile(rf'ce-[0-9a-f]{{8}}-|"(?:{lists})":\s*(?:\[\s*)?\{{|"required_badge\w*":\s*"'.encode())


def _points_to(badge: BadgeClass) -> list[str]:
    pointers = (registry_ctid(each) for each in badge.alignment if is_self_reference(each))
    return [ctid for ctid in pointers if ctid]


def _names(badge: BadgeClass) -> Iterator[str]:
    """The ids of the other badges that a badge names."""
    yield from (each.id for each in badge.related if each.id)
    yield from (each.required_badge for each in badge.activities if each.required_badge)


def _versions_and_languages(
    each: _Badge, badge: BadgeClass, of: Callable[[str], _Badge | None], badges: dict[str, _Badge]
) -> Iterator[_Found]:
    for related in badge.related:
        other = of(related.id) if related.id else None
        if other is None or other.id == each.id:
            continue
        if related.version and related.version != badge.version:
            ranks = (
                (name(f"v{badge.version or ''}").rank, each.position),
                (name(f"v{related.version}").rank, other.position),
            )
            newer, older = (each, other) if ranks[0] > ranks[1] else (other, each)
            said = f"The badge names the other as its version {related.version}."
            found = _Found(newer.id, older.id, "new_version", _OF_VERSIONS, (said,))
        elif related.language and related.language != badge.language:
            first, later = sorted((each, other), key=lambda one: one.position)
            said = f"The badge names the other as the same in the language {related.language}."
            found = _Found(later.id, first.id, "translation", _OF_VERSIONS, (said,))
        else:
            continue
        if found.record_id in badges:
            yield found


def _steps(each: _Badge, badge: BadgeClass, of: Callable[[str], _Badge | None]) -> Iterator[_Found]:
    required = [step.required_badge for step in badge.activities if step.required_badge]
    required += [other.id for other in badge.related if other.id and other.relation == "required"]
    for badge_id in dict.fromkeys(required):
        step = of(badge_id)
        if step is not None and step.id != each.id:
            yield _Found(step.id, each.id, "step", _A_STEP, (f"{each.name} asks for it.",))


def _by_ctid(connection: Connection, organization_id: int, ctids: set[str]) -> dict[str, str]:
    """The organization's records with these CTIDs; of one that another represents, that one."""
    r = record.c
    found: dict[str, str] = {}
    for some in slices(sorted(ctids)):
        query = select(r.ctid, r.id, r.represented_by).where(r.organization_id == organization_id, r.ctid.in_(some))
        found |= {row.ctid: row.represented_by or row.id for row in connection.execute(query)}
    return found


def _by_badge(connection: Connection, organization_id: int, keys: set[BadgeKey]) -> dict[BadgeKey, _Badge]:
    found: dict[BadgeKey, _Badge] = {}
    for some in slices(sorted(keys, key=str)):
        ids = source_identity.c.badge_id.in_([each.badge_id for each in some])
        found |= {each.key: each for each in _badges(connection, organization_id, ids).values()}
    return found


def _keep(connection: Connection, organization_id: int, found: Iterable[_Found]) -> int:
    """Remember what was found, for a pair of records the surest; whatever was asked of the two stays as it is."""
    best: dict[tuple[str, str, bool], _Found] = {}
    for each in found:
        one, other = sorted((each.record_id, each.other_id))
        pair = (one, other, each.kind == "step")
        if pair not in best or best[pair].score < each.score:
            best[pair] = each
    asked = _asked(connection, {each for one, other, _ in best for each in (one, other)})
    rows = [
        {"organization_id": organization_id, "state": "open", "made_at": stamp()}
        | each._asdict()
        | {"reasons": list(each.reasons)}
        for pair, each in best.items()
        if pair not in asked
    ]
    if rows:
        connection.execute(insert(suggestion), rows)
    return len(rows)


def _asked(connection: Connection, ids: set[str]) -> set[tuple[str, str, bool]]:
    """The pairs of these records that were offered before."""
    s = suggestion.c
    rows: list[Row[Any]] = []
    for some in slices(sorted(ids)):
        rows += connection.execute(select(s.record_id, s.other_id, s.kind).where(s.record_id.in_(some)))
    return {(*sorted((row.record_id, row.other_id)), row.kind == "step") for row in rows}
