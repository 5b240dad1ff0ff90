"""Connected platform accounts: connect, check, change, confirm whose badges they bring, remove."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from adapters.contract import Check
from connector.api.v1 import answers, asked, theirs
from connector.api.v1.callers import Connecting, Reading, This
from connector.api.v1.once import Given, Once
from connector.api.v1.paging import Page, Paged
from connector.api.v1.problems import documented, otherwise
from connector.api.v1.route import Operation
from connector.connections import accounts, shapes
from connector.connections.connecting import ready
from connector.connections.connecting import save as save_connection
from connector.connections.platform import checked, connected
from connector.credentials import deciding_for_all, issuers, queries
from connector.credentials.remap import confirm_issuer, withdraw_issuer

router = APIRouter(prefix="/connections", tags=["connections"], route_class=Operation)
Organization = Annotated[str | None, Query(max_length=200, description="Only those of this organization.")]
Issuer = Annotated[str, Path(min_length=1, max_length=500, description="The issuer's id on the platform.")]


@router.get("", response_model=Page[answers.Connection], responses=documented(404, 409))
def list_connections(this: This, caller: Reading, paging: Paged, organization: Organization = None) -> dict[str, Any]:
    """Connections that are not removed, oldest first."""
    with this.database.reading() as connection:
        owners = theirs.organizations(connection, caller, organization)
        found = [each for each in accounts.every(connection) if each.organization_id in owners]
    return paging.slice(found, lambda each: each.id, lambda each: each.as_json())


@router.post(
    "",
    response_model=answers.ConnectionMade,
    status_code=201,
    responses=otherwise(200, answers.ConnectionMade, "One of this name was renewed")
    | documented(400, 404, 409, 413, 500, 502, 503, 504),
)
def connect(this: This, caller: Connecting, once: Once, wanted: asked.NewConnection) -> Response:
    """Connect a platform account, after checking that it works.

    The checks run first, and nothing is saved unless all of them pass; `check: false` saves without asking, and then
    the right to publish has to be confirmed by itself. The same name again renews settings and secrets: records and
    history stay, and what is paused stays paused. Where a person has to sign in on the platform's own page, the
    connection waits for that: `sign_in_at` is the page on which they begin.
    """
    if kept := once.kept(caller):
        return kept
    with this.database.reading() as connection:
        owner = theirs.organization(connection, caller, wanted.organization)
    given = {name: value.get_secret_value() for name, value in wanted.secrets.items()}
    adapter = accounts.configured(wanted.platform, wanted.settings, given, this.settings, way=wanted.way)
    tried = ready(this.database, this.settings, adapter, given, check=wanted.check)

    def save(connection: Connection) -> Given:
        renewed = accounts.is_named(connection, owner.id, wanted.name)
        made = save_connection(
            connection,
            this.keys,
            tried,
            organization_id=owner.id,
            name=wanted.name,
            by=caller.person.email,
            sign_in_ends=wanted.sign_in_ends,
            confirms=wanted.check,
        )
        if "schedule" in wanted.model_fields_set:
            accounts.set_schedule(connection, made.id, wanted.schedule)
        saved = accounts.by_id(connection, made.id)
        sign_in_at = shapes.sign_in_at(this.settings, made) if tried.by_consent else None
        body = shapes.made(saved, tried.trial.checks, sign_in_at)
        return Given(200 if renewed else 201, body, f"/connections/{made.id}")

    return once.act(caller, save)


@router.get("/{connection}", response_model=answers.ConnectionInFull, responses=documented(404))
def get_connection(this: This, caller: Reading, connection: asked.Number) -> dict[str, Any]:
    """One connection, with the issuers whose records wait for a confirmation."""
    with this.database.reading() as db:
        found = theirs.account(db, caller, connection)
        return found.as_json() | {"issuers_to_confirm": queries.issuers_unconfirmed(db, found.id)}


@router.patch("/{connection}", response_model=answers.Connection, responses=documented(400, 404, 409, 413))
def change_connection(
    this: This, caller: Connecting, connection: asked.Number, wanted: asked.ConnectionChange
) -> dict[str, Any]:
    """Pause or resume a connection, set how often it is synced, or note when its sign-in ends."""
    with this.database.transaction() as db:
        found = theirs.account(db, caller, connection)
        if wanted.state:
            accounts.pause_or_resume(db, found, wanted.state, by=caller.person.email)
        if wanted.schedule:
            accounts.set_schedule(db, found.id, wanted.schedule)
        if "sign_in_ends" in wanted.model_fields_set:
            accounts.set_sign_in_ends(db, found.id, wanted.sign_in_ends)
        return accounts.by_id(db, found.id).as_json()


@router.delete("/{connection}", status_code=204, responses=documented(404))
def remove_connection(this: This, caller: Connecting, connection: asked.Number) -> None:
    """Forget a connection's secrets and stop using it; its records and their history stay."""
    with this.database.transaction() as db:
        found = theirs.account(db, caller, connection)
        accounts.set_state(db, found.id, "removed", f"removed by {caller.person.email}")


