"""`badge-connector profiles …`: verification service profiles."""

import json
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from connector.cli.answers import (
    DONE,
    REFUSED,
    AsJson,
    By,
    answering,
    given_pairs,
    out,
    print_facts,
    print_json,
    print_table,
)
from connector.credentials import deciding_for_all, verification_services
from connector.credentials.remap import Affected
from connector.opened import opened
from connector.organizations import accounts
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem
from mappings.ctdl.model import Kind, VerificationServiceProfile
from mappings.ctdl.shape import by_name

group = typer.Typer(no_args_is_help=True, help="Verification service profiles: how badges can be checked.")
SPLIT_AT = "|"
Called = Annotated[str, typer.Argument(metavar="CTID", help="The profile's CTID.")]
Owner = Annotated[str, typer.Argument(metavar="ORG", help="Id, CTID or name.")]
_ONE_VALUE = (Kind.TEXT, Kind.URL, Kind.WORD, Kind.DATE, Kind.CONCEPT)


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.add_typer(group, name="profiles")


@group.command("list")
@answering
def list_(organization: Owner, as_json: AsJson = False) -> None:
    """The profiles of an organization, and how many credentials name each."""
    this = opened()
    with this.database.reading() as connection:
        owner = accounts.find(connection, organization)
        found = verification_services.listed(connection, owner.id)
        used = verification_services.used(connection, owner.id)
    if as_json:
        shown = (each.as_json(this.settings.registry_url) for each in found)
        print_json([each | {"used_by": len(used.get(each["ctid"], ()))} for each in shown])
        return
    rows = [(p.ctid, p.name, p.authority, _state(p.statuses), len(used.get(p.ctid, ()))) for p in found]
    print_table(["ctid", "name", "platform", "status", "used by"], rows, empty="None yet: the first sync writes one.")


@group.command()
@answering
def show(called: Called, as_json: AsJson = False) -> None:
    """Everything there is to know of one profile."""
    this = opened()
    with this.database.reading() as connection:
        shown = _shown(connection, called, this.settings.registry_url)
    if as_json:
        print_json(shown)
        return
    _tell(shown)


