"""The system's Chromium under Playwright, and what a page must not do while it is looked at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from connector.web.gate import PLAIN_COOKIE
from tests.browser.desk import PATIENCE, Desk

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 800}
POLICY = "Content Security Policy"


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """The browser of this machine; None where there is none."""
    found = shutil.which("chromium")
    if found is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*OPTIONS])
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, desk: Desk, session: str | None = None, **options: Any) -> Iterator[Visit]:
    """A window of its own, signed in where a session is given."""
    context = browser.new_context(base_url=desk.address, viewport=options.pop("viewport", WIDE), **options)
    context.set_default_timeout(PATIENCE * 1000)
    if session:
        context.add_cookies([{"name": PLAIN_COOKIE, "value": session, "url": desk.address}])
    try:
        yield Visit(context, desk)
    finally:
        context.close()


def arrive(page: Page, heading: str | re.Pattern[str]) -> None:
    """Wait until the page with this heading is there to its end: what is read at once is then never half a page."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state()


class Visit:
    """One window, its page, and what went wrong in it: refused by the policy, failed in a script, sent elsewhere."""

    def __init__(self, context: BrowserContext, desk: Desk) -> None:
        self.context = context
        self.desk = desk
        self.wrong: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"script failed: {error.error}"))
        context.on("request", self._asked)
        self.page: Page = context.new_page()

    def fresh(self) -> None:
        """A new page in the same window, with nothing wrong so far."""
        self.page.close()
        self.page = self.context.new_page()
        self.wrong.clear()

    def whole(self) -> None:
        """Make the window as high as its page, so that what sticks to an edge covers nothing."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else WIDE["width"]
        height = self.page.evaluate("document.scrollingElement.scrollHeight")
        self.page.set_viewport_size({"width": width, "height": max(height, 800)})

    def _said(self, message: ConsoleMessage) -> None:
        if POLICY in message.text:
            self.wrong.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.desk.address}/", "data:", "about:")):
            self.wrong.append(f"asked elsewhere: {request.url}")
