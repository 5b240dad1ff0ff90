"""The parts of a property's value, each under what identifies it: what a merge compares, one part at a time. Pure.

A part is itself a value of the property, the one that holds nothing else: {"en": ["bees"]} of a list of keywords. A
language of a text is identified by its tag, a keyword by language and word, a target by its address or code, a
condition by its name. Twins, which nothing identifies apart, are numbered, so that none is lost.

A profile that is a collection of statements, as a condition is, is taken apart further: its parts are those of its
members. What means something only as a whole stays one part: an alignment, an identifier, a place, an amount with its
unit or currency.

An item is what identifies a part in its list. Inside a profile it is the way there as a JSON Pointer (RFC 6901):
`/open badges criteria/targetCompetency/https:~1~1skills.example~1bees`. The item of a profile covers all inside it.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from mappings.canonical import canonical
from mappings.ctdl.model import Credential, Kind
from mappings.ctdl.shape import Attribute, by_name

WHOLE = ""
"""The one item of a value that has no parts."""

Steps: TypeAlias = tuple[str, ...]
"""The way to a part: its profile's identity, the profile's member, the identity inside it, and so on; () is WHOLE."""

_LONGEST_STEP = 120
_NUMBERED = re.compile(r" #\d+\Z")
_MENTIONED = "a thing that is only mentioned"
_LISTS_BY_LANGUAGE = (Kind.TEXTS, Kind.SUBJECTS)
_COLLECTIONS = frozenset({"ConditionProfile", "FinancialAssistanceProfile", "ProcessProfile", "RevocationProfile"})
"""The profiles whose members stand each for itself."""
_IDENTITIES: Mapping[str, tuple[Steps, ...]] = {
    "CredentialAlignmentObject": (
        ("targetNode",),
        ("framework", "codedNotation"),
        ("frameworkName", "codedNotation"),
        ("codedNotation",),
        ("framework", "targetNodeName"),
        ("frameworkName", "targetNodeName"),
        ("targetNodeName",),
    ),
    "IdentifierValue": (
        ("identifierType", "identifierValueCode"),
        ("identifierTypeName", "identifierValueCode"),
        ("identifierValueCode",),
    ),
    _MENTIONED: (("type", "name", "subjectWebpage"), ("type", "name"), ("name",), ("subjectWebpage",)),
    "CostProfile": (("directCostType", "currency"), ("directCostType",), ("name",), ("costDetails",)),
    "RevocationProfile": (("revocationCriteria",),),
    "Place": (("name",), ("streetAddress", "postalCode"), ("addressLocality", "addressRegion"), ("addressCountry",)),
    "JurisdictionProfile": (("mainJurisdiction",), ("description",)),
}
_BY_NAME = (("name",), ("subjectWebpage",))
"""What identifies things in a list by class, the first of which all members are there; of other classes, this."""


def parts(name: str, value: Any) -> dict[str, Any]:
    """The parts of a property's value by item, in the value's order; none of None, one (WHOLE) of a single value.

    `value` is in the form of `mappings.ctdl.shape.properties`. Which of several twins has which number does not depend
    on their order.
    """
    known = by_name(Credential).get(name)
    return {_item(known, way): part for way, part in _parts(known, value)}


def whole(name: str, held: Mapping[str, Any]) -> Any:
    """The value of a property that has these parts, in their order; None where there are none."""
    return _whole([(steps(name, item), part) for item, part in held.items()])


def entries(name: str, value: Any) -> dict[str, Any]:
    """The parts of a property's value by item, each profile as one."""
    known = by_name(Credential).get(name)
    return {_item(known, (identity,) if identity else ()): part for identity, part in _entries(known, value)}


def part_at(name: str, held: Mapping[str, Any], item: str) -> Any:
    """The part under an item of a property that has these parts, a profile with all inside it; None without any."""
    if item in held:
        return held[item]
    return whole(name, {each: part for each, part in held.items() if covers(name, item, each)})


def with_part(name: str, held: Mapping[str, Any], item: str, part: Any) -> dict[str, Any]:
    """The parts of a property with this one in the place of what stands under the item; None takes that away."""
    came = _inside(name, part, item)
    covered = {item} if item in held else {each for each in held if covers(name, item, each)}
    kept: dict[str, Any] = {}
    for each, value in held.items():
        kept |= came if each in covered else {each: value}
    return kept | came


def moved(name: str, held: Mapping[str, Any], item: str, to: str) -> dict[str, Any]:
    """The parts of a property with what stands under one item under another one."""
    start, goal = len(steps(name, item)), steps(name, to)
    known = by_name(Credential).get(name)
    return {
        _item(known, goal + steps(name, each)[start:]) if covers(name, item, each) else each: part
        for each, part in held.items()
    }


def covers(name: str, item: str, other: str) -> bool:
    """Whether one item of a property is the other, or that of a profile which the other is inside of."""
    if item == other or WHOLE in (item, other):
        return item == other
    outer = steps(name, item)
    return steps(name, other)[: len(outer)] == outer


def around(name: str, item: str) -> list[str]:
    """The items of the profiles that a part is inside of, the outermost first."""
    known, way = by_name(Credential).get(name), steps(name, item)
    return [_item(known, way[:length]) for length in range(1, len(way), 2)]


def in_words(name: str, item: str) -> str:
    """An item as people read it."""
    return " / ".join(steps(name, item))


def steps(name: str, item: str) -> Steps:
    """The way that an item spells out."""
    known = by_name(Credential).get(name)
    if item == WHOLE:
        return ()
    of = _collection(known)
    if of is None:
        return (item,)
    if item.startswith("/"):
        way = tuple(step.replace("~1", "/").replace("~0", "~") for step in item[1:].split("/"))
        if way[0].startswith("/") if len(way) == 1 else way[1] in by_name(of) or ":" in way[1]:
            return way
    # The profile itself, as items have always named it.
    return (_step(item),)


