"""The tree of commands."""

import sys

import structlog
import typer

from connector.cli import connections, credentials, organizations, publishing, running, syncing
from connector.cli.answers import BAD_INPUT, fail
from connector.problem import Problem

INTERRUPTED = 130

app = typer.Typer(
    help="Brings Open Badges into the Credential Registry: mapped, approved by a person, kept current.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (running, organizations, connections, syncing, credentials, publishing):
    commands.add_to(app)


def main() -> None:
    """Run the command line. Arguments that do not fit are a problem like any other."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the local variables that a richer traceback would show: secrets are among them.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
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
