"""The home page: where the credentials are, what waits for a person, what happened last."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from connector.connections import accounts
from connector.connections.expiry import ending
from connector.credentials import matching, queries, statuses
from connector.credentials.remap import outdated
from connector.organizations.accounts import Organization
from connector.publishing import publications
from connector.sync import runs
from connector.web import looks
from connector.web.gate import Visiting
from connector.web.pages import page

router = APIRouter()
EVENTS = 8

_WAITS = (
    ("approval", "ring", "", "record is", "records are", "ready to approve", "Every required value is there."),
    ("reapproval", "half", "warn", "record", "records", "changed after approval", "Approve the change, or undo it."),
    ("resolution", "two", "warn", "record differs", "records differ", "from an edit of yours", "Choose a side."),
    ("type", "ask", "warn", "record needs", "records need", "a credential type", "The badge does not settle it."),
    ("values", "dash", "", "record lacks", "records lack", "a required value", "Add it here, or on the badge."),
    ("owner", "held", "warn", "record is", "records are", "held: who owns them?", "Confirm the right to publish."),
    ("second_look", "no", "", "record is", "records are", "back after rejection", "What you rejected has changed."),
    (
        "withdrawal",
        "no",
        "warn",
        "record is",
        "records are",
        "rejected, but still published (practice)",
        "Take it out.",
    ),
    ("farewell", "gone", "warn", "badge is", "badges are", "gone at the source", "Nothing was deleted here."),
)


@router.get("/")
def home(visit: Visiting) -> Response:
    """The home page of the organization looked at."""
    owner = visit.owner
    with visit.reading() as connection:
        counts = queries.counts(connection, owner.id)
        needs = queries.count_each(
            connection,
            queries.where(organization=owner.id),
            {need: statuses.waiting(need) for need in statuses.NEEDS},
        )
        links = connection_lines(connection, owner)
        events = _events(connection, owner)
        unsent = queries.how_many(connection, queries.where(organization=owner.id, unsent=True))
        older = outdated(connection, owner.id)
        matches = matching.how_many_open(connection, owner.id)
    return page(
        visit,
        "home.html",
        counts=counts,
        figures=_figures(counts, needs, unsent),
        waits=[*_connection_waits(links), *_matches(matches), *_waits(needs, unsent, older, owner)],
        links=links,
        events=events,
        needs=needs,
        unsent=unsent,
    )


def connection_lines(connection: Connection, owner: Organization) -> list[dict[str, Any]]:
    """An organization's connections, each with its latest run, how many records it brought, and what to watch for."""
    badges, latest = queries.badges_by_connection(connection), runs.latest(connection)
    return [
        {
            "account": account,
            "platform": accounts.platform_name(account),
            "installed": accounts.is_installed(account),
            "look": looks.CONNECTIONS[account.state] if accounts.is_installed(account) else looks.NOT_INSTALLED,
            "ending": ending(account.sign_in_ends),
            "run": latest.get(account.id),
            "badges": badges[account.id],
        }
        for account in accounts.every(connection, owner.id)
    ]


def _figures(counts: dict[str, int], needs: dict[str, int], unsent: int) -> list[tuple[looks.Look, int, str]]:
    decision = looks.Look("Conflicts", "two", "warn")
    unpublished = looks.Look("Approved, not published", "check", "ok")
    return [
        (looks.STATUSES["incomplete"], counts["incomplete"], "?status=incomplete"),
        (looks.STATUSES[statuses.AWAITING], needs["approval"], "?need=approval"),
        (decision, needs["resolution"], "?need=resolution"),
        (looks.STATUSES["needs_reapproval"], needs["reapproval"], "?need=reapproval"),
        (unpublished, unsent, "?unsent=yes"),
        (looks.STATUSES["published"], counts["published"], "?status=published"),
    ]


