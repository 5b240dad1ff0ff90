"""Requests that count once, however often they are sent: the answer to a key is kept and given again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, Column, Connection, Integer, String, Table, delete, insert, select

from connector.clock import stamp
from connector.problem import Problem
from connector.storage.metadata import metadata

KEPT = timedelta(days=1)

answered_request = Table(
    "answered_request",
    metadata,
    Column("caller", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("answered_at", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer that was given: an HTTP status and a JSON value."""

    status: int
    answer: Any


def answered(connection: Connection, caller: str, key: str, request: str) -> Answered | None:
    """The answer that a caller's key has had. Problem where the key came with another `request` before."""
    t = answered_request.c
    row = connection.execute(select(answered_request).where(t.caller == caller, t.key == key)).one_or_none()
    if row is None or row.answered_at < stamp(-KEPT):
        return None
    if row.request != request:
        raise Problem(
            "idempotency_key_reused",
            "This idempotency key was sent with another request before.",
            action="Use a new key for each request; repeat a key only to repeat the same request.",
        )
    return Answered(row.status, row.answer)


def remember(connection: Connection, caller: str, key: str, request: str, given: Answered) -> None:
    """Keep an answer for a day."""
    t = answered_request.c
    connection.execute(
        delete(answered_request).where((t.answered_at < stamp(-KEPT)) | ((t.caller == caller) & (t.key == key)))
    )
    connection.execute(
        insert(answered_request).values(
            caller=caller, key=key, request=request, status=given.status, answer=given.answer, answered_at=stamp()
        )
    )
