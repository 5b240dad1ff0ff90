"""Property values as people and files write them, read into the model: the way in for edits.

Errors are sentences, all of them at once, each beginning with the path of the value that is meant.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential, EntityReference, Kind, OrganizationReference, VerificationServiceProfile
from mappings.ctdl.shape import BY_IDENTIFIER, ORGANIZATIONS, PREFIX, Attribute, by_name, properties, reference_class

Node = TypeVar("Node")
_NEVER = r"\s\x00-\x1f\x7f<>\""
_URL = re.compile(
    rf"https?://(?:[^{_NEVER}/?#@\[\]]*@)?[^{_NEVER}/?#@:\[\]]+(?::\d*)?(?:[/?#][^{_NEVER}]*)?", re.IGNORECASE
)
_NUMBER = r"\d+(?:\.\d+)?"
_DAYS = "".join(f"(?:{_NUMBER}{unit})?" for unit in "YMWD")
_HOURS = "".join(f"(?:{_NUMBER}{unit})?" for unit in "HMS")
_DURATION = re.compile(rf"P(?=\d|T){_DAYS}(?:T(?=\d){_HOURS})?", re.ASCII)
_TIME_REQUIRED = re.compile(rf"PT(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_BEYOND = re.compile(r"[a-z]+:[A-Za-z]\w*", re.ASCII)
_LARGEST = 2**53
_LEARNING = frozenset({"ceterms:LearningOpportunityProfile", "ceterms:Course", "ceterms:LearningProgram"})
_CLASSES_NAMED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("copyrightHolder", "processingAgent", "affiliation"), ORGANIZATIONS),
    "targetAssessment": frozenset({"ceterms:AssessmentProfile"}),
    "targetLearningOpportunity": _LEARNING,
    "isPartOf": _LEARNING.union(vocabulary.credential_types()),
    "hasPart": _LEARNING.union(vocabulary.credential_types(), ["ceterms:AssessmentProfile"]),
    "targetJob": frozenset({"ceterms:Job"}),
    "targetOccupation": frozenset({"ceterms:Occupation"}),
    **dict.fromkeys(BY_IDENTIFIER | {"targetTask"}, frozenset()),
}
_MENTIONED = ORGANIZATIONS.union(*_CLASSES_NAMED.values()) - vocabulary.credential_types().keys()


class Unreadable(ValueError):
    """One or more values cannot be read; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def is_url(text: str) -> bool:
    """Whether a text is an absolute http(s) address."""
    if _URL.fullmatch(text) is None:
        return False
    if text.isascii():
        return True
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def is_language(text: str) -> bool:
    """Whether a text has the form of a language tag (BCP 47), such as en or en-US."""
    return _LANGUAGE.fullmatch(text) is not None


def credential(values: Mapping[str, Any], *, ctid: str | None, language: str) -> Credential:
    """A credential from its properties. Raises Unreadable."""
    problems: list[str] = []
    node = _node(Credential, values, "", language, problems)
    _raise(problems)
    return type(node)(**{a.attribute: getattr(node, a.attribute) for a in by_name(Credential).values()}, ctid=ctid)


def profile(values: Mapping[str, Any], *, ctid: str | None, language: str) -> VerificationServiceProfile:
    """A verification service profile from its properties. Raises Unreadable."""
    problems: list[str] = []
    node = _node(VerificationServiceProfile, values, "", language, problems)
    _raise(problems)
    return replace(node, ctid=ctid)


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
    terms = {a.term for a in known.values()}
    beyond = {name: member for name, member in value.items() if _BEYOND.fullmatch(name) and name not in terms}
    unknown = sorted(value.keys() - known.keys() - beyond.keys())
    problems += [f"{_under(path, name)} is not a property of {of.__name__}." for name in unknown]
    read: dict[str, Any] = {
        known[name].attribute: _value(known[name], member, _under(path, name), language, problems)
        for name, member in value.items()
        if name in known and member is not None
    }
    return of(**read, **({"beyond": beyond} if beyond else {}))


def _value(a: Attribute, value: Any, path: str, language: str, problems: list[str]) -> Any:
    match a.kind:
        case Kind.PROFILES:
            return tuple(_profile(a, item, f"{path}[{i}]", language, problems) for i, item in enumerate(_listed(value)))
        case Kind.PROFILE:
            return _profile(a, value, path, language, problems)
        case Kind.REFERENCES:
            return tuple(
                _reference(item, a, f"{path}[{i}]", language, problems) for i, item in enumerate(_listed(value))
            )
        case Kind.REFERENCE:
            return _reference(value, a, path, language, problems)
    try:
        return _reader(a)(value, language)
    except (ValueError, TypeError, AttributeError, KeyError):
        problems.append(f"{path} must be {_form(a)}.")
        return None


def _profile(a: Attribute, value: Any, path: str, language: str, problems: list[str]) -> Any:
    assert a.of is not None
    return _node(a.of, value, path, language, problems)


def _reader(a: Attribute) -> Callable[[Any, str], Any]:
    match a.kind:
        case Kind.CONCEPT:
            return _concept_for(a.name)
        case Kind.CONCEPTS:
            return _each(_concept_for(a.name))
        case Kind.TYPE if a.attribute == "type":
            return _mentioned_type
        case Kind.DURATION if a.name == "timeRequired":
            return _matching(_TIME_REQUIRED)
    return _READERS[a.kind]


