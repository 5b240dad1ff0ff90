"""Property values as people and files write them, read into the model: the way in for edits.

Errors are sentences, all of them at once, each beginning with the path of the value that is meant.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential, EntityReference, Kind
from mappings.ctdl.shape import Attribute, by_name, properties

Node = TypeVar("Node")
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_DURATION = re.compile(r"P(?=\d|T\d)(\d+(\.\d+)?[YMWD])*(T(\d+(\.\d+)?[HMS])+)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MENTIONED = frozenset({"AssessmentProfile", "LearningOpportunityProfile", "Course", "LearningProgram"})


class Unreadable(ValueError):
    """One or more values cannot be read; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def is_url(text: str) -> bool:
    """Whether a text is an absolute http(s) address."""
    return _URL.fullmatch(text) is not None


def credential(values: Mapping[str, Any], *, ctid: str | None, language: str) -> Credential:
    """A credential from its properties. Raises Unreadable."""
    problems: list[str] = []
    node = _node(Credential, values, "", language, problems)
    _raise(problems)
    return type(node)(**{a.attribute: getattr(node, a.attribute) for a in by_name(Credential).values()}, ctid=ctid)


def property_value(name: str, value: Any, language: str) -> Any:
    """One property's value, tidied to the form `properties` uses; plain text becomes a language map in `language`.

    Raises Unreadable, also for a name that is no property of a credential.
    """
    read = credential({name: value}, ctid=None, language=language)
    return properties(read).get(name)


def _node(of: type[Node], value: Any, path: str, language: str, problems: list[str]) -> Node:
    if not isinstance(value, Mapping):
        problems.append(f"{path or 'The value'} must be an object with properties.")
        return of()
    model: type = of
    known = by_name(model)
    unknown = sorted(value.keys() - known.keys())
    problems += [f"{_under(path, name)} is not a property of {of.__name__}." for name in unknown]
    return of(
        **{
            known[name].attribute: _value(known[name], member, _under(path, name), language, problems)
            for name, member in value.items()
            if name in known and member is not None
        }
    )


def _value(a: Attribute, value: Any, path: str, language: str, problems: list[str]) -> Any:
    if a.kind is Kind.PROFILES:
        assert a.of is not None
        return tuple(_node(a.of, item, f"{path}[{i}]", language, problems) for i, item in enumerate(_listed(value)))
    if a.kind is Kind.REFERENCES:
        return tuple(_reference(item, f"{path}[{i}]", language, problems) for i, item in enumerate(_listed(value)))
    try:
        return _READERS[a.kind](value, language)
    except (ValueError, TypeError, AttributeError, KeyError):
        problems.append(f"{path} must be {_FORMS[a.kind]}.")
        return None


def _reference(item: Any, path: str, language: str, problems: list[str]) -> Any:
    if isinstance(item, Mapping):
        return _node(EntityReference, item, path, language, problems)
    if isinstance(item, str) and (is_ctid(item.strip().lower()) or is_url(item.strip())):
        return item.strip().lower() if is_ctid(item.strip().lower()) else item.strip()
    problems.append(f"{path} must be {_FORMS[Kind.REFERENCES]}.")
    return ""


def _text(value: Any, language: str) -> dict[str, str]:
    pairs = {language: value} if isinstance(value, str) else dict(value)
    return {_language(key): _filled(text) for key, text in pairs.items()}


def _texts(value: Any, language: str) -> dict[str, tuple[str, ...]]:
    pairs = dict(value) if isinstance(value, Mapping) else {language: value}
    return {_language(key): tuple(_filled(text) for text in _listed(texts)) for key, texts in pairs.items()}


def _type(value: Any, language: str) -> str:
    name = _filled(value)
    if name.removeprefix("ceterms:") in _MENTIONED:
        return "ceterms:" + name.removeprefix("ceterms:")
    term = vocabulary.find_type(name)
    if term is None or not term.publishable:
        raise ValueError
    return term.uri


def _concept(value: Any, language: str) -> str:
    name = _filled(value)
    if ":" not in name:
        name = f"credentialStat:{name.replace(' ', '')}"
    vocabulary.concept(name)
    return name


def _date(value: Any, language: str) -> str:
    return date.fromisoformat(_filled(value)).isoformat()


def _matching(pattern: re.Pattern[str]) -> Callable[[Any, str], str]:
    def read(value: Any, language: str) -> str:
        text = _filled(value)
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return read


def _number(value: Any, language: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError
    return value


def _each(read: Callable[[Any, str], Any]) -> Callable[[Any, str], tuple[Any, ...]]:
    return lambda value, language: tuple(read(item, language) for item in _listed(value))


def _language(value: Any) -> str:
    return _matching(_LANGUAGE)(value, "")


def _word(value: Any, language: str) -> str:
    return _filled(value)


def _filled(value: Any) -> str:
    text: str = value.strip()
    if not text:
        raise ValueError
    return text


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _raise(problems: list[str]) -> None:
    if problems:
        raise Unreadable(problems)


_READERS: Mapping[Kind, Callable[[Any, str], Any]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.SUBJECTS: _texts,
    Kind.CONCEPT: _concept,
    Kind.CONCEPTS: _each(_concept),
    Kind.TYPE: _type,
    Kind.DATE: _date,
    Kind.DURATION: _matching(_DURATION),
    Kind.URL: _matching(_URL),
    Kind.URLS: _each(_matching(_URL)),
    Kind.WORD: _word,
    Kind.WORDS: _each(_word),
    Kind.NUMBER: _number,
    Kind.LANGUAGES: _each(_matching(_LANGUAGE)),
}

_FORMS: Mapping[Kind, str] = {
    Kind.TEXT: "text, or an object from language to text",
    Kind.TEXTS: "a list of texts, or an object from language to such a list",
    Kind.SUBJECTS: "a list of texts, or an object from language to such a list",
    Kind.CONCEPT: "a term of its CTDL vocabulary, such as credentialStat:Active",
    Kind.CONCEPTS: "terms of its CTDL vocabulary, such as audLevel:BeginnerLevel",
    Kind.TYPE: "a credential type that can be published, such as ceterms:Certification",
    Kind.DATE: "a date as YYYY-MM-DD",
    Kind.DURATION: "an ISO 8601 duration, such as P3Y",
    Kind.URL: "an absolute address beginning with http:// or https://",
    Kind.URLS: "absolute addresses beginning with http:// or https://",
    Kind.WORD: "text",
    Kind.WORDS: "a list of texts",
    Kind.NUMBER: "a number",
    Kind.LANGUAGES: "language codes, such as en-US",
    Kind.REFERENCES: "CTIDs, absolute addresses, or objects with type, name and subjectWebpage",
}
