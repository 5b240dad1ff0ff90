"""Badges as no platform should send them, by the thousand and always the same: what is typed, twisted.

Each is one of the golden badges with values swapped, deleted, nested deep or blown up, or with bytes flipped in its
JSON, and goes to one of the readers, its own or another's. A reader may refuse with a sentence; all else is wrong.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from connector.credentials.map_documents import map_documents
from connector.problem import Problem
from mappings.ctdl import vocabulary
from tests.mappings.golden_pairs import OWNER, Json, pairs

READERS = (None, "credly", "canvas", "open_badges")
_HUGE = "x" * 40_000
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    2**70,
    "",
    " ",
    "\u0000",
    "\ud800",
    "²’\ufffd",
    "http://[",
    "javascript:alert(1)",
    "https://a b.example/",
    "data:image/png;base64,AAAA",
    "P1Y",
    "2025-02-30",
    _HUGE,
    "<b>" * 3_000,
    "[" * 3_000 + "](" * 3_000,
    "> " * 3_000 + "a",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"@value": {"@value": []}},
    {"id": []},
    {"type": {}, "id": "urn:x"},
)


def odd_badges(number: int, seed: int) -> Iterator[tuple[bytes, str | None]]:
    """That many badges, each with the reader to give it to; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(number):
        pair = chance.choice(pairs())
        badge = json.loads(json.dumps(pair.badge))
        for _ in range(chance.randint(1, 4)):
            chance.choice(_TWISTS)(badge, chance)
            badge = json.loads(json.dumps(badge))
        raw = json.dumps(badge).encode()
        yield _flipped(raw, chance) if chance.random() < 0.2 else raw, chance.choice((pair.source, *READERS))


def exceptions(number: int, seed: int) -> list[str]:
    """A line for each of so many odd badges that was neither mapped nor refused in a sentence."""
    found = []
    for raw, reader in odd_badges(number, seed):
        try:
            wrong = _wrong(map_documents(raw, source=reader, organization_ctid=OWNER, language="en-US"))
        except Problem as problem:
            wrong = None if _is_sentence(problem.message) else f"refused in no sentence: {problem.message!r}"
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            found.append(f"{reader or 'by shape'}: {wrong}: {raw[:300]!r}")
    return found


def _wrong(entries: list[Json]) -> str | None:
    """What is wrong with the answer: refused without a sentence or for a form nobody knows, or half mapped."""
    for entry in entries:
        if "error" in entry:
            if not _is_sentence(entry["error"]):
                return f"refused in no sentence: {entry['error']!r}"
            if "(" in entry["error"] and entry["error"].endswith("Error)."):
                return f"an exception was caught: {entry['error']!r}"
        elif entry["properties"].keys() != entry["provenance"].keys():
            return "properties and provenance differ"
        elif not vocabulary.credential_types()[entry["credential_type"]["value"]].publishable:
            return f"the type {entry['credential_type']['value']} cannot be published"
        elif not all(each["code"] and _is_sentence(each["message"]) for each in entry["findings"]):
            return "a finding without a code or a sentence"
    return None


def _is_sentence(text: str) -> bool:
    return " " in text and not text[0].islower() and text[-1] in ".?:"


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document that holds a value: its container and its key."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in list(keys):
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    return found


def _at(badge: Json, chance: random.Random) -> tuple[Any, Any] | None:
    places = _places(badge)
    return chance.choice(places) if places else None


def _swap(badge: Json, chance: random.Random) -> None:
    if at := _at(badge, chance):
        at[0][at[1]] = chance.choice(_VALUES)


def _delete(badge: Json, chance: random.Random) -> None:
    if at := _at(badge, chance):
        del at[0][at[1]]


def _list_it(badge: Json, chance: random.Random) -> None:
    if at := _at(badge, chance):
        value = at[0][at[1]]
        at[0][at[1]] = [value] * chance.choice((1, 2) if isinstance(value, dict | list) else (1, 2, 20))


def _nest(badge: Json, chance: random.Random) -> None:
    if at := _at(badge, chance):
        name = chance.choice(("id", "@value", "alignment", "x"))
        for _ in range(chance.choice((1, 3, 60))):
            at[0][at[1]] = {name: at[0][at[1]]}


def _borrow(badge: Json, chance: random.Random) -> None:
    """Puts a member of another golden badge in."""
    other = chance.choice(pairs()).badge
    if other:
        name = chance.choice(sorted(other))
        badge[name] = json.loads(json.dumps(other[name]))


def _rename(badge: Json, chance: random.Random) -> None:
    at = _at(badge, chance)
    if at and isinstance(at[0], dict):
        value = at[0].pop(at[1])
        at[0][chance.choice(("", "@id", "name", f"schema:{at[1]}", str(at[1]).upper(), "canary@people.example"))] = (
            value
        )


_TWISTS: tuple[Callable[[Json, random.Random], None], ...] = (_swap, _swap, _delete, _list_it, _nest, _borrow, _rename)


def _flipped(raw: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)