def _form(a: Attribute) -> str:
    if a.name == "timeRequired":
        return "an ISO 8601 duration in hours or minutes, such as PT40H"
    if a.kind not in (Kind.CONCEPT, Kind.CONCEPTS):
        return _FORMS[a.kind]
    scheme = vocabulary.scheme_of(a.name)
    some = "a term" if a.kind is Kind.CONCEPT else "terms"
    return f"{some} of {scheme.framework_name}, such as {next(iter(scheme.terms))}"


def _reference(item: Any, a: Attribute, path: str, language: str, problems: list[str]) -> Any:
    classes = _classes_named(a.name)
    if isinstance(item, Mapping) and classes:
        lacking = [name for name in ("type", "name", "subjectWebpage") if item.get(name) in (None, "")]
        problems += [f"{path} needs {' and '.join(lacking)}."] if lacking else []
        of = reference_class(PREFIX + str(item.get("type")).strip().removeprefix(PREFIX))
        thing: EntityReference | OrganizationReference = _node(of, item, path, language, problems)
        if thing.type and thing.type not in classes:
            problems.append(f"{path}.type is {thing.type}, which is nothing that {a.name} can name.")
        elif thing.type:
            foreign = sorted(item.keys() & by_name(of).keys() - vocabulary.properties_of(thing.type) - {"type"})
            problems += [f"{path}.{name} is not a property of {thing.type}." for name in foreign]
        return thing
    if isinstance(item, str) and (is_ctid(item.strip().lower()) or is_url(item.strip())):
        return item.strip().lower() if is_ctid(item.strip().lower()) else item.strip()
    form = _FORMS[a.kind] if classes else _FORMS_BY_NAME_ALONE[a.kind]
    problems.append(f"{path} must be {form}.")
    return ""


def _classes_named(name: str) -> frozenset[str]:
    """The classes of things that can be described in place in a property.

    None where only a CTID or an address will do; organizations in those that end in By; credentials in all others.
    """
    if name in _CLASSES_NAMED:
        return _CLASSES_NAMED[name]
    return ORGANIZATIONS if name.endswith("By") else frozenset(vocabulary.credential_types())


def _text(value: Any, language: str) -> dict[str, str]:
    pairs = {language: value} if isinstance(value, str) else value
    if not isinstance(pairs, Mapping) or not pairs:
        raise ValueError
    return {_language(key): _filled(text) for key, text in pairs.items()}


def _texts(value: Any, language: str) -> dict[str, tuple[str, ...]]:
    pairs = value if isinstance(value, Mapping) else {language: value}
    read = {_language(key): tuple(_filled(text) for text in _listed(texts)) for key, texts in pairs.items()}
    return {key: texts for key, texts in read.items() if texts}


def _type(value: Any, language: str) -> str:
    term = vocabulary.find_type(_filled(value))
    if term is None or not term.publishable:
        raise ValueError
    return term.uri


def _mentioned_type(value: Any, language: str) -> str:
    term = PREFIX + _filled(value).removeprefix(PREFIX)
    return term if term in _MENTIONED else _type(value, language)


def _concept_for(name: str) -> Callable[[Any, str], str]:
    """Reads a concept of the scheme that the property takes, by its URI, name or label."""

    def read(value: Any, language: str) -> str:
        term = vocabulary.find_concept(vocabulary.scheme_of(name).name, _filled(value))
        if term is None:
            raise ValueError
        return term.uri

    return read


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
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        raise ValueError
    return value


def _whole_number(value: Any, language: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST:
        raise ValueError
    return value


def _yes_no(value: Any, language: str) -> bool:
    if isinstance(value, bool):
        return value
    return _YES_NO[_filled(value).casefold()]


def _url(value: Any, language: str) -> str:
    text = _filled(value)
    if not is_url(text):
        raise ValueError
    return text


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


_YES_NO: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}

_READERS: Mapping[Kind, Callable[[Any, str], Any]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.SUBJECTS: _texts,
    Kind.TYPE: _type,
    Kind.DATE: _date,
    Kind.DURATION: _matching(_DURATION),
    Kind.URL: _url,
    Kind.URLS: _each(_url),
    Kind.WORD: _word,
    Kind.WORDS: _each(_word),
    Kind.NUMBER: _number,
    Kind.WHOLE_NUMBER: _whole_number,
    Kind.YES_NO: _yes_no,
    Kind.LANGUAGES: _each(_matching(_LANGUAGE)),
}

_FORMS: Mapping[Kind, str] = {
    Kind.TEXT: "text, or an object from language to text",
    Kind.TEXTS: "a list of texts, or an object from language to such a list",
    Kind.SUBJECTS: "a list of texts, or an object from language to such a list",
    Kind.TYPE: "a credential type that can be published, such as ceterms:Certification",
    Kind.DATE: "a date as YYYY-MM-DD",
    Kind.DURATION: "an ISO 8601 duration, such as P3Y",
    Kind.URL: "an absolute address beginning with http:// or https://",
    Kind.URLS: "absolute addresses beginning with http:// or https://",
    Kind.WORD: "text",
    Kind.WORDS: "a list of texts",
    Kind.NUMBER: "a number",
    Kind.WHOLE_NUMBER: "a whole number",
    Kind.YES_NO: "true or false",
    Kind.LANGUAGES: "language codes, such as en-US",
    Kind.REFERENCE: "a CTID, an absolute address, or an object with type, name and subjectWebpage",
    Kind.REFERENCES: "CTIDs, absolute addresses, or objects with type, name and subjectWebpage",
}

_FORMS_BY_NAME_ALONE: Mapping[Kind, str] = {
    Kind.REFERENCE: "a CTID or an absolute address",
    Kind.REFERENCES: "CTIDs or absolute addresses",
}
