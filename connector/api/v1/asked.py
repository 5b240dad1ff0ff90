"""What the API is asked: bodies as they have to be, every value that does not fit told at once."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    StrictInt,
    StrictStr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

MOST_RECORDS = 2000
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
Called = Annotated[
    Annotated[StrictStr, Field(min_length=1, max_length=200)] | Annotated[StrictInt, Field(ge=1, lt=2**31)],
    Field(description="The organization: its id, CTID or unique name."),
]
Number = Annotated[int, Path(ge=1, lt=2**31)]
RecordId = Annotated[str, Path(min_length=1, max_length=200, description="The record's id or CTID.")]
Hashes = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=200)]],
    Field(min_length=1, max_length=MOST_RECORDS, description="The content hash that was seen of each record, by id."),
]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is no date: write it as YYYY-MM-DD") from None


Day = Annotated[StrictStr, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Schedule = Literal["manual", "hourly", "daily", "weekly"]


class Asked(BaseModel):
    """A body: nothing unknown in it, no type taken for another."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewConnection(Asked):
    """A platform account to connect. The same name again renews settings and secrets; its records stay."""

    organization: Called
    platform: Line = Field(description="As `GET /platforms` names it.")
    way: Line | None = Field(None, description="The way in, as `GET /platforms` names it; all it needs must be given.")
    name: Line = Field(description="What you call the connection.")
    settings: dict[str, JsonValue] = Field(default_factory=dict, description="Values of the platform's fields.")
    secrets: dict[str, SecretStr] = Field(default_factory=dict, description="Sealed, and never shown again.")
    schedule: Schedule = Field("manual", description="How often it is synced by itself.")
    sign_in_ends: Day | None = Field(None, description="The day on which the sign-in ends, where you know it.")
    check: bool = Field(True, description="Ask the platform first, and save only if it works.")


class ConnectionChange(Asked):
    """What to change of a connection."""

    schedule: Schedule | None = Field(None, description="How often it is synced by itself.")
    state: Literal["active", "paused"] | None = Field(None, description="Whether it is synced at all.")
    sign_in_ends: Day | None = Field(None, description="The day on which the sign-in ends; null forgets it.")

    @model_validator(mode="after")
    def _something(self) -> "ConnectionChange":
        if not self.model_fields_set:
            raise ValueError("give schedule, state or sign_in_ends")
        return self


class NewRun(Asked):
    """A sync to be done."""

    accept_gone: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None,
        description="The id of the run that ended `needs_confirmation`, where the badges that it missed are gone. "
        "If others are missing by now, the new run asks again.",
    )
    dry_run: bool = Field(False, description="Only say what would happen now.")


class RecordChange(Asked):
    """Edits of a record, by CTDL property. A person's edit wins over what the platform says."""

    set: dict[str, str] = Field(default_factory=dict, description="Text for a property; a list's items are split at |.")
    set_json: dict[str, JsonValue] = Field(
        default_factory=dict, description="A property's value as JSON; null removes the property."
    )
    unset: list[str] = Field(default_factory=list, description="Edits to withdraw: the mapped value returns.")

    @model_validator(mode="after")
    def _once_each(self) -> "RecordChange":
        named = [*self.set, *self.set_json, *self.unset]
        if not named:
            raise ValueError("give set, set_json or unset")
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return self


class Resolution(Asked):
    """How to settle a conflict."""

    property: Line = Field(description="The CTDL property in conflict.")
    side: Literal["mine", "theirs"] = Field(description="Keep the edit, or take the platform's value.")
    item: Annotated[str, Field(max_length=2000)] | None = Field(
        None, description="Only this part of the property, as the conflict names it; else all of its conflicts."
    )
    content_hash: Line | None = Field(None, description="What was seen; refused if the content changed meanwhile.")


class Place(Asked):
    """Where an alignment belongs."""

    target: Line = Field(description="What it is aligned to, such as competency or course; skip leaves it out.")
    property: Line | None = Field(None, description="The CTDL property it stands in; else the target's default.")
    type: Line | None = Field(None, description="The class of what is aligned to, where the target has several.")


class Placements(Asked):
    """Where alignments of one badge belong."""

    alignments: Annotated[dict[Line, Place | None], Field(min_length=1, max_length=500)] = Field(
        description="By the alignment's key, as the record lists them; null gives it back to the mapping."
    )
    content_hash: Line | None = Field(None, description="What was seen; refused if the content changed meanwhile.")


class Approval(Asked):
    """What to approve, as it was seen."""

    organization: Called
    records: Hashes


class Rejection(Asked):
    """What to reject, as it was seen."""

    organization: Called
    records: Hashes
    reason: Words = Field(description="Why; it is kept with the records.")


class NewPublication(Asked):
    """Everything of an organization that is approved and not published yet."""

    organization: Called
    dry_run: bool = Field(False, description="Only say what would be sent.")


Toml = Annotated[str, Field(max_length=200_000, pattern=r"^[^\x00]*$", description="The rules as a TOML file.")]


class RulesToPreview(Asked):
    """Rules to look at before they are saved."""

    text: Toml


class RulesToSave(Asked):
    """Rules as they were previewed."""

    text: Toml
    seen: Annotated[str, Field(min_length=1, max_length=200, description="The `seen` of their preview.")]


class NewProfile(Asked):
    """A verification service profile to make by hand."""

    properties: dict[str, JsonValue] = Field(description="Values by CTDL property; `description` at least.")


class ProfileChange(Asked):
    """Edits of a verification service profile, by CTDL property."""

    set_json: dict[str, JsonValue] = Field(default_factory=dict, description="Values; null removes the property.")
    unset: list[str] = Field(default_factory=list, description="Edits to withdraw: the value before them returns.")
    content_hash: Line = Field(description="What was seen; refused if the profile changed meanwhile.")

    @model_validator(mode="after")
    def _once_each(self) -> "ProfileChange":
        named = [*self.set_json, *self.unset]
        if not named:
            raise ValueError("give set_json or unset")
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return self


class ProfileApproval(Asked):
    """Verification service profiles to approve, as they were seen."""

    profiles: Annotated[Hashes, Field(description="The content hash that was seen of each profile, by CTID.")]


class ProfileChoice(Asked):
    """The profile that credentials of a platform are to name."""

    platform: Line = Field(description="The platform's name, or the host that vouches for its badges.")
    ctid: Line = Field(description="The profile's CTID.")
    dry_run: bool = Field(False, description="Only say what would change.")


class Language(Asked):
    """The language of badges that declare none."""

    language: Line = Field(description="A tag (BCP 47) such as en-US, or the language's English name.")
    dry_run: bool = Field(False, description="Only say what would change.")


class Owner(Asked):
    """The organization that an issuer's badges belong to; with it you confirm the right to publish them for it."""

    organization: Called
    dry_run: bool = Field(False, description="Only say what would change.")


class BroughtIn(Asked):
    """What an organization published before: its destination is asked, or a document or table says it, or nothing."""

    answer: Literal["load", "decline"] = Field(description="Bring it in, or say that there is nothing.")
    content: str | None = Field(
        None, description="Graph documents as JSON, or the publisher's download as CSV, instead of the destination."
    )
    complete: bool = Field(False, description="The table leaves nothing out.")
    fetch: bool = Field(False, description="Read the records that the table names from the Registry.")


class MatchAnswer(Asked):
    """What a person says of two records."""

    answer: Literal["same", "new_design", "new_version", "translation", "step", "refuse"] = Field(
        description="What the badge is to the other record; `refuse`: they have nothing to do with each other."
    )
