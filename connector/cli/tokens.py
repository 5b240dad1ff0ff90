"""`badge-connector tokens …`."""

from typing import Annotated

import typer
from sqlalchemy import Connection

from connector.cli.answers import AsJson, answering, out, print_json, print_table
from connector.opened import opened
from connector.organizations import api_tokens, people
from connector.organizations.api_tokens import SCOPES
from connector.organizations.people import Person
from connector.problem import Problem

group = typer.Typer(no_args_is_help=True, help="Tokens with which programs use the API in a person's name.")
Email = Annotated[str, typer.Option(help="Whose.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.add_typer(group, name="tokens")


@group.command()
@answering
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scopes: Annotated[list[str], typer.Option("--scope", help=f"One or more of: {', '.join(SCOPES)}.")],
    days: Annotated[int, typer.Option(help="How long it lives.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it: this once, and never again."""
    with opened().database.transaction() as connection:
        person = _person(connection, email)
        text, made = api_tokens.issue(connection, person.id, name=name, scopes=scopes, days=days)
    if as_json:
        print_json({"token": text, **made.as_json()})
    else:
        out.print(f"{text}\nIt is shown this once. It works until {made.expires_at}.", soft_wrap=True)


@group.command("list")
@answering
def list_(email: Email, as_json: AsJson = False) -> None:
    """A person's tokens, never the tokens themselves."""
    with opened().database.reading() as connection:
        found = api_tokens.of_person(connection, _person(connection, email).id)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    rows = [(each.id, each.name, ", ".join(each.scopes), each.expires_at, each.last_used_at) for each in found]
    print_table(["id", "name", "scopes", "until", "last used"], rows, empty="None yet: badge-connector tokens add …")


@group.command()
@answering
def revoke(
    token: Annotated[int, typer.Argument(help="The token's id.", min=1, max=2**31 - 1)],
    email: Email,
    as_json: AsJson = False,
) -> None:
    """End a token at once."""
    with opened().database.transaction() as connection:
        api_tokens.revoke(connection, _person(connection, email).id, token)
    if as_json:
        print_json({"revoked": token})
    else:
        out.print(f"Token {token} no longer works.")


def _person(connection: Connection, email: str) -> Person:
    found = people.find(connection, email)
    if found is None:
        action = "Add them first: badge-connector init --email …"
        raise Problem("person_not_found", f"Nobody here has the e-mail address {email!r}.", action=action)
    return found
