"""Which Open Badges properties the platforms really deliver: `python -m tests.adapters.deliveries` writes the table.

A cell is what came out of an adapter's own `definition` and `badge_class` for the items of its harness, never what
somebody says of a platform. `tests/adapters/test_what_platforms_deliver.py` compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from adapters import installed
from mappings.open_badges.model import BadgeClass
from tests.adapters.conftest import HARNESSES, Harness

BADGES = 200
PAGE = Path(__file__).resolve().parents[2] / "docs" / "what-platforms-deliver.md"

# Where the standards write a member otherwise than in camel case.
STANDARD_NAMES: Mapping[str, str] = {
    "issuer": "issuer, creator",
    "image_caption": "image.caption",
    "tags": "tags, tag",
    "language": "@language, inLanguage",
    "result_description.rubric_criterion_level": "resultDescription.rubricCriterionLevel",
}
# Members that no standard has: platforms carry them, or we make them.
OWN = frozenset(
    {
        "source_id",
        "also_issued_by",
        "activities",
        "expires",
        "id_made_from",
        "signature",
        "page",
        "activity_page",
        "enrolment_page",
        "state",
        "public",
        "level",
        "category",
        "time_to_earn",
        "cost",
        "created",
        "left_out",
        "related.name",
        "related.url",
        "related.relation",
    }
)
INTRODUCTION = """\
# What platforms deliver

Written by `python -m tests.adapters.deliveries`; a test compares it. Each cell is computed: what the practice platform
lists in this way in goes through the adapter, and the property is there afterwards in at least one badge, or it is
not. Practice platforms are built after documentation and real answers. An account may fill in less, and a cell that is
empty says only that practice data has no such thing. A name in a cell is the platform's own, where it differs.
"""


@dataclass(frozen=True)
class Column:
    """One way into a platform: its heading, the members that were delivered, and the platform's names of them."""

    heading: str
    delivered: frozenset[str]
    names: Mapping[str, str]


def members(kind: type = BadgeClass, above: str = "") -> Iterator[str]:
    """The members of the source vocabulary, those of a member's own after it, with a dot between."""
    for name, hint in get_type_hints(kind).items():
        yield f"{above}{name}"
        inside = next((each for each in (hint, *get_args(hint)) if is_dataclass(each)), None)
        if inside and not above:
            yield from members(inside, f"{name}.")  # type: ignore[arg-type]


def delivered(badge: Any, above: str = "") -> Iterator[str]:
    """The members of a badge that hold something."""
    for each in fields(badge):
        value = getattr(badge, each.name)
        inside = [part for part in (value if isinstance(value, tuple) else [value]) if is_dataclass(part)]
        named = {name for part in inside for name in delivered(part, f"{above}{each.name}.")}
        if named or (not inside and value not in (None, "", ())):
            yield f"{above}{each.name}"
            yield from named


def column(harness: Harness) -> Column:
    """What one way into a platform delivers."""
    adapter = harness.adapter()
    [way] = [way for way in harness.kind.ways if way.name == harness.way]
    badges = (adapter.badge_class(adapter.definition(raw), issuer) for raw, issuer in harness.given())
    found = frozenset(name for badge in badges for name in delivered(badge))
    return Column(f"{adapter.name}: {way.title}", found, adapter.members)


def page() -> str:
    """The page as it has to be now."""
    kinds = installed()
    columns = [column(harness(kinds[slug], BADGES)) for slug in sorted(HARNESSES) for harness in HARNESSES[slug]]
    every = list(members())
    standard = [each for each in every if each not in OWN and each.partition(".")[0] not in OWN]
    beside = [each for each in every if each not in standard]
    return "\n".join(
        [
            INTRODUCTION,
            "## Properties of the standards\n",
            *_table(standard, columns),
            "\n## What platforms carry beside them\n",
            *_table(beside, columns),
            "",
        ]
    )


def _table(rows: Iterable[str], columns: list[Column]) -> Iterator[str]:
    yield f"| property | {' | '.join(each.heading for each in columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for row in rows:
        yield f"| `{_standard_name(row)}` | {' | '.join(_cell(row, each) for each in columns)} |"


def _cell(row: str, column: Column) -> str:
    if row not in column.delivered:
        return ""
    own = column.names.get(row)
    return f"yes: `{own}`" if own and own != _standard_name(row) else "yes"


def _standard_name(row: str) -> str:
    above, dot, name = row.rpartition(".")
    return STANDARD_NAMES.get(row) or f"{_camel(above)}{dot}{_camel(name)}"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
