"""The whole walk at the desk, in a real browser with and without script: from the sign-in link to the registry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from tests.browser.browser import Visit, arrive, visit
from tests.browser.desk import COLLEGE, CTID, Desk, desk

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CONNECTION = "Cedar Harbor by OAuth"
A_PAGE = 50
HELD_BACK = 2


@dataclass(frozen=True)
class Walk:
    """One walk: the window, the desk, the platform, and whether script runs."""

    window: Visit
    desk: Desk
    platform: PracticeCredly
    script: bool

    @property
    def page(self) -> Page:
        """The page of the window."""
        return self.window.page

    @property
    def badges(self) -> int:
        """How many badges the platform lists."""
        return len(self.platform.templates)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def walk(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Walk]:
    """A window at a new desk with a worker: 653 badges with script, 130 without."""
    script: bool = request.param
    organization, templates = cedar_harbor_college()
    with (
        PracticeCredly(organization, templates if script else templates[:130], images=True) as platform,
        desk(tmp_path, works=True, sync_batch=A_PAGE) as seat,
        visit(browser, seat, java_script_enabled=script) as window,
    ):
        seat.organization(COLLEGE, CTID)
        yield Walk(window, seat, platform, script)
        assert window.wrong == []


def test_a_data_manager_walks_from_the_sign_in_link_to_the_published_record(walk: Walk) -> None:
    sign_in(walk)
    connect(walk)
    see_the_checks(walk)
    with a_page_held_back(walk):
        walk.page.get_by_role("button", name="Finish and sync now").click()
        see_the_figures_move(walk)
    see_the_queue(walk)
    record = open_a_clear_record(walk)
    see_where_values_come_from(walk)
    edit_in_place(walk, "Deckhand Basics, as We Teach It")
    approve(walk, "Deckhand Basics, as We Teach It")
    choose_a_type_and_approve(walk)
    publish(walk)
    read_in_the_registry(walk, record, "Deckhand Basics, as We Teach It")


def sign_in(walk: Walk) -> None:
    walk.page.goto(walk.desk.link())
    expect(walk.page.get_by_role("heading", level=1)).to_have_text("Home")


def connect(walk: Walk) -> None:
    page, platform = walk.page, walk.platform
    page.locator("main").get_by_role("link", name="Connect a badge platform").first.click()
    page.get_by_role("link", name="OAuth application").click()
    page.get_by_label("Name of this connection").fill(CONNECTION)
    page.get_by_label("Organization id").fill(platform.organization_id)
    page.get_by_label("OAuth client id").fill("practice-client")
    page.get_by_label("OAuth client secret").fill("practice-secret")
    page.get_by_text("More settings").click()
    page.get_by_label("API address").fill(f"{platform.url}/v1/")
    page.get_by_label("Token address").fill(f"{platform.url}/oauth/token")
    page.get_by_role("button", name="Save and check").click()


def see_the_checks(walk: Walk) -> None:
    page = walk.page
    expect(page.get_by_role("button", name="Finish and sync now")).to_be_visible()
    page.wait_for_load_state()
    passed = page.locator(".checks li.ok b").all_text_contents()
    assert passed[:5] == ["Reach", "Sign in", "Permission", "Issuers", "Badges"]
    assert page.locator(".checks li.bad").count() == 0
    figures = dict(zip(*(page.locator(f".figs {part}").all_inner_texts() for part in ("dt", "dd")), strict=True))
    assert sum(map(number, figures.values())) == walk.badges
    assert number(figures["Would be created"]) > walk.badges * 0.9
    assert number(figures["Match what you have"]) == number(figures["Cannot be read"]) == 0


@contextmanager
def a_page_held_back(walk: Walk) -> Iterator[None]:
    """The platform keeps one page of its listing back until the block ends."""
    walk.platform.hold(HELD_BACK)
    try:
        yield
    finally:
        walk.platform.release()


def see_the_figures_move(walk: Walk) -> None:
    """One page of badges while the next is held back, then all of them, with script in the very same document."""
    page = walk.page
    page.evaluate("window.sameDocument = true")
    live = page.locator("[data-live]")
    expect(live).to_contain_text(f"{A_PAGE} of {walk.badges} badges seen")
    assert page.evaluate("window.sameDocument === true") is walk.script
    walk.platform.release(HELD_BACK)
    expect(page.get_by_text(f"Complete · {walk.badges} badges seen")).to_be_visible()
    expect(live).to_have_count(0)


def see_the_queue(walk: Walk) -> None:
    page = walk.page
    page.get_by_role("link", name=re.compile(r"^Review")).first.click()
    arrive(page, "Review")
    counts = facets(page)
    assert counts["Ready to approve"] + counts["Choose a type"] <= counts["All that waits"] <= walk.badges
    assert counts["Ready to approve"] > walk.badges / 2
    assert counts["Choose a type"] > 0
    assert page.locator("#records tbody tr").count() == 50
    page.locator("#filters").get_by_role("link", name="Ready to approve").click()
    expect(page.locator(".pager")).to_contain_text(f"of {counts['Ready to approve']}")


def open_a_clear_record(walk: Walk) -> str:
    """Open the first of them; its CTID."""
    page = walk.page
    link = page.locator("#records tbody th a").first
    name = link.inner_text()
    link.click()
    arrive(page, name)
    row = page.locator("#p-name")
    assert name in row.locator("td").first.inner_text()
    assert name in row.locator("td").last.inner_text()
    [ctid] = re.findall(r"CTID (ce-[0-9a-f-]{36})", page.locator("main").inner_text())
    return str(ctid)


def see_where_values_come_from(walk: Walk) -> None:
    page = walk.page
    note = page.locator("#p-description .tip")
    expect(note).to_be_hidden()
    page.locator("#p-description .prov button").focus()
    expect(note).to_be_visible()
    expect(note).to_contain_text("description")


def edit_in_place(walk: Walk, name: str) -> None:
    page = walk.page
    page.locator("#p-name").get_by_role("link", name="Edit").click()
    field = page.get_by_label("Credential Name", exact=True)
    expect(field).to_be_focused()
    field.fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("#p-name")).to_contain_text("edited by")


def approve(walk: Walk, name: str) -> None:
    page = walk.page
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#notice")).to_contain_text(f"{name} is approved.")


def choose_a_type_and_approve(walk: Walk) -> None:
    page = walk.page
    page.goto("/review?need=type&findings=required")
    undecided = facets(page)["Choose a type"]
    link = page.locator("#records tbody th a").first
    name = link.inner_text()
    link.click()
    arrive(page, name)
    assert page.locator("#type input:checked").count() == 0
    page.locator("#type input[type=radio]").first.check()
    page.get_by_role("button", name="Set type").click()
    expect(page.locator("#notice")).to_contain_text("Credential Type:")
    expect(page.locator("#p-credentialType")).to_contain_text("chosen by ")
    page.locator(".head .crumb a").first.click()
    arrive(page, "Review")
    assert facets(page)["Choose a type"] == undecided - 1
    page.goto(f"/review?q={name}")
    page.get_by_role("link", name=name, exact=True).first.click()
    arrive(page, name)
    if page.get_by_role("button", name="Approve").count():
        approve(walk, name)


def publish(walk: Walk) -> None:
    page = walk.page
    page.goto("/publish")
    expect(page.locator(".band")).to_contain_text("Nothing here is public")
    page.get_by_role("button", name=re.compile(r"^Publish \d+ to practice")).click()
    expect(page.locator("main")).to_contain_text("Published (practice)")
    expect(page.locator("[data-live]")).to_have_count(0)
    arrive(page, "Publish results, practice")
    assert page.locator(".st.bad").count() == 0


def read_in_the_registry(walk: Walk, ctid: str, name: str) -> None:
    page = walk.page
    row = page.locator("tbody tr", has=page.get_by_role("link", name=name, exact=True))
    row.get_by_role("link", name="Open in the practice registry").click()
    page.wait_for_url("**/registry/**")
    document = json.loads(page.locator("body").inner_text())
    assert document["ceterms:ctid"] == ctid
    assert document["ceterms:name"] == {"en-US": name}


def facets(page: Page) -> dict[str, int]:
    """The lines of the filters, each with its count."""
    words = page.locator("#filters li a > span:first-child").all_text_contents()
    counts = page.locator("#filters li .count").all_text_contents()
    return {word: number(count) for word, count in zip(words, counts, strict=True)}


def number(text: str) -> int:
    return int(text.replace(",", ""))
