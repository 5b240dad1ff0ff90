"""Rules as an organization writes them: a TOML file, one `[[rule]]` after another, read with every error told at once.

    [[rule]]
    name = "Safety cards are certifications"
    when.tag = ["Safety", "Safety *"]
    unless.name = "*practice*"
    then.type = "Certification"
    then.set.renewalFrequency = "P3Y"
    then.leave_out = ["image"]

    [[rule.align]]
    host = "standards.example"
    target = "course"

A file is changed rule by rule (`with_rule`, `without`, `swapped`), so that a person's comments stay where they are.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from mappings.crosswalk.placement import TARGETS
from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential
from mappings.ctdl.reading import Unreadable, property_value
from mappings.ctdl.shape import by_name
from mappings.rules import ALIGNMENT_MEMBERS, MEMBERS, NO_RULES, Align, Condition, Placement, Rule, Rules

LONGEST_FILE, MOST_RULES, LONGEST_TEXT, MOST_TEXTS = 200_000, 1_000, 500, 200
_RULE, _THEN = ("name", "when", "unless", "then", "align"), ("type", "set", "leave_out", "skip", "profile", "approve")
_PLACED = ("target", "property", "type")
_OWN_WAY = {"credentialType": "then.type", "usesVerificationService": "then.profile"}
"""Properties that a rule says in another way than with `then.set`."""
_HEADER = re.compile(r"\s*\[\[\s*(?:rule|\"rule\"|'rule')\s*\]\]")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAMED = re.compile(r"(?:The rule|([\w.]+))(?: has no “([^”]*)”|: (\w+)| )")
"""The key that a sentence begins with: “when.tag must …”, “when has no “colour””, “then.set: image must …”."""
_AT = re.compile(r"\(at line (\d+), column \d+\)")


class WrongRules(Unreadable):
    """A file of rules that cannot be read: a sentence for each thing wrong, and the line it is about where known."""

    def __init__(self, wrong: Sequence[tuple[int | None, str]]) -> None:
        super().__init__([f"Line {line}: {said}" if line else said for line, said in wrong])
        self.lines = [line for line, _ in wrong]


def read(text: str) -> Rules:
    """The rules that a file holds. Raises WrongRules with everything in it that cannot be read."""
    if not text.strip():
        return NO_RULES
    tables = _tables(text)
    spans = _spans(text, len(tables))
    wrong: list[tuple[int | None, str]] = []
    found: list[Rule] = []
    named: set[str] = set()
    for number, (table, span) in enumerate(zip(tables, spans, strict=True), 1):
        reading = _Reading(table)
        rule = reading.rule()
        if rule.name and rule.name in named:
            reading.wrong.append(f"An earlier rule is called “{rule.name}” too: give each rule a name of its own.")
        named.add(rule.name)
        wrong += [(_line(span, said), f"{_called(rule, number)}: {said}") for said in reading.wrong]
        found.append(rule)
    if wrong:
        raise WrongRules(wrong)
    return Rules(tuple(found))


def write(rule: Rule) -> str:
    """One rule as it stands in a file."""
    lines = ["[[rule]]", f"name = {_toml(rule.name)}"]
    lines += [f"when.{each.member} = {_asked(each)}" for each in rule.when]
    lines += [f"unless.{each.member} = {_asked(each)}" for each in rule.unless]
    lines += [f"then.type = {_toml(rule.type.removeprefix('ceterms:'))}"] if rule.type else []
    lines += [f"then.set.{name} = {_toml(value)}" for name, value in rule.set.items()]
    lines += [f"then.leave_out = {_toml(rule.leave_out)}"] if rule.leave_out else []
    lines += ["then.skip = true"] if rule.skip else []
    lines += [f"then.profile = {_toml(rule.profile)}"] if rule.profile else []
    lines += [f"then.approve = {_toml(rule.approve)}"] if rule.approve else []
    for align in rule.align:
        lines += ["", "[[rule.align]]", *(f"{each.member} = {_asked(each)}" for each in align.when)]
        placed = zip(_PLACED, align.placement, strict=True)
        lines += [f"{name} = {_toml(value.removeprefix('ceterms:'))}" for name, value in placed if value is not None]
    return "\n".join(lines) + "\n"


def with_rule(text: str, rule: Rule) -> str:
    """A file with one rule more, at its end."""
    return f"{text.rstrip()}\n\n{write(rule)}".lstrip("\n")


def without(text: str, place: int) -> str | None:
    """A file without its rule at this place, and without the comments right above it; None as for `swapped`."""
    return _rearranged(text, lambda parts: parts[:place] + parts[place + 1 :])


def swapped(text: str, place: int) -> str | None:
    """A file with its rule at this place and the next one changing places, each with the comments right above it.

    None where the file is written in another way than with `[[rule]]`, so that only a person can change it.
    """
    return _rearranged(text, lambda each: [*each[:place], *each[place : place + 2][::-1], *each[place + 2 :]])


def _rearranged(text: str, change: Callable[[list[Any]], list[Any]]) -> str | None:
    """A file with its rules changed in number or order; None unless it then reads as it should."""
    head, *blocks = _blocks(text)
    wanted = change(list(read(text).rules))
    parts = [each.strip("\n") for each in (head, *change(blocks)) if each.strip()]
    changed = "\n\n".join(parts) + "\n" * bool(parts)
    try:
        return changed if list(read(changed).rules) == wanted else None
    except WrongRules:
        return None


def _blocks(text: str) -> list[str]:
    """What stands before the first rule, then each rule with the comments right above it."""
    lines = text.split("\n")
    starts = []
    for at in (number - 1 for number in _header_lines(text)):
        while at > 0 and lines[at - 1].lstrip().startswith("#"):
            at -= 1
        starts.append(at)
    bounds = [0, *starts, len(lines)]
    return ["\n".join(lines[start:end]) for start, end in pairwise(bounds)]


def _header_lines(text: str) -> list[int]:
    return [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]


def _spans(text: str, rules: int) -> list[list[tuple[int, str]]]:
    """The numbered lines of each rule, from its header on; none where rules are written in another way."""
    lines, starts = text.split("\n"), _header_lines(text)
    if len(starts) != rules:
        return [[]] * rules
    return [list(enumerate(lines[a - 1 : b - 1], a)) for a, b in pairwise([*starts, len(lines) + 1])]


def _line(span: Sequence[tuple[int, str]], said: str) -> int | None:
    """The line of a rule that something wrong is about: that of the key it names, or else the first."""
    named = _NAMED.match(said)
    key = ".".join(filter(None, named.groups())) if named else ""
    for sought in (key, key.rpartition(".")[2]) if key else ():
        for number, line in span:
            if re.match(rf"\s*{re.escape(sought)}\s*[.=]", line):
                return number
    return span[0][0] if span else None


def _tables(text: str) -> list[Any]:
    if len(text) > LONGEST_FILE:
        raise WrongRules([(None, f"The file is longer than {LONGEST_FILE:,} characters.")])
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failed:
        at = _AT.search(str(failed))
        said = _AT.sub("", str(failed)).strip()
        raise WrongRules([(int(at[1]) if at else None, f"This is not TOML: {said}.")]) from None
    except RecursionError:
        raise WrongRules([(None, "Values in the file are nested too deeply.")]) from None
    except ValueError:
        raise WrongRules([(None, "A number in the file has more digits than anybody reads.")]) from None
    others = sorted(held.keys() - {"rule"})
    wrong = [f"“{name}” is nothing a file of rules has: it has [[rule]] only." for name in others]
    tables = held.get("rule", [])
    if not isinstance(tables, list):
        wrong.append("Write [[rule]] above each rule, with two brackets on each side.")
    elif len(tables) > MOST_RULES:
        wrong.append(f"There are {len(tables):,} rules; {MOST_RULES:,} is the most.")
    if wrong:
        raise WrongRules([(None, said) for said in wrong])
    return list(tables)


def _called(rule: Rule, number: int) -> str:
    return f"Rule {number} “{rule.name}”" if rule.name else f"Rule {number}"


class _Reading:
    """Reads one rule from its table; `wrong` has a sentence for each thing that cannot be read."""

    def __init__(self, table: Any) -> None:
        self.wrong: list[str] = []
        self._table = self._members(table, "The rule", _RULE)

    def rule(self) -> Rule:
        """The rule, without what cannot be read of it."""
        then = self._members(self._table.get("then", {}), "then", _THEN)
        rule = Rule(
            name=self._name(),
            when=self._conditions(self._table.get("when", {}), "when", MEMBERS),
            unless=self._conditions(self._table.get("unless", {}), "unless", MEMBERS),
            type=self._type(then.get("type"), "then.type"),
            set=self._set(then.get("set", {})),
            leave_out=self._properties(then.get("leave_out", []), "then.leave_out"),
            skip=self._skip(then),
            profile=self._profile(then.get("profile")),
            approve=self._properties(then.get("approve", []), "then.approve"),
            align=tuple(self._align(self._table.get("align", []))),
        )
        if not self._table.get("when"):
            self.wrong.append('It has no condition. For a rule about every badge, say when.name = "*".')
        if not then and not rule.align and not self._table.get("align"):
            self.wrong.append(f"It says nothing. After then., use one of {_either(_THEN)}; or add [[rule.align]].")
        for name in rule.set.keys() & set(rule.leave_out):
            self.wrong.append(f"then.set gives {name} a value, and then.leave_out leaves it out: choose one.")
        return rule

    def _members(self, table: Any, called: str, known: Iterable[str]) -> Mapping[str, Any]:
        if not isinstance(table, dict):
            self.wrong.append(f"{called} must be a table of {_either(known, 'and')}.")
            return {}
        for name in sorted(table.keys() - set(known)):
            self.wrong.append(f"{called} has no “{name}”: use {_either(known)}.")
        return table

    def _name(self) -> str:
        name = self._table.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_TEXT or not name.isprintable():
            self.wrong.append(f'It needs a name, a line of up to {LONGEST_TEXT} characters: name = "…".')
            return ""
        return name.strip()

    def _conditions(self, table: Any, called: str, known: Iterable[str]) -> tuple[Condition, ...]:
        read = []
        for member, given in self._members(table, called, known).items():
            texts = self._texts(given, member, f"{called}.{member}" if called else member)
            if member in known and texts:
                read.append(Condition(member, texts))
        return tuple(read)

    def _texts(self, given: Any, member: str, called: str) -> tuple[str, ...]:
        if member == "expires":
            if not isinstance(given, bool):
                self.wrong.append(f"{called} must be true or false.")
                return ()
            return ("true" if given else "false",)
        texts = given if isinstance(given, list) else [given]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            self.wrong.append(f"{called} must be a text, or a list of texts of which any may fit.")
            return ()
        if len(texts) > MOST_TEXTS or any(len(text) > LONGEST_TEXT for text in texts):
            said = f"{called} may have {MOST_TEXTS} texts of {LONGEST_TEXT} characters each, and no more."
            self.wrong.append(said)
            return ()
        return tuple(texts)

    def _type(self, given: Any, called: str) -> str | None:
        if given is None:
            return None
        term = vocabulary.find_type(given) if isinstance(given, str) else None
        if term is None or not term.publishable:
            self.wrong.append(f"{called} must be a credential type of the Registry, such as Certification.")
            return None
        return term.uri

    def _set(self, given: Any) -> Mapping[str, Any]:
        if not isinstance(given, dict):
            self.wrong.append("then.set must name properties: then.set.renewalFrequency = …")
            return {}
        values: dict[str, Any] = {}
        for name, value in given.items():
            if own := _OWN_WAY.get(name):
                self.wrong.append(f"then.set.{name}: use {own} for that.")
                continue
            try:
                values[name] = _as_json(value)
                property_value(name, values[name], "en")
            except RecursionError:
                self.wrong.append(f"then.set: {name} is nested too deeply.")
            except Unreadable as unreadable:
                self.wrong += [f"then.set: {said}" for said in unreadable.problems]
        return values

    def _properties(self, given: Any, called: str) -> tuple[str, ...]:
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.wrong.append(f'{called} must be a list of properties, such as ["image"].')
            return ()
        for name in names:
            if name not in by_name(Credential):
                self.wrong.append(f"{called}: {name} is not a property of Credential.")
        return tuple(dict.fromkeys(names))

    def _skip(self, then: Mapping[str, Any]) -> bool:
        if "skip" in then and then["skip"] is not True:
            self.wrong.append("then.skip can only be true. Write exceptions with unless.")
        return then.get("skip") is True

    def _profile(self, given: Any) -> str | None:
        if given is None:
            return None
        if not isinstance(given, str) or not is_ctid(given.strip().lower()):
            self.wrong.append("then.profile must be the CTID of a verification service profile: ce- and a UUID.")
            return None
        return given.strip().lower()

    def _align(self, given: Any) -> Iterator[Align]:
        if not isinstance(given, list):
            self.wrong.append("Write [[rule.align]] with two brackets on each side.")
            return
        for table in given:
            members = self._members(table, "align", (*ALIGNMENT_MEMBERS, *_PLACED))
            asked = {name: value for name, value in members.items() if name not in _PLACED}
            when = self._conditions(asked, "", ALIGNMENT_MEMBERS)
            if not asked:
                self.wrong.append(f"align needs a condition: {_either(ALIGNMENT_MEMBERS)}.")
            if placement := self._placement(members):
                yield Align(when, placement)

    def _placement(self, members: Mapping[str, Any]) -> Placement | None:
        name = members.get("target")
        target = TARGETS.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or target is None:
            self.wrong.append(f"align.target must be one of {_either(TARGETS)}.")
            return None
        types = {uri.removeprefix("ceterms:"): uri for uri in target.types}
        for given, known in (("property", target.properties), ("type", types)):
            if given not in members or members[given] in list(known):
                continue
            use = f"use one of {_either(known)}" if known else "leave it out"
            self.wrong.append(f"align.{given} “{members[given]}” does not fit the target {name}: {use}.")
        return Placement(name, members.get("property"), types.get(str(members.get("type"))))


def _as_json(value: Any) -> Any:
    """A value as JSON has it: a day as its text."""
    match value:
        case datetime():
            return value
        case date():
            return value.isoformat()
        case list():
            return [_as_json(item) for item in value]
        case dict():
            return {name: _as_json(member) for name, member in value.items()}
    return value


def _either(names: Iterable[str], word: str = "or") -> str:
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last


def _asked(condition: Condition) -> str:
    if condition.member == "expires":
        return condition.texts[0]
    return _toml(condition.texts[0] if len(condition.texts) == 1 else condition.texts)


def _toml(value: Any) -> str:
    """A value in TOML, which writes texts as JSON does, but for one control character."""
    match value:
        case Mapping():
            return f"{{ {', '.join(f'{_key(name)} = {_toml(member)}' for name, member in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)
