"""How alike the names of two credentials are, with the year, the version or the edition told apart. Pure.

Two names are compared word by word, in any order: "Nursing, BSc 2024" and "BSc in Nursing (2025)" have the same words
and other editions. Words that tell credentials of one family apart (levels, numbers, kinds) are never overlooked.
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

EXACT, SPELLED, CLOSE, UNLIKE = 100, 92, 80, 0
"""How alike: the same words, the same but for their spelling, nearly the same words, not alike."""

_MOMENT = (
    r"spring|summer|autumn|fall|winter|q[1-4]|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|class of|cohort"
)
_YEAR = r"(?:19|20)\d\d(?:\s*[-/–]\s*(?:(?:19|20)\d\d|\d\d))?"
_ORDINAL = r"\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth"
_VERSION = (
    r"v(?:er(?:sion)?)?\.?\s*\d+(?:\.\d+)*|rev(?:ision)?\.?\s*\d+|release\s*\d+|"
    rf"(?:{_ORDINAL})\s+edition|edition\s+\d+"
)
_EDITION = re.compile(
    rf"\b(?:(?P<version>{_VERSION})|(?P<year>(?:(?:{_MOMENT})\s+)?{_YEAR}(?:\s+(?:{_MOMENT})\b)?))\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?")
_ADDS_NOTHING = "a an and badge badges by de der die digital du for in la le of on open the to und with y"
_LEVELS = (
    "i ii iii iv v vi vii viii ix x beginner basic introductory introduction intro foundational foundation foundations "
    "fundamental fundamentals essentials elementary intermediate advanced expert master senior junior associate "
    "specialist professional practitioner instructor trainer lead leader level part module unit pre post"
)
_KINDS = (
    "certificate certification certified license degree diploma bachelor doctoral assessment course program "
    "completion participation not non without"
)
_FILLING = frozenset(_ADDS_NOTHING.split())
_TELLING = frozenset(f"{_LEVELS} {_KINDS}".split())
_SHARED_WORDS = 4
_MOST_APART = 4
_SPELLED_ALIKE = 0.85
_LONG_ENOUGH = 5
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name, taken apart: its words, and the year or version that it names, as they are written there."""

    words: frozenset[str]
    year: str = ""
    version: str = ""

    @property
    def edition(self) -> tuple[str, str]:
        """What tells it from its other editions; two empty texts where it names none."""
        return (self.year, self.version)

    @property
    def rank(self) -> tuple[int, ...]:
        """The numbers of its edition: of two editions, the later one has the larger."""
        return tuple(int(number) for number in _NUMBER.findall(f"{self.year} {self.version}"))


class Likeness(NamedTuple):
    """How alike two names are, from 0 to 100, and whether they name different editions."""

    score: int
    edition: str
    """What differs between the editions: `year`, `version`, or nothing."""


@lru_cache(maxsize=50_000)
def name(text: str) -> Name:
    """A name, taken apart."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    found = {"year": "", "version": ""}
    for edition in _EDITION.finditer(plain):
        kind = edition.lastgroup or "year"
        found[kind] = " ".join(filter(None, [found[kind], " ".join(edition[0].split())]))
    words = _WORD.findall(_EDITION.sub(" ", plain))
    telling = frozenset(word for word in words if word not in _FILLING)
    return Name(telling or frozenset(words), **found)


def likeness(one: Name, other: Name) -> Likeness:
    """How alike two names are."""
    differs = "version" if one.version != other.version else "year" if one.year != other.year else ""
    return Likeness(_alike(one.words, other.words), differs)


def _alike(one: frozenset[str], other: frozenset[str]) -> int:
    if one == other:
        return EXACT if one else UNLIKE
    left, right = one - other, other - one
    if len(left) + len(right) > _MOST_APART:
        return UNLIKE
    if len(left) == len(right) and all(any(_spelled_alike(a, b) for b in right) for a in left):
        return SPELLED
    shared = len(one & other)
    apart = left | right
    if shared >= _SHARED_WORDS and len(apart) == 1 and not any(_tells(word) for word in apart):
        return CLOSE
    return UNLIKE


def _spelled_alike(one: str, other: str) -> bool:
    if _tells(one) or _tells(other) or min(len(one), len(other)) < _LONG_ENOUGH:
        return False
    return SequenceMatcher(None, one, other).ratio() >= _SPELLED_ALIKE


def _tells(word: str) -> bool:
    """Whether a word tells credentials of one family apart."""
    return word in _TELLING or _NUMBER.search(word) is not None
