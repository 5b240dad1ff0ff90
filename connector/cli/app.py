"""The tree of commands."""

import gc
import sys

import typer

from connector import logs
from connector.cli import (
    connections,
    credentials,
    importing,
    matching,
    organizations,
    profiles,
    publishing,
    rules,
    running,
    syncing,
    tokens,
)
from connector.cli.answers import BAD_INPUT, fail
from connector.problem import Problem

INTERRUPTED = 130
OBJECTS_BETWEEN_SEARCHES = 50_000

app = typer.Typer(
    help="Brings Open Badges into the Credential Registry: mapped, approved by a person, kept current.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_PARTS = (
    running,
    organizations,
    connections,
    syncing,
    importing,
    credentials,
    matching,
    rules,
    profiles,
    publishing,
    tokens,
)
for commands in _PARTS:
    commands.add_to(app)


def main() -> None:
    """Run the command line. Arguments that do not fit are a problem like any other."""
    logs.write_as_json()
    _collect_garbage_seldom()
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


def _collect_garbage_seldom() -> None:
    """Leave what is loaded by now out of the search for cycles, and search once in many objects.

    A batch of a sync makes very many objects and hardly a cycle: looking for one after every 700 took a tenth of it.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
