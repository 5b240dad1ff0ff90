"""`badge-connector map` and `credentials …`."""

import sys
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

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
from connector.connections import accounts as connection_accounts
from connector.credentials import alignments, decisions, queries, records, shapes
from connector.credentials import remap as remapping
from connector.credentials.map_documents import map_documents
from connector.opened import opened
from connector.organizations import accounts
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem
from mappings.crosswalk.alignment import SKIP, TARGETS
from mappings.ctdl.parts import in_words
from mappings.rules import Placement

group = typer.Typer(no_args_is_help=True, help="Credential records: list, show, edit, approve, reject, history.")
Called = Annotated[str, typer.Argument(help="The credential's id or CTID.")]
CalledMany = Annotated[list[str] | None, typer.Argument(help="Ids or CTIDs.")]
_STATES = {
    "incomplete": "Incomplete",
    "approved": "Approved",
    "needs_reapproval": "Needs reapproval",
    "published": "Published (practice)",
    "needs_republishing": "Needs republishing",
    "rejected": "Rejected",
    "gone_at_source": "Gone at source",
    "conflict": "Conflict",
    "skipped": "Left out by a rule",
    "represented": "Represented by another record",
}


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.command("map")(map_)
    app.command()(remap)
    app.add_typer(group, name="credentials")


@answering
def map_(
    file: Annotated[str, typer.Argument(help="A file of badges, or - for standard input.")],
    source: Annotated[str | None, typer.Option(help="Whose form the badges have; detected without it.")] = None,
    organization_ctid: Annotated[str | None, typer.Option(help="The owner's CTID.")] = None,
    language: Annotated[str, typer.Option(help="Where a badge declares none.")] = "en-US",
    as_json: AsJson = False,
) -> int:
    """Map badges in a file to CTDL, with provenance and findings. No account, no database, no network."""
    entries = map_documents(_read(file), source=source, organization_ctid=organization_ctid, language=language)
    if as_json or not sys.stdout.isatty():
        print_json(entries)
    else:
        rows = [(e["badge_id"], _summary(e), len(e.get("findings", ()))) for e in entries]
        print_table(["badge", "becomes", "findings"], rows, empty="No badges.")
    return REFUSED if any("error" in entry for entry in entries) else DONE


