"""The filters of the queue, as they stand in its address: which records a page is about."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import Request
from sqlalchemy import ColumnElement, Connection

from connector.connections import accounts
from connector.credentials import queries, statuses
from connector.web import looks
from mappings.ctdl import vocabulary

NAMES = ("need", "status", "unsent", "connection", "type", "confidence", "findings", "changed", "q")
CONFIDENCE = {"high": "90 % and more", "middle": "70 to 89 %", "low": "Below 70 %"}
FINDINGS = {"required": "Required", "recommended": "Recommended only", "none": "None"}
CHANGED = {"new": "New this week", "lately": "Changed this week", "before": "Older"}
STANDINGS = ("approved", "needs_republishing", "published", "rejected", "skipped")
EVERYTHING = "all"
UNDECIDED = "undecided"


class Facet(NamedTuple):
    """One line of the filters: its word, where it leads, how many records it would show, whether it is in force."""

    word: str
    address: str
    records: int
    current: bool


class Filters:
    """The filters in force; those that nobody knows are left out."""

    def __init__(self, given: Mapping[str, str], owner_id: int) -> None:
        self._owner_id = owner_id
        self.given = {name: given[name] for name in NAMES if given.get(name) and self._is_known(name, given[name])}

    @classmethod
    def of(cls, request: Request, owner_id: int) -> "Filters":
        """The filters in the address of a request."""
        return cls(request.query_params, owner_id)

    def which(self, without: str = "") -> ColumnElement[bool]:
        """The records that pass; with one dimension left out, for counting what it would leave."""
        held = {name: value for name, value in self.given.items() if name != without}
        status = held.get("status")
        connection = held.get("connection")
        return queries.where(
            organization=self._owner_id,
            need=held.get("need"),
            status=None if status == EVERYTHING else status,
            waiting=not (status or "unsent" in held),
            unsent="unsent" in held,
            connection=int(connection) if connection else None,
            credential_type=held.get("type") if held.get("type") != UNDECIDED else None,
            decided=held["type"] != UNDECIDED if "type" in held else None,
            confidence=held.get("confidence"),
            findings=held.get("findings"),
            changed=held.get("changed"),
            text=held.get("q"),
        )

    def address(self, **changed: Any) -> str:
        """The address of the queue with some filters changed."""
        return "/review" + looks.address(self.given, **changed).removesuffix("?")

    @property
    def query(self) -> str:
        """The filters as they are carried along in addresses."""
        return looks.address(self.given).removesuffix("?")

    @property
    def title(self) -> str:
        """What the list shows, in a few words."""
        if need := self.given.get("need"):
            return looks.NEEDS[need]
        if "unsent" in self.given:
            return "Approved, not published"
        if status := self.given.get("status"):
            return "Everything" if status == EVERYTHING else looks.STATUSES[status].word
        return "Waiting"

    def groups(self, connection: Connection) -> list[tuple[str, list[Facet]]]:
        """Every filter with its lines."""
        return [
            ("What it needs", self._needs(connection)),
            ("Where it stands", self._standings(connection)),
            ("Connection", self._connections(connection)),
            ("Type", self._types(connection)),
            ("Confidence in the type", self._meanings(connection, "confidence", queries.CONFIDENCE, CONFIDENCE)),
            ("Findings", self._meanings(connection, "findings", queries.FINDINGS, FINDINGS)),
            ("Last change", self._meanings(connection, "changed", queries.changed_when(), CHANGED)),
        ]

    def _needs(self, connection: Connection) -> list[Facet]:
        meanings = {"": statuses.waiting()} | {need: statuses.waiting(need) for need in statuses.NEEDS}
        counts = queries.count_each(connection, self._others("need", "status", "unsent"), meanings)
        nothing = not self.given.keys() & {"need", "status", "unsent"}
        every = Facet("All that waits", self.address(need=None, status=None, unsent=None), counts[""], nothing)
        return [every] + [
            Facet(word, self._toggled("need", need, status=None, unsent=None), counts[need], self._is("need", need))
            for need, word in looks.NEEDS.items()
            if counts[need] or self._is("need", need)
        ]

    def _standings(self, connection: Connection) -> list[Facet]:
        held = self._others("need", "status", "unsent")
        counts = queries.count_each(connection, held, {name: statuses.having(name) for name in STANDINGS})
        total = queries.how_many(connection, held)
        lines = [
            Facet(
                looks.STATUSES[name].word,
                self._toggled("status", name, need=None, unsent=None),
                counts[name],
                self._is("status", name),
            )
            for name in STANDINGS
        ]
        whole = self._toggled("status", EVERYTHING, need=None, unsent=None)
        return [*lines, Facet("Everything", whole, total, self._is("status", EVERYTHING))]

    def _connections(self, connection: Connection) -> list[Facet]:
        counts = queries.count_by(connection, self.which("connection"), queries.CONNECTION)
        named = {account.id: account.name for account in accounts.every(connection, self._owner_id)}
        return [
            Facet(
                named.get(account, "Removed connection"),
                self._toggled("connection", str(account)),
                count,
                self._is("connection", str(account)),
            )
            for account, count in counts.items()
        ]

    def _types(self, connection: Connection) -> list[Facet]:
        which = self.which("type")
        undecided = queries.count_each(connection, which, {"type": queries.UNDECIDED})["type"]
        lines = [
            Facet(type_label(uri), self._toggled("type", uri), count, self._is("type", uri))
            for uri, count in queries.count_by(connection, which & ~queries.UNDECIDED, queries.TYPE).items()
        ]
        if undecided:
            address = self._toggled("type", UNDECIDED)
            lines.append(Facet("Not decided", address, undecided, self._is("type", UNDECIDED)))
        return lines

    def _meanings(
        self,
        connection: Connection,
        name: str,
        meanings: Mapping[str, ColumnElement[bool]],
        words: Mapping[str, str],
    ) -> list[Facet]:
        counts = queries.count_each(connection, self.which(name), meanings)
        return [Facet(word, self._toggled(name, key), counts[key], self._is(name, key)) for key, word in words.items()]

    def _others(self, *without: str) -> ColumnElement[bool]:
        held = {name: value for name, value in self.given.items() if name not in without}
        return Filters({**held, "status": EVERYTHING}, self._owner_id).which()

    def _is(self, name: str, value: str) -> bool:
        return self.given.get(name) == value

    def _toggled(self, name: str, value: str, **changed: None) -> str:
        """Choosing a filter that is in force takes it away."""
        return self.address(**changed, **{name: None if self._is(name, value) else value})

    def _is_known(self, name: str, value: str) -> bool:
        known: Mapping[str, Any] = {
            "need": statuses.NEEDS,
            "status": {**looks.STATUSES, EVERYTHING: ""},
            "confidence": CONFIDENCE,
            "findings": FINDINGS,
            "changed": CHANGED,
        }
        if name == "connection":
            return value.isascii() and value.isdecimal() and len(value) < 10
        return value in known[name] if name in known else True


def type_label(uri: str) -> str:
    """The form's word for a credential type."""
    term = vocabulary.credential_types().get(uri)
    return term.label if term else uri
