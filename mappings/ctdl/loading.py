"""Records out of their documents as the Registry stores them: the inverse of `mappings.ctdl.graph`.

What the model knows is read; every other term is kept under `beyond` as it stood, with the blank nodes it names put
in their places, so that the document written from the record again says all that this one said. Contact persons are
left out wherever they stand: they are none of ours to keep. A term without a prefix has no
meaning in these documents and is left out as well.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mappings.ctdl import vocabulary
from mappings.ctdl.ctid import is_ctid
from mappings.ctdl.model import Credential, Kind, VerificationServiceProfile
from mappings.ctdl.reading import Unreadable
from mappings.ctdl.shape import PREFIX, Attribute, by_term, reference_class

Json = Mapping[str, Any]
Node = TypeVar("Node", Credential, VerificationServiceProfile)
LANGUAGE = "en-US"
_RESOURCE = re.compile(r"https?://[^\s?#]+/resources/(ce-[0-9a-f-]{36})", re.IGNORECASE)
_PERSONAL = "ceterms:targetContactPoint"
_CONCEPT = frozenset(
    {
        "@type",
        "ceterms:framework",
        "ceterms:frameworkName",
        "ceterms:targetNode",
        "ceterms:targetNodeName",
        "ceterms:targetNodeDescription",
    }
)


class _Foreign(Exception):
    """A value is of another form than the model's, and stays as it is."""


def credential_of(document: Any) -> Credential:
    """The credential of a document: a graph, or the one node that a registry serves for a resource.

    Raises Unreadable with a sentence where the document holds no credential with a CTID.
    """
    main, mentioned = _parts(document, _is_credential, "credential")
    term = vocabulary.find_type(main["@type"])
    assert term is not None
    return _record(Credential, main, mentioned, credential_type=term.uri)


def verification_service_of(document: Any) -> VerificationServiceProfile:
    """The verification service profile of a document. Raises Unreadable with a sentence where it holds none."""
    main, mentioned = _parts(document, _is_verification_service, "verification service profile")
    return _record(VerificationServiceProfile, main, mentioned)


def _parts(document: Any, wanted: Callable[[str], bool], called: str) -> tuple[Json, dict[str, Json]]:
    """The main node of a document, and its blank nodes by their ids."""
    nodes = document.get("@graph", [document]) if isinstance(document, Mapping) else None
    if not isinstance(nodes, list) or not all(isinstance(node, Mapping) for node in nodes):
        raise Unreadable(["This is no document of a registry: it must be an object with an @graph of nodes."])
    blank = {node["@id"]: node for node in nodes if str(node.get("@id")).startswith("_:")}
    resources = [node for node in nodes if not str(node.get("@id")).startswith("_:")]
    for node in resources:
        if isinstance(node.get("@type"), str) and wanted(node["@type"]):
            return node, blank
    classes = ", ".join(sorted(str(node["@type"]) for node in resources if node.get("@type")))
    raise Unreadable([f"The document holds no {called}, only {classes or 'nodes without an @type'}."])


def _is_credential(ctdl_class: str) -> bool:
    return ctdl_class.startswith(PREFIX) and vocabulary.find_type(ctdl_class) is not None


def _is_verification_service(ctdl_class: str) -> bool:
    return ctdl_class == "ceterms:VerificationServiceProfile"


def _record(of: type[Node], main: Json, mentioned: Mapping[str, Json], **more: Any) -> Node:
    ctid = str(main.get("ceterms:ctid") or _resource(str(main.get("@id")))).strip().lower()
    if not is_ctid(ctid):
        raise Unreadable([f"The document names no CTID: ceterms:ctid is {main.get('ceterms:ctid') or 'missing'}."])
    own = {term: value for term, value in main.items() if ":" in term and term != "ceterms:ctid"}
    return of(**_Loading(mentioned).members(of, own), ctid=ctid, **more)


