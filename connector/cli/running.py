"""`badge-connector init`, `serve`, `worker`, `doctor` and `demo`."""

from typing import Annotated

import typer

from connector.cli.answers import AsJson, answering, out, print_json, secret
from connector.opened import prepared
from connector.organizations.people import ensure_site_staff


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.command()(init)


@answering
def init(
    email: Annotated[str | None, typer.Option(help="The first site-staff account.")] = None,
    password: Annotated[str | None, typer.Option(metavar="@PATH|env:NAME", help="Its password.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prepare the database and the secret key, and the first account. May be run again at any time."""
    given = secret(password, "--password") if password else None
    this = prepared()
    answer: dict[str, object] = {"database": "current", "person": None}
    if email:
        with this.database.transaction() as connection:
            answer["person"] = ensure_site_staff(connection, email, given)
    if as_json:
        print_json(answer)
    else:
        out.print("Ready. Next: badge-connector organizations add …")
