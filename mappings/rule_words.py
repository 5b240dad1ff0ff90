"""A rule in words: “When a tag is Safety and the issuer is Cedar Harbor, then the type is Certification”."""

from collections.abc import Iterable, Mapping
from typing import Any

from mappings.crosswalk.placement import SKIP, TARGETS
from mappings.ctdl import vocabulary
from mappings.minimum_data import label
from mappings.rules import Align, Condition, Placement, Rule

WORDS: Mapping[str, str] = {
    "badge": "the badge",
    "issuer": "the issuer",
    "connection": "the connection",
    "platform": "the platform",
    "tag": "a tag",
    "name": "the name",
    "category": "the category",
    "level": "the level",
    "achievement_type": "the achievement type",
    "state": "the state on the platform",
    "language": "the language",
    "framework": "the framework of an alignment",
    "alignment": "an alignment",
}
"""Members of MEMBERS that are compared with texts, in words."""

_OF_AN_ALIGNMENT: Mapping[str, str] = {
    "framework": "framework",
    "host": "host",
    "url": "address",
    "name": "name",
    "code": "code",
    "target_type": "target type",
}


def sentence(rule: Rule) -> str:
    """The whole rule as one sentence."""
    return f"When {when(rule)}, then {_list(then(rule), '; and ', '; ')}."


def when(rule: Rule) -> str:
    """What a rule holds for."""
    held = _list(map(condition, rule.when), " and ")
    exceptions = _list(map(condition, rule.unless), " or ")
    return f"{held}, unless {exceptions}" if exceptions else held


def condition(asked: Condition) -> str:
    """One condition on a badge."""
    if asked.member == "expires":
        return "an award of it expires" if asked.texts == ("true",) else "an award of it does not expire"
    if asked.member == "name" and asked.texts == ("*",):
        return "it is any badge"
    return _fits(WORDS[asked.member], asked.texts)


def then(rule: Rule) -> list[str]:
    """What then is so, thing by thing."""
    types = vocabulary.credential_types()
    return [
        *(["the badge is left out"] if rule.skip else []),
        *([f"the type is {types[rule.type].label}"] if rule.type else []),
        *(f"{label(name)} is {_shown(value)}" for name, value in rule.set.items()),
        *([f"{_list(map(label, rule.leave_out), ' and ')} stays empty"] if rule.leave_out else []),
        *([f"the verification service profile is {rule.profile}"] if rule.profile else []),
        *map(_aligned, rule.align),
        *([f"a change of {_list(map(label, rule.approve), ' or ')} needs no approval"] if rule.approve else []),
    ]


def _aligned(align: Align) -> str:
    held = _list((_fits(f"the {_OF_AN_ALIGNMENT[c.member]}", c.texts) for c in align.when), " and ")
    return f"an alignment of which {held} {_placed(align.placement)}"


def _placed(placement: Placement) -> str:
    if placement.target == SKIP:
        return "is left out"
    kind = vocabulary.label(placement.type) if placement.type else TARGETS[placement.target].label
    where = f" under {label(placement.property)}" if placement.property else ""
    return f"is a {kind}{where}"


def _fits(what: str, texts: tuple[str, ...]) -> str:
    parts = [text[1:-1] for text in texts if _has_it_inside(text)]
    whole = [text for text in texts if not _has_it_inside(text)]
    said = [f"{what} is {_list(map(_quoted, whole), ' or ')}"] if whole else []
    said += [f"{what} has {_list(map(_quoted, parts), ' or ')} in it"] if parts else []
    return " or ".join(said)


def _has_it_inside(text: str) -> bool:
    inside = text[1:-1]
    return len(text) > 2 and text[0] == text[-1] == "*" and "*" not in inside and "?" not in inside


def _shown(value: Any) -> str:
    match value:
        case str():
            return _quoted(vocabulary.label(value))
        case Mapping():
            return _list((f"{name} {_shown(member)}" for name, member in value.items()), ", ")
        case list() | tuple():
            return _list(map(_shown, value), " and ")
    return str(value)


def _quoted(text: str) -> str:
    return f"“{text}”"


def _list(said: Iterable[str], last: str, between: str = ", ") -> str:
    *others, end = [*said] or [""]
    return f"{between.join(others)}{last}{end}" if others else end
