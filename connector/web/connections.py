"""Connections: all of them, and each with its runs, what to watch for, and what can be done about it."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Connection, Row

from connector.connections import accounts, authorization, history, renewal
from connector.connections.accounts import Account
from connector.connections.expiry import ending
from connector.credentials import deciding_for_all, issuers, queries, remap
from connector.credentials.issuers import Delivered
from connector.credentials.mapping import ASSUMED_LANGUAGE
from connector.credentials.remap import Affected
from connector.organizations.accounts import Organization
from connector.problem import Problem
from connector.sync import asked, runs
from connector.web import looks
from connector.web.gate import Given, Posting, Visit, Visiting, text
from connector.web.home import connection_lines
from connector.web.live import Progress, as_events, as_fragment
from connector.web.pages import page, status_of
from connector.web.previews import preview, told
from connector.web.reach import account_of, at_the_desk
from mappings import languages

router = APIRouter(prefix="/connections")
RUNS = 20
UNREADABLE = 50
EVENTS = 10
MOST_READ = 2000
COUNTS = ("new", "changed", "unchanged", "skipped", "unreadable", "gone")


@router.get("")
def every(visit: Visiting) -> Response:
    """The connections of the organization looked at."""
    with visit.reading() as connection:
        links = connection_lines(connection, visit.owner)
    return page(visit, "connections.html", links=links)


@router.get("/{account_id}")
def one(visit: Visiting, account_id: int) -> Response:
    """A connection: where it stands, what to watch for, its runs, its settings."""
    return _page(visit, account_of(visit, account_id))


def _page(visit: Visit, account: Account, typed: str = "", problem: Problem | None = None) -> Response:
    with visit.reading() as connection:
        way = accounts.way_of(connection, account)
        pending = renewal.proposed(connection, account)
        found = runs.of_connection(connection, account.id, RUNS)
        unreadable = queries.unreadable(connection, account.id)
        unconfirmed = queries.issuers_unconfirmed(connection, account.id)
        confirmed = accounts.confirmed(connection, account.id)
        records = queries.how_many(connection, queries.where(connection=account.id))
        events = history.of(connection, account.id, EVENTS)
        sign_in_first = authorization.is_asked_for(connection, pending or account)
        by_consent = authorization.is_by_consent(connection, account)
        language = _language(connection, account)
    latest = found[0] if found else None
    owners = {each.id: each.name for each in visit.organizations}
    return page(
        visit,
        "connection.html",
        status_of(problem) if problem else 200,
        language=language,
        languages=languages.languages(),
        typed=typed,
        problem=problem,
        owners=owners,
        account=account,
        platform=accounts.platform_name(account),
        installed=accounts.is_installed(account),
        unfinished=account.state in accounts.UNFINISHED,
        pending=pending,
        way=way,
        ending=ending(account.sign_in_ends),
        records=records,
        lines=[_line(row) for row in found],
        latest=_line(latest) if latest else None,
        live=_progress(latest) if latest and not latest.finished_at else None,
        live_at=f"/connections/{account.id}",
        unreadable=unreadable[:UNREADABLE],
        unreadable_more=max(0, len(unreadable) - UNREADABLE),
        unconfirmed=unconfirmed,
        confirmed=confirmed,
        settings=_settings(account),
        events=events,
        sign_in_first=sign_in_first,
        by_consent=by_consent,
        by_import=accounts.is_by_import(account),
        chooses_issuers=accounts.is_installed(account) and accounts.kind_of(account).issuer_choice is not None,
    )


@router.get("/{account_id}/progress")
def progress(visit: Visiting, account_id: int) -> Response:
    """How the latest run stands, as a part of the page."""
    account = account_of(visit, account_id)
    return as_fragment(_latest(visit, account))


@router.get("/{account_id}/events")
def events(visit: Visiting, account_id: int) -> Response:
    """How the latest run stands, whenever that has changed, until it ends."""
    account = account_of(visit, account_id)
    return as_events(lambda: _latest(visit, account))


@router.post("/{account_id}/sync")
def sync(visit: Posting, account_id: int, form: Given) -> Response:
    """Ask for a sync; with `accept_gone`, the id of a run, a person says that what that run missed is gone."""
    account = account_of(visit, account_id)
    said = text(form, "accept_gone")
    accepts = (int(said) if said.isdecimal() and len(said) < 10 else 0) if said else None
    return _done(visit, account, lambda c: asked.ask(c, account, by=visit.by, accepts=accepts), "Sync asked for.")


@router.post("/{account_id}/schedule")
def schedule(visit: Posting, account_id: int, form: Given) -> Response:
    """Have the connection synced every so often, or by hand only."""
    account = account_of(visit, account_id)
    chosen = text(form, "schedule")
    said = f"Schedule saved: {looks.SCHEDULES.get(chosen, chosen).lower()}."
    return _done(visit, account, lambda c: accounts.set_schedule(c, account.id, chosen), said)


@router.post("/{account_id}/pause")
def pause(visit: Posting, account_id: int) -> Response:
    """Stop syncing until somebody resumes it."""
    account = account_of(visit, account_id)
    reason = f"Paused by {visit.by}."
    said = "Paused. What it brought stays; nothing new is brought until you resume it."

    def halt(connection: Connection) -> None:
        accounts.refuse_unfinished(accounts.by_id(connection, account.id))
        accounts.set_state(connection, account.id, "paused", reason)

    return _done(visit, account, halt, said)


@router.post("/{account_id}/discard")
def discard(visit: Posting, account_id: int) -> Response:
    """Forget the new settings and secrets of a connection that nobody has finished; those in use stay."""
    account = account_of(visit, account_id)
    said = "The new settings are discarded. The connection goes on with the ones it had."
    return _done(visit, account, lambda c: accounts.forget_pending(c, account.id), said)


@router.post("/{account_id}/resume")
def resume(visit: Posting, account_id: int) -> Response:
    """Let a paused connection sync again."""
    account = account_of(visit, account_id)
    if account.state != "paused":
        return visit.then(f"/connections/{account.id}")
    return _done(visit, account, lambda c: accounts.set_state(c, account.id, "active"), "Resumed.")


@router.get("/{account_id}/remove")
def ask_to_remove(visit: Visiting, account_id: int) -> Response:
    """What removing a connection does, before it is done."""
    account = account_of(visit, account_id)
    with visit.reading() as connection:
        records = queries.how_many(connection, queries.where(connection=account.id))
    return page(visit, "remove.html", account=account, records=records)


@router.post("/{account_id}/remove")
def remove(visit: Posting, account_id: int) -> Response:
    """Forget a connection's secrets and stop using it; its records and their history stay."""
    account = account_of(visit, account_id)
    with visit.writing() as connection:
        accounts.set_state(connection, account.id, "removed", f"Removed by {visit.by}.")
    said = "Its secrets are forgotten. Its records and their history stay."
    return visit.then("/connections", tone="ok", title=f"{account.name} is removed.", text=said)


