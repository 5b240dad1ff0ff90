"""Verification service profiles: list, make, edit, approve what was seen, choose which one credentials name."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from sqlalchemy import Connection

from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Approving, Editing, Reading, This
from connector.api.v1.once import Given, Once
from connector.api.v1.organizations import Called
from connector.api.v1.paging import Page, Paged
from connector.api.v1.problems import documented
from connector.api.v1.route import Operation
from connector.credentials import deciding_for_all, verification_services
from connector.credentials.verification_services import Profile
from connector.opened import Opened
from connector.organizations.api_tokens import Caller

router = APIRouter(tags=["profiles"], route_class=Operation)
OF_ORGANIZATION = "/organizations/{organization}/profiles"
Ctid = Annotated[str, Path(min_length=1, max_length=200, description="The profile's CTID.")]


@router.get(OF_ORGANIZATION, response_model=Page[answers.Profile], responses=documented(404, 409))
def list_profiles(this: This, caller: Reading, paging: Paged, organization: Called) -> dict[str, Any]:
    """The verification service profiles of an organization: those for its platforms, then those found or made."""
    with this.database.reading() as db:
        owner = theirs.organization(db, caller, organization)
        found = verification_services.listed(db, owner.id)
        used = verification_services.used(db, owner.id)
    shown = [_with_users(each, len(used.get(each.ctid, ())), this) for each in found]
    return paging.slice(list(enumerate(shown)), lambda each: each[0], lambda each: each[1])


@router.post(OF_ORGANIZATION, response_model=answers.Profile, status_code=201, responses=documented(400, 404, 409, 413))
def make_profile(this: This, caller: Editing, once: Once, organization: Called, wanted: asked.NewProfile) -> Response:
    """Make a profile by hand: it gets a CTID of its own and waits for its approval."""

    def act(db: Connection) -> Given:
        owner = theirs.organization(db, caller, organization)
        made = verification_services.make(db, owner, wanted.properties, by=caller.person.email)
        return Given(201, _with_users(made, 0, this), f"/profiles/{made.ctid}")

    return once.act(caller, act)


@router.post(
    f"{OF_ORGANIZATION}/approvals",
    response_model=answers.ProfileApprovals,
    responses=documented(400, 404, 409, 413),
)
def approve_profiles(
    this: This, caller: Approving, once: Once, organization: Called, wanted: asked.ProfileApproval
) -> Response:
    """Approve profiles, each as it was seen; those that changed meanwhile or lack something required are refused."""

    def act(db: Connection) -> Given:
        owner = theirs.organization(db, caller, organization)
        by = caller.person.email
        return Given(200, verification_services.approve_seen(db, owner.id, wanted.profiles, by=by))

    return once.act(caller, act)


@router.post(f"{OF_ORGANIZATION}/choices", response_model=answers.Remapped, responses=documented(400, 404, 409, 413))
def choose_profile(
    this: This, caller: Approving, once: Once, organization: Called, wanted: asked.ProfileChoice
) -> Response:
    """Choose the profile that credentials of a platform name; the organization's own takes a choice back.

    The records are mapped again at once; with `dry_run`, the answer only says which would change.
    """

    def act(db: Connection) -> Given:
        owner = theirs.organization(db, caller, organization)
        authority = verification_services.platform(db, owner.id, wanted.platform)
        by = caller.person.email
        affected = deciding_for_all.choose_profile(db, owner, authority, wanted.ctid, by=by, dry_run=wanted.dry_run)
        return Given(200, answers.remapped(affected))

    return once.act(caller, act)


@router.get("/profiles/{profile}", response_model=answers.Profile, responses=documented(404))
def get_profile(this: This, caller: Reading, profile: Ctid) -> dict[str, Any]:
    """One profile, with the document that would be published."""
    with this.database.reading() as db:
        return _shown(db, this, _theirs(db, caller, profile))


@router.patch("/profiles/{profile}", response_model=answers.Profile, responses=documented(400, 404, 409, 413))
def edit_profile(this: This, caller: Editing, profile: Ctid, wanted: asked.ProfileChange) -> dict[str, Any]:
    """Edit a profile as it was seen; an edit wins over what the platform's adapter says."""
    with this.database.transaction() as db:
        there = _theirs(db, caller, profile)
        changed = verification_services.edit(
            db,
            there.ctid,
            set_json=wanted.set_json.items(),
            unset=wanted.unset,
            seen=wanted.content_hash,
            by=caller.person.email,
        )
        return _shown(db, this, changed)


def _theirs(db: Connection, caller: Caller, ctid: str) -> Profile:
    found = verification_services.one(db, ctid)
    if found.organization_id not in theirs.organizations(db, caller):
        raise verification_services.unknown(ctid)
    return found


def _shown(db: Connection, this: Opened, each: Profile) -> dict[str, Any]:
    used = verification_services.used(db, each.organization_id).get(each.ctid, [])
    return _with_users(each, len(used), this)


def _with_users(each: Profile, many: int, this: Opened) -> dict[str, Any]:
    return each.as_json(this.settings.registry_url) | {"used_by": many}
