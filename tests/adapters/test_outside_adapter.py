"""docs/adding-a-platform.md is followed to the letter: its files are packed, installed, and synced through."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.connections.platform import ORDER
from tests.line.conftest import COMMAND, Preloaded

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "adding-a-platform.md"
FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BADGES, PORT = 120, "9300"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


def entry_points_of(project: Json) -> str:
    """The entry points of a project as `entry_points.txt` has them."""
    groups = project["entry-points"].items()
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items()) for group, points in groups
    )


@pytest.fixture(scope="module")
def package(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's package is installed: its files and its metadata, as an installer without network leaves them.

    No build backend is needed for that: a package of Python files alone is installed by unpacking it.
    """
    files = dict(FILE.findall(page))
    about = tomllib.loads(files.pop("pyproject.toml"))
    project, [folder] = about["project"], about["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert all(name.startswith(f"{folder}/") for name in files)
    site = tmp_path_factory.mktemp("site")
    info = f"{folder}-{project['version']}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    files |= {f"{info}/METADATA": metadata, f"{info}/entry_points.txt": entry_points_of(project)}
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return site


@pytest.fixture
def environment(package: Path, tmp_path: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CONNECTOR_", "PYTEST_", "PYTHON"))
    }
    database = f"sqlite:///{tmp_path / 'connector.db'}"
    return {**kept, "PYTHONPATH": str(package), "CONNECTOR_DATABASE_URL": database}


def commands_with(word: str, page: str) -> list[list[str]]:
    """The commands of the one console block of the page that has this word in it, each as its words."""
    [block] = [block for block in CONSOLE.findall(page) if word in block]
    lines = block.replace("\\\n", " ").splitlines()
    assert all(line.startswith("$ ") for line in lines)
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


@pytest.fixture
def port(page: str, environment: dict[str, str]) -> Iterator[int]:
    """Where the practice platform of the page listens, started by the command of the page."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    [[python, *words]] = commands_with("PracticeExample", page)
    assert python == "python"
    words = [word.replace(PORT, str(port)) for word in words]
    platform = subprocess.Popen([sys.executable, *words], env=environment, stdin=subprocess.PIPE)
    ends = time.monotonic() + 60
    while not _answers(port):
        assert platform.poll() is None, "the practice platform did not start"
        assert time.monotonic() < ends, "the practice platform does not listen"
        time.sleep(0.02)
    yield port
    platform.kill()
    platform.communicate()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def preloaded(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Preloaded]:
    """The command line where the package is installed."""
    monkeypatch.setenv("PYTHONPATH", str(package))
    process = Preloaded(tmp_path)
    yield process
    process.close()


def test_the_commands_of_the_page_sync_through_the_package_of_the_page(
    page: str, port: int, preloaded: Preloaded, environment: dict[str, str], tmp_path: Path
) -> None:
    answers: dict[str, Any] = {}
    for program, *words in commands_with("badge-connector sync", page.replace(PORT, str(port))):
        if program == "export":
            environment |= dict(word.split("=", 1) for word in words)
            continue
        assert program == "badge-connector"
        code, out, err = preloaded.run([*words, "--json"], tmp_path, environment)
        assert code == 0, f"{words}: exit {code}, {out}{err}"
        answers[words[0]] = json.loads(out)

    [platform] = [each for each in answers["platforms"] if each["platform"] == "example_badges"]
    assert {field["name"] for field in platform["fields"]} >= {"organization", "include_drafts", "api_url"}
    assert [check["name"] for check in answers["connect"]["checks"] if check["ok"]] == list(ORDER)
    assert answers["sync"]["new"] == BADGES
    every = range(1, BADGES + 1)
    assert {record["badge_id"] for record in answers["credentials"]} == {f"b-{number:05}" for number in every}
    assert {record["name"] for record in answers["credentials"]} == {f"Rope work {number}" for number in every}
    assert b"Somebody at the harbor" not in (tmp_path / "connector.db").read_bytes()


def test_the_installed_command_shows_the_platform_of_the_page(environment: dict[str, str], tmp_path: Path) -> None:
    shown = subprocess.run(
        [COMMAND, "platforms", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )

    assert "example_badges" in [each["platform"] for each in json.loads(shown.stdout)]


def test_the_package_of_the_page_passes_the_contract_suite_by_the_command_of_the_page(
    page: str, environment: dict[str, str]
) -> None:
    [[program, *words]] = commands_with("pytest", page)
    suite = [str(path) for word in words if "*" in word for path in sorted(ROOT.glob(word))]
    options = ["-p", "no:xdist", "-p", "no:cacheprovider", "--tb=short"]

    run = subprocess.run(
        [sys.executable, "-m", program, *options, *suite, *[word for word in words if "*" not in word]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    counted = {outcome: int(number) for number, outcome in re.findall(r"(\d+) (\w+)", run.stdout.splitlines()[-1])}
    assert counted["passed"] >= 100
    assert counted.keys() <= {"passed", "deselected"}
