"""docs/what-platforms-deliver.md says what the adapters do, and the table that it is made by can be believed."""

from __future__ import annotations

from dataclasses import fields

from adapters import installed
from mappings.open_badges.model import Alignment, BadgeClass, Criteria
from tests.adapters import deliveries
from tests.adapters.conftest import HARNESSES


def test_the_page_is_what_the_adapters_deliver_now() -> None:
    written = deliveries.PAGE.read_text("utf-8")

    assert written == deliveries.page(), "python -m tests.adapters.deliveries writes it anew"
    assert all(f"{installed()[slug].name}: " in written for slug in HARNESSES)


def test_every_member_of_a_badge_class_has_its_row() -> None:
    rows = list(deliveries.members())

    assert len(rows) == len(set(rows))
    assert {row for row in rows if "." not in row} == {each.name for each in fields(BadgeClass)}
    assert {"alignment.target_code", "criteria.narrative", "result_description.allowed_value"} <= set(rows)
    assert set(rows) >= deliveries.OWN | deliveries.STANDARD_NAMES.keys()


def test_only_what_a_badge_holds_counts_as_delivered() -> None:
    bare = BadgeClass(id="https://badges.example/1", source_id="1", name="Bare", description="", criteria=Criteria())
    fuller = BadgeClass(
        id="https://badges.example/2",
        source_id="2",
        name="Fuller",
        public=False,
        tags=("one",),
        criteria=Criteria(narrative="Do it."),
        alignment=(Alignment(), Alignment(target_code="7")),
    )

    assert set(deliveries.delivered(bare)) == {"id", "source_id", "name"}
    assert set(deliveries.delivered(fuller)) - set(deliveries.delivered(bare)) == {
        "public",
        "tags",
        "criteria",
        "criteria.narrative",
        "alignment",
        "alignment.target_code",
    }


def test_what_a_platform_calls_a_member_is_the_name_of_one() -> None:
    names = {each.name for each in fields(BadgeClass)}

    for kind in installed().values():
        assert kind.members.keys() <= names, kind.slug
