"""What a desk has seen: one organization with records in every state, one with trouble, one with nothing yet."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import update

from connector.clock import stamp
from connector.connections import accounts
from connector.connections.accounts import Account
from connector.credentials import decisions, queries, records
from connector.credentials.tables import record
from connector.demo.catalogue import cedar_harbor_college, lantern_street_makerspace
from connector.demo.practice_credly import PracticeCredly
from connector.jobs.lease import held
from connector.organizations import api_tokens
from connector.organizations.accounts import Organization
from connector.publishing import publications
from connector.publishing.approved import credentials
from connector.publishing.destinations import destination
from connector.publishing.publish import publish, publish_what_waits
from connector.publishing.registry import Answer
from connector.publishing.tables import publishing_run
from connector.sync import asked
from connector.sync.carry_out import sync
from connector.sync.tables import sync_run
from mappings.ctdl.graph import credential_graph
from mappings.ctdl.reading import credential
from tests.browser.desk import COLLEGE, CTID, EMAIL, Desk, desk

Json = dict[str, Any]
Decide = Callable[..., object]

SOURCES = "Cedar Harbor on Credly"
LONG = "Certificate of Completion in Advanced Interdisciplinary Harbor Infrastructure Maintenance, Safety and Welding"
UNBROKEN = "Hafenanlageninstandhaltungssicherheitsbeauftragtenqualifizierungsnachweis"
RIGHT_TO_LEFT = "سلامة الميناء والعمل في المستودعات (المستوى الثاني)"
HOSTILE = "<script>alert('x')</script> & \"Badge\" <img src=x onerror=alert(1)>"
WORDS: dict[str, Json] = {
    "hostile": {
        "name": HOSTILE,
        "global_activity_url": "https://www.cedarharbor.example/a\"><script>alert('y')</script>",
    },
    "scripted": {"name": "Runs Script", "global_activity_url": "javascript:alert(1)"},
    "long": {"name": LONG, "description": f"{LONG}. " * 12},
    "unbroken": {"name": UNBROKEN, "description": UNBROKEN * 4},
    "right-to-left": {"name": RIGHT_TO_LEFT, "description": f"{RIGHT_TO_LEFT}. " * 6},
}


@dataclass
class Seeded:
    """A desk, its organizations, and the ids of what a page may be about, each under what it shows."""

    desk: Desk
    college: Organization
    nothing: Organization
    troubled: Organization
    records: dict[str, str] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    publishing: dict[str, int] = field(default_factory=dict)

    def decided(self, decide: Decide, *arguments: Any, **named: Any) -> None:
        """Do what a person decides."""
        with self.desk.opened.database.transaction() as connection:
            decide(connection, *arguments, by=EMAIL, **named)

    def ids(self, organization: Organization, need: str) -> list[str]:
        """The records of an organization with a need, in source order."""
        with self.desk.opened.database.reading() as connection:
            which = queries.where(organization=organization.id, need=need)
            return [each.sourced.row.id for each in queries.listed(connection, which)]


@contextmanager
def seeded(folder: Path) -> Iterator[Seeded]:
    """A desk on which all has happened. The practice platforms go on answering."""
    college, templates = cedar_harbor_college()
    lantern = lantern_street_makerspace()
    few = [each for each in templates if each["state"] == "active" and each["public"]][140:170]
    with (
        desk(folder) as seat,
        PracticeCredly(college, _worded(templates), images=True) as platform,
        PracticeCredly(college, few, images=True) as of_examiners,
        PracticeCredly(*lantern) as public,
    ):
        made = Seeded(
            seat,
            seat.organization(COLLEGE, CTID),
            seat.organization("Lantern Street Makerspace", "ce-0c3f1f4e-7d0a-4b5c-9a53-6f1f2f0f7a11", approved=False),
            seat.organization(
                "Breakwater Regional Board of Examiners", "ce-3f9d5c80-52a1-4f7e-8f2c-1d7a63e0b922", approved=False
            ),
        )
        _fill(made, platform)
        _connect_more(made, platform, public)
        _trouble(made, of_examiners)
        yield made


def published_elsewhere(made: Seeded) -> None:
    """Two of the college's credentials are in the registry already, typed in there by hand."""
    this = made.desk.opened
    to = destination(this.database, this.settings, made.college.destination)
    with this.database.reading() as connection:
        named = records.names(connection, [made.records["spare"], made.records["undecided"]])
    for number, (name, _) in enumerate(named.values(), 1):
        values = {
            "credentialType": "ceterms:Certificate",
            "name": name,
            "description": "A certificate as the registrar described it by hand, some years ago.",
            "subjectWebpage": f"https://www.cedarharbor.example/certificates/{number}",
            "credentialStatusType": "credentialStat:Active",
            "inLanguage": ["en"],
            "keyword": ["typed by hand"],
            "ownedBy": [CTID],
        }
        ctid = f"ce-00000000-0000-4000-8000-{number:012}"
        to.publish(ctid, CTID, credential_graph(credential(values, ctid=ctid, language="en")))