def _connection_waits(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Connections that need somebody: to reconnect, to answer, to finish, to get a new token."""
    return [line for each in links if (line := _connection_wait(each))]


def _connection_wait(each: dict[str, Any]) -> dict[str, Any] | None:
    account, ending_soon, run = each["account"], each["ending"], each["run"]
    if account.state in ("needs_reconnect", *accounts.UNFINISHED):
        look = looks.CONNECTIONS[account.state]
        hint = account.state_reason or "Its settings are saved; its checks and the first sync come next."
    elif account.state == "active" and looks.is_trouble(run):
        look, hint = looks.of_connection(account.state, run), (run.problem or {}).get("message", "")
    elif account.state == "active" and ending_soon:
        look, hint = looks.of_ending(ending_soon), "Get a new one on the platform, then reconnect."
    else:
        return None
    return {"look": look, "address": f"/connections/{account.id}", "text": f"{account.name}: {look.word}", "hint": hint}


def _matches(waiting: int) -> list[dict[str, Any]]:
    """The line of badges that may be credentials which are there already."""
    if not waiting:
        return []
    badges = "badge may be a credential" if waiting == 1 else "badges may be credentials"
    hint = "Say which are the same before they are approved."
    return [
        {
            "look": looks.Look("", "two", "warn"),
            "address": "/matches",
            "text": f"{waiting:,} {badges} you have already",
            "hint": hint,
        }
    ]


def _waits(needs: dict[str, int], unsent: int, older: int, owner: Organization) -> list[dict[str, Any]]:
    lines = [
        {
            "look": looks.Look("", shape, tone),
            "address": f"/review?need={need}",
            "text": f"{needs[need]:,} {one if needs[need] == 1 else more} {rest}",
            "hint": hint,
        }
        for need, shape, tone, one, more, rest, hint in _WAITS
        if needs[need]
    ]
    if unsent:
        text = f"{unsent:,} approved {'record is' if unsent == 1 else 'records are'} not published yet"
        hint = "Publishing sends exactly what was approved."
        lines.insert(0, {"look": looks.STATUSES["approved"], "address": "/publish", "text": text, "hint": hint})
    if older:
        text = f"{older:,} {'record was' if older == 1 else 'records were'} mapped by another version of this software"
        hint = "Look at what mapping them again would change; until then they cannot be approved."
        lines.insert(0, {"look": looks.Look("", "up", "warn"), "address": "/remap", "text": text, "hint": hint})
    if not owner.is_approved:
        look = looks.Look("", "held", "warn")
        hint = "Until then everything but publishing can be done."
        text = f"{owner.name} waits for approval by site staff"
        lines.append({"look": look, "address": "/publish", "text": text, "hint": hint})
    return lines


def _events(connection: Connection, owner: Organization) -> list[dict[str, Any]]:
    """Syncs, publishing and decisions, latest first."""
    found = [
        *(
            _synced(account, row)
            for account in accounts.every(connection, owner.id)
            for row in _runs(connection, account)
        ),
        *(_published(row) for row in publications.runs(connection, owner.id, EVENTS)),
        *(_decided(each) for each in queries.decided_lately(connection, owner.id, EVENTS)),
    ]
    return sorted(found, key=lambda event: str(event["at"]), reverse=True)[:EVENTS]


def _runs(connection: Connection, account: accounts.Account) -> list[Any]:
    return runs.of_connection(connection, account.id, EVENTS)


def _synced(account: accounts.Account, row: Any) -> dict[str, Any]:
    counts = [
        f"{getattr(row, name):,} {name}" for name in ("new", "changed", "gone", "unreadable") if getattr(row, name)
    ]
    said = row.problem["message"] if row.problem else f"{row.seen:,} badges seen: {', '.join(counts) or 'nothing new'}."
    return {
        "look": looks.RUNS[row.state],
        "text": f"Sync of {account.name}",
        "address": f"/connections/{account.id}",
        "hint": said,
        "at": row.finished_at or row.started_at,
    }


def _published(row: Any) -> dict[str, Any]:
    look = looks.OUTCOMES["failed" if row.failed or row.problem else "published"]
    return {
        "look": look if row.finished_at else looks.RUNS["running"],
        "text": "Publishing to the practice registry",
        "address": f"/publish/{row.id}",
        "hint": row.problem["message"] if row.problem else looks.of_outcomes(row) or "Nothing to send.",
        "at": row.finished_at or row.started_at,
    }


def _decided(each: dict[str, Any]) -> dict[str, Any]:
    done = {"Approved": "approved", "Rejected": "rejected", "Edited": "edited", "Resolved": "settled"}[each["event"]]
    shape = {"Approved": "check", "Rejected": "no"}.get(each["event"], "pen")
    what = each["name"] if each["records"] == 1 else f"{each['records']:,} records"
    return {
        "look": looks.Look("", shape, "ok" if each["event"] == "Approved" else ""),
        "text": f"{each['made_by']} {done} {what}",
        "address": f"/records/{each['id']}" if each["records"] == 1 else None,
        "hint": "",
        "at": each["made_at"],
    }
