"""The page of records in a real browser: it shows its rows, and its content security policy has nothing to refuse."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from connector.web.app import HEADERS

if TYPE_CHECKING:
    from tests.web.conftest import Web

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=2000",
)
REFUSES = "Content Security Policy"
INLINE = (
    b"<!doctype html><title>Inline</title><style>p { color: red }</style><p onclick='x()' style='margin: 0'>Text</p>"
)


class Shown(NamedTuple):
    """The page once it is loaded, and what the browser's console said."""

    dom: str
    console: str


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile of the browser's own, and the browser itself."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    return tmp_path / "profile"


def shown(address: str, profile: Path) -> Shown:
    command = ["chromium", *OPTIONS, f"--user-data-dir={profile}", "--dump-dom", address]
    run = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert run.returncode == 0, run.stderr[-2000:]
    return Shown(run.stdout, run.stderr)


@pytest.fixture
def inline() -> Iterator[str]:
    """The address of a page that breaks our policy, served with it."""

    class Inline(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in {**HEADERS, "Content-Type": "text/html", "Content-Length": str(len(INLINE))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(INLINE)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Inline)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/", "/?status=published"])
def test_the_browser_shows_the_rows_and_refuses_nothing(filled: Web, profile: Path, path: str) -> None:
    page = shown(f"{filled.address}{path}", profile)

    assert REFUSES not in page.console
    rows = re.findall(r'<tr role="row"><th role="rowheader"', page.dom)
    listed = filled.client.get(path).text
    assert len(rows) == listed.count('<th role="rowheader"') > 0
    assert "<script" not in page.dom
    assert "<img" not in page.dom


def test_the_browser_shows_an_empty_connector(empty: Web, profile: Path) -> None:
    page = shown(empty.address, profile)

    assert "No records yet." in page.dom
    assert REFUSES not in page.console


def test_what_the_policy_refuses_would_be_seen(inline: str, profile: Path) -> None:
    page = shown(inline, profile)

    assert "Text" in page.dom
    assert page.console.count(REFUSES) >= 2
