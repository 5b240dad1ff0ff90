"""An organization's rules: looked at over all its records before they are saved, and every book of them kept."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from adapters.contract import Adapter
from connector.clock import stamp
from connector.connections import accounts
from connector.connections.identity import voucher
from connector.credentials import records
from connector.credentials.decided import decided_by
from connector.credentials.differences import Difference, differences
from connector.credentials.mapping import Decided, known
from connector.credentials.remap import Affected, map_again
from connector.credentials.tables import record, rule_book, source_identity, verification_service
from connector.organizations import accounts as organizations
from connector.problem import Problem
from mappings import rule_file
from mappings.canonical import digest
from mappings.open_badges.model import BadgeClass, Issuer
from mappings.rule_file import WrongRules
from mappings.rule_words import sentence
from mappings.rules import Condition, Rule, Rules, holding, said

_WORD = re.compile(r"[^\W\d_]{4,}")
MOST_BREADTHS = 40


class Book(NamedTuple):
    """The rules as somebody saved them; `number` counts from 1. Nobody has saved number 0: there are no rules."""

    number: int = 0
    text: str = ""
    made_by: str = ""
    made_at: str = ""


class Standing(NamedTuple):
    """A rule as it is shown: its name, the rule as a sentence, and how many badges it holds for."""

    name: str
    sentence: str
    badges: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would change, or have changed. `seen` is what a person saw, for `save`.

    `affected` are the records of which anything that people see is different.
    """

    text: str
    rules: tuple[Standing, ...]
    affected: tuple[Affected, ...]
    seen: str

    @property
    def changing(self) -> list[Affected]:
        """Records that say something else."""
        return [each for each in self.affected if each.changes]

    @property
    def losing(self) -> list[Affected]:
        """Records that need approval again."""
        return [each for each in self.affected if each.loses_approval]

    @property
    def gaining(self) -> list[Affected]:
        """Records that say again what was approved."""
        return [each for each in self.affected if each.gains_approval]

    @property
    def skipped(self) -> list[Affected]:
        """Records that a rule leaves out, and none did."""
        return [each for each in self.affected if each.skipped_by]

    @property
    def returning(self) -> list[Affected]:
        """Records that a rule has left out, and none does."""
        return [each for each in self.affected if each.returns]

    @property
    def sentence(self) -> str:
        """How many records change, and how."""
        counts = (
            (self.changing, "changes", "change"),
            (self.losing, "loses approval", "lose approval"),
            (self.gaining, "fits its approval again", "fit their approval again"),
            (self.skipped, "is left out", "are left out"),
            (self.returning, "comes back", "come back"),
        )
        first, *others = (f"{len(found):,} {one if len(found) == 1 else more}" for found, one, more in counts)
        shown = [word for word, (found, *_) in zip(others, counts[1:], strict=True) if found]
        records_of = first.replace(" ", " record " if len(self.changing) == 1 else " records ", 1)
        return f"{', '.join([records_of, *shown])}."

    def said_of(self, each: Affected) -> list[str]:
        """What becomes of one record, in words."""
        words = (
            (each.changes, "changes"),
            (each.loses_approval, "needs approval again"),
            (each.gains_approval, "fits its approval again"),
            (each.skipped_by is not None, f"left out by the rule “{each.skipped_by}”"),
            (each.returns, "no longer left out"),
        )
        return [word for holds, word in words if holds]

    def as_json(self) -> dict[str, Any]:
        """The preview as doors show it, record by record."""
        named = ("changing", "losing", "gaining", "skipped", "returning")
        return {
            "sentence": self.sentence,
            **{name: len(getattr(self, name)) for name in named},
            "rules": [each._asdict() for each in self.rules],
            "records": [each._asdict() for each in self.affected],
            "seen": self.seen,
        }


def book(connection: Connection, organization_id: int) -> Book:
    """The rules that an organization has now."""
    return next(iter(history(connection, organization_id, limit=1)), Book())


