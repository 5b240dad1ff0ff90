"""Where a record stands, each status as one SQL expression: the only place that says what a status means."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, not_, or_

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
