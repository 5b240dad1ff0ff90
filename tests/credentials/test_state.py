"""The life of a record as a story: what the platform says, what people decide, what a destination holds."""

from dataclasses import replace
from typing import Any

import pytest

from connector.credentials.content import Content, content
from connector.credentials.merge import Conflict
from connector.credentials.state import (
    Approved,
    Changes,
    Confirmed,
    Edited,
    Event,
    Record,
    Refused,
    Rejected,
    Remapped,
    Resolved,
    SourceChanged,
    SourceGone,
    Unpublished,
    decide,
)
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import Mapped, credential
from mappings.open_badges.model import Alignment, BadgeClass, Criteria

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
HOME = "https://school.example"
BADGE = BadgeClass(
    id="https://badges.example/bees",
    source_id="bees",
    name="Bee Keeping",
    description="Holders keep two hives through a winter.",
    tags=("bees",),
    language="en",
)


def said(owner: str | None = OWNER, **changes: Any) -> Mapped:
    """The mapping of the badge when the platform says `changes`."""
    return credential(replace(BADGE, **changes), Context(authority="x", platform_name="X", organization_ctid=owner))


def after(record: Record, *events: Event) -> Record:
    """The record after these events."""
    for event in events:
        record = decide(record, event).record
    return record


def held(record: Record) -> Content:
    """What a record holds."""
    assert record.mapped is not None
    return content(record.mapped, record.edits, organization_website=record.organization_website)


def named(record: Record) -> Any:
    return held(record).properties.get("name")


def edited(value: Any, name: str = "name") -> Edited:
    return Edited(name, "set", value, "ada@school.example", "2026-01-02T03:04:05Z")


def removed(name: str) -> Edited:
    return Edited(name, "remove", None, "ada@school.example", "2026-01-02T03:04:05Z")


def withdrawn(name: str = "name") -> Edited:
    return Edited(name, "withdraw", None, "ada@school.example", "2026-01-02T03:04:05Z")


def approved(record: Record) -> Record:
    assert record.content_hash is not None
    return after(record, Approved(record.content_hash))


def refusal(record: Record, event: Event) -> str:
    with pytest.raises(Refused) as refused:
        decide(record, event)
    assert str(refused.value).endswith(".")
    return refused.value.code


NEW = Record(mapped=said(), organization_website=HOME)
SEEN = after(NEW, SourceChanged(said()))
BEES, APIARY, HIVES = {"en": "Bee Keeping"}, {"en": "Apiary Work"}, {"en": "Hives"}


def test_a_badge_seen_for_the_first_time_waits_for_approval_and_nobody_has_had_a_hand_in_it() -> None:
    changes = decide(NEW, SourceChanged(said()))
    assert changes.content is not None
    assert changes.record.content_hash == changes.content.hash
    assert changes.content.blocking == 0
    assert (changes.record.approved_hash, changes.record.published_hash, changes.record.rejected_hash) == (None,) * 3
    assert not changes.worth_a_revision


def test_a_person_approves_what_they_saw() -> None:
    changes = decide(SEEN, Approved(str(SEEN.content_hash)))
    assert changes.record.approved_hash == SEEN.content_hash
    assert changes.worth_a_revision


def test_approving_the_same_again_is_no_news() -> None:
    record = approved(SEEN)
    assert not decide(record, Approved(str(record.content_hash))).worth_a_revision


def test_approval_is_refused_when_the_record_changed_while_they_looked() -> None:
    moved = after(SEEN, SourceChanged(said(name="Apiary Work")))
    assert refusal(moved, Approved(str(SEEN.content_hash))) == "changed_while_you_looked"


def test_approval_is_refused_while_something_required_is_missing_and_says_what() -> None:
    bare = after(NEW, SourceChanged(said(description="Bees.")))
    with pytest.raises(Refused, match="The description has 5 characters"):
        decide(bare, Approved(str(bare.content_hash)))
    assert refusal(bare, Approved(str(bare.content_hash))) == "incomplete"


def test_while_the_owner_is_not_confirmed_no_edit_makes_the_record_complete() -> None:
    orphan = after(NEW, SourceChanged(said(owner=None)), edited([OWNER], "ownedBy"))
    assert refusal(orphan, Approved(str(orphan.content_hash))) == "incomplete"


def test_what_the_platform_changes_afterwards_needs_approval_again_but_does_not_take_the_old_one() -> None:
    record = approved(SEEN)
    changes = decide(record, SourceChanged(said(name="Apiary Work")))
    assert changes.record.approved_hash == SEEN.content_hash != changes.record.content_hash
    assert changes.worth_a_revision