def _parts(known: Attribute | None, value: Any, inside: bool = False) -> Iterator[tuple[Steps, Any]]:
    of = _collection(known)
    members = by_name(of) if of else {}
    for identity, part in _entries(known, value, inside):
        within = [
            ((identity, member, *way), [{member: each}])
            for member, held in (part[0].items() if of else ())
            for way, each in _parts(members.get(member), held, True)
        ]
        yield from within or [((identity,) if identity else (), part)]


def _entries(known: Attribute | None, value: Any, inside: bool = False) -> Iterator[tuple[str, Any]]:
    kind = known.kind if known else None
    pairs: list[tuple[str, Any]]
    if value is None:
        return iter(())
    if kind is Kind.TEXT:
        pairs = [(language.lower(), {language: text}) for language, text in value.items()]
    elif kind in _LISTS_BY_LANGUAGE:
        pairs = [
            (f"{language.lower()} {text.casefold()}", {language: [text]})
            for language, texts in value.items()
            for text in texts
        ]
    elif isinstance(value, list | tuple):
        of = _MENTIONED if kind is Kind.REFERENCES else known.of.__name__ if known and known.of else ""
        pairs = [(_identity(each, of), [each]) for each in value]
    else:
        return iter([(WHOLE, value)])
    if inside or _collection(known):
        pairs = [(_step(identity), part) for identity, part in pairs]
    return _numbered(pairs)


def _whole(pairs: Iterable[tuple[Steps, Any]]) -> Any:
    by_head: defaultdict[Steps, list[tuple[Steps, Any]]] = defaultdict(list)
    for way, part in pairs:
        by_head[way[:1]].append((way[1:], part))
    if () in by_head:
        return by_head[()][-1][1]
    return _joined(_entry(several) for several in by_head.values())


def _entry(several: list[tuple[Steps, Any]]) -> Any:
    """A part of a list from the parts inside it, by the way from there on: a profile, or what has none inside it."""
    members: defaultdict[str, list[tuple[Steps, Any]]] = defaultdict(list)
    for way, part in several:
        for member in way[:1]:
            members[member].append((way[1:], part[0][member]))
    return [{member: _whole(inner) for member, inner in members.items()}] if members else several[-1][1]


def _joined(some: Iterable[Any]) -> Any:
    joined: Any = None
    for part in some:
        if joined is None:
            joined = _opened(part)
        elif isinstance(part, list | tuple):
            joined.extend(part)
        else:
            for language, text in part.items():
                if isinstance(text, list | tuple):
                    joined.setdefault(language, []).extend(text)
                else:
                    joined[language] = text
    return joined


def _opened(part: Any) -> Any:
    """A copy of a part that others can be added to."""
    if isinstance(part, list | tuple):
        return list(part)
    return {language: list(text) if isinstance(text, list | tuple) else text for language, text in part.items()}


def _inside(name: str, part: Any, item: str) -> dict[str, Any]:
    """The parts of a part, under the item that it has in its property."""
    if part is None:
        return {}
    known, way = by_name(Credential).get(name), steps(name, item)
    inner = [(steps(name, each), value) for each, value in parts(name, part).items()]
    if len({each[: len(way)] for each, _ in inner}) != 1:
        return {item: part}
    return {_item(known, way + each[len(way) :]): value for each, value in inner}


def _numbered(pairs: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Each part under its own item: of twins, the first in canonical order keeps the bare one."""
    often = Counter(item for item, _ in pairs)
    forms = [canonical(part) if often[item] > 1 else b"" for item, part in pairs]
    twins: defaultdict[str, list[bytes]] = defaultdict(list)
    for (item, _), form in zip(pairs, forms, strict=True):
        twins[item].append(form)
    for several in twins.values():
        several.sort()
    alike: Counter[tuple[str, bytes]] = Counter()
    for (item, part), form in zip(pairs, forms, strict=True):
        number = twins[item].index(form) + alike[item, form]
        alike[item, form] += 1
        yield (f"{item} #{number + 1}" if number or _NUMBERED.search(item) else item), part


def _identity(value: Any, of: str) -> str:
    if not isinstance(value, Mapping):
        return str(value) or "empty"
    for members in _IDENTITIES.get(of, _BY_NAME):
        said = [_said(value.get(member)) for member in members]
        if all(said):
            return " ".join(said)
    return of or "thing"


def _said(value: Any) -> str:
    """What a member says, in the language that it names first."""
    if isinstance(value, Mapping):
        return _said(next(iter(value.values()), ""))
    return str(value if value is not None else "").casefold()


def _item(known: Attribute | None, way: Steps) -> str:
    """The item that spells out a way: inside a collection a pointer, else what identifies the part as it is."""
    if len(way) < 2 and not (way and _collection(known) and way[0].startswith("/")):
        return way[0] if way else WHOLE
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in way)


def _step(text: str) -> str:
    """A text as a step: on one line, and a long one cut short, with a digest of what it was; a step stays itself."""
    line = " ".join(text.split()) or "empty"
    number = _NUMBERED.search(line)
    called = line[: number.start()] if number else line
    if len(called) <= _LONGEST_STEP:
        return line
    cut = f"{called[: _LONGEST_STEP - 20]}… {hashlib.sha256(called.encode()).hexdigest()[:16]}"
    return cut + line[len(called) :]


def _collection(known: Attribute | None) -> type | None:
    """The class of a property's profiles, if they are collections of statements."""
    of = known.of if known else None
    return of if of is not None and of.__name__ in _COLLECTIONS else None