@answering
def remap(
    organization: Annotated[str, typer.Argument(help="Id, CTID or name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Map an organization's records again with the crosswalk of this version."""
    with opened().database.transaction() as db:
        owner = accounts.find(db, organization)
        affected = remapping.remap(db, owner.id, by=by, dry_run=dry_run)
    losing = sum(each.loses_approval for each in affected)
    if as_json:
        print_json({"changed": len(affected), "lose_approval": losing, "records": [e._asdict() for e in affected]})
        return
    rows = [(e.id, e.name, "needs approval again" if e.loses_approval else "") for e in affected]
    print_table(["id", "name", ""], rows, empty="Nothing changes.")
    out.print(f"{len(affected)} {'would change' if dry_run else 'changed'}, {losing} need approval again.")


@group.command("list")
@answering
def list_(
    organization: Annotated[str | None, typer.Option()] = None,
    connection: Annotated[str | None, typer.Option()] = None,
    status: Annotated[str | None, typer.Option(help="Such as incomplete or awaiting_approval.")] = None,
    credential_type: Annotated[str | None, typer.Option("--type", help="Such as Certification.")] = None,
    limit: Annotated[int | None, typer.Option(min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Records in source order, the incomplete ones too."""
    with opened().database.reading() as db:
        owner = accounts.find(db, organization) if organization else None
        account = connection_accounts.find(db, connection, owner.id if owner else None) if connection else None
        which = queries.where(
            organization=owner.id if owner else None,
            connection=account.id if account else None,
            status=status,
            credential_type=credential_type,
        )
        found = [shapes.listed(each) for each in queries.listed(db, which, limit)]
    if as_json:
        print_json(found)
        return
    rows = [(c["id"], c["name"], c["credential_type"].removeprefix("ceterms:"), _state(c["statuses"])) for c in found]
    print_table(["id", "name", "type", "status"], rows, empty="None: connect a platform and sync it.")


@group.command()
@answering
def show(
    called: Called,
    provenance: Annotated[bool, typer.Option("--provenance", help="Say where each value comes from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Everything there is to know of one record."""
    this = opened()
    with this.database.reading() as db:
        found = _shown(db, called, this.settings.registry_url)
    if as_json:
        print_json(found)
        return
    _tell(found, provenance)


@group.command()
@answering
def edit(
    called: Called,
    set_to: Annotated[list[str], typer.Option("--set", metavar="PROPERTY=TEXT")] = [],  # noqa: B006
    set_json: Annotated[list[str], typer.Option("--set-json", metavar="PROPERTY=JSON")] = [],  # noqa: B006
    unset: Annotated[list[str], typer.Option("--unset", metavar="PROPERTY")] = [],  # noqa: B006
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Set properties, or withdraw edits so that the mapped value returns."""
    if not (set_to or set_json or unset):
        raise Problem("nothing_to_do", "Nothing is set or unset.", action="Give --set, --set-json or --unset.")
    this = opened()
    with this.database.transaction() as db:
        sourced = decisions.edit(
            db,
            called,
            set_to=given_pairs(set_to, "--set"),
            set_json=[(name, _json(name, text)) for name, text in given_pairs(set_json, "--set-json")],
            unset=unset,
            by=by,
        )
        found = _shown(db, sourced.row.id, this.settings.registry_url)
    _answer(found, as_json)


@group.command()
@answering
def resolve(
    called: Called,
    property_: Annotated[str, typer.Argument(metavar="PROPERTY", help="The property in conflict.")],
    mine: Annotated[bool, typer.Option("--mine/--theirs", help="Keep the edit, or take the platform's value.")],
    item: Annotated[str | None, typer.Option(help="Only this part of it, as show names it.")] = None,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Settle a conflict between an edit and the platform."""
    this = opened()
    with this.database.transaction() as db:
        decisions.resolve(db, called, property_, "mine" if mine else "theirs", item=item, by=by)
        found = _shown(db, called, this.settings.registry_url)
    _answer(found, as_json)


@group.command()
@answering
def align(
    called: Called,
    key: Annotated[str, typer.Argument(help="The alignment's key; show lists them.")],
    to: Annotated[str | None, typer.Option("--to", metavar="TARGET", help=f"One of {', '.join(TARGETS)}.")] = None,
    property_: Annotated[str | None, typer.Option("--property", help="Where it stands; else the default.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Such as ceterms:Certification, of a credential.")] = None,
    skip: Annotated[bool, typer.Option("--skip", help="Leave it out.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Give it back to the mapping.")] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Say where an alignment of the badge belongs in the record."""
    if [to is not None, skip, reset].count(True) != 1:
        raise Problem("bad_argument", "Say where it belongs.", action="Give one of --to TARGET, --skip and --reset.")
    place = None if reset else Placement(SKIP if to is None else to, property_, type_)
    this = opened()
    with this.database.transaction() as db:
        alignments.align(db, called, {key: place}, by=by)
        found = _shown(db, called, this.settings.registry_url)
    _answer(found, as_json)


@group.command()
@answering
def approve(
    called: CalledMany = None,
    all_ready: Annotated[bool, typer.Option("--all-ready", help="Everything that is complete.")] = False,
    organization: Annotated[str | None, typer.Option(help="Whose, with --all-ready.")] = None,
    seen: Annotated[str | None, typer.Option(help="The content_hash you looked at; refused if it changed.")] = None,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """Approve what is to be published."""
    if bool(called) == all_ready or all_ready == (organization is None):
        raise Problem("bad_argument", "Say what to approve.", action="Give ids, or --all-ready --organization ORG.")
    with opened().database.transaction() as db:
        if called:
            answer = decisions.approve(db, called, seen=seen, by=by)
        else:
            assert organization is not None
            answer = decisions.approve_all_ready(db, accounts.find(db, organization).id, by=by)
    if as_json:
        print_json(answer)
    else:
        out.print(f"{answer['approved']} approved.")
        if answer["refused"]:
            rows = [(r["id"], r["message"]) for r in answer["refused"]]
            print_table(["not approved", "why"], rows, empty="")
    return REFUSED if answer["refused"] else DONE


@group.command()
@answering
def reject(
    called: CalledMany = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the record.")] = "",
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Turn records down; they stay rejected until their content changes."""
    with opened().database.transaction() as db:
        answer = decisions.reject(db, called or [], reason=reason, by=by)
    if as_json:
        print_json(answer)
    else:
        out.print(f"{len(answer['rejected'])} rejected.")


@group.command()
@answering
def history(called: Called, as_json: AsJson = False) -> None:
    """What people decided about a record, oldest first."""
    with opened().database.reading() as db:
        found = queries.history(db, records.one(db, called).row.id)
    if as_json:
        print_json(found)
        return
    rows = [(r["number"], r["made_at"], r["event"], r["made_by"], r["reason"]) for r in found]
    print_table(["", "when", "what", "who", "why"], rows, empty="Nobody has decided anything about it yet.")


def _shown(db: Any, called: str, registry: str) -> dict[str, Any]:
    sourced = records.one(db, called)
    (each,) = queries.listed(db, queries.is_record(sourced.row.id))
    return shapes.shown(each, registry)


def _answer(found: dict[str, Any], as_json: bool) -> None:
    """A record as it is after a decision."""
    if as_json:
        print_json(found)
    else:
        _tell(found, provenance=True)


def _tell(found: dict[str, Any], provenance: bool) -> None:
    kind = found["credential_type"]
    sure = "decided" if kind["decided"] else "a suggestion"
    print_facts(
        {
            "id": found["id"],
            "CTID": found["ctid"],
            "status": _state(found["statuses"]),
            "type": f"{kind['value']} ({kind['confidence']:.0%}, {sure})",
        }
    )
    rows = [
        (name, orjson.dumps(value).decode(), found["provenance"][name]["rule"] if provenance else "")
        for name, value in found["properties"].items()
    ]
    print_table(["property", "value", "where from" if provenance else ""], rows, empty="")
    for severity, findings in groupby(found["findings"], key=lambda f: str(f["severity"])):
        print_table([severity, ""], [(f["label"], f["message"]) for f in findings], empty="")
    for conflict in found["conflicts"]:
        sides = {"the platform says": conflict["mapped"], "you say": conflict["edited"]}
        said = {side: "nothing" if value is None else orjson.dumps(value).decode() for side, value in sides.items()}
        part = in_words(conflict["property"], conflict["item"])
        print_facts({"conflict": conflict["property"], "item": part, **said})
    if found["alignments"]:
        placed = [(a["key"], a["name"], a["target"], a["property"] or "", a["why"]) for a in found["alignments"]]
        print_table(["alignment", "", "as", "stands in", "because"], placed, empty="")


def _summary(entry: dict[str, Any]) -> str:
    if "error" in entry:
        return f"cannot be read: {entry['error']}"
    kind = entry["credential_type"]
    name = next(iter(entry["properties"].get("name", {}).values()), "")
    return f"{name} ({kind['value']}{'' if kind['decided'] else '?'})"


def _state(statuses: list[str]) -> str:
    return ", ".join(_STATES[status] for status in statuses) or "Ready to approve"


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as failed:
        raise Problem(
            "file_unreadable", f"{file} cannot be read: {failed.strerror}.", action="Check the file's name."
        ) from None


def _json(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise Problem(
            "not_json", f"The value of {name} is not JSON: {wrong}.", action="Quote text as JSON: '\"text\"'."
        ) from None