def history(connection: Connection, organization_id: int, limit: int | None = None) -> list[Book]:
    """All books of rules that an organization has had, the newest first."""
    query = select(rule_book.c.number, rule_book.c.text, rule_book.c.made_by, rule_book.c.made_at)
    query = query.where(rule_book.c.organization_id == organization_id).order_by(rule_book.c.number.desc())
    return [Book(*row) for row in connection.execute(query.limit(limit))]


def earlier(connection: Connection, organization_id: int, number: int) -> Book:
    """The book with this number; 0 is the one without rules. Problem where there is none."""
    found = next((each for each in history(connection, organization_id) if each.number == number), None)
    if found is None and number != 0:
        message = f"There are no rules with the number {number}."
        raise Problem("rules_not_found", message, action="See which there are: badge-connector rules history ORG")
    return found or Book()


def standing(connection: Connection, organization_id: int, text: str) -> tuple[Standing, ...]:
    """Each rule of a file with how many badges it holds for. Problem where the file cannot be read."""
    rules = _read(text)
    badges = how_many(connection, organization_id, rules)
    return tuple(Standing(rule.name, sentence(rule), badges[place]) for place, rule in enumerate(rules.rules))


def preview(connection: Connection, organization_id: int, text: str) -> Preview:
    """What these rules would change, over all records. Problem where the file cannot be read."""
    text = tidied(text)
    decided = _decided(connection, organization_id, _checked(connection, organization_id, text))
    affected = map_again(connection, _theirs(organization_id), by="", dry_run=True, decided=decided)
    return _told(connection, organization_id, text, decided.edition, affected)


def save(connection: Connection, organization_id: int, text: str, *, seen: str | None, by: str) -> Preview:
    """Save rules, with `seen` as they were previewed, and map all records by them, in the transaction of whoever calls.

    Problem where the file cannot be read, or the records have changed since the preview: then nothing is saved,
    provided that the transaction ends with the exception. Saving what is in force already changes nothing.
    """
    text = tidied(text)
    _checked(connection, organization_id, text)
    if text == book(connection, organization_id).text:
        return preview(connection, organization_id, text)
    organizations.next_mapping_edition(connection, organization_id)
    row = {"organization_id": organization_id, "text": text, "made_by": by, "made_at": stamp()}
    number = book(connection, organization_id).number + 1
    connection.execute(insert(rule_book).values(number=number, **row))
    decided = decided_by(connection, organization_id)
    affected = map_again(connection, _theirs(organization_id), by=by, dry_run=False, decided=decided)
    done = _told(connection, organization_id, text, decided.edition, affected)
    if seen not in (None, done.seen):
        raise Problem(
            "changed_while_you_looked",
            "The records changed since the preview, so these rules would do something else by now. Nothing was saved.",
            action="Look at the preview again, then save.",
        )
    return done


def differing(
    connection: Connection, organization_id: int, text: str, ids: Sequence[str]
) -> dict[str, list[Difference]]:
    """How a few records would differ, by id, if these were the rules."""
    decided = _decided(connection, organization_id, _read(text))
    which = _theirs(organization_id) & record.c.id.in_(ids)
    now = {each.row.id: each.content.properties for each in records.read(connection, which)}
    then = {each.row.id: each.content.properties for each in records.read(connection, which, decided=decided)}
    return {record_id: differences(now[record_id], then[record_id]) for record_id in now}


def how_many(connection: Connection, organization_id: int, rules: Rules) -> Counter[int]:
    """How many badges each rule holds for, by its place."""
    if not rules:
        return Counter()
    held: Counter[int] = Counter()
    for _, badge, about in _badges(connection, organization_id):
        held.update(holding(rules, badge, **about))
    return held


class Breadth(NamedTuple):
    """A condition that a badge fits, and how many badges do."""

    condition: Condition
    badges: int


