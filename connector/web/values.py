"""Property values as a person reads and writes them on a page: lines to read, a control to edit, and back to JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential, Kind
from mappings.ctdl.reading import is_url
from mappings.ctdl.shape import REFERENCES, Attribute, attributes, by_name
from mappings.minimum_data import label

MOST_LINES = 12
_YES_NO = (("true", "Yes"), ("false", "No"))
_PER_LINE = (Kind.URLS, Kind.WORDS, Kind.LANGUAGES, Kind.REFERENCES)
_PER_LANGUAGE = (Kind.TEXTS, Kind.SUBJECTS)


class Line(NamedTuple):
    """One line of a value: its text, the address it leads to, a word beside it, how deep it stands."""

    text: str
    href: str | None = None
    beside: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Control:
    """How a property is edited: an input of this kind under each of these names, with what it holds."""

    kind: str
    inputs: tuple[tuple[str, str, str], ...]
    """Name, label and text of each."""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = field(default=())


def lines(name: str, value: Any, names: Mapping[str, str], of: type = Credential) -> list[Line]:
    """A property's value to read; `names` says what CTIDs are called, `of` is the class that has the property."""
    known = by_name(of).get(name)
    return list(_lines(known, value, names, 0)) if known else list(_plain(value, 0))


def control(name: str, value: Any, language: str, of: type = Credential) -> Control:
    """How a property of a credential is edited, or of another class."""
    known = by_name(of)[name]
    match known.kind:
        case Kind.TEXT:
            held = value or {language: ""}
            inputs = tuple((f"value:{key}", key if len(held) > 1 else "", text) for key, text in held.items())
            return Control("textarea" if name == "description" else "text", inputs)
        case kind if kind in _PER_LANGUAGE:
            held = value or {language: []}
            inputs = tuple((f"value:{key}", key if len(held) > 1 else "", "\n".join(t)) for key, t in held.items())
            return Control("lines", inputs, "One on each line.")
        case Kind.CONCEPT:
            terms = vocabulary.scheme_of(name).terms
            options = tuple((uri, term.label) for uri, term in terms.items())
            return Control("select", (("value", "", value or ""),), "", options)
        case Kind.CONCEPTS:
            words = [vocabulary.concept(each)[1].label for each in value or ()]
            hint = f"One on each line, such as {next(iter(vocabulary.scheme_of(name).terms.values())).label}."
            return Control("lines", (("value", "", "\n".join(words)),), hint)
        case Kind.YES_NO:
            shown = "" if value is None else json.dumps(value)
            return Control("select", (("value", "", shown),), "", _YES_NO)
        case Kind.PROFILE | Kind.PROFILES:
            shown = json.dumps(value or ([] if known.kind is Kind.PROFILES else {}), ensure_ascii=False, indent=2)
            return Control("code", (("value", "", shown),), _members(known))
        case Kind.REFERENCE if isinstance(value, Mapping):
            shown = json.dumps(value, ensure_ascii=False, indent=2)
            hint = "A CTID, an address, or an object with type and name, as JSON."
            return Control("code", (("value", "", shown),), hint)
        case Kind.REFERENCES if any(isinstance(each, Mapping) for each in value or ()):
            shown = json.dumps(value, ensure_ascii=False, indent=2)
            return Control("code", (("value", "", shown),), "CTIDs, addresses, or objects with type and name, as JSON.")
        case kind if kind in _PER_LINE:
            return Control("lines", (("value", "", "\n".join(value or ())),), _HINTS.get(kind, "One on each line."))
    return Control(_INPUTS.get(known.kind, "text"), (("value", "", _single(value)),), _HINTS.get(known.kind, ""))


def given(name: str, filled: Mapping[str, str], of: type = Credential) -> Any:
    """The JSON value behind what was typed into a property's control; None where all of it is empty.

    ValueError with a sentence where JSON was asked for and something else was typed.
    """
    known = by_name(of)[name]
    if known.kind is Kind.TEXT:
        return {key.partition(":")[2]: text for key, text in filled.items() if text.strip()} or None
    if known.kind in _PER_LANGUAGE:
        split = {key.partition(":")[2]: _split(text) for key, text in filled.items()}
        return {key: texts for key, texts in split.items() if texts} or None
    text = filled.get("value", "").strip()
    if not text:
        return None
    if known.kind in (Kind.PROFILE, Kind.PROFILES) or (known.kind in REFERENCES and text.startswith(("[", "{"))):
        try:
            return orjson.loads(text) or None
        except (ValueError, RecursionError) as wrong:
            raise ValueError(f"{label(name)} is not JSON: {wrong}.") from None
    if known.kind in (*_PER_LINE, Kind.CONCEPTS):
        return _split(text)
    if known.kind is Kind.YES_NO:
        return {"true": True, "false": False}.get(text, text)
    if known.kind in (Kind.NUMBER, Kind.WHOLE_NUMBER):
        return json.loads(text) if text.replace(".", "", 1).isdecimal() else text
    return text


