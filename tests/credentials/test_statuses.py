"""Statuses in the database are what the history of a record says they are, whatever happened in whatever order."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select

from connector.credentials import records, statuses
from connector.credentials.content import content
from connector.credentials.state import (
    Approved,
    Confirmed,
    Record,
    Refused,
    Rejected,
    SourceChanged,
    SourceGone,
    Unpublished,
    decide,
)
from connector.credentials.tables import edit, record, revision, suggestion
from connector.storage.metadata import metadata
from mappings.rules import Applied
from tests.credentials.test_state import HOME, edited, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from connector.credentials.state import Event
    from mappings.crosswalk.mapped import Mapped

WORDS = st.sampled_from(
    [
        "changes",
        "is bare",
        "is left out",
        "is gone",
        "is edited",
        "is approved",
        "is rejected",
        "is confirmed",
        "is out",
    ]
)


@contextmanager
def empty() -> Iterator[Connection]:
    """Tables of records with nothing in them."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine, [record, revision, edit, suggestion])
    with engine.connect() as connection:
        yield connection


def mapped(key: str, word: str, turn: int) -> Mapped:
    if word == "is bare":
        return said(source_id=key, description="Bees.")
    applied = Applied(skip="Tests") if word == "is left out" else Applied()
    return replace(said(source_id=key, name=f"Bee Keeping {turn % 3}"), applied=applied)


def event(key: str, word: str, turn: int, now: Record) -> Event:
    match word:
        case "is gone":
            return SourceGone("2026-05-01")
        case "is edited":
            return edited({"en": f"Hives {turn % 2}"})
        case "is approved":
            return Approved(str(now.content_hash))
        case "is rejected":
            return Rejected("not ours")
        case "is confirmed":
            return Confirmed(str(now.approved_hash))
        case "is out":
            return Unpublished()
    return SourceChanged(mapped(key, word, turn))


class Told:
    """What a history says of a record, told anew from what happened alone."""

    def __init__(self) -> None:
        self.approved: str | None = None
        self.published: str | None = None
        self.rejected: str | None = None
        self.now: str | None = None
        self.gone = False

    def hears(self, what: Event, now: str | None) -> None:
        match what:
            case Approved(seen):
                self.approved, self.rejected = seen, None
            case Rejected():
                self.rejected, self.approved = now, None
            case Confirmed(sent):
                self.published = sent
            case Unpublished():
                self.approved = self.published = None
            case SourceGone():
                self.gone = True
            case SourceChanged():
                self.gone = False
        self.now = now

    def statuses(self, last: Record, represented: bool) -> set[str]:
        assert last.mapped
        held = content(last.mapped, last.edits, organization_website=HOME)
        approved, published = self.approved, self.published
        found = {
            "incomplete": any(each.severity == "required" for each in held.findings),
            "approved": approved,
            "needs_reapproval": approved and approved != self.now,
            "published": published,
            "needs_republishing": approved and published and approved != published,
            "rejected": self.rejected and self.rejected == self.now,
            "gone_at_source": self.gone,
            "conflict": held.conflicts,
            "skipped": last.mapped.applied.skip,
            "represented": represented,
        }
        return {name for name, holds in found.items() if holds}


@settings(max_examples=30, deadline=None)
@given(histories=st.lists(st.tuples(st.lists(WORDS, max_size=9), st.booleans()), min_size=1, max_size=6))
def test_every_status_is_what_the_history_of_the_record_says(histories: list[tuple[list[str], bool]]) -> None:
    expected = {}
    with empty() as connection:
        for place, (words, represented) in enumerate(histories):
            key = f"r{place}"
            expected[key] = lived(connection, key, words, represented)
        found = {
            name: set(connection.scalars(select(record.c.id).where(statuses.having(name))))
            for name in (*statuses.STATUSES, statuses.AWAITING)
        }
        ready = set(connection.scalars(select(record.c.id).where(statuses.ready())))
        waiting = set(connection.scalars(select(record.c.id).where(statuses.waiting())))
    for name in statuses.STATUSES:
        assert found[name] == {key for key, held in expected.items() if name in held}
    assert found[statuses.AWAITING] == {key for key, held in expected.items() if not held}
    settled = found["skipped"] | found["represented"]
    assert not (ready | waiting) & settled
    assert found[statuses.AWAITING] <= waiting
    assert not ready & (found["incomplete"] | found["conflict"] | found["gone_at_source"] | found["rejected"])


def lived(connection: Connection, key: str, words: list[str], represented: bool) -> set[str]:
    """A record to which all this happens, written as it happens; answers the statuses that it has then."""
    new = mapped(key, "changes", 0)
    first = decide(Record(mapped=new, organization_website=HOME), SourceChanged(new))
    row = {"id": key, "organization_id": 1, "position": int(key[1:]), "revision": 0, **records.columns(first)}
    connection.execute(insert(record).values(**row, represented_by="x" if represented else None))
    now, told = first.record, Told()
    told.now = now.content_hash
    for turn, word in enumerate(words):
        if word == "is confirmed" and now.approved_hash is None:
            continue
        what = event(key, word, turn, now)
        try:
            changes = decide(now, what)
        except Refused:
            continue
        records.write(connection, [(key, now, changes, type(what).__name__)], by="test")
        now = changes.record
        told.hears(what, now.content_hash)
    return told.statuses(now, represented)


def test_what_may_exist_already_is_not_ready_but_waits() -> None:
    with empty() as connection:
        assert lived(connection, "r0", [], False) == set()
        assert lived(connection, "r1", [], False) == set()
        offer = {"organization_id": 1, "record_id": "r0", "other_id": "r1", "kind": "same", "score": 98, "reasons": []}
        connection.execute(insert(suggestion).values(**offer, state="open", made_at="2026-01-02"))
        assert set(connection.scalars(select(record.c.id).where(statuses.ready()))) == {"r1"}
        assert set(connection.scalars(select(record.c.id).where(statuses.waiting()))) == {"r0", "r1"}
