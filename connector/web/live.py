"""Live progress of a run: a fragment of a page, sent anew by server-sent events whenever it has changed."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import anyio
from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, StreamingResponse

from connector.web.looks import Look
from connector.web.pages import templates

LOOK_EVERY_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 300.0
"""After that a browser asks again by itself, and a server that is to stop need not wait for it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. `total` is None while nobody knows it; `ended` says that the page has more to show now."""

    look: Look
    text: str
    done: int
    total: int | None
    ended: bool


def fragment(progress: Progress) -> str:
    """The part of a page that shows it."""
    return templates.get_template("progress.html").render(live=progress)


def as_fragment(progress: Progress) -> Response:
    """The part of a page alone, for browsers that ask again and again."""
    return HTMLResponse(fragment(progress), headers={"Cache-Control": "no-store"})


def as_events(read: Callable[[], Progress]) -> Response:
    """The part of a page, sent whenever it has changed; the event `ended` is the last."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(read), media_type="text/event-stream", headers=headers)


async def _events(read: Callable[[], Progress]) -> AsyncIterator[str]:
    shown, began = "", time.monotonic()
    said = began
    yield "retry: 1000\n\n"
    while time.monotonic() - began < LONGEST_SECONDS:
        progress = await run_in_threadpool(read)
        html = fragment(progress)
        if html != shown:
            shown, said = html, time.monotonic()
            yield _event("progress", html)
        if progress.ended:
            yield _event("ended", "")
            return
        if time.monotonic() - said >= HEARTBEAT_SECONDS:
            said = time.monotonic()
            yield ": still there\n\n"
        await anyio.sleep(LOOK_EVERY_SECONDS)


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