@group.command()
@answering
def make(
    organization: Owner,
    sets: Annotated[list[str], typer.Option("--set", metavar="P=V", help="Set a property to text.")] = [],  # noqa: B006
    set_json: Annotated[list[str], typer.Option("--set-json", metavar="P=JSON", help="Set a property to JSON.")] = [],  # noqa: B006
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Make a profile by hand; it gets a CTID of its own."""
    this = opened()
    with this.database.transaction() as connection:
        owner = accounts.find(connection, organization)
        made = verification_services.make(connection, owner, dict(_given(sets, set_json)), by=by)
        shown = _shown(connection, made.ctid, this.settings.registry_url)
    if as_json:
        print_json(shown)
        return
    out.print(f"The profile is {made.ctid}. Next: badge-connector profiles approve {made.ctid}")


@group.command()
@answering
def edit(
    called: Called,
    sets: Annotated[list[str], typer.Option("--set", metavar="P=V", help="Set a property to text.")] = [],  # noqa: B006
    set_json: Annotated[list[str], typer.Option("--set-json", metavar="P=JSON", help="Set a property to JSON.")] = [],  # noqa: B006
    unset: Annotated[list[str], typer.Option(metavar="P", help="Withdraw an edit.")] = [],  # noqa: B006
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Edit a profile; an edit wins over what the platform's adapter says. A list's items are split at |."""
    this = opened()
    with this.database.transaction() as connection:
        verification_services.edit(connection, called, set_json=_given(sets, set_json), unset=unset, by=by)
        shown = _shown(connection, called, this.settings.registry_url)
    if as_json:
        print_json(shown)
        return
    _tell(shown)


@group.command()
@answering
def approve(
    called: Annotated[list[str], typer.Argument(metavar="CTID…", help="The profiles' CTIDs.")],
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """Approve profiles as they are now."""
    answer: dict[str, Any] = {"approved": 0, "refused": []}
    with opened().database.transaction() as connection:
        for ctid in called:
            try:
                there = verification_services.one(connection, ctid)
            except Problem as missing:
                answer["refused"].append({"ctid": ctid, "code": missing.code, "message": missing.message})
                continue
            seen = {there.ctid: there.content_hash}
            told = verification_services.approve_seen(connection, there.organization_id, seen, by=by)
            answer["approved"] += told["approved"]
            answer["refused"] += told["refused"]
    if as_json:
        print_json(answer)
    else:
        out.print(f"{answer['approved']} approved, {len(answer['refused'])} refused.")
        print_table(["ctid", "why"], ((e["ctid"], e["message"]) for e in answer["refused"]), empty="")
    return REFUSED if answer["refused"] else DONE


@group.command()
@answering
def choose(
    organization: Owner,
    platform: Annotated[str, typer.Argument(help="The platform whose credentials name it: its name or host.")],
    called: Called,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Choose the profile that credentials of a platform name; the organization's own takes a choice back."""
    with opened().database.transaction() as connection:
        owner = accounts.find(connection, organization)
        authority = verification_services.platform(connection, owner.id, platform)
        affected = deciding_for_all.choose_profile(connection, owner, authority, called, by=by, dry_run=dry_run)
    tell_affected(affected, {"platform": authority, "ctid": called}, dry_run=dry_run, as_json=as_json)


def tell_affected(affected: list[Affected], answer: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    """Say which records a decision for many changes, or would."""
    losing = sum(each.loses_approval for each in affected)
    if as_json:
        print_json({**answer, "changed": len(affected), "lose_approval": losing, "records": [e.id for e in affected]})
        return
    rows = [(e.id, e.name, "needs approval again" if e.loses_approval else "") for e in affected]
    print_table(["id", "name", ""], rows, empty="No record says anything else.")
    out.print(f"{len(affected)} {'would change' if dry_run else 'changed'}, {losing} need approval again.")


def _shown(connection: Connection, called: str, registry: str) -> dict[str, Any]:
    found = verification_services.one(connection, called)
    used = verification_services.used(connection, found.organization_id).get(found.ctid, [])
    return found.as_json(registry) | {"used_by": [each._asdict() for each in used]}


def _tell(shown: dict[str, Any]) -> None:
    platform = shown["platform"] or "found or made by hand"
    print_facts(
        {"name": shown["name"], "ctid": shown["ctid"], "platform": platform, "status": _state(shown["statuses"])}
    )
    print_facts({name: json.dumps(value, ensure_ascii=False) for name, value in shown["properties"].items()})
    print_table(["lacks", ""], ((f["label"], f["message"]) for f in shown["findings"]), empty="Nothing is missing.")
    out.print(f"Used by {len(shown['used_by'])} credentials.")


def _state(statuses: tuple[str, ...] | list[str]) -> str:
    words = (name.replace("_", " ") for name in statuses)
    return ", ".join(f"{word} (practice)" if word == "published" else word for word in words) or "not approved yet"


def _given(sets: list[str], set_json: list[str]) -> list[tuple[str, Any]]:
    """What was given on the command line, as JSON values."""
    texts = [(name, _typed(name, value)) for name, value in given_pairs(sets, "--set")]
    return texts + [(name, _json(name, value)) for name, value in given_pairs(set_json, "--set-json")]


def _typed(name: str, text: str) -> Any:
    known = by_name(VerificationServiceProfile).get(name)
    if known is None or known.kind in _ONE_VALUE:
        return text
    return [part.strip() for part in text.split(SPLIT_AT) if part.strip()]


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as wrong:
        action = "Correct it; nothing was changed."
        raise Problem("bad_argument", f"--set-json {name}: this is not JSON ({wrong}).", action=action) from None
