"""The whole line on practice platforms: connect, sync, complete, approve, publish. Then read it all back."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from sqlalchemy import Row

from adapters.contract import Request
from connector.connections import accounts as connections
from connector.connections.platform import reached_in_public
from connector.credentials import decisions, queries
from connector.credentials import remap as remapping
from connector.demo.practice_credly import PracticeCredly
from connector.opened import Opened
from connector.organizations import accounts as organizations
from connector.organizations.accounts import Organization
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem
from connector.publishing.approved import credentials, profiles
from connector.publishing.publish import Outcome, publish
from connector.sync.carry_out import sync
from connector.sync.runs import COUNTERS
from mappings.canonical import digest

CTID = "ce-5d1f7a52-3c86-4e0b-9a4d-7b2e0c91f634"
CONNECTION = "Cedar Harbor on Credly"
APPROVED_AT_FIRST = 120
EDITED, REJECTED = 13, (21, 28)
OUR_NAME = "Electric Vehicle Safety"
LATER: dict[int, dict[str, str]] = {
    2: {"description": "Holders greet, ask and answer in sign language about everyday matters at a service desk."},
    8: {"name": "Human Resources, Second Level"},
    EDITED: {"name": "Electric Vehicle High-Voltage Safety Bootcamp"},
    14: {"level": "Intermediate"},
    21: {"description": "Judged projects of pupils at the county science fair against the published rubric, twice."},
    33: {"time_to_earn": "Weeks", "name": "Introduction to Motion Control and Sensors"},
}
Say = Callable[[str], None]


def tell(this: Opened, credly: PracticeCredly, say: Say) -> tuple[Organization, dict[str, Any]]:
    """Do the main job once, as a data manager would. May be told again: what is done is not done twice."""
    owner, account = _connected(this, credly, say)
    run = _synced(this, account, say)
    _mapped_again(this, owner)
    _complete_certifications(this, owner, say)
    with this.database.transaction() as connection:
        approved = decisions.approve_all_ready(connection, owner.id, by=LOCAL_OPERATOR)["approved"]
    say(f"Approved {approved} records that are ready.")
    published = _published(this, owner, say)
    with this.database.reading() as connection:
        counts = queries.counts(connection, owner.id)
    return owner, {
        "sync": {"state": run.state, **{name: getattr(run, name) for name in COUNTERS}},
        "ready": counts["all"] - counts["incomplete"],
        "incomplete": counts["incomplete"],
        "approved": approved,
        "published": published,
    }


def leave_some(this: Opened, credly: PracticeCredly, say: Say) -> Organization:
    """Do a part of the main job, and have the platform change meanwhile, so that a person finds something to decide."""
    owner, account = _connected(this, credly, say)
    with this.database.reading() as connection:
        told_before = queries.counts(connection, owner.id)["approved"] > 0
    if told_before:
        _mapped_again(this, owner)
        move_on(credly)
        _synced(this, account, say)
        return owner
    _synced(this, account, say)
    _complete_certifications(this, owner, say)
    with this.database.transaction() as connection:
        ready = queries.where(organization=owner.id, need="approval")
        first = [each.sourced.row for each in queries.listed(connection, ready, APPROVED_AT_FIRST)]
        decisions.approve(connection, [row.id for row in first], by=LOCAL_OPERATOR)
        ours = {row.badge_id: row.id for row in first}
        templates = credly.templates
        decisions.edit(connection, ours[templates[EDITED]["id"]], set_to=[("name", OUR_NAME)], by=LOCAL_OPERATOR)
        reason = "A thank-you for helpers, not a credential."
        decisions.reject(connection, [ours[templates[at]["id"]] for at in REJECTED], reason=reason, by=LOCAL_OPERATOR)
    say(f"Approved {len(first) - len(REJECTED)} records, rejected {len(REJECTED)}.")
    _published(this, owner, say)
    move_on(credly)
    say("Meanwhile the platform has changed some of its badges.")
    _synced(this, account, say)
    return owner


def move_on(credly: PracticeCredly) -> None:
    """What the college changes on its platform some weeks later; changing it twice changes nothing more."""
    with credly.lock:
        for at, members in LATER.items():
            credly.templates[at] |= members


def read_back(this: Opened, owner: Organization, address: str) -> int:
    """Fetch every published document from the registry over HTTP; how many came back as they were sent."""
    with this.database.reading() as connection:
        sent = {
            item.ctid: digest(item.document(this.settings.registry_url))
            for item in (*profiles(connection, owner), *credentials(connection, owner))
        }
    hosts = this.settings.private_hosts | {address.removeprefix("http://").rstrip("/")}
    with reached_in_public(f"{address}/registry/", hosts) as http:
        answers = http.in_order((Request(f"graph/{ctid}") for ctid in sent), ahead=4)
        same = [digest(json.loads(answer.body)) == held for answer, held in zip(answers, sent.values(), strict=True)]
    return sum(same)


def _connected(this: Opened, credly: PracticeCredly, say: Say) -> tuple[Organization, connections.Account]:
    owner = _organization(this)
    account = _connect(this, credly, owner)
    say(f"Connected {CONNECTION}.")
    return owner, account


def _synced(this: Opened, account: connections.Account, say: Say) -> Row[Any]:
    run = sync(
        this.database, this.settings, account.id, by=LOCAL_OPERATOR, accept_gone=False, report=lambda values: None
    )
    if run.problem:
        raise Problem(**run.problem)
    counts = f"{run.new} new, {run.changed} changed, {run.unchanged} unchanged, {run.skipped} left on the platform"
    say(f"Saw {run.seen} badges: {counts}.")
    return run


def _mapped_again(this: Opened, owner: Organization) -> None:
    """Data of an older demo is brought up to this version's mapping."""
    with this.database.transaction() as connection:
        if remapping.outdated(connection, owner.id):
            remapping.remap(connection, owner.id, by=LOCAL_OPERATOR, dry_run=False)


