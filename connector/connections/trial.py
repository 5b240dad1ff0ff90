"""Trying a connection before it is saved."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from adapters.contract import Adapter, Check
from connector.connections.platform import checked, just_granted, reached, sign_in_ends
from connector.http import Granted
from connector.problem import Problem
from connector.settings import Settings


class Trial(NamedTuple):
    """The checks that were passed, and the day on which the sign-in ends where the platform tells."""

    checks: tuple[Check, ...]
    sign_in_ends: str | None


def tried(
    adapter: Adapter,
    secrets: Mapping[str, str],
    settings: Settings,
    granted: Granted | None,
    report: Callable[[Check], object] = lambda check: None,
) -> Trial:
    """Ask the platform whether this would work; each check is reported. Problem of the first one that fails."""
    passed = []
    with reached(adapter, secrets, settings, tokens=just_granted(granted) if granted else None) as http:
        for check, problem in checked(adapter, http):
            report(check)
            if problem:
                action = "Correct it and connect again; nothing was saved."
                raise Problem(problem.code, problem.message, side=problem.side, action=action)
            passed.append(check)
        return Trial(tuple(passed), sign_in_ends(adapter, http))
