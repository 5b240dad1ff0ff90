"""Connecting a platform: what each way in needs, its form, the first look at the platform, and the start."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import FormData

from adapters import installed
from adapters.contract import Adapter, Way
from connector.connections import accounts, authorization, renewal
from connector.connections.accounts import Account
from connector.connections.connecting import to_be_kept
from connector.connections.expiry import given_day
from connector.problem import Problem
from connector.sync import asked
from connector.sync.first_look import first_look
from connector.web.forms import PlatformForm, drawn, secrets_in, settings_in
from connector.web.gate import Given, Posting, Visit, Visiting, text
from connector.web.pages import framed, page, status_of, templates
from connector.web.reach import account_of, at_the_desk

router = APIRouter(prefix="/connections")


@router.get("/new")
def choose(visit: Visiting) -> Response:
    """The ways into each platform, and what a person needs for each before they start."""
    return page(visit, "connect.html", owner=visit.owner, ways=[_card(visit, *each) for each in _every_way()])


@router.get("/new/{platform}/{way}")
def ask(visit: Visiting, platform: str, way: str) -> Response:
    """The form of a way in."""
    kind, chosen = _way_in(visit, platform, way)
    if chosen.by_import:
        return visit.then("/import")
    suggested = f"{visit.owner.name} on {kind.name}"
    return _form_page(visit, drawn(kind, chosen, {}), {"name": suggested, "sign_in_ends": ""})


@router.post("/new/{platform}/{way}")
def save(visit: Posting, platform: str, way: str, form: Given) -> Response:
    """Save a connection as a draft and go on to its checks, or show all that is wrong beside each field."""
    kind, chosen = _way_in(visit, platform, way)
    if chosen.by_import:
        return visit.then("/import")
    filled = drawn(kind, chosen, settings_in(form, drawn(kind, chosen, {})))
    given = secrets_in(form, filled.secrets)
    try:
        adapter, ends = _configured(visit, filled, form, given, None)
        granted = authorization.by_password(visit.this.database, visit.this.settings, adapter, given)
        with visit.writing() as connection:
            accounts.refuse_taken(connection, visit.owner.id, text(form, "name"))
            made = accounts.connect(
                connection,
                visit.this.keys,
                organization_id=visit.owner.id,
                name=text(form, "name").strip(),
                adapter=adapter,
                given=to_be_kept(adapter, given),
                granted=granted,
                by=visit.by,
                state="draft",
                sign_in_ends=ends,
            )
    except Problem as problem:
        return _form_page(visit, filled, _typed(form), problem=problem)
    return visit.then(_next_step(visit, made))


@router.get("/{account_id}/edit")
def ask_again(visit: Visiting, account_id: int, way: str = "") -> Response:
    """The form of a connection as it is stored, by its own way in or by another one."""
    account = account_of(visit, account_id)
    last = _as_given(visit, account)
    kind, chosen = _way_of(visit, last, way)
    typed = {"name": last.name, "sign_in_ends": last.sign_in_ends or ""}
    return _form_page(visit, drawn(kind, chosen, last.settings), typed, account=account)


@router.post("/{account_id}/edit")
def save_again(visit: Posting, account_id: int, form: Given, way: str = "") -> Response:
    """Give a connection other settings; its secrets stay unless they are given anew. Then on to its checks.

    A connection that works goes on as it is until somebody finishes.
    """
    account = account_of(visit, account_id)
    last = _as_given(visit, account)
    kind, chosen = _way_of(visit, last, way)
    filled = drawn(kind, chosen, settings_in(form, drawn(kind, chosen, {})))
    anew = secrets_in(form, filled.secrets)
    with visit.reading() as connection:
        stored = accounts.secret_names(connection, account.id, pending=last.pending)
    keeping = (stored & {*chosen.secrets, *chosen.optional}) - anew.keys()
    try:
        adapter, ends = _configured(visit, filled, form, keeping | anew.keys(), account, last)
        granted = authorization.by_password(visit.this.database, visit.this.settings, adapter, anew, keeping)
        if ends == last.sign_in_ends and any(each.expires and each.name in anew for each in filled.secrets):
            ends = None
        with visit.writing() as connection:
            renewal.change(
                connection,
                visit.this.keys,
                account,
                name=text(form, "name"),
                adapter=adapter,
                given=to_be_kept(adapter, anew),
                keeping=keeping,
                sign_in_ends=ends,
                granted=granted,
                by=visit.by,
            )
    except Problem as problem:
        return _form_page(visit, filled, _typed(form), account=account, problem=problem)
    return visit.then(_next_step(visit, account))


@router.get("/{account_id}/check")
def check(visit: Visiting, account_id: int) -> Response:
    """The first look at the platform, each step sent to the browser as it happens, then the next step for a person."""
    account = account_of(visit, account_id)
    last = _as_given(visit, account)
    with visit.reading() as connection:
        signed_in = accounts.is_signed_in(connection, last)
        sign_in_first = authorization.is_asked_for(connection, last)
    if sign_in_first:
        return visit.then(f"/connections/{account.id}/sign-in")
    context = {
        **framed(visit),
        "account": last,
        "in_use": account.name if last.pending else None,
        "signed_in": last.state in accounts.UNFINISHED and signed_in,
        "platform": accounts.platform_name(account),
        "steps": first_look(visit.this.database, visit.this.settings, account),
        "at_the_desk": at_the_desk,
        "schedule": "daily" if account.state in accounts.UNFINISHED else account.schedule,
    }
    sent = _sent(templates.get_template("check.html").generate(**context))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(sent, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/{account_id}/finish")
def finish(visit: Posting, account_id: int, form: Given) -> Response:
    """Finish connecting: set the schedule and sync at once. What was not checked leads back to its checks."""
    account = account_of(visit, account_id)
    try:
        with visit.writing() as connection:
            seen, schedule = text(form, "edition"), text(form, "schedule")
            asked.start(connection, visit.this.keys, account, schedule=schedule, by=visit.by, seen=seen or None)
            name = accounts.by_id(connection, account.id).name
    except Problem as problem:
        if problem.code != "connection_unchecked":
            raise
        told = at_the_desk(problem)
        return visit.then(f"/connections/{account.id}/check", tone="warn", title=told.message, text=told.action)
    return visit.then(
        f"/connections/{account.id}",
        tone="ok",
        title=f"{name} is connected.",
        text="The first sync has begun. You may leave this page; it goes on by itself.",
    )


def _next_step(visit: Visit, account: Account) -> str:
    """What comes after the settings: signing in on the platform, choosing issuers, or the checks."""
    with visit.reading() as connection:
        last = renewal.as_given(connection, accounts.by_id(connection, account.id))
        asked_for = authorization.is_asked_for(connection, last)
    by_choice = accounts.kind_of(last).issuer_choice is not None
    return f"/connections/{account.id}/{'sign-in' if asked_for else 'issuers' if by_choice else 'check'}"


def _sent(pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in pieces:
        if piece:
            yield piece.encode()


def _every_way() -> Iterator[tuple[type[Adapter], Way]]:
    return ((kind, way) for kind in installed().values() for way in kind.ways)


def _card(visit: Visit, kind: type[Adapter], way: Way) -> dict[str, Any]:
    return {
        "kind": kind,
        "way": way,
        "secrets": [secret for secret in kind.secrets if secret.name in (*way.secrets, *way.optional)],
        "off": way.undocumented and not visit.this.settings.undocumented_sources,
    }


def _way_in(visit: Visit, slug: str, called: str) -> tuple[type[Adapter], Way]:
    """A way into a platform. Problem where there is none, or where it is turned off here."""
    found = next((each for each in _every_way() if (each[0].slug, each[1].name) == (slug, called)), None)
    if found is None:
        raise Problem("not_found", "There is no such page.", action="Choose a platform under Connections.")
    if found[1].undocumented and not visit.this.settings.undocumented_sources:
        raise accounts.undocumented_off(found[1])
    return found


def _as_given(visit: Visit, account: Account) -> Account:
    with visit.reading() as connection:
        return renewal.as_given(connection, account)


def _way_of(visit: Visit, account: Account, called: str) -> tuple[type[Adapter], Way]:
    kind = accounts.kind_of(account)
    if called:
        return _way_in(visit, account.platform, called)
    with visit.reading() as connection:
        return kind, accounts.way_of(connection, account) or kind.ways[0]


def _configured(
    visit: Visit,
    filled: PlatformForm,
    form: FormData,
    given: Iterable[str],
    account: Account | None,
    last: Account | None = None,
) -> tuple[Adapter, str | None]:
    """The adapter and the day its sign-in ends. Problem with all that is wrong at once, by field."""
    wrong: dict[str, str] = {}
    problems: list[Problem] = []
    adapter, ends = None, None
    try:
        with visit.reading() as connection:
            but = account.id if account else None
            accounts.refuse_taken(connection, visit.owner.id, text(form, "name"), but=but)
    except Problem as problem:
        problems.append(problem)
    try:
        adapter = accounts.configured(
            filled.kind.slug,
            settings_in(form, filled) | _chosen_before(filled.kind, last),
            given,
            visit.this.settings,
            way=filled.way.name,
        )
    except Problem as problem:
        problems.append(problem)
    try:
        ends = given_day(text(form, "sign_in_ends"))
    except Problem as problem:
        problems.append(problem)
    if adapter is not None and not problems:
        return adapter, ends
    for each in problems:
        wrong |= each.fields or {"": f"{each.message} {each.action}"}
    raise Problem(problems[0].code, " ".join(wrong.values()), action=problems[0].action, fields=wrong)


def _chosen_before(kind: type[Adapter], last: Account | None) -> dict[str, Any]:
    """The choice of issuers, which this form does not ask for."""
    name = kind.issuer_choice
    return {name: last.settings[name]} if last and name and name in last.settings else {}


def _typed(form: FormData) -> dict[str, str]:
    return {name: text(form, name) for name in ("name", "sign_in_ends")}


def _form_page(
    visit: Visit,
    filled: PlatformForm,
    typed: Mapping[str, str],
    *,
    account: Account | None = None,
    problem: Problem | None = None,
) -> Response:
    here = visit.request.url
    return page(
        visit,
        "connection_form.html",
        status_of(problem) if problem else 200,
        form=filled,
        typed=typed,
        account=account,
        problem=problem,
        here=here.path + (f"?{here.query}" if here.query else ""),
        others=[card for card in (_card(visit, *each) for each in _every_way()) if _is_other(card, filled)],
    )


def _is_other(card: Mapping[str, Any], filled: PlatformForm) -> bool:
    return card["kind"] is filled.kind and card["way"] != filled.way and not card["off"]