def _single(value: Any) -> str:
    return "" if value is None else str(value)


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _lines(known: Attribute, value: Any, names: Mapping[str, str], depth: int) -> Iterator[Line]:
    match known.kind:
        case Kind.TEXT:
            several = len(value) > 1
            yield from (Line(text, None, key if several or not depth else "", depth) for key, text in value.items())
        case Kind.TEXTS | Kind.SUBJECTS:
            yield from (
                Line(" · ".join(texts), None, key if len(value) > 1 else "", depth) for key, texts in value.items()
            )
        case Kind.CONCEPT:
            yield Line(vocabulary.concept(value)[1].label, None, "", depth)
        case Kind.CONCEPTS:
            yield Line(" · ".join(vocabulary.concept(each)[1].label for each in value), None, "", depth)
        case Kind.TYPE:
            term = vocabulary.credential_types().get(value)
            yield Line(term.label if term else value, None, "", depth)
        case Kind.YES_NO:
            yield Line(dict(_YES_NO)[json.dumps(value)], None, "", depth)
        case Kind.REFERENCE:
            yield _reference(value, names, depth)
        case Kind.REFERENCES:
            yield from (_reference(each, names, depth) for each in value)
        case Kind.PROFILE:
            yield from _profile(known, value, names, depth)
        case Kind.PROFILES:
            for profile in value:
                yield from _profile(known, profile, names, depth)
        case _:
            yield from _plain(value, depth)


def _profile(known: Attribute, profile: Mapping[str, Any], names: Mapping[str, str], depth: int) -> Iterator[Line]:
    """What a profile holds; a list of competencies or the like by their names alone."""
    if "targetNodeName" in profile:
        (name,) = list(profile["targetNodeName"].values())[:1] or [""]
        target = profile.get("targetNode")
        framework = ", ".join(profile.get("frameworkName", {}).values())
        yield Line(name, target if target and is_url(target) else None, framework, depth)
        return
    assert known.of is not None
    inner = {a.name: a for a in attributes(known.of)}
    for name, value in profile.items():
        if name == "targetCompetency":
            yield Line(
                _listed([next(iter(each.get("targetNodeName", {}).values()), "") for each in value]), None, "", depth
            )
            continue
        held = _lines(inner[name], value, names, depth) if name in inner else _plain(value, depth)
        for line in held:
            yield line._replace(beside=line.beside or ("" if name in ("name", "description") else label(name)))


def _listed(words: list[str]) -> str:
    held = [word for word in words if word]
    rest = len(held) - MOST_LINES
    return " · ".join(held[:MOST_LINES]) + (f" and {rest} more" if rest > 0 else "")


def _reference(value: Any, names: Mapping[str, str], depth: int) -> Line:
    if isinstance(value, Mapping):
        page = value.get("subjectWebpage")
        return Line(next(iter((value.get("name") or {}).values()), ""), page, "", depth)
    if is_ctid(value):
        return Line(names.get(value, value), None, value if value in names else "", depth)
    return Line(value, value, "", depth)


def _plain(value: Any, depth: int) -> Iterator[Line]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _plain(each, depth)
    elif isinstance(value, Mapping):
        yield Line(json.dumps(value, ensure_ascii=False), None, "", depth)
    else:
        text = str(value)
        yield Line(text, text if is_url(text) else None, "", depth)


def _members(known: Attribute) -> str:
    assert known.of is not None
    what = "An object as JSON; it" if known.kind is Kind.PROFILE else "A list as JSON; each"
    return f"{what} may have {', '.join(a.name for a in attributes(known.of))}."


_INPUTS: Mapping[Kind, str] = {Kind.DATE: "date", Kind.URL: "url", Kind.WHOLE_NUMBER: "number"}
_HINTS: Mapping[Kind, str] = {
    Kind.DATE: "A day, as YYYY-MM-DD.",
    Kind.DURATION: "An ISO 8601 duration: P3Y is three years, P6M six months.",
    Kind.URL: "A whole address, beginning with https://.",
    Kind.URLS: "Whole addresses, one on each line.",
    Kind.LANGUAGES: "Language codes such as en-US, one on each line.",
    Kind.REFERENCE: "A CTID or a whole address.",
    Kind.REFERENCES: "CTIDs or whole addresses, one on each line.",
    Kind.WHOLE_NUMBER: "A whole number.",
}
