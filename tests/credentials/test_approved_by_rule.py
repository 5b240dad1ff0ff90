"""What a rule of the organization approves of a platform's changes, and what it leaves to a person."""

from dataclasses import replace
from typing import Any

import pytest

from connector.credentials.state import Approved, Changes, Record, Refused, SourceChanged, decide
from mappings.crosswalk.mapped import Mapped
from mappings.rules import Applied
from tests.credentials.test_state import HOME, after, edited, held, said

TAGS_ARE_OURS = Applied(approved={"keyword": "Tags need nobody", "name": "Names need nobody"})


def ruled(applied: Applied = TAGS_ARE_OURS, **changes: Any) -> Mapped:
    return replace(said(**changes), applied=applied)


def approved(*events: Any) -> Record:
    """A record that a person approved, with what was approved loaded."""
    first = ruled()
    record = after(Record(mapped=first, organization_website=HOME), SourceChanged(first), *events)
    record = after(record, Approved(str(record.content_hash)))
    return replace(record, approved_properties=held(record).properties)


def changed(record: Record, **changes: Any) -> Changes:
    return decide(record, SourceChanged(ruled(**changes)))


def test_a_change_of_what_a_rule_approves_is_approved_and_says_by_which_rule() -> None:
    changes = changed(approved(), tags=("bees", "honey"))
    assert changes.record.approved_hash == changes.record.content_hash
    assert changes.approved_by == ("Tags need nobody",)
    assert changes.worth_a_revision


def test_several_rules_may_have_approved_it_together() -> None:
    assert changed(approved(), tags=("honey",), name="Hives").approved_by == ("Names need nobody", "Tags need nobody")


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Holders keep three hives through a winter."},
        {"tags": ("honey",), "description": "Holders keep three hives through a winter."},
        {"name": ""},
        {"applied": Applied()},
        {"tags": ("honey",), "applied": replace(TAGS_ARE_OURS, skip="Not ours")},
        {"owner": None},
    ],
    ids=["another property", "one of two", "what is required", "no such rule", "left out", "no owner"],
)
def test_a_change_that_no_rule_approves_waits_for_a_person(changes: dict[str, Any]) -> None:
    after_it = changed(approved(), **changes)
    assert after_it.approved_by == ()
    assert after_it.record.approved_hash == approved().approved_hash


def test_what_had_changed_before_anybody_approved_it_waits_for_a_person() -> None:
    waiting = replace(approved(), content_hash="another")
    assert changed(waiting, tags=("honey",)).approved_by == ()


def test_a_conflict_with_an_edit_waits_for_a_person() -> None:
    record = approved(edited({"en": ["Bees"]}, "keyword"))
    assert changed(record, tags=("bees", "honey")).approved_by == ("Tags need nobody",)
    assert changed(record, tags=("BEES", "honey")).approved_by == ()


def test_the_same_again_needs_no_approval() -> None:
    changes = changed(approved(), left_out=("x",))
    assert (changes.approved_by, changes.worth_a_revision) == ((), False)


@pytest.mark.parametrize(
    ("more", "applied", "code"),
    [({"represented_by": "abcd"}, Applied(), "represented"), ({}, Applied(skip="Tests"), "skipped_by_rule")],
)
def test_what_another_record_represents_or_a_rule_leaves_out_cannot_be_approved(
    more: dict[str, Any], applied: Applied, code: str
) -> None:
    record = replace(after(Record(organization_website=HOME), SourceChanged(ruled(applied))), **more)
    with pytest.raises(Refused) as refused:
        decide(record, Approved(str(record.content_hash)))
    assert refused.value.code == code
