"""An organization's own rules: what it has decided once for many badges, in order, the first word on a thing counts.

A rule says when it holds (members of the badge, all of them at once) and what then is so. Nothing in it is run:
it is data that is compared. `mappings.rule_file` reads and writes rules.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from mappings.open_badges.model import Alignment, BadgeClass, Issuer

_NOTHING: Mapping[Any, Any] = MappingProxyType({})
Thing = TypeVar("Thing")
Word = TypeVar("Word")
_WILD = re.compile(r"[*?]+")


class Chosen(NamedTuple):
    """What a rule has chosen, and the name of the rule."""

    value: Any
    rule: str


class Placement(NamedTuple):
    """Where an alignment belongs: the property of the credential, what the target is, and its type where it has one.

    `target` is one of `mappings.crosswalk.alignment.TARGETS`, or "skip": the alignment is then left out.
    """

    target: str
    property: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What one member must be: any of these texts, whatever their case; `*` and `?` stand for any characters, or one.

    Runs of white space count as one space.
    """

    member: str
    texts: tuple[str, ...]
    exact: frozenset[str] = field(init=False, repr=False, compare=False)
    wild: tuple[tuple[str, re.Pattern[str]], ...] = field(init=False, repr=False, compare=False)
    """With each pattern the longest of its parts that stands for itself: what lacks it cannot fit."""

    def __post_init__(self) -> None:
        texts = [_same(text) for text in self.texts]
        wild = tuple((_literal(text), _pattern(text)) for text in texts if _WILD.search(text))
        object.__setattr__(self, "exact", frozenset(text for text in texts if not _WILD.search(text)))
        object.__setattr__(self, "wild", wild)

    def holds(self, values: Sequence[str]) -> bool:
        """Whether one of these values, in the form of `same`, is what the condition asks for."""
        if not self.exact.isdisjoint(values):
            return True
        return any(literal in value and pattern.match(value) for literal, pattern in self.wild for value in values)


