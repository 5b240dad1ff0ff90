"""The reducer under any order of events: people win, nothing incomplete is approved, nothing unapproved published."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connector.credentials.content import Content, content
from connector.credentials.state import (
    Approved,
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
from mappings.open_badges.model import BadgeClass

OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
ENOUGH = "Holders keep two hives through a winter."
PERSON = ("ada@school.example", "2026-01-02T03:04:05Z")


def said(owner: str | None, name: str, description: str | None, tags: tuple[str, ...] = ("bees",)) -> Mapped:
    badge = BadgeClass(id="https://badges.example/bees", source_id="bees", name=name, tags=tags, language="en")
    context = Context(authority="badges.example", platform_name="Badges", organization_ctid=owner)
    return credential(replace(badge, description=description), context)


def held(record: Record) -> Content:
    assert record.mapped is not None
    return content(record.mapped, record.edits)


class Lives(RuleBasedStateMachine):
    """A record, the decisions people made about it, and every content that was ever approved."""

    names = st.sampled_from(["Bee Keeping", "Hives", "Certified Bee Keeper"])
    descriptions = st.sampled_from([ENOUGH, "Bees.", None])
    properties = st.sampled_from(["name", "description", "credentialType"])
    words = st.lists(st.sampled_from(["bees", "honey", "wax", "hives"]), unique=True, max_size=3)

    @initialize()
    def is_seen(self) -> None:
        first = said(OWNER, "Bee Keeping", ENOUGH)
        self.record = decide(Record(mapped=first), SourceChanged(first)).record
        self.decided: dict[str, Any] = {}
        self.words_added: set[str] = set()
        self.words_removed: set[str] = set()
        self.ever_approved: set[str] = set()

    def happens(self, event: Event) -> None:
        self.record = decide(self.record, event).record

    @rule(name=names, description=descriptions, owner=st.sampled_from([OWNER, OWNER, None]), tags=words)
    def platform_says(self, name: str, description: str | None, owner: str | None, tags: list[str]) -> None:
        self.happens(SourceChanged(said(owner, name, description, tuple(tags))))

    @rule(name=names, owner=st.sampled_from([OWNER, None]))
    def crosswalk_changes(self, name: str, owner: str | None) -> None:
        self.happens(Remapped(said(owner, name, ENOUGH)))

    @rule(at=st.sampled_from(["2026-05-01", "2026-06-01"]))
    def platform_falls_silent(self, at: str) -> None:
        self.happens(SourceGone(at))

    @rule(value=st.sampled_from(["Apiary Work", "Hives", "Any text that is long enough to describe."]), data=st.data())
    def person_sets(self, value: str, data: st.DataObject) -> None:
        name = data.draw(self.properties)
        forms = {"credentialType": "ceterms:Certification"}
        self.decided[name] = forms.get(name, {"en": value})
        self.happens(Edited(name, "set", self.decided[name], *PERSON))

    @rule(words=words.filter(bool))
    def person_sets_words(self, words: list[str]) -> None:
        mapped = self.mapped_words()
        self.words_removed = mapped - set(words)
        self.words_added = set(words) if mapped == set(words) else set(words) - mapped
        self.happens(Edited("keyword", "set", {"en": words}, *PERSON))
        assert set(held(self.record).properties["keyword"]["en"]) == set(words)
        assert "keyword" not in {each.property for each in held(self.record).conflicts}

    @precondition(lambda self: self.words_added | self.words_removed)
    @rule(mine=st.booleans(), data=st.data())
    def person_resolves_a_word(self, mine: bool, data: st.DataObject) -> None:
        word = data.draw(st.sampled_from(sorted(self.words_added | self.words_removed)))
        self.happens(Resolved("keyword", "mine" if mine else "theirs", f"en {word}"))
        if not mine:
            self.words_added.discard(word)
            self.words_removed.discard(word)
        assert f"en {word}" not in {each.item for each in held(self.record).conflicts}

    def mapped_words(self) -> set[str]:
        assert self.record.mapped is not None
        return set((self.record.mapped.credential.keyword or {}).get("en", ()))

    @rule(name=properties)
    def person_removes(self, name: str) -> None:
        self.decided[name] = None
        self.happens(Edited(name, "remove", None, *PERSON))

    @rule(name=properties)
    def person_withdraws(self, name: str) -> None:
        self.decided.pop(name, None)
        self.happens(Edited(name, "withdraw", None, *PERSON))

    @precondition(lambda self: self.decided)
    @rule(mine=st.booleans(), data=st.data())
    def person_resolves(self, mine: bool, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.decided)))
        self.happens(Resolved(name, "mine" if mine else "theirs"))
        if not mine:
            del self.decided[name]
        assert name not in {each.property for each in held(self.record).conflicts}

    @rule()
    def person_approves(self) -> None:
        assert self.record.content_hash is not None
        approval = Approved(self.record.content_hash)
        if held(self.record).blocking:
            with pytest.raises(Refused):
                self.happens(approval)
        else:
            self.happens(approval)
            self.ever_approved.add(self.record.content_hash)

    @rule()
    def person_rejects(self) -> None:
        self.happens(Rejected("not ours"))

    @precondition(lambda self: self.record.approved_hash)
    @rule()
    def destination_confirms(self) -> None:
        self.happens(Confirmed(str(self.record.approved_hash)))

    @rule()
    def person_unpublishes(self) -> None:
        self.happens(Unpublished())

    @invariant()
    def a_persons_word_always_wins(self) -> None:
        now = held(self.record).properties
        assert {name: now.get(name) for name in self.decided} == self.decided

    @invariant()
    def a_list_is_the_platforms_with_what_people_added_and_without_what_they_removed(self) -> None:
        now = set(held(self.record).properties.get("keyword", {}).get("en", ()))
        assert now == (self.mapped_words() - self.words_removed) | self.words_added

    @invariant()
    def the_hash_is_that_of_the_content(self) -> None:
        assert self.record.content_hash == held(self.record).hash

    @invariant()
    def only_what_a_person_approved_is_approved_or_published(self) -> None:
        assert {self.record.approved_hash, self.record.published_hash} - {None} <= self.ever_approved

    @invariant()
    def what_is_approved_as_it_stands_lacks_nothing(self) -> None:
        assert self.record.approved_hash != self.record.content_hash or held(self.record).blocking == 0


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestWhateverHappensInWhateverOrder = Lives.TestCase