def test_a_change_that_does_not_reach_the_record_asks_for_nothing() -> None:
    record = approved(SEEN)
    changes = decide(record, SourceChanged(said(left_out=("badges_count",))))
    assert changes.record.content_hash == record.approved_hash
    assert not changes.worth_a_revision


def test_when_the_platform_takes_its_change_back_the_approval_fits_again() -> None:
    record = after(approved(SEEN), SourceChanged(said(name="Apiary Work")), SourceChanged(said()))
    assert record.approved_hash == record.content_hash


def test_a_change_of_what_nobody_decided_about_is_worth_no_revision() -> None:
    assert not decide(SEEN, SourceChanged(said(name="Apiary Work"))).worth_a_revision


def test_an_edit_stands_in_place_of_the_mapped_value_and_says_whose_it_is() -> None:
    changes = decide(SEEN, edited(APIARY))
    assert changes.content is not None
    assert changes.content.properties["name"] == APIARY
    assert changes.worth_a_revision
    (source,) = [each for each in changes.content.provenance if each.property == "name"]
    assert source.rule == "set by ada@school.example on 2026-01-02"
    assert {each.property for each in changes.content.provenance} == changes.content.properties.keys()


def test_an_edit_to_the_value_that_is_there_already_changes_nothing() -> None:
    assert not decide(SEEN, edited(BEES)).worth_a_revision


def test_a_removed_property_is_gone_with_its_origin_and_may_be_missed() -> None:
    record = after(SEEN, removed("description"))
    assert "description" not in held(record).properties
    assert "description" not in {each.property for each in held(record).provenance}
    assert refusal(record, Approved(str(record.content_hash))) == "incomplete"


def test_deciding_the_type_settles_what_was_asked() -> None:
    asked = after(NEW, SourceChanged(said(name="Certified Bee Keeper")))
    assert [f.code for f in held(asked).findings if f.severity == "required"] == ["type_undecided"]
    record = approved(after(asked, edited("ceterms:Certification", "credentialType")))
    assert held(record).credential.credential_type == "ceterms:Certification"


def test_an_edit_of_an_approved_record_needs_approval_again() -> None:
    record = after(approved(SEEN), edited(APIARY))
    assert record.approved_hash == SEEN.content_hash != record.content_hash


def test_an_edit_wins_over_whatever_the_platform_says_and_the_conflict_is_shown() -> None:
    record = after(SEEN, edited(APIARY), SourceChanged(said(name="Hives")))
    assert named(record) == APIARY
    assert held(record).conflicts == (Conflict("name", BEES, HIVES, APIARY, "en"),)


def test_a_conflict_alone_changes_neither_content_nor_approval() -> None:
    record = approved(after(SEEN, edited(APIARY)))
    changes = decide(record, SourceChanged(said(name="Hives")))
    assert changes.record.content_hash == changes.record.approved_hash == record.approved_hash
    assert not changes.worth_a_revision


def test_an_edit_made_after_the_platform_changed_is_in_no_conflict() -> None:
    assert held(after(SEEN, SourceChanged(said(name="Hives")), edited(APIARY))).conflicts == ()


def test_a_platform_that_comes_to_say_what_the_person_said_is_in_no_conflict() -> None:
    assert held(after(SEEN, edited(APIARY), SourceChanged(said(name="Apiary Work")))).conflicts == ()


def test_a_platform_that_goes_back_to_what_it_said_is_in_no_conflict() -> None:
    record = after(SEEN, edited(APIARY), SourceChanged(said(name="Hives")), SourceChanged(said()))
    assert held(record).conflicts == ()


def test_another_order_of_the_same_words_is_no_conflict() -> None:
    two = said(tags=("bees", "honey"))
    record = after(SEEN, SourceChanged(two), edited({"en": ["hives"]}, "keyword"))
    assert held(after(record, SourceChanged(said(tags=("honey", "bees"))))).conflicts == ()


def test_a_platform_that_changes_what_a_person_removed_is_in_conflict_and_it_stays_removed() -> None:
    record = after(SEEN, removed("keyword"), SourceChanged(said(tags=("honey",))))
    assert "keyword" not in held(record).properties
    assert held(record).conflicts == (Conflict("keyword", {"en": ["bees"]}, {"en": ["honey"]}, None),)


