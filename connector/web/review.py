"""The review queue: what waits, what is said of it, and decisions on many records as they were seen."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from connector.credentials import decisions, differences, queries, records, selections, shapes, statuses
from connector.credentials.queries import Listed, Since
from connector.credentials.records import APPROVED_BY_RULE
from connector.problem import Problem
from connector.web import looks
from connector.web.filters import Filters, type_label
from connector.web.gate import Given, Posting, Visit, Visiting, text, texts
from connector.web.pages import page, status_of
from mappings.minimum_data import label

router = APIRouter(prefix="/review")
PER_PAGE = 50
SAMPLES = 3
SORTS = {"source": "In the platform’s order", "changed": "Changed last", "name": "By name"}
MOST_LINES = 12


@router.get("")
def queue(
    visit: Visiting, number: Annotated[str, Query(alias="page")] = "1", sort: str = "source", ticked: str = ""
) -> Response:
    """One page of the records that the filters select."""
    filters = Filters.of(visit.request, visit.owner.id)
    sort = sort if sort in SORTS else "source"
    with visit.reading() as connection:
        which = filters.which()
        total = queries.how_many(connection, which)
        last = max(1, -(-total // PER_PAGE))
        at = min(max(1, int(number)) if number.isascii() and number.isdecimal() and len(number) < 9 else 1, last)
        found = queries.page(connection, which, (at - 1) * PER_PAGE, PER_PAGE, order=sort)
        since = queries.since_decided(connection, found)
        groups = filters.groups(connection)
        ready = queries.how_many(connection, which & statuses.ready())
    paging = {"sort": None if sort == "source" else sort}
    return page(
        visit,
        "review.html",
        filters=filters,
        groups=groups,
        rows=[row(each, since.get(each.sourced.row.id)) for each in found],
        total=total,
        ready=ready,
        span=((at - 1) * PER_PAGE + 1, (at - 1) * PER_PAGE + len(found)),
        before=filters.address(**paging, page=at - 1) if at > 1 else None,
        after=filters.address(**paging, page=at + 1) if at < last else None,
        here=filters.address(**paging, page=at if at > 1 else None),
        sorts=[
            (word, filters.address(sort=None if key == "source" else key), key == sort) for key, word in SORTS.items()
        ],
        ticked=ticked == "page",
        at=at,
        sort=sort,
    )


@router.post("/decide")
def decide(visit: Posting, form: Given) -> Response:
    """Approve the ticked records as they were seen, or go on to say why they are rejected."""
    seen = _seen(form)
    back = _back(form)
    if not seen:
        return visit.then(back, tone="warn", title="Nothing is ticked.", text="Tick records, or select all that match.")
    if text(form, "action") == "approve":
        return _approved(visit, seen, back)
    with visit.writing() as connection:
        made = selections.keep(connection, visit.owner.id, seen, by=visit.by)
    return RedirectResponse(f"/review/selection/{made.id}{looks.address({'decide': 'reject', 'back': back})}", 303)


@router.post("/select")
def select(visit: Posting, form: Given) -> Response:
    """Select every record that the filters of the page let through, as each is now."""
    filters = Filters(dict(parse_qsl(text(form, "query"))), visit.owner.id)
    rejects = text(form, "action") == "reject"
    which = filters.which() if rejects else filters.which() & statuses.ready()
    with visit.writing() as connection:
        made = selections.pick(connection, visit.owner.id, which, by=visit.by)
    query = {"decide": "reject" if rejects else "approve", "back": _back(form)}
    return RedirectResponse(f"/review/selection/{made.id}{looks.address(query)}", 303)


@router.get("/selection/{called}")
def selection(visit: Visiting, called: str, decide: str = "approve", back: str = "/review") -> Response:
    """What a decision about a selection is about: how many, and samples of them."""
    return _selection_page(visit, called, decide, back, None)


@router.post("/selection/{called}/approve")
def approve_selection(visit: Posting, called: str, form: Given) -> Response:
    """Approve every record of a selection as it was when it was selected."""
    return _approved(visit, _selected(visit, called), _back(form))


@router.post("/selection/{called}/reject")
def reject_selection(visit: Posting, called: str, form: Given) -> Response:
    """Reject every record of a selection, with one reason."""
    try:
        return rejected(visit, _selected(visit, called), text(form, "reason"), _back(form))
    except Problem as problem:
        if problem.code != "reason_missing":
            raise
        return _selection_page(visit, called, "reject", _back(form), problem)


def rejected(visit: Visit, seen: Mapping[str, str], reason: str, back: str) -> Response:
    """Reject records as they were seen, and say on the next page what came of it."""
    done, refused = 0, []
    for some in records.slices(list(seen)):
        with visit.writing() as connection:
            answer = decisions.reject_seen(
                connection, visit.owner.id, {each: seen[each] for each in some}, reason=reason, by=visit.by
            )
        done += len(answer["rejected"])
        refused += answer["refused"]
    text = "They stay rejected until what they say changes."
    return visit.then(back, **_told(done, "rejected", refused, text))


def _approved(visit: Visit, seen: Mapping[str, str], back: str) -> Response:
    done, refused = 0, []
    for some in records.slices(list(seen)):
        with visit.writing() as connection:
            answer = decisions.approve_seen(
                connection, visit.owner.id, {each: seen[each] for each in some}, by=visit.by
            )
        done += answer["approved"]
        refused += answer["refused"]
    text = "Nothing is published by that."
    link = ("/publish", "Publish what is approved") if done else None
    return visit.then(back, **_told(done, "approved", refused, text), link=link)


def _told(done: int, verb: str, refused: list[dict[str, str]], rest: str) -> dict[str, Any]:
    """A notice: how many, and each record that was not, with the reason."""
    noun = "record" if done == 1 else "records"
    lines: list[Any] = [[f"/records/{each['id']}", each["name"] or each["id"], each["message"]] for each in refused]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"And {len(refused) - MOST_LINES:,} more for reasons like these."]
    changed = sum(each["code"] == "changed_while_you_looked" for each in refused)
    title = f"{done:,} {noun} {verb}."
    if refused:
        left = f"{len(refused):,} {'was' if len(refused) == 1 else 'were'} not"
        why = f", {changed:,} of them because they changed while you looked" if changed else ""
        why = " because it changed while you looked" if changed == len(refused) == 1 else why
        rest = f"{left}{why}:"
    return {
        "tone": "ok" if not refused else "warn",
        "title": title,
        "text": rest if done or refused else "",
        "lines": lines,
    }


def row(each: Listed, since: Since | None) -> dict[str, Any]:
    """A record as a row of the queue."""
    stored = each.sourced.row
    kind = shapes.credential_type(each.sourced.mapped.credential_type, each.sourced.content)
    findings = shapes.findings(each.findings)
    look = looks.of_record(each.statuses)
    if stored.ctid is None:
        look = looks.HELD
    elif stored.rejected_hash and stored.rejected_hash != stored.content_hash and not stored.approved_hash:
        look = looks.BACK
    return {
        "id": stored.id,
        "name": stored.name or "Without a name",
        "hash": stored.content_hash,
        "look": look,
        "type": type_label(stored.credential_type),
        "confidence": round(kind["confidence"] * 100),
        "sign": sign(kind),
        "changes": changes(each, since),
        "required": [f for f in findings if f["severity"] == "required"],
        "recommended": sum(f["severity"] == "recommended" for f in findings),
    }


def sign(kind: Mapping[str, Any]) -> str:
    """In a word or two, what the type rests on."""
    if not kind["decided"]:
        return "not decided"
    evidence = kind["evidence"]
    if not evidence:
        return "no other sign"
    if evidence[0]["says"] == "a person chose it":
        return "chosen by a person"
    return f"{len(evidence)} signs" if len(evidence) > 1 else str(evidence[0]["member"]).replace("_", " ")


def changes(each: Listed, since: Since | None) -> dict[str, Any]:
    """What changed: against what a person last decided, else when it came or last changed at the source."""
    stored, conflicts = each.sourced.row, each.sourced.content.conflicts
    if conflicts:
        names = ", ".join(label(name) for name in dict.fromkeys(conflict.property for conflict in conflicts))
        return {"says": f"{names}: yours and the platform’s differ", "told": [], "more": 0, "reason": None, "at": None}
    told = [differences.told(each) for each in since.differences] if since else []
    reason = since.reason if since and since.event == "Rejected" else None
    says = ""
    if not told:
        same = since and since.event in ("Approved", APPROVED_BY_RULE)
        says = "Nothing since approval" if same else "New" if stored.added_at == stored.changed_at else "Changed"
        says = "Rejected" if since and since.event == "Rejected" else says
    return {
        "says": says,
        "told": told[:2],
        "more": max(0, len(told) - 2),
        "reason": reason,
        "at": ((since.made_at if since and not told else stored.changed_at) or "")[:10],
    }


def _selected(visit: Visit, called: str) -> Mapping[str, str]:
    with visit.reading() as connection:
        found = selections.find(connection, called)
    visit.looks_at(found.organization_id)
    return found.items


def _selection_page(visit: Visit, called: str, decide: str, back: str, problem: Problem | None) -> Response:
    items = _selected(visit, called)
    with visit.reading() as connection:
        which = queries.where(organization=visit.owner.id) & queries.among(list(items)[:SAMPLES])
        samples = queries.page(connection, which, 0, SAMPLES)
    return page(
        visit,
        "selection.html",
        status_of(problem) if problem else 200,
        called=called,
        many_items=len(items),
        samples=[row(each, None) for each in samples],
        rejects=decide == "reject",
        back=_local_review(back),
        problem=problem,
    )


def _seen(form: Given) -> dict[str, str]:
    """The ticked records, each with the hash of the content that was on the page."""
    pairs = (value.partition(" ") for value in texts(form, "r"))
    return {record_id: hash_ for record_id, _, hash_ in pairs if hash_}


def _back(form: Given) -> str:
    return _local_review(text(form, "back"))


def _local_review(address: str) -> str:
    return address if address.startswith("/review") and address.isprintable() and "\\" not in address else "/review"
