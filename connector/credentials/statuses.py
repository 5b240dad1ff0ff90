"""Where a record stands, each status as one SQL expression: the only place that says what a status means."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, case, not_, or_

from connector.credentials.tables import record as r

AWAITING = "awaiting_approval"

STATUSES: Mapping[str, ColumnElement[bool]] = {
    "incomplete": r.c.blocking > 0,
    "approved": r.c.approved_hash.is_not(None),
    "needs_reapproval": and_(r.c.approved_hash.is_not(None), r.c.approved_hash != r.c.content_hash),
    "published": r.c.published_hash.is_not(None),
    "needs_republishing": and_(
        r.c.published_hash.is_not(None),
        r.c.approved_hash.is_not(None),
        r.c.published_hash != r.c.approved_hash,
    ),
    "rejected": and_(r.c.rejected_hash.is_not(None), r.c.rejected_hash == r.c.content_hash),
    "gone_at_source": r.c.gone_at.is_not(None),
    "conflict": r.c.conflicts > 0,
}


UNSENT = and_(
    r.c.approved_hash.is_not(None),
    or_(r.c.published_hash.is_(None), r.c.published_hash != r.c.approved_hash),
)
"""Approved, and what is published is nothing, or something else."""

_UNDECIDED = r.c.type_decided.is_(False)
_UNOWNED = r.c.ctid.is_(None)

NEEDS: Mapping[str, ColumnElement[bool]] = {
    "approval": and_(
        r.c.blocking == 0,
        r.c.conflicts == 0,
        r.c.gone_at.is_(None),
        r.c.approved_hash.is_(None),
        r.c.rejected_hash.is_(None),
    ),
    "type": _UNDECIDED,
    "values": r.c.blocking > case((_UNDECIDED, 1), else_=0) + case((_UNOWNED, 1), else_=0),
    "reapproval": STATUSES["needs_reapproval"],
    "resolution": STATUSES["conflict"],
    "owner": _UNOWNED,
    "second_look": and_(r.c.rejected_hash.is_not(None), r.c.rejected_hash != r.c.content_hash),
    "farewell": STATUSES["gone_at_source"],
    "withdrawal": and_(STATUSES["rejected"], r.c.published_hash.is_not(None)),
}
"""What a record needs a person for; one may need several things. Those with a decision that still holds need none."""


def waiting(need: str | None = None) -> ColumnElement[bool]:
    """Records that wait for a person, for anything or for one thing. KeyError for an unknown need."""
    if need is not None:
        return NEEDS[need] if need == "withdrawal" else and_(NEEDS[need], not_(STATUSES["rejected"]))
    return or_(*map(waiting, NEEDS))


def having(status: str) -> ColumnElement[bool]:
    """Records with a status; `awaiting_approval` are those with none. KeyError for an unknown one."""
    return not_(or_(*STATUSES.values())) if status == AWAITING else STATUSES[status]


def ready() -> ColumnElement[bool]:
    """Records a person could approve now in one go: complete, undecided as they are, nothing odd about them."""
    return and_(
        r.c.blocking == 0,
        r.c.conflicts == 0,
        r.c.gone_at.is_(None),
        or_(r.c.approved_hash.is_(None), r.c.approved_hash != r.c.content_hash),
        or_(r.c.rejected_hash.is_(None), r.c.rejected_hash != r.c.content_hash),
    )