@dataclass(frozen=True, slots=True)
class Align:
    """Where alignments that fit all of the conditions belong; `when` is about members of ALIGNMENT_MEMBERS."""

    when: tuple[Condition, ...]
    placement: Placement


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the conditions it holds under, all of them, the exceptions to it, any of them, and what then is so.

    `set` has values by CTDL local name as a person wrote them: `mappings.ctdl.reading.property_value` reads them in
    the badge's language.
    """

    name: str
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...] = ()
    type: str | None = None
    set: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    leave_out: tuple[str, ...] = ()
    skip: bool = False
    profile: str | None = None
    approve: tuple[str, ...] = ()
    align: tuple[Align, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of an organization, in order."""

    rules: tuple[Rule, ...] = ()
    _by_text: Mapping[str, Mapping[str, Sequence[int]]] = field(init=False, repr=False, compare=False)
    _by_part: Mapping[str, Sequence[tuple[str, int]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index each rule by the one of its conditions that lets fewest badges through."""
        by_text: dict[str, defaultdict[str, list[int]]] = {}
        by_part: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for place, rule in enumerate(self.rules):
            key = min(rule.when, key=lambda each: (each.member == "expires", len(each.wild)))
            table = by_text.setdefault(key.member, defaultdict(list))
            for text in key.exact:
                table[text].append(place)
            by_part[key.member] += [(literal, place) for literal, _ in key.wild]
        object.__setattr__(self, "_by_text", by_text)
        object.__setattr__(self, "_by_part", dict(by_part))

    def __bool__(self) -> bool:
        return bool(self.rules)

    def maybe(self, seen: "_Seen") -> list[int]:
        """The places of the rules that may hold for a badge, in order: all others cannot."""
        found: set[int] = set()
        for member, table in self._by_text.items():
            for value in seen[member]:
                if value in table:
                    found.update(table[value])
        for member, parts in self._by_part.items():
            for value in seen[member]:
                found.update([place for literal, place in parts if literal in value])
        return sorted(found)


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Applied:
    """What the rules that hold for one badge say of it.

    `properties` are by CTDL local name: None leaves one out, all others are as a person wrote them, to be read by
    `mappings.ctdl.reading.property_value` in the badge's language. `placements` are by the alignment's place in the
    badge; `approved` names for each property whose changes need no approval the rule that says so.
    """

    type: Chosen | None = None
    properties: Mapping[str, Chosen] = field(default_factory=lambda: _NOTHING)
    placements: Mapping[int, Chosen] = field(default_factory=lambda: _NOTHING)
    profile: Chosen | None = None
    skip: str | None = None
    approved: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


NOTHING = Applied()


def applied(rules: Rules, badge: BadgeClass, *, connection: str = "", authority: str = "") -> Applied:
    """What an organization's rules say of a badge that came through the connection with this name.

    `authority` is the canonical host family that vouches for the badge. Of several rules that say something about
    one thing, the first counts.
    """
    if not rules:
        return NOTHING
    held = [rules.rules[place] for place in holding(rules, badge, connection=connection, authority=authority)]
    if not held:
        return NOTHING
    return Applied(
        type=next((Chosen(rule.type, rule.name) for rule in held if rule.type), None),
        properties=_first((name, Chosen(value, rule.name)) for rule in held for name, value in _values(rule)),
        placements=_first((place, chosen) for rule in held for place, chosen in _placed(rule, badge.alignment)),
        profile=next((Chosen(rule.profile, rule.name) for rule in held if rule.profile), None),
        skip=next((rule.name for rule in held if rule.skip), None),
        approved=_first((name, rule.name) for rule in held for name in rule.approve),
    )


def holding(rules: Rules, badge: BadgeClass, *, connection: str = "", authority: str = "") -> list[int]:
    """The places of the rules that hold for a badge, in order."""
    seen = _Seen(badge, connection, authority)
    return [place for place in rules.maybe(seen) if _holds(rules.rules[place], seen)]


def said(badge: BadgeClass, member: str, *, connection: str = "", authority: str = "") -> list[str]:
    """What a badge says of a member of MEMBERS, as it says it: what a condition on that member is compared with."""
    return [text for text in MEMBERS[member](badge, connection, authority) if text and _same(text)]


class _Seen(dict[str, tuple[str, ...]]):
    """What a badge says of each member, in the form that is compared, read when it is first asked for."""

    def __init__(self, badge: BadgeClass, connection: str, authority: str) -> None:
        super().__init__()
        self._about = (badge, connection, authority)

    def __missing__(self, member: str) -> tuple[str, ...]:
        self[member] = found = tuple(_same(text) for text in MEMBERS[member](*self._about) if text)
        return found


def _holds(rule: Rule, seen: _Seen) -> bool:
    return all(each.holds(seen[each.member]) for each in rule.when) and not any(
        each.holds(seen[each.member]) for each in rule.unless
    )


def _first(pairs: Iterable[tuple[Thing, Word]]) -> dict[Thing, Word]:
    found: dict[Thing, Word] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _values(rule: Rule) -> Iterator[tuple[str, Any]]:
    yield from rule.set.items()
    yield from ((name, None) for name in rule.leave_out)


def _placed(rule: Rule, alignment: Sequence[Alignment]) -> Iterator[tuple[int, Chosen]]:
    for each in rule.align:
        for place, aim in enumerate(alignment):
            if all(c.holds([_same(t) for t in ALIGNMENT_MEMBERS[c.member](aim) if t]) for c in each.when):
                yield place, Chosen(each.placement, rule.name)


def _same(text: str) -> str:
    """A text in the form that is compared: case and runs of white space make no difference."""
    return " ".join(text.casefold().split())


def _pattern(text: str) -> re.Pattern[str]:
    """What a text with wildcards fits: in time that grows with the text, not with what the wildcards could be."""
    return re.compile(translate(text.replace("[", "[[]")))


def _literal(text: str) -> str:
    return max(_WILD.split(text), key=len)


def _of_issuer(issuer: Issuer | None) -> tuple[str | None, ...]:
    return (issuer.id, issuer.url, issuer.name) if issuer else ()


def _host(address: str | None) -> str | None:
    try:
        return urlsplit(address or "").hostname
    except ValueError:
        return None


Members = Callable[[BadgeClass, str, str], Iterable[str | None]]

MEMBERS: Mapping[str, Members] = {
    "badge": lambda badge, connection, authority: (badge.id, badge.source_id),
    "issuer": lambda badge, connection, authority: _of_issuer(badge.issuer),
    "connection": lambda badge, connection, authority: (connection,),
    "platform": lambda badge, connection, authority: (authority,),
    "tag": lambda badge, connection, authority: badge.tags,
    "name": lambda badge, connection, authority: (badge.name,),
    "category": lambda badge, connection, authority: (badge.category,),
    "level": lambda badge, connection, authority: (badge.level,),
    "achievement_type": lambda badge, connection, authority: (badge.achievement_type,),
    "state": lambda badge, connection, authority: (badge.state,),
    "language": lambda badge, connection, authority: (badge.language,),
    "framework": lambda badge, connection, authority: [each.target_framework for each in badge.alignment],
    "alignment": lambda badge, connection, authority: [
        text for each in badge.alignment for text in (each.target_url, each.target_name)
    ],
    "expires": lambda badge, connection, authority: ("true" if badge.expires else "false",),
}
"""What conditions of a rule can be about, and where it is read, in a badge, its connection's name, its authority."""

ALIGNMENT_MEMBERS: Mapping[str, Callable[[Alignment], Iterable[str | None]]] = {
    "framework": lambda aim: (aim.target_framework,),
    "host": lambda aim: (_host(aim.target_url),),
    "url": lambda aim: (aim.target_url,),
    "name": lambda aim: (aim.target_name,),
    "code": lambda aim: (aim.target_code,),
    "target_type": lambda aim: (aim.target_type,),
}
"""What conditions of a rule's `align` can be about, and where it is read."""
