"""`badge-connector rules …`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from connector.cli.answers import AsJson, By, answering, err, out, print_json, print_table
from connector.credentials import rules
from connector.credentials.rules import Preview
from connector.opened import opened
from connector.organizations import accounts
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem

group = typer.Typer(no_args_is_help=True, help="Rules: what an organization has decided for many badges at once.")
Organization = Annotated[str, typer.Argument(help="Id, CTID or name.")]
File = Annotated[str, typer.Argument(help="A file of rules, or - for standard input.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.add_typer(group, name="rules")


@group.command()
@answering
def show(
    organization: Organization,
    number: Annotated[int | None, typer.Option(help="Earlier rules, by their number in the history.", min=0)] = None,
    as_json: AsJson = False,
) -> None:
    """The rules in force, as the file they are: ready to be changed, checked and saved."""
    with opened().database.reading() as db:
        owner = accounts.find(db, organization)
        book = rules.book(db, owner.id) if number is None else rules.earlier(db, owner.id, number)
        standing = rules.standing(db, owner.id, book.text) if as_json else ()
    if as_json:
        print_json(book._asdict() | {"rules": [each._asdict() for each in standing]})
    elif book.text:
        sys.stdout.write(book.text)
    else:
        err.print("No rules yet: write a file and badge-connector rules check ORG FILE")


@group.command()
@answering
def check(organization: Organization, file: File, as_json: AsJson = False) -> None:
    """What the rules in a file would change, over all records. Nothing is saved."""
    text = _read(file)
    with opened().database.reading() as db:
        foreseen = rules.preview(db, accounts.find(db, organization).id, text)
    _answer(foreseen, as_json)


@group.command()
@answering
def save(
    organization: Organization,
    file: File,
    seen: Annotated[
        str | None, typer.Option(help="The `seen` of a check; refused if it would do other by now.")
    ] = None,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Have the rules in a file hold from now on, and map all records by them."""
    text = _read(file)
    with opened().database.transaction() as db:
        done = rules.save(db, accounts.find(db, organization).id, text, seen=seen, by=by)
    _answer(done, as_json)


@group.command()
@answering
def history(organization: Organization, as_json: AsJson = False) -> None:
    """Who saved which rules when, the newest first: show --number N has them as a file, to be saved again."""
    with opened().database.reading() as db:
        books = rules.history(db, accounts.find(db, organization).id)
    if as_json:
        print_json([each._asdict() for each in books])
        return
    rows = [(each.number, each.made_at, each.made_by, f"{len(each.text.splitlines()):,} lines") for each in books]
    print_table(["", "when", "who", ""], rows, empty="Nobody has saved rules yet.")


def _answer(done: Preview, as_json: bool) -> None:
    """What rules do: each rule with its badges, each record with what becomes of it, and the numbers."""
    if as_json:
        print_json(done.as_json())
        return
    standing = [(each.name, each.badges or "none", each.sentence) for each in done.rules]
    print_table(["rule", "badges", ""], standing, empty="No rules.")
    rows = [(each.id, each.name, "; ".join(done.said_of(each))) for each in done.affected]
    print_table(["id", "name", ""], rows, empty="No record changes.")
    out.print(done.sentence)


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failed:
        reason = getattr(failed, "strerror", None) or "it is not UTF-8 text"
        raise Problem("file_unreadable", f"{file} cannot be read: {reason}.", action="Check the file.") from None