def test_a_platform_that_drops_what_a_person_set_is_in_conflict_but_not_if_they_removed_it() -> None:
    two, silent = SourceChanged(said(tags=("bees", "honey"))), SourceChanged(said(tags=("honey",)))
    record = after(SEEN, two, edited({"en": ["Bees", "honey"]}, "keyword"), silent)
    assert held(record).conflicts == (Conflict("keyword", {"en": ["bees"]}, None, {"en": ["Bees"]}, "en bees"),)
    assert held(record).properties["keyword"] == {"en": ["honey", "Bees"]}
    assert held(after(SEEN, removed("keyword"), SourceChanged(said(tags=())))).conflicts == ()


KEEP, OVERWINTER = (Alignment(target_name=name, target_url=f"{HOME}/{name}") for name in ("keep", "overwinter"))
CRITERIA = "/open badges criteria"


def asked(narrative: str, *skills: Alignment) -> Mapped:
    """The mapping of the badge when the platform asks this of who earns it."""
    return said(criteria=Criteria(narrative=narrative), alignment=skills)


def required(record: Record) -> tuple[str, list[str]]:
    """What the one condition of a record says, and its skills."""
    (profile,) = held(record).properties["requires"]
    skills = [each["targetNodeName"]["en"] for each in profile.get("targetCompetency", ())]
    return profile["description"]["en"], skills


def required_anew(record: Record, **changes: Any) -> Edited:
    (profile,) = held(record).properties["requires"]
    now = {name: value for name, value in (profile | changes).items() if value}
    return edited([now], "requires")


def test_who_rewrites_the_criteria_still_gets_the_skill_that_the_platform_adds() -> None:
    record = after(SEEN, SourceChanged(asked("Keep hives.", KEEP)))
    record = after(record, required_anew(record, description={"en": "Keep two hives."}))
    record = after(record, SourceChanged(asked("Keep hives.", KEEP, OVERWINTER)))
    assert required(record) == ("Keep two hives.", ["keep", "overwinter"])
    assert held(record).conflicts == ()
    (origin,) = [each for each in held(record).provenance if each.property == "requires"]
    assert origin.rule.endswith("; changed by ada@school.example on 2026-01-02")

    record = after(record, SourceChanged(asked("Keep many hives.", OVERWINTER)))
    assert required(record) == ("Keep two hives.", ["overwinter"])
    assert [each.item for each in held(record).conflicts] == [f"{CRITERIA}/description/en"]
    for side, text in (("mine", "Keep two hives."), ("theirs", "Keep many hives.")):
        settled = after(record, Resolved("requires", side, f"{CRITERIA}/description/en"))  # type: ignore[arg-type]
        assert (required(settled), held(settled).conflicts) == ((text, ["overwinter"]), ())


def test_what_is_decided_of_a_profile_is_decided_of_all_inside_it() -> None:
    record = after(SEEN, SourceChanged(asked("Keep hives.", KEEP)))
    record = after(record, required_anew(record, description={"en": "Keep two."}, targetCompetency=[]))
    record = after(record, SourceChanged(asked("Keep many hives.", replace(KEEP, target_name="kept"))))
    assert len(held(record).conflicts) == 2
    assert after(record, Resolved("requires", "theirs", "open badges criteria")).edits == ()
    assert held(after(record, Resolved("requires", "mine", "open badges criteria"))).conflicts == ()


def test_keeping_what_was_put_into_a_profile_that_the_platform_dropped_settles_it() -> None:
    record = after(SEEN, SourceChanged(asked("Keep hives.", KEEP)))
    record = after(record, required_anew(record, condition={"en": ["Wear a veil."]}), SourceChanged(said()))
    (conflict,) = held(record).conflicts
    record = after(record, Resolved("requires", "mine", conflict.item))
    assert held(record).conflicts == ()
    assert held(record).properties["requires"] == [{"condition": {"en": ["Wear a veil."]}}]


def test_keeping_mine_settles_the_conflict_until_the_platform_changes_again() -> None:
    record = after(SEEN, edited(APIARY), SourceChanged(said(name="Hives")), Resolved("name", "mine"))
    assert (named(record), held(record).conflicts) == (APIARY, ())
    assert held(after(record, SourceChanged(said(name="Honey")))).conflicts == (
        Conflict("name", HIVES, {"en": "Honey"}, APIARY, "en"),
    )


def test_setting_the_value_again_keeps_mine() -> None:
    record = after(SEEN, edited(APIARY), SourceChanged(said(name="Hives")), edited(APIARY))
    assert (named(record), held(record).conflicts) == (APIARY, ())


