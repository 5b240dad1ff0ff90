"""Walks that go on side by side: what they want to read next is fetched in rounds, each address once.

A walk is a generator: it yields the address that it wants to read, is sent what was found there, and returns what it
came to.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from adapters.contract import Answer, Http, PlatformRefused, PlatformUnavailable, Request

ACCEPT = (
    "application/ld+json, application/vc+ld+json, application/json, text/plain;q=0.9, image/png;q=0.8, "
    "image/svg+xml;q=0.8"
)
"""Not HTML: some platforms answer a page for people wherever that would be welcome too."""
MOST_READ = 5_000
LARGEST_KEPT = 20_000

Failure = PlatformRefused | PlatformUnavailable
Found = Answer | Failure
Ending = TypeVar("Ending")
Walk = Generator[str, Found, Ending]


@dataclass(frozen=True, slots=True)
class _Arrived(Generic[Ending]):
    at: Ending


class Rounds:
    """What one listing reads: at most `at_once` addresses at a time, and MOST_READ in all.

    Answers of up to LARGEST_KEPT bytes are kept for whoever wants them later, such as the issuer of every badge.
    """

    def __init__(self, http: Http, at_once: int) -> None:
        self._http = http
        self._at_once = at_once
        self._read = 0
        self._kept: dict[str, Found] = {}

    def together(self, walks: Iterable[Walk[Ending]]) -> list[Ending]:
        """What each of the walks came to, in their order."""
        under_way = [_to_its_end(walk) for walk in walks]
        steps = [next(walk) for walk in under_way]
        while wanted := dict.fromkeys(step for step in steps if isinstance(step, str)):
            found = self._found(list(wanted))
            steps = [
                walk.send(found[step]) if isinstance(step, str) else step
                for walk, step in zip(under_way, steps, strict=True)
            ]
        return [step.at for step in steps if isinstance(step, _Arrived)]

    def _found(self, addresses: list[str]) -> dict[str, Found]:
        new = [address for address in addresses if address not in self._kept]
        allowed = new[: MOST_READ - self._read]
        self._read += len(allowed)
        answers = self._http.each((Request(address, accept=ACCEPT) for address in allowed), self._at_once)
        found: dict[str, Found] = dict(zip(allowed, answers, strict=True))
        found |= {address: _too_many() for address in new[len(allowed) :]}
        self._kept |= {address: each for address, each in found.items() if _is_small(each)}
        return {address: found.get(address) or self._kept[address] for address in addresses}


def _to_its_end(walk: Walk[Ending]) -> Generator[str | _Arrived[Ending], Found, None]:
    yield _Arrived((yield from walk))


def _is_small(found: Found) -> bool:
    return not isinstance(found, Answer) or len(found.body) <= LARGEST_KEPT


def _too_many() -> PlatformRefused:
    return PlatformRefused(
        f"More than {MOST_READ} documents would have to be read, so this one was not.",
        code="too_many_documents",
        action="Give part of the addresses to another connection.",
    )
