"""Property values as people and files write them, read into the model: the way in for edits.

Errors are sentences, all of them at once, each beginning with the path of the value that is meant.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential, EntityReference, Kind
from mappings.ctdl.shape import Attribute, by_name, properties

Node = TypeVar("Node")
_NEVER = r"\s\x00-\x1f\x7f<>\""
_URL = re.compile(
    rf"https?://(?:[^{_NEVER}/?#@\[\]]*@)?[^{_NEVER}/?#@:\[\]]+(?::\d*)?(?:[/?#][^{_NEVER}]*)?", re.IGNORECASE
)
_NUMBER = r"\d+(?:\.\d+)?"
_DAYS = "".join(f"(?:{_NUMBER}{unit})?" for unit in "YMWD")
_HOURS = "".join(f"(?:{_NUMBER}{unit})?" for unit in "HMS")
_DURATION = re.compile(rf"P(?=\d|T){_DAYS}(?:T(?=\d){_HOURS})?", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ORGANIZATIONS = frozenset({"CredentialOrganization", "QACredentialOrganization", "Organization"})
_LARGEST = 2**53
_MENTIONED = frozenset({"AssessmentProfile", "LearningOpportunityProfile", "Course", "LearningProgram"})


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
        return tuple(
            _reference(item, a.name, f"{path}[{i}]", language, problems) for i, item in enumerate(_listed(value))
        )
    try:
        return _reader(a)(value, language)
    except (ValueError, TypeError, AttributeError, KeyError):
        problems.append(f"{path} must be {_form(a)}.")
        return None


def _reader(a: Attribute) -> Callable[[Any, str], Any]:
    match a.kind:
        case Kind.CONCEPT:
            return _concept_for(a.name)
        case Kind.CONCEPTS:
            return _each(_concept_for(a.name))
        case Kind.TYPE if a.attribute == "type":
            return _mentioned_type
    return _READERS[a.kind]


def _form(a: Attribute) -> str:
    if a.kind not in (Kind.CONCEPT, Kind.CONCEPTS):
        return _FORMS[a.kind]
    scheme = vocabulary.scheme_of(a.name)
    some = "a term" if a.kind is Kind.CONCEPT else "terms"
    return f"{some} of {scheme.framework_name}, such as {next(iter(scheme.terms))}"


def _reference(item: Any, of: str, path: str, language: str, problems: list[str]) -> Any:
    if isinstance(item, Mapping):
        lacking = [name for name in ("type", "name", "subjectWebpage") if item.get(name) in (None, "")]
        problems += [f"{path} needs {' and '.join(lacking)}."] if lacking else []
        thing = _node(EntityReference, item, path, language, problems)
        if thing.type and not _may_be(thing.type, of):
            problems.append(f"{path}.type is {thing.type}, which is nothing that {of} can name.")
        return thing
    if isinstance(item, str) and (is_ctid(item.strip().lower()) or is_url(item.strip())):
        return item.strip().lower() if is_ctid(item.strip().lower()) else item.strip()
    problems.append(f"{path} must be {_FORMS[Kind.REFERENCES]}.")
    return ""


def _may_be(ctdl_class: str, of: str) -> bool:
    """Whether a thing of this class can stand in a property: those that end in By name organizations, and so on."""
    name = ctdl_class.removeprefix("ceterms:")
    if of.endswith("By"):
        return name in _ORGANIZATIONS
    if of == "targetAssessment":
        return name == "AssessmentProfile"
    if of == "targetLearningOpportunity":
        return name in _MENTIONED - {"AssessmentProfile"}
    return ctdl_class in vocabulary.credential_types()


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
    name = _filled(value).removeprefix("ceterms:")
    return f"ceterms:{name}" if name in _MENTIONED | _ORGANIZATIONS else _type(value, language)


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
    Kind.LANGUAGES: "language codes, such as en-US",
    Kind.REFERENCES: "CTIDs, absolute addresses, or objects with type, name and subjectWebpage",
}