def breadths(connection: Connection, organization_id: int, record_id: str) -> list[Breadth]:
    """What a decision about one badge could be about as well: its issuer, its tags, its category and so on."""
    found = next(_badges(connection, organization_id, record_id), None)
    if found is None:
        return []
    _, badge, about = found
    asked = [
        Condition(member, (text,))
        for member in ("issuer", "tag", "category", "level", "achievement_type", "connection", "platform")
        for text in said(badge, member, **about)[-1 if member == "issuer" else 0 :]
    ]
    words = dict.fromkeys(word.casefold() for word in _WORD.findall(badge.name))
    asked = (asked + [Condition("name", (f"*{word}*",)) for word in words])[:MOST_BREADTHS]
    each_alone = Rules(tuple(Rule(str(place), (condition,)) for place, condition in enumerate(asked)))
    badges = how_many(connection, organization_id, each_alone)
    found_for = [Breadth(condition, badges[place]) for place, condition in enumerate(asked)]
    return [each for each in found_for if each.badges > 1 or each.condition.member != "name"]


def tidied(text: str) -> str:
    """A file with one kind of line end, one of them at its end, and no byte order mark as some editors set it."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return f"{text}\n" if text.strip() else ""


def _theirs(organization_id: int) -> Any:
    return record.c.organization_id == organization_id


def _read(text: str) -> Rules:
    """The rules in a file. Problem with a sentence for everything wrong, by the line it is about."""
    try:
        return rule_file.read(text)
    except WrongRules as wrong:
        raise _unreadable(wrong) from None


def _checked(connection: Connection, organization_id: int, text: str) -> Rules:
    """As `_read`; a Problem as well where a profile is chosen that the organization does not have."""
    rules = _read(text)
    query = select(verification_service.c.ctid).where(verification_service.c.organization_id == organization_id)
    profiles = set(connection.execute(query).scalars())
    strange = [
        (None, f"Rule {number} “{rule.name}”: then.profile {rule.profile} is none of the organization's profiles.")
        for number, rule in enumerate(rules.rules, 1)
        if rule.profile and rule.profile not in profiles
    ]
    if strange:
        raise _unreadable(WrongRules(strange))
    return rules


def _unreadable(wrong: WrongRules) -> Problem:
    fields: dict[str, str] = {}
    for line, sentence_of in zip(wrong.lines, wrong.problems, strict=True):
        path = f"line {line}" if line else "file"
        fields[path] = f"{fields[path]}\n{sentence_of}" if path in fields else sentence_of
    action = "Correct the file and look at it again. The rules that are in force stay."
    return Problem("rules_unreadable", "\n".join(wrong.problems), action=action, fields=fields)


def _decided(connection: Connection, organization_id: int, rules: Rules) -> Decided:
    """What would hold for every mapping if these were the rules."""
    now = decided_by(connection, organization_id, rules=rules)
    return replace(now, edition=now.edition + 1)


def _told(
    connection: Connection, organization_id: int, text: str, edition: int, affected: Sequence[Affected]
) -> Preview:
    seen = [each for each in affected if each.changes or each.gains_approval or each.skipped_by or each.returns]
    rules = standing(connection, organization_id, text)
    return Preview(text, rules, tuple(seen), digest([edition, text, [list(each) for each in seen]]))


def _badges(
    connection: Connection, organization_id: int, record_id: str | None = None
) -> Iterator[tuple[str, BadgeClass, Mapping[str, str]]]:
    """The badges behind an organization's records, each with its record's id and what it came through."""
    s = source_identity.c
    query = (
        select(record.c.id, record.c.position, s.definition, s.issuer, s.connection_id)
        .join(source_identity, s.record_id == record.c.id)
        .where(_theirs(organization_id), s.is_primary, s.connection_id.is_not(None), records.can_be_read(connection))
        .order_by(record.c.position)
        .limit(records.AT_ONCE)
    )
    if record_id is not None:
        query = query.where(record.c.id == record_id)
    names = accounts.names(connection, organization_id)
    readers: dict[int, Adapter] = {}
    after = -1
    while rows := connection.execute(query.where(record.c.position > after)).all():
        after = rows[-1].position
        for row in rows:
            if row.connection_id not in readers:
                readers[row.connection_id] = accounts.reader_of(accounts.by_id(connection, row.connection_id))
            adapter = readers[row.connection_id]
            badge = adapter.badge_class(row.definition, Issuer(**row.issuer))
            vouches = voucher(adapter, badge.source_id)
            about = {"connection": names.get(row.connection_id, ""), "authority": vouches.key.authority}
            yield row.id, known(badge, vouches), about