class _Loading:
    """Reads the nodes of one document, whose blank nodes are given by their ids."""

    def __init__(self, mentioned: Mapping[str, Json]) -> None:
        self.mentioned = mentioned

    def members(self, of: type, node: Json) -> dict[str, Any]:
        known = by_term(of)
        read: dict[str, Any] = {}
        beyond: dict[str, Any] = {}
        for term, value in node.items():
            if term.startswith("@") or term == _PERSONAL or value in (None, "", [], {}):
                continue
            if ":" not in term:
                raise _Foreign
            try:
                read[known[term].attribute] = self.value(known[term], value)
            except (KeyError, _Foreign):
                beyond[term] = self.in_place(value, ())
        return read | {"beyond": beyond} if beyond else read

    def value(self, a: Attribute, value: Any) -> Any:
        match a.kind:
            case Kind.CONCEPT:
                return _concept(_only(value), a.name)
            case Kind.CONCEPTS:
                return tuple(_concept(each, a.name) for each in _listed(value))
            case Kind.REFERENCE:
                return self.reference(_only(value))
            case Kind.REFERENCES:
                return tuple(self.reference(each) for each in _listed(value))
            case Kind.PROFILE:
                return self.profile(a, _only(value))
            case Kind.PROFILES:
                return tuple(self.profile(a, each) for each in _listed(value))
        return _READERS[a.kind](value)

    def reference(self, item: Any) -> Any:
        node = self.node(item)
        if node is None:
            address = _word(item["@id"] if isinstance(item, Mapping) and "@id" in item else item)
            if address.startswith("_:"):
                raise _Foreign
            return _resource(address)
        ctdl_class = _word(node.get("@type"))
        of = reference_class(ctdl_class)
        return of(type=ctdl_class, **self.members(of, node))

    def profile(self, a: Attribute, item: Any) -> Any:
        node = self.node(item)
        assert a.of is not None
        if node is None or node.get("@type", PREFIX + a.of.__name__) != PREFIX + a.of.__name__:
            raise _Foreign
        inside = self if node is item else self.without(node)
        return a.of(**inside.members(a.of, node))

    def without(self, node: Json) -> "_Loading":
        """The same document inside one of its blank nodes, so that none is read inside itself."""
        return _Loading({name: each for name, each in self.mentioned.items() if each is not node})

    def node(self, item: Any) -> Json | None:
        """The node that stands here or is named here, None where only an address does."""
        if isinstance(item, Mapping) and set(item) - {"@id"}:
            return item
        name = item.get("@id") if isinstance(item, Mapping) else item
        return self.mentioned.get(name) if isinstance(name, str) else None

    def in_place(self, value: Any, within: tuple[str, ...]) -> Any:
        """A value as it stands, with the blank nodes it names put in their places, but none inside itself."""
        if isinstance(value, list):
            return [self.in_place(each, within) for each in value]
        if isinstance(value, Mapping):
            return {term: self.in_place(each, within) for term, each in value.items() if term != _PERSONAL}
        if isinstance(value, str) and value in self.mentioned and value not in within:
            node = {term: each for term, each in self.mentioned[value].items() if term != "@id"}
            return {"@id": value, **self.in_place(node, (*within, value))}
        return value


def _resource(address: str) -> str:
    """The CTID in a registry's address of a resource; any other address as it is."""
    named = _RESOURCE.fullmatch(address)
    ctid = (named[1] if named else address).lower()
    return ctid if is_ctid(ctid) else address


def _concept(item: Any, of: str) -> str:
    uri = item.get("ceterms:targetNode") if isinstance(item, Mapping) and item.keys() <= _CONCEPT else item
    if not isinstance(uri, str) or uri not in vocabulary.scheme_of(of).terms:
        raise _Foreign
    return uri


def _subjects(value: Any) -> dict[str, tuple[str, ...]]:
    """Subjects that say no more than a name in one language."""
    texts: dict[str, tuple[str, ...]] = {}
    for item in _listed(value):
        if not isinstance(item, Mapping) or item.keys() - {"@type", "ceterms:targetNodeName"}:
            raise _Foreign
        name = _text(item.get("ceterms:targetNodeName"))
        if len(name) != 1:
            raise _Foreign
        for language, text in name.items():
            texts[language] = (*texts.get(language, ()), text)
    return texts


def _text(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {LANGUAGE: value}
    if not isinstance(value, Mapping):
        raise _Foreign
    return {language: _word(text) for language, text in value.items()}


def _texts(value: Any) -> dict[str, tuple[str, ...]]:
    pairs = value if isinstance(value, Mapping) else {LANGUAGE: value}
    return {language: _words(texts) for language, texts in pairs.items()}


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Foreign
    return value


def _words(value: Any) -> tuple[str, ...]:
    return tuple(_word(each) for each in _listed(value))


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Foreign
    return value


def _whole_number(value: Any) -> int:
    number = _number(value)
    if not isinstance(number, int):
        raise _Foreign
    return number


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Foreign
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _only(value: Any) -> Any:
    """The value itself, or the one in a list of one."""
    items = _listed(value)
    if len(items) != 1:
        raise _Foreign
    return items[0]


def _one_word(value: Any) -> str:
    return _word(_only(value))


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.SUBJECTS: _subjects,
    Kind.DATE: _one_word,
    Kind.DURATION: _one_word,
    Kind.URL: _one_word,
    Kind.URLS: _words,
    Kind.WORD: _one_word,
    Kind.WORDS: _words,
    Kind.NUMBER: _number,
    Kind.WHOLE_NUMBER: _whole_number,
    Kind.YES_NO: _yes_no,
    Kind.LANGUAGES: _words,
}