@router.post(
    "/{connection}/checks",
    response_model=answers.Checks,
    responses=documented(404, 409, 413, 500, 502, 503, 504),
)
def check_connection(this: This, caller: Connecting, once: Once, connection: asked.Number) -> Response:
    """Ask the platform whether the connection works: reach, sign_in, permission, issuers, badges."""
    if kept := once.kept(caller):
        return kept
    with this.database.reading() as db:
        found = theirs.account(db, caller, connection)
    with connected(this.database, this.settings, found) as http:
        checks: list[Check] = [check for check, _ in checked(accounts.adapter_of(found), http)]
    body = {"id": found.id, "name": found.name, "checks": [shapes.checked(each) for each in checks]}
    return once.act(caller, lambda _: Given(200, body))


@router.post(
    "/{connection}/issuers/{issuer:path}/confirmation",
    response_model=answers.Confirmation,
    responses=documented(404, 413),
)
def confirm(this: This, caller: Connecting, once: Once, connection: asked.Number, issuer: Issuer) -> Response:
    """Confirm that an issuer's badges are the organization's to publish; kept with name and date.

    Records that waited for it get their CTIDs.
    """

    def act(db: Connection) -> Given:
        found = theirs.account(db, caller, connection)
        waited = confirm_issuer(db, found, issuer, by=caller.person.email)
        said = {"id": found.id, "name": found.name, "issuer": issuer, "confirmed_by": caller.person.email}
        return Given(200, said | {"records": [each.id for each in waited]})

    return once.act(caller, act)


@router.put(
    "/{connection}/language", response_model=answers.LanguageConfirmed, responses=documented(400, 404, 409, 413)
)
def confirm_language(
    this: This, caller: Connecting, connection: asked.Number, wanted: asked.Language
) -> dict[str, Any]:
    """Confirm in which language badges are that declare none; kept with name and date.

    The records are mapped again at once; with `dry_run`, the answer only says which would change.
    """
    tag = deciding_for_all.language_tag(wanted.language)
    with this.database.transaction() as db:
        found = theirs.account(db, caller, connection)
        by = caller.person.email
        affected = deciding_for_all.confirm_language(db, found, tag, by=by, dry_run=wanted.dry_run)
    return {"language": tag, "note": deciding_for_all.language_note(tag), **answers.remapped(affected)}


@router.get("/{connection}/issuers", response_model=Page[answers.DeliveredIssuer], responses=documented(404))
def list_issuers(this: This, caller: Reading, paging: Paged, connection: asked.Number) -> dict[str, Any]:
    """Every issuer that the connection has delivered badges of, held ones first, and whose they are."""
    with this.database.reading() as db:
        found = issuers.delivered(db, theirs.account(db, caller, connection))
    return paging.slice(list(enumerate(found)), lambda each: each[0], lambda each: each[1].as_json())


@router.put(
    "/{connection}/issuers/{issuer:path}/owner",
    response_model=answers.Remapped,
    responses=documented(400, 404, 409, 413),
)
def set_owner(
    this: This, caller: Connecting, connection: asked.Number, issuer: Issuer, wanted: asked.Owner
) -> dict[str, Any]:
    """Confirm that an issuer's badges belong to an organization, and the right to publish them for it."""
    with this.database.transaction() as db:
        found = theirs.account(db, caller, connection)
        accounts.refuse_unfinished(found)
        owner = theirs.organization(db, caller, wanted.organization)
        by = caller.person.email
        return answers.remapped(confirm_issuer(db, found, issuer, by=by, owner=owner.id, dry_run=wanted.dry_run))


@router.delete(
    "/{connection}/issuers/{issuer:path}/owner", response_model=answers.Remapped, responses=documented(404, 409)
)
def withdraw_owner(this: This, caller: Connecting, connection: asked.Number, issuer: Issuer) -> dict[str, Any]:
    """Take back whose an issuer's badges are: its records keep their CTIDs, lose their approval and are held again."""
    with this.database.transaction() as db:
        found = theirs.account(db, caller, connection)
        accounts.refuse_unfinished(found)
        return answers.remapped(withdraw_issuer(db, found, issuer, by=caller.person.email))
