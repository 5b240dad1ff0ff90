"""Recorded exchanges, one a platform: the adapter asks for what was asked, and reads what was read.

The files in `exchanges/` are of our own making. Each holds the settings, every request with its answer, and under
`read` the pages, the definitions and the badge classes that come of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters import installed
from adapters.contract import Answer, Request
from mappings.open_badges.model import BadgeClass

Json = dict[str, Any]

EXCHANGES = Path(__file__).resolve().parent / "exchanges"
FILES = sorted(EXCHANGES.glob("*.json"))


@dataclass
class Replayed:
    """An `Http` that gives the recorded answers to the recorded requests, in their order, and knows no others."""

    exchanges: list[Json]
    asked: list[Request] = field(default_factory=list)

    def get(self, request: Request) -> Answer:
        recorded = self.exchanges[len(self.asked)]
        self.asked.append(request)
        assert asdict(request) == recorded["request"], "another request than the recorded one"
        told = recorded["answer"]
        return Answer(told["status"], json.dumps(told["body"]).encode(), told["headers"], told["address"])

    def in_order(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer]:
        return map(self.get, requests)

    each = in_order


def read_of(recorded: Json) -> Json:
    """What the adapter reads when it is given the recorded answers."""
    adapter = installed()[recorded["platform"]](**recorded["settings"])
    http = Replayed(recorded["exchanges"])
    pages = list(adapter.badges(http, adapter.configured_issuer(), None, None))
    assert len(http.asked) == len(recorded["exchanges"]), "not everything that was recorded is asked for"
    items = [item for page in pages for item in page.items]
    definitions = [(adapter.definition(raw), issuer) for raw, issuer in items]
    return {
        "pages": [
            {
                "badges": [adapter.badge_id(raw) for raw, _ in page.items],
                "next": page.next,
                "watermark": page.watermark,
                "total": page.total,
            }
            for page in pages
        ],
        "definitions": [json.loads(definition) for definition, _ in definitions],
        "badge_classes": [held(adapter.badge_class(definition, issuer)) for definition, issuer in definitions],
    }


def held(badge: BadgeClass) -> Json:
    """The members of a badge that hold something, as JSON has them."""
    found: Json = json.loads(json.dumps(asdict(badge)), object_hook=_without_nothing)
    return found


def _without_nothing(found: Json) -> Json:
    return {name: value for name, value in found.items() if value not in (None, [], {}, "")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_exchange_is_asked_for_and_read_as_ever(path: Path) -> None:
    recorded = json.loads(path.read_text("utf-8"))

    read = read_of(recorded)

    assert read["pages"] == recorded["read"]["pages"]
    assert read["definitions"] == recorded["read"]["definitions"]
    assert read["badge_classes"] == recorded["read"]["badge_classes"]


def test_each_platform_has_a_recorded_exchange_of_several_requests_that_ends() -> None:
    recorded = {path.stem: json.loads(path.read_text("utf-8")) for path in FILES}

    assert recorded.keys() == installed().keys()
    for slug, each in recorded.items():
        assert each["platform"] == slug
        assert each["about"].endswith(".")
        assert len(each["exchanges"]) >= 2
        assert len(each["read"]["badge_classes"]) >= 2
        assert each["read"]["pages"][-1]["next"] is None
