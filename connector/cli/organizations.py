"""`badge-connector organizations …`."""

from typing import Annotated

import typer

from connector.cli.answers import AsJson, By, answering, out, print_json, print_table
from connector.opened import opened
from connector.organizations import accounts
from connector.organizations.people import LOCAL_OPERATOR

group = typer.Typer(no_args_is_help=True, help="Organizations that own credentials.")


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.add_typer(group, name="organizations")


@group.command()
@answering
def add(
    name: Annotated[str, typer.Argument(help="The organization's name.")],
    ctid: Annotated[str, typer.Option(help="Its CTID in the Registry.")],
    website: Annotated[str, typer.Option(help="Its web address.")],
    description: Annotated[str, typer.Option(help="What it does, in 15 or more characters.")],
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Make an organization account."""
    with opened().database.transaction() as connection:
        made = accounts.add(connection, name=name, ctid=ctid, website=website, description=description)
    if as_json:
        print_json(made.as_json())
    else:
        out.print(f"{made.name} is organization {made.id}. Site staff approve it before it can publish.")


@group.command("list")
@answering
def list_(as_json: AsJson = False) -> None:
    """All organizations."""
    with opened().database.reading() as connection:
        found = accounts.every(connection)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    rows = [(o.id, o.name, o.ctid, "approved" if o.is_approved else "waits for approval") for o in found]
    print_table(["id", "name", "CTID", "state"], rows, empty="None yet: badge-connector organizations add …")


@group.command()
@answering
def approve(
    organization: Annotated[str, typer.Argument(help="Id, CTID or name.")],
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Site staff approve an organization: from then on it can publish."""
    with opened().database.transaction() as connection:
        done = accounts.approve(connection, accounts.find(connection, organization), by=by)
    if as_json:
        print_json(done.as_json())
    else:
        out.print(f"{done.name} is approved, by {done.approved_by}.")
