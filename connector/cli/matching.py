"""`badge-connector credentials match`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.answers import DONE, REFUSED, AsJson, By, answering, err, out, print_facts, print_json, print_table
from connector.cli.credentials import group
from connector.credentials import joining, matching
from connector.credentials.matching import KINDS, Kind
from connector.opened import Opened, opened
from connector.organizations import accounts
from connector.organizations.accounts import Organization
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem
from connector.publishing import bring_in

_KINDS = {
    "same": "same credential",
    "new_design": "new design",
    "new_version": "new version",
    "translation": "translation",
    "step": "step",
}


def add_to(app: typer.Typer) -> None:
    """Hang the command on the tree."""
    group.command()(match)


@answering
def match(
    organization: Annotated[str, typer.Argument(help="Whose: id, CTID or name.")],
    load: Annotated[bool, typer.Option("--load", help="Bring in what the destination holds already.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="Nothing was published before.")] = False,
    file: Annotated[str | None, typer.Option("--from", help="A download or documents instead; - for input.")] = None,
    complete: Annotated[bool, typer.Option("--complete", help="The table leaves nothing out.")] = False,
    fetch: Annotated[bool, typer.Option("--fetch", help="Read what the table names from the Registry.")] = False,
    accept: Annotated[int | None, typer.Option(metavar="ID", help="The two belong together.")] = None,
    kind: Annotated[str | None, typer.Option(help=f"What they are, if not as suggested: {', '.join(KINDS)}.")] = None,
    accept_sure: Annotated[bool, typer.Option("--accept-sure", help=f"All at {matching.SURE} and above.")] = False,
    refuse: Annotated[int | None, typer.Option(metavar="ID", help="They have nothing to do with each other.")] = None,
    undo: Annotated[str | None, typer.Option(metavar="RECORD", help="Take a badge's record apart again.")] = None,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """What may be the same credential twice: bring in what was published before, then say what belongs together."""
    wanted = [load or file is not None, decline, accept is not None, accept_sure, refuse is not None, undo is not None]
    if sum(wanted) > 1:
        raise Problem("bad_argument", "That is more than one thing at once.", action="Give one of the options.")
    this = opened()
    with this.database.reading() as connection:
        owner = accounts.find(connection, organization)
    if load or file is not None:
        return _brought_in(this, owner, file, complete=complete, fetch=fetch, by=by, as_json=as_json)
    if decline:
        return _told(bring_in.declined(this.database, owner, by=by), as_json)
    if not any(wanted):
        return _listed(this, owner, as_json=as_json)
    with this.database.transaction() as connection:
        if undo is not None:
            return _told(joining.undo(connection, owner.id, undo, by=by), as_json)
        if accept_sure:
            return _told(joining.accept_sure(connection, owner.id, by=by), as_json)
        found = matching.one(connection, owner.id, accept if accept is not None else refuse or 0)
        if refuse is not None:
            joining.decline(connection, found, by=by)
            return _told({"id": found.id, "state": "declined"}, as_json)
        return _told(joining.accept(connection, found, _kind(kind), by=by), as_json)


def _brought_in(
    this: Opened, owner: Organization, file: str | None, *, complete: bool, fetch: bool, by: str, as_json: bool
) -> int:
    with err.status("Reading what was published…"):
        if file is None:
            report = bring_in.from_destination(this.database, this.settings, owner, by=by)
        else:
            report = bring_in.from_file(
                this.database, this.settings, owner, _contents(file), complete=complete, fetch=fetch, by=by
            )
    _told(report.as_json(), as_json)
    return REFUSED if report.left_out else DONE


def _listed(this: Opened, owner: Organization, *, as_json: bool) -> int:
    with this.database.reading() as connection:
        found = matching.as_json(connection, matching.open_ones(connection, owner.id))
    if as_json:
        print_json(found)
        return DONE
    rows = [
        (e["id"], e["score"], _KINDS[e["kind"]], e["record"]["name"], e["other"]["name"], " ".join(e["reasons"]))
        for e in found
    ]
    print_table(["id", "score", "what", "badge", "there before", "why"], rows, empty="Nothing waits for an answer.")
    return DONE


def _told(answer: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print_json(answer)
        return DONE
    print_facts({name: value for name, value in answer.items() if not isinstance(value, list)})
    for name, values in answer.items():
        for each in values if isinstance(values, list) else ():
            out.print(f"{name.replace('_', ' ')}: {', '.join(str(value) for value in each.values() if value)}")
    return DONE


def _kind(text: str | None) -> Kind | None:
    chosen = next((each for each in KINDS if each == text), None)
    if text is not None and chosen is None:
        raise Problem("bad_argument", f"There is no kind {text!r}.", action=f"Use one of: {', '.join(KINDS)}.")
    return chosen


def _contents(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as failed:
        message = f"{file} cannot be read ({failed.__class__.__name__})."
        raise Problem("file_not_found", message, action="Name a file that is there.") from None
