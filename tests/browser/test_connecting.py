"""Connecting the other platforms in a real browser: by consent on the platform's own page, and by addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import REGISTRAR, PracticeCanvas
from connector.demo.practice_open_badges import PracticeOpenBadges
from tests.browser.browser import arrive, visit
from tests.browser.desk import COLLEGE, CTID, desk

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SIZES = (12, 8, 5)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page at a new desk with a worker, signed in."""
    with desk(tmp_path, works=True) as seat, visit(browser, seat, java_script_enabled=request.param) as window:
        seat.organization(COLLEGE, CTID)
        window.page.goto(seat.link())
        yield window.page


def test_an_account_is_connected_by_consent_and_two_of_its_issuers_are_reviewed_and_published(page: Page) -> None:
    with PracticeCanvas(*practice_account(*SIZES)) as platform:
        platform.redirect_uris[:] = [re.sub(r"^(https?://[^/]+).*", r"\1/oauth/callback", page.url)]
        begin(page, platform)
        page.get_by_role("button", name=re.compile("^Continue to")).click()
        consent(page, allow=False)
        arrive(page, "You said no")
        page.get_by_role("link", name="Sign in again").click()
        page.get_by_role("button", name=re.compile("^Continue to")).click()
        consent(page, allow=True)

        arrive(page, "Whose badges are read?")
        boxes = page.locator("input[name=issuer]")
        expect(boxes).to_have_count(3)
        boxes.nth(2).uncheck()
        kept = page.locator("label.tick b").all_inner_texts()[:2]
        page.get_by_role("button", name="Read these, and check").click()
        listed = finish(page)
        chosen = [each for each in platform.issuers if each["name"] in kept]
        assert listed == sum(len(platform.listed(each["entityId"])) for each in chosen)

        approve_one(page)
        publish(page)


def test_a_list_of_addresses_is_connected_and_what_is_gone_is_told(page: Page) -> None:
    with PracticeOpenBadges(badges=6, achievements=3, public_badges=4) as issuer:
        found = issuer.addresses()
        addresses = [*found["badge"][:2], found["achievement"][0], found["signed_assertion"][0], found["gone"][0]]
        page.goto("/connections/new/open_badges/addresses")
        page.get_by_label("Addresses").fill("\n".join([*addresses, f"{issuer.url}/lists/badges.json"]))
        page.get_by_role("button", name="Save and check").click()
        assert finish(page) == 7
        expect(page.get_by_role("heading", name="Badges that cannot be read")).to_be_visible()
        confirm = page.get_by_role("button", name=re.compile("ours to publish")).first
        confirm.click()
        expect(page.locator("#notice")).to_contain_text("The right to publish is confirmed.")


def begin(page: Page, platform: PracticeCanvas) -> None:
    page.goto("/connections/new/canvas/own_server")
    page.get_by_label("API address").fill(platform.url)
    page.get_by_label("Sign-in pages").fill(platform.url)
    page.get_by_label("OAuth client id").fill("practice-client")
    page.get_by_label("OAuth client secret").fill("practice-secret")
    page.get_by_role("button", name="Save and check").click()
    arrive(page, "Sign in to Canvas Credentials")


def consent(page: Page, *, allow: bool) -> None:
    """On the platform's own pages: log in where it asks for that, then say yes or no."""
    page.wait_for_url("**/auth/oauth2/authorize**")
    page.wait_for_load_state()
    if page.get_by_role("button", name="Log in", exact=True).count():
        page.get_by_label("E-mail address").fill(REGISTRAR[0])
        page.get_by_label("Password").fill(REGISTRAR[1])
        page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Allow" if allow else "Deny", exact=True).click()


def finish(page: Page) -> int:
    """See the checks pass, finish, and wait for the first sync; how many badges it brought."""
    button = page.get_by_role("button", name="Finish and sync now")
    expect(button).to_be_visible()
    assert page.locator(".checks li.bad").count() == 0
    button.click()
    line = page.get_by_text(re.compile(r"Complete · [0-9]+ badges seen")).first
    expect(line).to_be_visible()
    [new] = re.findall(r"([0-9]+) new", line.inner_text())
    return int(new)


def approve_one(page: Page) -> None:
    page.goto("/review?need=approval")
    page.locator("#records tbody th a").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#notice")).to_contain_text("is approved.")


def publish(page: Page) -> None:
    page.goto("/publish")
    page.get_by_role("button", name=re.compile(r"^Publish \d+ to practice")).click()
    expect(page.locator("main")).to_contain_text("Published (practice)")
    arrive(page, "Publish results, practice")
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(page.locator(".st.bad")).to_have_count(0)
