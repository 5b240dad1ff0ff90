"""What the API answers, for its document: the shapes are those that the command line prints."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


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
    conflicts: list[dict[str, Any]] = Field(description="Properties on which the platform and a person differ.")
    source: dict[str, Any] = Field(description="The badge it comes from, and what the platform said of it.")
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
