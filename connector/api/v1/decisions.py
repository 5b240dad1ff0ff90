"""What people decide about records, by the hash of what they saw."""

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Approving, This
from connector.api.v1.once import Given, Once
from connector.api.v1.problems import documented
from connector.api.v1.route import Operation
from connector.credentials import decisions

router = APIRouter(tags=["decisions"], route_class=Operation)


@router.post("/approvals", response_model=answers.Approvals, responses=documented(400, 404, 409, 413))
def approve(this: This, caller: Approving, once: Once, wanted: asked.Approval) -> Response:
    """Approve records, each as it was seen.

    Those that changed meanwhile (`changed_while_you_looked`) or lack something required (`incomplete`) are refused,
    and the others are approved; the answer says which is which.
    """

    def act(db: Connection) -> Given:
        owner = theirs.organization(db, caller, wanted.organization)
        return Given(200, decisions.approve_seen(db, owner.id, wanted.records, by=caller.person.email))

    return once.act(caller, act)


@router.post("/rejections", response_model=answers.Rejections, responses=documented(400, 404, 409, 413))
def reject(this: This, caller: Approving, once: Once, wanted: asked.Rejection) -> Response:
    """Reject records, each as it was seen: they stay rejected until their content changes."""

    def act(db: Connection) -> Given:
        owner = theirs.organization(db, caller, wanted.organization)
        by = caller.person.email
        return Given(200, decisions.reject_seen(db, owner.id, wanted.records, reason=wanted.reason, by=by))

    return once.act(caller, act)