@router.get("/{account_id}/language")
def ask_language(visit: Visiting, account_id: int, language: str = "") -> Response:
    """What confirming a language for badges that declare none would change."""
    account = account_of(visit, account_id)
    try:
        tag = deciding_for_all.language_tag(language)
        with visit.reading() as connection:
            affected = deciding_for_all.confirm_language(connection, account, tag, by=visit.by, dry_run=True)
    except Problem as problem:
        return _page(visit, account, language, at_the_desk(problem))
    called = languages.name(tag)
    note = deciding_for_all.language_note(tag)
    return page(visit, "language.html", account=account, tag=tag, called=called, note=note, changes=preview(affected))


@router.post("/{account_id}/language")
def confirm_language(visit: Posting, account_id: int, form: Given) -> Response:
    """Confirm in which language badges are that declare none."""
    account = account_of(visit, account_id)
    try:
        tag = deciding_for_all.language_tag(text(form, "language"))
        with visit.writing() as connection:
            affected = deciding_for_all.confirm_language(connection, account, tag, by=visit.by)
    except Problem as problem:
        return _page(visit, account, text(form, "language"), at_the_desk(problem))
    title = f"Badges that say none are in {languages.name(tag) or tag}."
    return visit.then(f"/connections/{account.id}#h-lang", title=title, text=told(affected))


@router.get("/{account_id}/owners")
def owners(visit: Visiting, account_id: int) -> Response:
    """Every issuer whose badges the connection has delivered, and the organization that owns them."""
    account = account_of(visit, account_id)
    with visit.reading() as connection:
        found = issuers.delivered(connection, account)
    return page(
        visit,
        "owners.html",
        account=account,
        platform=accounts.platform_name(account),
        found=found,
        organizations=visit.organizations,
    )


@router.get("/{account_id}/owners/change")
def ask_owner(visit: Visiting, account_id: int, issuer: str = "", owner: str = "") -> Response:
    """What another owner of an issuer's badges, or none, would change, and the sentence that a person agrees to."""
    account = account_of(visit, account_id)
    wanted = _owner(visit, owner)
    with visit.reading() as connection:
        each = _issuer(connection, account, issuer)
        affected = _owned(visit, connection, account, issuer, wanted, dry_run=True)
    return page(
        visit, "owner.html", account=account, each=each, wanted=wanted, records=len(affected), changes=preview(affected)
    )


@router.post("/{account_id}/owners/change")
def change_owner(visit: Posting, account_id: int, form: Given) -> Response:
    """Map an issuer to the organization that owns its badges, or take that back."""
    account = account_of(visit, account_id)
    issuer, wanted = text(form, "issuer"), _owner(visit, text(form, "owner"))
    with visit.writing() as connection:
        _issuer(connection, account, issuer)
        affected = _owned(visit, connection, account, issuer, wanted, dry_run=False)
    title = "The right to publish is confirmed." if wanted else "The confirmation is withdrawn."
    return visit.then(f"/connections/{account.id}/owners", title=title, text=told(affected))


