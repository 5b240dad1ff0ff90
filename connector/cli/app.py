"""The tree of commands."""

import sys

import typer

from connector import logs
from connector.cli import connections, credentials, importing, organizations, publishing, running, syncing, tokens
from connector.cli.answers import BAD_INPUT, fail
from connector.problem import Problem

INTERRUPTED = 130

app = typer.Typer(
    help="Brings Open Badges into the Credential Registry: mapped, approved by a person, kept current.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (running, organizations, connections, syncing, importing, credentials, publishing, tokens):
    commands.add_to(app)


def main() -> None:
    """Run the command line. Arguments that do not fit are a problem like any other."""
    logs.write_as_json()
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as wrong:
        message = getattr(wrong, "format_message", wrong.__str__)()
        action = "See how it is called: add --help."
        fail(Problem("bad_arguments", message, action=action), as_json="--json" in sys.argv)
        code = BAD_INPUT
    except typer.Abort:
        code = INTERRUPTED
    sys.exit(code or 0)
