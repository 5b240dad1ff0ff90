"""What the API answers, for its document: the shapes are those that the command line prints."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from connector.credentials.remap import Affected


class Answer(BaseModel):
    """An answer may get further members in time."""

    model_config = ConfigDict(extra="allow")


class Organization(Answer):
    """An organization that owns credentials."""

    id: int
    name: str
    ctid: str
    website: str
    description: str
    destination: str = Field(description="Where its approved records go.")
    approved: bool = Field(description="Whether anything of it may be published.")
    approved_at: str | None
    approved_by: str | None


class Way(Answer):
    """One way into a platform."""

    name: str
    title: str
    needs: str = Field(description="What a person needs before they start.")
    fields: list[str] = Field(description="The settings it asks for, all of them needed.")
    secrets: list[str] = Field(description="The secrets it asks for, all of them needed.")
    undocumented: bool = Field(description="The platform promises nothing about what is read this way.")


class Setting(Answer):
    """A setting of a connection."""

    name: str
    required: bool
    default: Any
    help: str | None


class SecretField(Answer):
    """A secret that a connection may need."""

    name: str
    label: str
    help: str


class Platform(Answer):
    """A platform that can be connected."""

    platform: str
    name: str
    ways: list[Way]
    fields: list[Setting]
    secrets: list[SecretField]


class Check(Answer):
    """One named test of a connection."""

    name: Literal["reach", "sign_in", "permission", "issuers", "badges"]
    ok: bool
    message: str


class Connection(Answer):
    """A connected platform account. Nothing secret is part of it."""

    id: int
    name: str
    platform: str
    organization: int
    state: Literal["draft", "checked", "active", "paused", "needs_reconnect", "removed"]
    state_reason: str | None
    settings: dict[str, Any]
    schedule: str
    next_run_at: str | None
    sign_in_ends: str | None = Field(description="The day on which the stored sign-in ends, where it is known.")


class ConnectionMade(Connection):
    """A connection that was saved, with the checks that it passed."""

    checks: list[Check]
    sign_in_at: str | None = Field(
        description="Where a person signs in on the platform's own page first; null where nobody has to."
    )


class ConnectionInFull(Connection):
    """A connection with what waits for a person."""

    issuers_to_confirm: list[dict[str, Any]] = Field(
        description="Issuers whose records wait until somebody confirms whose they are: `id`, `name`, `records`."
    )


class Checks(Answer):
    """What the platform says of a connection now; the first check that fails ends them."""

    id: int
    name: str
    checks: list[Check]


class Confirmation(Answer):
    """Who confirmed that an issuer's badges are the organization's, and the records that had waited for it."""

    id: int
    name: str
    issuer: str
    confirmed_by: str
    records: list[str]


class Counts(Answer):
    """The counts of a sync: seen = new + changed + unchanged + unreadable + skipped, over distinct badges."""

    state: Literal["queued", "running", "complete", "incomplete_listing", "needs_confirmation", "failed"]
    seen: int
    new: int
    changed: int
    unchanged: int
    unreadable: int
    skipped: int
    gone: int
    pages: int
    requests: int
    resumed_from: str | None


class Preview(Counts):
    """What a sync would count now. Nothing was written."""

    run: None


class SyncRun(Counts):
    """A sync run: a worker does it, `finished_at` tells that it has ended."""

    run: int
    connection: int
    total: int | None = Field(description="What the platform says that the whole listing holds.")
    problem: dict[str, Any] | None
    requested_by: str
    started_at: str
    finished_at: str | None


class Finding(Answer):
    """What a record lacks, in the words of the form."""

    property: str
    label: str
    severity: Literal["required", "recommended", "note"]
    code: str
    message: str


class Record(Answer):
    """A credential record, as a row of a list."""

    id: str
    ctid: str | None
    name: str
    credential_type: str
    origin: str
    connection: str
    badge_id: str
    statuses: list[str]
    findings: list[Finding]
    content_hash: str = Field(description="Names the content: approve with it what was seen.")


class RecordInFull(Answer):
    """A credential record with everything there is to know of it."""

    id: str
    ctid: str | None
    name: str
    credential_type: dict[str, Any] = Field(description="The type with its confidence and evidence.")
    origin: str
    connection: str
    badge_id: str
    statuses: list[str]
    findings: list[Finding]
    content_hash: str = Field(description="Names the content: approve with it what was seen. It is the ETag as well.")
    properties: dict[str, Any] = Field(description="Values by CTDL property.")
    provenance: dict[str, Any] = Field(description="Where each property's value comes from.")
    notes: list[dict[str, Any]]
    ctdl: dict[str, Any] = Field(description="The document as it would be published.")
    conflicts: list[dict[str, Any]] = Field(
        description="Where the platform and a person differ; `item` names the part of a list or the language, "
        "inside a profile as a JSON Pointer."
    )
    alignments: list[dict[str, Any]] = Field(description="The badge's alignments: where each stands in it, and why.")
    source: dict[str, Any] | None = Field(
        description="The badge it comes from, and what the platform said of it; null where it comes from none."
    )
    revision: int


class Revision(Answer):
    """What a person decided about a record, or what changed after they had."""

    number: int
    event: str
    reason: str | None
    made_by: str
    made_at: str
    content_hash: str
    properties: dict[str, Any]


class Refusal(Answer):
    """A record on which a decision was refused, and why."""

    id: str
    name: str
    code: str
    message: str


class Approvals(Answer):
    """How many records were approved, and which were not."""

    approved: int
    refused: list[Refusal]


class Rejections(Answer):
    """Which records were rejected, and which were not."""

    rejected: list[str]
    refused: list[Refusal]


class Outcome(Answer):
    """What became of one document."""

    kind: str
    id: str
    ctid: str
    state: Literal["published", "unchanged", "unpublished", "failed", "unknown", "skipped"]
    url: str | None
    messages: list[str]


class Rehearsal(Answer):
    """What publishing would do now. Nothing was sent."""

    outcomes: list[Outcome]


class Publication(Answer):
    """A publishing run: a worker does it, `finished_at` tells that it has ended."""

    run: int
    organization: int
    destination: str
    total: int | None = Field(description="How many documents it looks at; null until it has begun.")
    published: int
    unchanged: int
    failed: int
    skipped: int
    problem: dict[str, Any] | None
    requested_by: str
    started_at: str
    finished_at: str | None


class Attempt(Answer):
    """One document that was sent, and what the destination said."""

    attempt: int
    kind: str
    subject: str = Field(description="The record's id; of a verification service profile, its CTID.")
    url: str | None
    outcome: str
    request: dict[str, Any]
    answer: dict[str, Any] | None
    made_by: str
    made_at: str


class SavedRules(Answer):
    """The rules of an organization as somebody saved them."""

    number: int = Field(description="Counts what was saved, from 1; 0 while nobody has saved any.")
    text: str = Field(description="The rules as a TOML file.")
    made_by: str
    made_at: str


class StandingRule(Answer):
    """One rule, and how many badges it holds for."""

    name: str
    sentence: str
    badges: int


class RulesInForce(SavedRules):
    """The rules that hold now, in order."""

    rules: list[StandingRule]


class RuledRecord(Answer):
    """A record that rules change, and how."""

    id: str
    name: str
    loses_approval: bool
    changes: bool
    gains_approval: bool
    skipped_by: str | None = Field(description="The rule that leaves it out from now on, where none did.")
    returns: bool
    content_hash: str = Field(description="Of its content under these rules.")


class RulesPreview(Answer):
    """What rules change, over all records of the organization."""

    sentence: str
    changing: int
    losing: int
    gaining: int
    skipped: int
    returning: int
    rules: list[StandingRule]
    records: list[RuledRecord]
    seen: str = Field(description="Send it along to save what was previewed.")


class Profile(Answer):
    """A verification service profile."""

    ctid: str
    organization: int
    name: str = Field(description="A profile has no name of its own: it is called by where badges are looked up.")
    platform: str | None = Field(description="The host of the platform it is for; null where it was found or made.")
    statuses: list[str]
    content_hash: str = Field(description="Names the content: approve or edit with it what was seen.")
    properties: dict[str, Any] = Field(description="Values by CTDL property.")
    edits: dict[str, Any] = Field(description="What people edited, by property: value, who, when.")
    findings: list[Finding]
    conflicts: list[dict[str, Any]]
    approved_by: str | None
    approved_at: str | None
    ctdl: dict[str, Any] = Field(description="The document as it would be published.")
    used_by: int = Field(description="How many credentials name it.")


class ProfileApprovals(Answer):
    """How many profiles were approved, and which were not, with the reason."""

    approved: int
    refused: list[dict[str, Any]]


class Remapped(Answer):
    """What a decision for many badges changes."""

    changed: int
    lose_approval: int
    records: list[str] = Field(description="The ids of the records that say something else.")


class LanguageConfirmed(Remapped):
    """The language that was confirmed, and what that changes."""

    language: str
    note: str = Field(description="A question where the language is none of the common ones; else empty.")


class DeliveredIssuer(Answer):
    """An issuer whose badges a connection has delivered."""

    id: str
    name: str | None
    url: str | None
    records: int
    state: Literal["confirmed", "held"]
    owner: dict[str, Any] | None = Field(description="The organization that owns its badges: `id`, `name`, `ctid`.")
    confirmed_by: str | None
    confirmed_at: str | None


class BroughtIn(Answer):
    """What came of bringing in what was published before."""

    brought_in: Literal["loaded", "declined"]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    ours: int = Field(0, description="Records that come from badges here already; they were left alone.")
    verification_services: int = 0
    left_out: list[dict[str, str]] = Field([], description="What was not taken, each with its CTID and the reason.")
    suggestions: int = Field(0, description="How many badges look like one of the records.")


class Match(Answer):
    """Two records that may belong together: a badge, and what was there before."""

    id: int
    kind: Literal["same", "new_design", "new_version", "translation", "step"]
    score: int
    reasons: list[str]
    record: dict[str, Any] = Field(description="The badge's record: `id`, `name`, `ctid`.")
    other: dict[str, Any] = Field(description="The other record: `id`, `name`, `ctid`.")


class Matched(Answer):
    """What became of a suggestion."""

    id: int
    state: Literal["accepted", "declined"]


class TakenApart(Answer):
    """What was taken apart again."""

    record: str
    undone: list[dict[str, str]]


def remapped(affected: Sequence[Affected]) -> dict[str, Any]:
    """What a decision for many badges changes, as `Remapped`."""
    losing = sum(each.loses_approval for each in affected)
    return {"changed": len(affected), "lose_approval": losing, "records": [each.id for each in affected]}
