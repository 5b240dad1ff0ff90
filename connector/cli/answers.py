"""How the command line answers: one JSON value, or a table for people; a failure as a sentence and an exit code.

Exit: 0 done; 1 done, something refused or a listing incomplete; 2 bad arguments or input; 3 the other side cannot be
reached; 4 reconnect needed; 5 stopped, needs an answer.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ParamSpec

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connector.problem import Problem, of_platform
from connector.settings import environment

DONE, REFUSED, BAD_INPUT, UNREACHABLE, RECONNECT, NEEDS_ANSWER = range(6)
_BY_CODE = {
    "organization_not_approved": REFUSED,
    "changed_while_you_looked": REFUSED,
    "reconnect_needed": RECONNECT,
    "secret_not_readable": RECONNECT,
    "settings_outdated": RECONNECT,
    "needs_confirmation": NEEDS_ANSWER,
}
_BY_SIDE = {"yours": BAD_INPUT, "platform": UNREACHABLE, "registry": UNREACHABLE, "ours": REFUSED}

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON value.")]
By = Annotated[str, typer.Option("--as", help="Who does this; recorded with it.", metavar="EMAIL")]

P = ParamSpec("P")
_log = structlog.get_logger(__name__)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def exit_code(problem: Problem) -> int:
    """The exit code of a problem."""
    return _BY_CODE.get(problem.code, _BY_SIDE[problem.side])


def answering(command: Callable[P, int | None]) -> Callable[P, None]:
    """Run a command; a problem becomes its JSON or its sentence, and its exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs) or DONE
        except Problem as problem:
            fail(problem, as_json=bool(kwargs.get("as_json")))
            code = exit_code(problem)
        except BrokenPipeError:
            code = DONE
        except typer.Exit:
            raise
        except Exception as unexpected:
            _log.error("unexpected failure", exc_info=unexpected)
            code = exit_code(ours := of_platform(unexpected))
            fail(ours, as_json=bool(kwargs.get("as_json")))
        if code:
            raise typer.Exit(code)

    return run


def fail(problem: Problem, *, as_json: bool) -> None:
    """Say what went wrong, whose side it is on, and what to do."""
    if as_json:
        print_json({"error": problem.as_json()})
        return
    side = {"yours": "", "platform": " (the platform's side)", "registry": " (the registry's side)"}
    err.print(f"[bold red]✗[/] {escape(problem.message)}{side.get(problem.side, ' (our side)')}")
    err.print(f"  → {escape(problem.action)}")


def print_json(value: Any) -> None:
    """The one JSON value on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[object]], *, empty: str) -> None:
    """A table for people, or what to do where there is nothing to show."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    out.print(table if table.row_count else f"[dim]{empty}[/]")


def print_facts(facts: Mapping[str, object]) -> None:
    """Names and values, one a line."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        out.print(f"[dim]{name.ljust(width)}[/]  {escape(str(value))}")


def given_pairs(texts: Iterable[str], option: str) -> list[tuple[str, str]]:
    """NAME=VALUE arguments. Problem where one has no `=`."""
    pairs = []
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name.strip():
            raise Problem("bad_argument", f"{option} {text!r} is not NAME=VALUE.", action="Write it as NAME=VALUE.")
        pairs.append((name.strip(), value))
    return pairs


def secret(given: str, option: str) -> str:
    """A secret from a file (@PATH) or a variable (env:NAME): on the command line itself others would see it."""
    if given.startswith("@"):
        try:
            with open(given[1:], encoding="utf-8") as file:
                return _filled(file.read().strip(), option)
        except (OSError, UnicodeDecodeError) as failed:
            raise Problem(
                "secret_not_given",
                f"{option}: {given[1:]} cannot be read ({failed.__class__.__name__}).",
                action="Name a file that holds the secret and nothing else.",
            ) from None
    if given.startswith("env:"):
        return _filled((environment(given[4:]) or "").strip(), option)
    raise Problem(
        "secret_not_given",
        f"{option} takes a secret from a file or a variable, so that no other user of this machine sees it.",
        action="Write @PATH or env:NAME.",
    )


def _filled(text: str, option: str) -> str:
    if not text:
        raise Problem("secret_not_given", f"{option} is empty.", action="Name a file or a variable that holds it.")
    return text