def _published(this: Opened, owner: Organization, say: Say) -> dict[str, int]:
    outcomes = publish(
        this.database,
        this.settings,
        owner,
        destination_name=None,
        by=LOCAL_OPERATOR,
        dry_run=False,
        report=lambda outcome: None,
    )
    published = _counted(outcomes)
    say(f"Published {published['credentials']} credentials to the embedded registry (practice).")
    return published


def _organization(this: Opened) -> Organization:
    with this.database.transaction() as connection:
        owner = organizations.add(
            connection,
            name="Cedar Harbor Community College",
            ctid=CTID,
            website="https://www.cedarharbor.example",
            description="A two-year college on the harbor, with a certification board for port and health work.",
        )
        return organizations.approve(connection, owner, by=LOCAL_OPERATOR)


def _connect(this: Opened, credly: PracticeCredly, owner: Organization) -> connections.Account:
    secrets = {"authorization_token": str(credly.token)}
    fields = {
        "organization_id": credly.organization_id,
        "api_url": f"{credly.url}/v1/",
        "requests_per_minute": 6000,
    }
    adapter = connections.configured("credly", fields, secrets, this.settings)
    with this.database.transaction() as connection:
        return connections.connect(
            connection,
            this.keys,
            organization_id=owner.id,
            name=CONNECTION,
            adapter=adapter,
            given=secrets,
            by=LOCAL_OPERATOR,
            sign_in_ends=(credly.token_expires_at or "")[:10] or None,
        )


def _complete_certifications(this: Opened, owner: Organization, say: Say) -> None:
    data = json.loads(files("connector.demo").joinpath("data/completed_certifications.json").read_text("utf-8"))
    with this.database.transaction() as connection:
        for listed in list(queries.listed(connection, queries.where(organization=owner.id))):
            decided = {edit.property for edit in listed.sourced.record.edits}
            wanted = data["certifications"].get(listed.sourced.row.name, {})
            missing = [(name, value) for name, value in wanted.items() if name not in decided]
            if missing:
                decisions.edit(connection, listed.sourced.row.id, set_json=missing, by=LOCAL_OPERATOR)
    say("Completed three certifications with renewal, revocation and costs, which no badge carries.")


def _counted(outcomes: list[Outcome]) -> dict[str, int]:
    there = [outcome.kind for outcome in outcomes if outcome.state in ("published", "unchanged")]
    return {
        "credentials": there.count("credential"),
        "verification_services": there.count("verification_service"),
    }