def connected(desk: Desk, owner: Organization, name: str, platform: PracticeCredly, **settings: Any) -> Account:
    """A connection to a practice platform; `token` and `state` where they are not the usual ones."""
    secrets = {"authorization_token": settings.pop("token", str(platform.token))}
    if "public_page" in settings:
        secrets = {}
        fields = {"public_url": f"{platform.url}/"}
    else:
        fields = {"organization_id": platform.organization_id, "api_url": f"{platform.url}/v1/"}
    state = settings.pop("state", "active")
    adapter = accounts.configured(
        "credly",
        {**fields, "requests_per_minute": 6000, **settings},
        secrets,
        desk.opened.settings,
    )
    with desk.opened.database.transaction() as connection:
        made = accounts.connect(
            connection,
            desk.opened.keys,
            organization_id=owner.id,
            name=name,
            adapter=adapter,
            given=secrets,
            by=EMAIL,
            state=state,
        )
        accounts.set_schedule(connection, made.id, "daily")
        return accounts.by_id(connection, made.id)


def synced(desk: Desk, account: Account, state: str = "complete") -> None:
    """Sync, and see it end as it should."""
    this = desk.opened
    run = sync(this.database, this.settings, account.id, by=EMAIL, accept_gone=False, report=lambda values: None)
    assert run.state == state, json.dumps(run.problem)


def _worded(templates: list[Json]) -> list[Json]:
    """130 templates, some of them with names that are hard to show."""
    chosen = copy.deepcopy([each for each in templates if each["state"] != "draft" and each["public"]][:130])
    for template, words in zip(chosen[3:], WORDS.values(), strict=False):
        template |= words
    return chosen


def _fill(made: Seeded, platform: PracticeCredly) -> None:
    """Records of the college in every state."""
    this = made.desk.opened
    account = connected(made.desk, made.college, SOURCES, platform)
    synced(made.desk, account)
    with this.database.reading() as connection:
        listed = list(queries.listed(connection, queries.where(organization=made.college.id)))
    badges = {each.sourced.row.id: each.sourced.row.badge_id for each in listed}
    record_of = {badge: record_id for record_id, badge in badges.items()}
    made.records |= {name: record_of[each["id"]] for name, each in zip(WORDS, platform.templates[3:], strict=False)}
    ready = [each for each in made.ids(made.college, "approval") if each not in made.records.values()]
    assert len(ready) > 25
    made.decided(decisions.approve, ready[:12])
    publish(
        this.database,
        this.settings,
        made.college,
        destination_name=None,
        by=EMAIL,
        dry_run=False,
        report=lambda outcome: None,
    )
    made.decided(decisions.approve, ready[12:15])
    made.decided(decisions.reject, ready[15:17], reason="Not ours: the board of examiners gives this one.")
    made.decided(decisions.reject, [ready[19]], reason="The description says nothing yet.")
    made.decided(decisions.edit, ready[0], set_to=[("name", "Edited After Approval")])
    made.decided(decisions.edit, ready[1], set_to=[("name", "Edited After Approval, Approved Again")])
    made.decided(decisions.approve, [ready[1]])
    made.decided(decisions.edit, ready[17], set_to=[("name", "The Name I Gave It")])
    made.decided(decisions.edit, ready[21], set_to=[("name", "Changed Meanwhile")])
    with platform.lock:
        templates = {each["id"]: each for each in platform.templates}
        templates[badges[ready[17]]]["name"] = "The Name the Platform Gives It Now"
        templates[badges[ready[2]]]["description"] += " It now includes a supervised day on the quay."
        templates[badges[ready[19]]]["description"] += " It now says what is learned: mooring, lashing, signalling."
        platform.templates.remove(templates[badges[ready[18]]])
    synced(made.desk, account)
    synced(made.desk, account)
    made.records |= {
        "reapproval": ready[2],
        "published": ready[3],
        "approved": ready[12],
        "rejected": ready[15],
        "conflict": ready[17],
        "gone": ready[18],
        "back": ready[19],
        "ready": ready[20],
        "spare": ready[21],
        "undecided": next(each for each in made.ids(made.college, "type") if each not in made.records.values()),
    }
    made.connections["full"] = account.id
    made.publishing["full"] = _refused_once(made)
    with this.database.transaction() as connection:
        for name, days in (("Nightly catalogue", 200), ("Dashboard of the registrar", 3)):
            scopes = ["read", "edit"]
            api_tokens.issue(connection, made.desk.person.id, name=name, scopes=scopes, days=days)


