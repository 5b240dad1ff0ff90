"""`badge-connector import`."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from connector.cli.answers import AsJson, By, answering
from connector.cli.syncing import answer_of, told
from connector.opened import opened
from connector.organizations import accounts as organizations
from connector.organizations.people import LOCAL_OPERATOR
from connector.problem import Problem
from connector.sync.imports import import_document


def add_to(app: typer.Typer) -> None:
    """Hang the command on the tree."""
    app.command("import")(import_)


@answering
def import_(
    organization: Annotated[str, typer.Argument(help="Whose badges they are: id, CTID or name.")],
    document: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="Open Badges of any kind; - reads the input.")],
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """Take in the badges of a document: JSON, signed text, a badge baked into a PNG or SVG, a list of addresses."""
    this = opened()
    began = time.monotonic()
    with this.database.reading() as connection:
        owner = organizations.find(connection, organization)
    run = import_document(this.database, this.settings, this.keys, owner, _read(document), by=by)
    return told(this, answer_of(run), run.connection_id, began, as_json=as_json)


def _read(document: str) -> bytes:
    if document == "-":
        return sys.stdin.buffer.read()
    if document.lower().startswith(("http://", "https://")):
        # A list of one address, which is read as any other list of addresses.
        return document.encode()
    try:
        return Path(document).read_bytes()
    except OSError as failed:
        message = f"{document} cannot be read ({failed.__class__.__name__})."
        raise Problem("file_not_found", message, action="Name a file that is there.") from None
