"""Members of Open Badges documents as JSON and JSON-LD let issuers write them: the only place that knows the spellings.

A single value stands for a list of one and the reverse, `@id` for `id`, `{"@value": …}` for a text, `schema:name`
for `name`. Contexts are never fetched: only the prefixes of the Open Badges contexts themselves are understood.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

Json = dict[str, Any]

_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "schema": ("http://schema.org/", "https://schema.org/"),
    "obi": ("https://w3id.org/openbadges#",),
    "dc": ("http://purl.org/dc/terms/",),
    "cred": ("https://w3id.org/credentials#",),
    "sec": ("https://w3id.org/security#",),
}
_NAMESPACES = tuple(each for namespaces in _PREFIXES.values() for each in namespaces)
_PREFIXED = re.compile(r"([A-Za-z][\w.-]*):([A-Za-z]\w*)", re.ASCII)
_KEYWORDS = {"@id": "id", "@type": "type"}
_RENAMED = {"keywords": "tags", "relation": "related", "issueDate": "issuedOn"}
"""Terms of the Open Badges 2.0 context whose own name differs from that of the property they stand for."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_STATED_RELATIVE = re.compile(r"\.{0,2}/")
_LONGEST_NUMBER = 1024
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def named(item: Mapping[str, Any]) -> Json:
    """The members of one object under their plain names; where an object has both spellings the plain one counts."""
    if all(map(str.isidentifier, item)):
        return dict(item)
    found: Json = {}
    for key, value in item.items():
        name = _term(key)
        found.setdefault(key if name in item else name, value)
    return found


def _term(key: str) -> str:
    if key.isidentifier():
        return key
    if key in _KEYWORDS:
        return _KEYWORDS[key]
    if namespace := next((n for n in _NAMESPACES if key.startswith(n)), None):
        rest = key[len(namespace) :]
        return _RENAMED.get(rest, rest) if rest.isidentifier() else key
    prefixed = _PREFIXED.fullmatch(key)
    if prefixed is None or prefixed[1] not in _PREFIXES:
        return key
    return _RENAMED.get(prefixed[2], prefixed[2])


def check_prefixes(item: Mapping[str, Any]) -> None:
    """ValueError where only a JSON-LD context could tell what a member means."""
    for context in listed(item.get("@context")):
        for prefix, namespaces in _PREFIXES.items() if isinstance(context, Mapping) else ():
            if isinstance(stated := context.get(prefix), str) and stated not in namespaces:
                raise ValueError(f"Its context gives the prefix {prefix} another meaning than Open Badges does.")
    if "name" in named(item):
        return
    if unknown := next((key for key in item if key.partition(":")[2] == "name" and _PREFIXED.fullmatch(key)), None):
        raise ValueError(
            f"Its member {unknown[:80]} has a prefix that only its JSON-LD context explains, and contexts are not "
            "fetched. The issuer can publish the badge under the plain names of Open Badges, such as name."
        )


def types(item: Mapping[str, Any]) -> frozenset[str]:
    """The types an object states, without prefix; what is no word counts for nothing."""
    stated = named(item).get("type")
    return frozenset(_term(each) for each in listed(stated) if isinstance(each, str))


def listed(value: Any) -> list[Any]:
    """A value as the list it may stand for."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def objects(value: Any) -> list[Json]:
    """The objects in a value, their members under plain names."""
    return [named(each) for each in listed(value) if isinstance(each, Mapping)]


def first_object(value: Any) -> Json:
    """The first of the objects in a value, empty if there is none."""
    return next(iter(objects(value)), {})


def text(holder: Mapping[str, Any], *members: str) -> str | None:
    """The first of the members that says something. ValueError where one of them is no text."""
    for member in members:
        if found := plain(holder.get(member), member):
            return found
    return None


def texts(value: Any, member: str) -> list[str]:
    """The texts in a value that may be one or a list. ValueError where one of them is none."""
    return [found for each in flat(value, member) if (found := plain(each, member))]


def flat(value: Any, member: str) -> list[Any]:
    """A value as the list it may stand for. ValueError where a list lies in it."""
    found = listed(value)
    if any(isinstance(each, list | tuple) for each in found):
        raise ValueError(f"Its member {member} is a list in a list.")
    return found


def plain(value: Any, member: str) -> str | None:
    """A member's text, also where it is a number, alone in a list, or under JSON-LD's `@value`."""
    if value is None:
        return None
    if not isinstance(value, str):
        value = _inside(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _number(value, member)
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"Its member {member} is not text.")
    if not value.isascii() and _SURROGATE.search(value):
        raise ValueError(f"Its member {member} holds half a character, so its text is damaged.")
    return value.strip() or None


def _inside(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) < 2:
        value = value[0] if value else None
    if isinstance(value, Mapping) and (not value or "@value" in value):
        value = value.get("@value")
    return value


def _number(value: int | float, member: str) -> str:
    small = value.bit_length() <= _LONGEST_NUMBER if isinstance(value, int) else math.isfinite(value)
    if not small:
        raise ValueError(f"Its member {member} is a number too large to be read.")
    return str(value)


def addresses(value: Any, member: str) -> Iterator[str]:
    """The addresses in a value: texts, or the ids of its objects."""
    for each in flat(value, member):
        stated = named(each) if isinstance(each, Mapping) else each
        found = text(stated, "id") if isinstance(stated, Mapping) and "@value" not in stated else plain(stated, member)
        if found:
            yield found


def address(value: Any, member: str) -> str | None:
    """The first address in a value."""
    return next(addresses(value, member), None)


def is_web(address: str | None) -> bool:
    """Whether it is an absolute http(s) address with a host."""
    if not address or any(c.isspace() for c in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def absolute(address: str, at: str | None) -> str:
    """A relative address against the document's own; whatever else it is stays as it is."""
    if at is None or not is_web(at) or _SCHEME.match(address) or any(c.isspace() for c in address):
        return address
    if address.lower().startswith("www."):
        return address
    try:
        return urljoin(at, address)
    except ValueError:
        return address


def absolute_if_stated(address: str, at: str | None) -> str:
    """As `absolute`, but only of what says that it is relative: where words and codes stand in place of addresses."""
    return absolute(address, at) if _STATED_RELATIVE.match(address) else address


def says_words(stated: str) -> bool:
    """Whether a text that stands where an address may stand is words instead."""
    if any(c.isspace() for c in stated):
        return True
    return not _SCHEME.match(stated) and not any(mark in stated for mark in "/.#?")
