"""`badge-connector demo`: its platforms, what it says about connecting them, and the main job done once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from connector.demo import running, story
from connector.demo.platforms import practice_platforms

COMMAND = Path(sys.executable).with_name("badge-connector")
CALLBACK = "http://127.0.0.1:8080/oauth/callback"
PATIENCE = 60


def answers(address: str) -> int:
    return httpx.get(address, timeout=10, trust_env=False).status_code


def ports(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*-port")}


@contextmanager
def until(*arguments: str, line: str, **environment: str) -> Iterator[list[str]]:
    """What the command says up to this line; it is interrupted at the end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
    command = subprocess.Popen(
        [COMMAND, "demo", *arguments],
        env={**kept, "PYTHONUNBUFFERED": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    said: list[str] = []
    for each in command.stdout:
        said.append(each.rstrip("\n"))
        if line in each:
            break
    yield said
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=PATIENCE)


def test_all_platforms_listen_where_they_did_before_and_stop_together(tmp_path: Path) -> None:
    with practice_platforms(tmp_path, CALLBACK) as first:
        addresses = first.urls
        reached = [answers(each) for each in addresses]
    kept = ports(tmp_path)
    for each in addresses:
        with pytest.raises(httpx.ConnectError):
            answers(each)
    with practice_platforms(tmp_path, CALLBACK) as again:
        assert again.urls == addresses

    assert len(set(addresses)) == len(reached) == 3
    assert sorted(kept) == ["canvas-port", "open-badges-port", "practice-port"]
    assert ports(tmp_path) == kept


def test_where_something_else_listens_meanwhile_another_port_is_taken_this_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        (tmp_path / "canvas-port").write_text(str(taken))
        with practice_platforms(tmp_path, CALLBACK) as platforms:
            elsewhere = platforms.canvas.url
            reached = answers(f"{elsewhere}/public/issuers/{platforms.canvas.issuers[0]['entityId']}")

    assert elsewhere != f"http://127.0.0.1:{taken}"
    assert reached == 200
    assert (tmp_path / "canvas-port").read_text() == str(taken)


def test_what_is_said_of_connecting_leads_to_what_is_there(tmp_path: Path) -> None:
    with practice_platforms(tmp_path, CALLBACK) as platforms:
        said = " ".join(platforms.how_to_connect())
        words = said.split()
        lists = answers(words[words.index("list:") + 1])
        single = answers(words[words.index("badge:") + 1])
        canvas = platforms.canvas

        assert (lists, single) == (200, 200)
        assert canvas.redirect_uris == [CALLBACK]
        for told in (
            f"api_url={canvas.url}",
            f"ui_url={canvas.url}",
            canvas.registrar.email,
            canvas.registrar.password,
        ):
            assert told in words
        assert list(platforms.oauth_clients) == [canvas.url.removeprefix("http://")]


def test_only_the_platforms_say_what_commands_need_to_reach_them(tmp_path: Path) -> None:
    desk = {"CONNECTOR_PUBLIC_URL": "https://desk.example"}
    with until("--platforms-only", "--data", str(tmp_path), line="Faults on request", **desk) as said:
        text = "\n".join(said)
        hosts = {f"127.0.0.1:{port}" for port in ports(tmp_path).values()}
        canvas = f"127.0.0.1:{(tmp_path / 'canvas-port').read_text()}"
        asked = {"response_type": "code", "client_id": "practice-client", "scope": "r:profile"}
        challenge = {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
        back = {"redirect_uri": "https://desk.example/oauth/callback"}
        page = f"http://{canvas}/auth/oauth2/authorize"
        allowed = httpx.get(page, params={**asked, **challenge, **back}, trust_env=False)

    [told] = [each.split("=", 1)[1] for each in said if "CONNECTOR_ALLOWED_PRIVATE_HOSTS=" in each]
    assert set(told.split(",")) == hosts
    [clients] = [each.split("=", 1)[1] for each in said if "CONNECTOR_OAUTH_CLIENTS=" in each]
    assert list(json.loads(clients.strip("'"))) == [canvas]
    assert "CONNECTOR_UNDOCUMENTED_SOURCES=true" in text
    assert allowed.status_code == 200
    assert "Log in" in allowed.text


def test_the_desk_of_the_demo_connects_the_practice_canvas_without_a_client_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    servers: list[uvicorn.Server] = []
    make = running._server
    monkeypatch.setattr(running, "leave_some", lambda this, *given: story._organization(this))
    monkeypatch.setattr(running, "_server", lambda this: servers.append(server := make(this)) or server)

    demo = threading.Thread(target=running.until_stopped, args=(tmp_path, 0, said.append), kwargs={"browse": False})
    demo.start()
    try:
        _wait_until(lambda: bool(servers) and servers[0].started)
        link = next(word for each in said for word in each.split() if "/sign-in/once?token=" in word)
        canvas = f"http://127.0.0.1:{(tmp_path / 'canvas-port').read_text()}"
        desk = link.partition("/sign-in/")[0]
        with httpx.Client(base_url=desk, trust_env=False, timeout=20, follow_redirects=True) as browser:
            browser.get(link)
            page = browser.get("/connections/new/canvas/own_server").text
            token = page.partition('name="form_token" value="')[2].partition('"')[0]
            fields = {"form_token": token, "name": "Badgr", "api_url": canvas, "ui_url": canvas}
            saved = browser.post("/connections/new/canvas/own_server", data=fields, headers={"Origin": desk})
    finally:
        servers[0].should_exit = True
        demo.join(PATIENCE)

    assert saved.url.path.endswith("/sign-in"), saved.text
    assert f"Continue to {canvas.removeprefix('http://')}" in saved.text


def _wait_until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_once_does_the_main_job_on_the_practice_credly_and_reads_it_back(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "demo", "--once", "--json", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )

    told = json.loads(done.stdout)
    assert set(told) == {"sync", "ready", "incomplete", "approved", "published", "read_back"}
    assert told["sync"]["state"] == "complete"
    assert told["sync"]["new"] == told["ready"] + told["incomplete"]
    assert told["read_back"] == sum(told["published"].values()) > 0
    assert ports(tmp_path) == {}