def _refused_once(made: Seeded) -> int:
    """A publishing run in which the registry turned a document down; its number."""
    database = made.desk.opened.database

    def turn(connection: Any) -> int:
        return publications.request_run(connection, made.college.id, made.college.destination, by=EMAIL)

    with database.reading() as connection:
        item = next(item for item in credentials(connection, made.college) if item.subject not in made.records.values())
    with held(database, publishing_run, turn) as (run, _), database.transaction() as connection:
        publications.expect(connection, run, 1)
        document = item.document(made.desk.opened.settings.registry_url)
        to = made.college.destination
        attempt = publications.mark_sending(connection, made.college.id, item, to, document, by=EMAIL, run=run)
        said = ("Every node of the graph needs @id and @type.",)
        publications.answered(connection, attempt, Answer("failed", None, None, said), by=EMAIL)
        publications.count(connection, run, Counter(failed=1))
    return run


def _connect_more(made: Seeded, platform: PracticeCredly, public: PracticeCredly) -> None:
    """A connection that is under way, a draft, one at rest, and one whose badges nobody has called theirs."""
    database = made.desk.opened.database
    page = connected(
        made.desk,
        made.college,
        "Lantern Street in public",
        public,
        public_page=public.organization["vanity_slug"],
    )
    synced(made.desk, page)
    made.connections["unconfirmed"] = page.id
    draft = connected(made.desk, made.college, "Continuing education", platform, state="draft", include_private=True)
    paused = connected(made.desk, made.college, "The old account of the nursing school", platform)
    running = connected(made.desk, made.college, "Evening courses", platform)
    with database.transaction() as connection:
        accounts.set_state(connection, paused.id, "paused", f"Paused by {EMAIL}.")
        accounts.set_sign_in_ends(connection, made.connections["full"], stamp()[:8] + "28")
        run = asked.ask(connection, running, by=EMAIL)
        values = {"state": "running", "seen": 250, "total": 653, "new": 243, "unchanged": 6, "unreadable": 1}
        connection.execute(update(sync_run).where(sync_run.c.id == run).values(**values))
    made.connections |= {"draft": draft.id, "paused": paused.id, "running": running.id}
    made.records["unowned"] = made.ids(made.college, "owner")[0]


def _trouble(made: Seeded, platform: PracticeCredly) -> None:
    """What goes wrong on the other side, and what is in the way of publishing."""
    this = made.desk.opened
    silent = connected(made.desk, made.troubled, "Board on Credly", platform)
    platform.fault("spoil_item", page=1, item=4, how="wrong_form", times=1)
    synced(made.desk, silent)
    platform.fault("emptied")
    synced(made.desk, silent, "needs_confirmation")
    platform.clear_faults()
    wrong = connected(made.desk, made.troubled, "Examiners, with a token that ran out", platform, token="wrong")
    synced(made.desk, wrong, "failed")
    broken = connected(made.desk, made.troubled, "Examiners of the east", platform)
    platform.fault("html")
    synced(made.desk, broken, "failed")
    platform.clear_faults()
    made.connections |= {"asks": silent.id, "reconnect": wrong.id, "failed": broken.id}
    made.decided(decisions.approve, made.ids(made.troubled, "approval")[:3])
    with this.database.transaction() as connection:
        older = (
            update(record).where(record.c.organization_id == made.troubled.id).values(mapped_with="an older version")
        )
        connection.execute(older)
        run = publications.request_run(connection, made.troubled.id, made.troubled.destination, by=EMAIL)
    publish_what_waits(this.database, this.settings)
    made.publishing["stopped"] = run
