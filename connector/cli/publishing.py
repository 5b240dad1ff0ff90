"""`badge-connector publish`, `unpublish` and `export`."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from connector.cli.answers import DONE, REFUSED, AsJson, By, answering, err, out, print_json, print_table
from connector.credentials import export as exporting
from connector.opened import opened
from connector.organizations import accounts
from connector.organizations.people import LOCAL_OPERATOR
from connector.publishing import publish as publishing
from connector.publishing.publish import Outcome

Organization = Annotated[str, typer.Argument(help="Id, CTID or name.")]
GOOD = ("published", "unchanged", "unpublished")


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.command()(publish)
    app.command()(unpublish)
    app.command()(export)


@answering
def publish(
    organization: Organization,
    destination: Annotated[str | None, typer.Option(help="Without it the organization's own.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """Send what is approved: verification service profiles first, then the credentials that use them."""
    this = opened()
    with this.database.reading() as connection:
        owner = accounts.find(connection, organization)
    with err.status("Publishing…"):
        outcomes = publishing.publish(
            this.database,
            this.settings,
            owner,
            destination_name=destination,
            by=by,
            dry_run=dry_run,
            report=lambda outcome: None,
        )
    return _answer(outcomes, as_json, accepted=(*GOOD, "skipped") if dry_run else GOOD)


@answering
def unpublish(
    called: Annotated[list[str], typer.Argument(help="Ids or CTIDs.")],
    by: By = LOCAL_OPERATOR,
    as_json: AsJson = False,
) -> int:
    """Take records out of the registry again."""
    this = opened()
    outcomes = publishing.unpublish(this.database, this.settings, called, by=by)
    return _answer(outcomes, as_json, accepted=GOOD)


@answering
def export(
    organization: Organization,
    form: Annotated[str, typer.Option("--format", help="ctdl: a document each; csv: one table.")],
    output: Annotated[Path, typer.Option(help="The folder to write into.", file_okay=False)],
    approved: Annotated[bool, typer.Option("--approved", help="The approved content only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write an organization's complete records as files."""
    this = opened()
    with this.database.reading() as connection:
        files = exporting.export(
            connection,
            accounts.find(connection, organization),
            form=form,
            to=output,
            approved=approved,
            registry=this.settings.registry_url,
        )
    if as_json:
        print_json([str(path) for path in files])
    else:
        out.print(f"{len(files)} files in {output}.")


def _tell(outcomes: list[Outcome]) -> None:
    """What changed, a line each, and what did not, as a number."""
    news = [outcome for outcome in outcomes if outcome.state != "unchanged"]
    rows = [(o.kind.replace("_", " "), o.ctid, o.state, o.url, " ".join(o.messages)) for o in news]
    if rows:
        print_table(["", "CTID", "state", "where (practice)", ""], rows, empty="")
    states = Counter(outcome.state for outcome in outcomes)
    counted = ", ".join(f"{count} {state}" for state, count in states.items())
    out.print(f"{counted}." if counted else "Nothing is approved yet: badge-connector credentials approve …")


def _answer(outcomes: list[Outcome], as_json: bool, accepted: tuple[str, ...]) -> int:
    if as_json:
        print_json([outcome.as_json() for outcome in outcomes])
    else:
        _tell(outcomes)
    return DONE if all(outcome.state in accepted for outcome in outcomes) else REFUSED