def test_taking_theirs_drops_the_edit() -> None:
    record = after(SEEN, edited(APIARY), SourceChanged(said(name="Hives")), Resolved("name", "theirs"))
    assert (named(record), record.edits) == (HIVES, ())


def test_withdrawing_an_edit_brings_the_mapped_value_back() -> None:
    record = after(SEEN, edited(APIARY), withdrawn())
    assert (named(record), record.edits, record.content_hash) == (BEES, (), SEEN.content_hash)
    assert after(SEEN, withdrawn()) == SEEN


def test_resolving_what_nobody_edited_is_refused() -> None:
    assert refusal(SEEN, Resolved("name", "mine")) == "no_edit"


def test_one_part_has_one_edit_and_others_keep_theirs() -> None:
    record = after(SEEN, edited(APIARY), edited({"en": ["x"]}, "keyword"), edited(HIVES))
    assert sorted((edit.property, edit.op, edit.item) for edit in record.edits) == [
        ("keyword", "add", "en x"),
        ("keyword", "remove", "en bees"),
        ("name", "set", "en"),
    ]
    assert named(record) == HIVES


def test_a_rejected_record_stays_rejected_until_its_content_changes() -> None:
    record = after(approved(SEEN), Rejected("a test badge"))
    assert record.rejected_hash == record.content_hash
    assert record.approved_hash is None
    assert after(record, SourceChanged(said(left_out=("x",)))).rejected_hash == record.content_hash
    changed = after(record, SourceChanged(said(name="Hives")))
    assert changed.rejected_hash != changed.content_hash


def test_approving_a_rejected_record_takes_the_rejection_back() -> None:
    assert approved(after(SEEN, Rejected("a mistake"))).rejected_hash is None


def test_rejecting_the_same_again_is_no_news() -> None:
    record = after(SEEN, Rejected("a test badge"))
    assert not decide(record, Rejected("still one")).worth_a_revision


def test_a_badge_that_is_gone_keeps_its_content_its_approval_and_the_day_it_went() -> None:
    record = after(approved(SEEN), edited(APIARY))
    changes = decide(record, SourceGone("2026-05-01"))
    assert changes == Changes(replace(record, gone_at="2026-05-01"))
    assert after(record, SourceGone("2026-05-01"), SourceGone("2026-06-01")).gone_at == "2026-05-01"


def test_a_badge_that_comes_back_is_no_longer_gone() -> None:
    assert after(SEEN, SourceGone("2026-05-01"), SourceChanged(said())).gone_at is None


def test_a_better_mapping_of_the_same_badge_needs_approval_again_and_brings_nothing_back() -> None:
    record = after(approved(SEEN), SourceGone("2026-05-01"))
    changes = decide(record, Remapped(said(name="Apiary Work")))
    assert changes.record.approved_hash == SEEN.content_hash != changes.record.content_hash
    assert changes.record.gone_at == "2026-05-01"
    assert changes.worth_a_revision
    assert not decide(record, Remapped(said())).worth_a_revision


def test_a_better_mapping_stands_behind_an_edit_and_the_conflict_is_shown() -> None:
    record = after(SEEN, edited(APIARY), Remapped(said(name="Hives")))
    assert named(record) == APIARY
    assert held(record).conflicts == (Conflict("name", BEES, HIVES, APIARY, "en"),)


def test_a_badge_whose_owner_becomes_known_can_be_approved() -> None:
    waiting = after(NEW, SourceChanged(said(owner=None)))
    assert refusal(waiting, Approved(str(waiting.content_hash))) == "incomplete"
    known = approved(after(waiting, Remapped(said())))
    assert known.approved_hash == SEEN.content_hash


def test_what_a_destination_confirms_is_published_even_if_the_record_moved_on_meanwhile() -> None:
    sent = approved(SEEN)
    moved = after(sent, edited(APIARY), Confirmed(str(sent.approved_hash)))
    assert moved.published_hash == sent.approved_hash != moved.content_hash


def test_unpublishing_takes_publication_and_approval_so_that_nothing_sends_it_again() -> None:
    sent = approved(SEEN)
    record = after(sent, Confirmed(str(sent.approved_hash)), Unpublished())
    assert (record.published_hash, record.approved_hash) == (None, None)
    assert record.content_hash == sent.content_hash


def test_events_that_leave_the_content_alone_need_no_mapping() -> None:
    bare = Record(content_hash="a", approved_hash="a")
    assert after(bare, Confirmed("a"), SourceGone("2026-05-01")).published_hash == "a"
    assert after(bare, Unpublished()).approved_hash is None