def _owned(
    visit: Visit, connection: Connection, account: Account, issuer: str, owner: Organization | None, *, dry_run: bool
) -> list[Affected]:
    accounts.refuse_unfinished(account)
    if owner is None:
        return remap.withdraw_issuer(connection, account, issuer, by=visit.by, dry_run=dry_run)
    return remap.confirm_issuer(connection, account, issuer, by=visit.by, owner=owner.id, dry_run=dry_run)


def _owner(visit: Visit, given: str) -> Organization | None:
    """The organization that was chosen, among those the visitor may act for; None where the word is taken back."""
    if not given:
        return None
    found = next((each for each in visit.organizations if str(each.id) == given), None)
    if found is None:
        message = "You may not act for that organization."
        raise Problem("organization_not_found", message, action="Choose one of yours.")
    return found


def _issuer(connection: Connection, account: Account, issuer: str) -> Delivered:
    found = next((each for each in issuers.delivered(connection, account) if each.issuer.id == issuer), None)
    if found is None:
        message = "No badge of this issuer has come through this connection."
        raise Problem("issuer_not_found", message, action="Go back to the connection's issuers.")
    return found


def _language(connection: Connection, account: Account) -> dict[str, Any]:
    """The language that was confirmed; while none was, the assumed one and how many badges declare none."""
    said = accounts.language_of(connection, account.id)
    if said:
        return {"said": said, "tag": said.language, "name": languages.name(said.language), "records": 0, "many": False}
    without = issuers.without_language(connection, account, MOST_READ)
    many = without == MOST_READ
    name = languages.name(ASSUMED_LANGUAGE)
    return {"said": None, "tag": ASSUMED_LANGUAGE, "name": name, "records": without, "many": many}


@router.post("/{account_id}/confirm")
def confirm(visit: Posting, account_id: int, form: Given) -> Response:
    """A person says that an issuer's badges are the organization's to publish."""
    account = account_of(visit, account_id)
    issuer = text(form, "issuer")
    with visit.reading() as connection:
        known = {each["id"] for each in queries.issuers_unconfirmed(connection, account.id)}
    if issuer not in known:
        said = "Nothing waits for this confirmation any more."
        return visit.then(f"/connections/{account.id}", tone="warn", title=said, text="")
    with visit.writing() as connection:
        waited = remap.confirm_issuer(connection, account, issuer, by=visit.by)
    return visit.then(
        f"/connections/{account.id}",
        tone="ok",
        title="The right to publish is confirmed.",
        text=f"{len(waited):,} {'record has' if len(waited) == 1 else 'records have'} a CTID now.",
    )


def _done(visit: Visit, account: Account, act: Callable[[Connection], object], said: str) -> Response:
    """Do something to a connection and say so on its page; a problem is said there too."""
    here = f"/connections/{account.id}"
    try:
        with visit.writing() as connection:
            act(connection)
    except Problem as problem:
        told = at_the_desk(problem)
        return visit.then(here, tone="bad", title=told.message, text=told.action)
    return visit.then(here, tone="ok", title=said, text="")


def _latest(visit: Visit, account: Account) -> Progress:
    with visit.reading() as connection:
        found = runs.of_connection(connection, account.id, 1)
    if not found:
        return Progress(looks.CONNECTIONS[account.state], "Never synced.", 0, None, True)
    return _progress(found[0])


def _progress(row: Row[Any]) -> Progress:
    of = f" of {row.total:,}" if row.total else ""
    counts = _counts(row, ("new", "changed", "unreadable"))
    said = f"{row.seen:,}{of} badges seen{': ' if counts else '.'}{counts}{'.' if counts else ''}"
    if row.state == "queued":
        said = "A worker takes it up in a moment."
    return Progress(looks.RUNS[row.state], said, row.seen, row.total, bool(row.finished_at))


def _line(row: Row[Any]) -> dict[str, Any]:
    """A run for its list: how it ended, what it brought, and its problem."""
    problem = Problem(**row.problem) if row.problem else None
    return {
        "row": row,
        "look": looks.RUNS[row.state],
        "counts": _counts(row, COUNTS),
        "problem": at_the_desk(problem) if problem else None,
    }


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)


def _counts(row: Row[Any], names: tuple[str, ...]) -> str:
    return ", ".join(f"{getattr(row, name):,} {name}" for name in names if getattr(row, name))


def _settings(account: Account) -> list[tuple[str, str]]:
    """The settings that are not the adapter's own defaults, each by its label."""
    if not accounts.is_installed(account):
        return [(name, str(value)) for name, value in account.settings.items()]
    fields = accounts.kind_of(account).model_fields
    return [
        (field.title or name, _shown(value))
        for name, field in fields.items()
        if (value := account.settings.get(name, field.default)) != field.default
    ]
