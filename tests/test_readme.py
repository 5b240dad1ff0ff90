"""What the README shows to type is what there is: its commands parse, its rules are read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from connector.cli.app import app
from mappings import rule_file

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(heading: str, language: str) -> str:
    """The first block of code in that language under a heading."""
    found = re.search(rf"^## {heading}$.*?^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert found, f"no {language} under {heading}"
    return found[1]


def by_hand() -> list[str]:
    """The command lines under "By hand", each without its prompt and its comment."""
    lines = block("By hand", "console").replace("\\\n", " ").splitlines()
    return [shlex.join(shlex.split(line.removeprefix("$ "), comments=True)) for line in lines]


@pytest.mark.parametrize("line", by_hand())
def test_a_command_line_parses(line: str) -> None:
    program, *arguments = shlex.split(line)
    assert program == "badge-connector"
    named = typer.main.get_command(app)
    context = named.context_class(named, info_name=program)
    while isinstance(named, TyperGroup):
        name, found, arguments = named.resolve_command(context, arguments)
        assert found is not None, name
        named = found
    named.make_context(named.name, arguments, parent=context)


def test_the_rules_are_read() -> None:
    rules = rule_file.read(block("Rules", "toml")).rules
    assert [rule.type for rule in rules] == ["ceterms:Certification", None, None]
    assert [rule.skip for rule in rules] == [False, True, False]
    assert [align.placement.target for rule in rules for align in rule.align] == ["course"]
