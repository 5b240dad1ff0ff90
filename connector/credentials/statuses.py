"""Where a record stands, each status as one SQL expression: the only place that says what a status means."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, case, exists, not_, or_

from connector.credentials.tables import record as r
from connector.credentials.tables import suggestion

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
    "skipped": r.c.skipped_by.is_not(None),
    "represented": r.c.represented_by.is_not(None),
}

STANDING = r.c.represented_by.is_(None)
"""Records that stand for themselves: what another one represents is shown only to those who ask for it."""

LEFT_OUT = or_(STATUSES["skipped"], STATUSES["represented"])
"""Nobody decides about them, and nothing of them is sent: a rule skips them, or another record represents them."""

UNSENT = and_(
    not_(LEFT_OUT),
    r.c.approved_hash.is_not(None),
    or_(r.c.published_hash.is_(None), r.c.published_hash != r.c.approved_hash),
)
"""Approved, not left out since, and what is published is nothing, or something else."""

MAY_EXIST_ALREADY = exists().where(
    suggestion.c.record_id == r.c.id, suggestion.c.kind == "same", suggestion.c.state == "open"
)
"""Nobody has said yet whether the record is the same credential as one that is there already."""

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
        decided = LEFT_OUT if need == "withdrawal" else or_(LEFT_OUT, STATUSES["rejected"])
        return and_(NEEDS[need], not_(decided))
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
        not_(LEFT_OUT),
        not_(MAY_EXIST_ALREADY),
    )
