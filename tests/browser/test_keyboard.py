"""The desk by keyboard alone: the six flows, how many presses fifty approvals take, and what each single key does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from connector.credentials import decisions, queries
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.organizations.accounts import Organization
from tests.browser.browser import arrive, visit
from tests.browser.desk import COLLEGE, CTID, EMAIL, PASSWORD, Desk, desk
from tests.browser.seeded import SOURCES, connected, synced

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST_TABS = 150
MOST_PRESSES = 60
READY = "/review?need=approval"
SEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing is in focus";
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const what = at.outerHTML.slice(0, 120);
  if (!box.width || box.bottom <= 0 || box.top >= innerHeight) return `not in sight: ${what}`;
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return `no ring: ${what}`;
  const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const there = document.elementFromPoint(box.left + Math.min(box.width, 20) / 2, middle);
  return at.contains(there) || there?.contains(at) ? "" : `under ${there?.outerHTML.slice(0, 80)}: ${what}`;
}"""


@dataclass
class Office:
    """A desk with 653 badges, its organization, its platform, and two records that differ from an edit."""

    desk: Desk
    college: Organization
    platform: PracticeCredly
    conflicts: list[str]


@dataclass
class Keys:
    """Somebody with a keyboard and nothing else. Counts what they press."""

    page: Page
    presses: int = 0
    pressed: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1
            self.pressed.append(key)

    def tab_to(self, wanted: Locator, *, key: str = "Tab") -> None:
        """Press Tab until something is in focus; whatever is on the way has to be seen."""
        expect(wanted).to_have_count(1)
        for _ in range(MOST_TABS):
            self.press(key)
            assert self.page.evaluate(SEEN) == ""
            if wanted.evaluate("wanted => wanted === document.activeElement"):
                return
        raise AssertionError(f"Tab does not come to {wanted}")

    def type(self, text: str) -> None:
        """Write into what is in focus, in the place of what is there."""
        self.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def goes_on(self, act: Callable[[], object]) -> None:
        """Do something and wait for the page that follows."""
        with self.page.expect_navigation():
            act()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A desk with a worker, on which all 653 badges have been synced and a few records approved."""
    college, templates = cedar_harbor_college()
    with (
        PracticeCredly(college, templates, images=True) as platform,
        desk(tmp_path_factory.mktemp("office"), works=True) as seat,
    ):
        made = Office(seat, seat.organization(COLLEGE, CTID), platform, [])
        account = connected(seat, made.college, SOURCES, platform)
        synced(seat, account)
        ready = _ready(made)
        with seat.opened.database.transaction() as connection:
            decisions.approve(connection, [each.sourced.row.id for each in ready[-3:]], by=EMAIL)
            for each in ready[-5:-3]:
                decisions.edit(connection, each.sourced.row.id, set_to=[("name", "As We Call It")], by=EMAIL)
        made.conflicts += [each.sourced.row.id for each in ready[-5:-3]]
        badges = {each.sourced.row.badge_id for each in ready[-5:-3]}
        with platform.lock:
            for template in platform.templates:
                if template["id"] in badges:
                    template["name"] = "As They Call It"
        synced(seat, account)
        yield made


@pytest.fixture
def keys(office: Office, browser: Browser) -> Iterator[Keys]:
    """A window that is signed in."""
    with visit(browser, office.desk, office.desk.session(office.college)) as window:
        yield Keys(window.page)
        assert window.wrong == []


def test_sign_in_by_keyboard(office: Office, browser: Browser) -> None:
    with visit(browser, office.desk) as window:
        keys, page = Keys(window.page), window.page
        page.goto("/sign-in")
        keys.tab_to(page.get_by_role("link", name="Skip to content"))
        keys.tab_to(page.get_by_label("E-mail address"))
        keys.type(EMAIL)
        keys.tab_to(page.get_by_label("Password"))
        keys.type(PASSWORD)
        keys.goes_on(lambda: keys.press("Enter"))

        expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_connect_by_keyboard(office: Office, keys: Keys) -> None:
    page, platform = keys.page, office.platform
    page.goto("/connections")
    keys.tab_to(page.locator(".head").get_by_role("link", name="Connect a badge platform"))
    keys.goes_on(lambda: keys.press("Enter"))
    keys.tab_to(page.get_by_role("link", name="OAuth application"))
    keys.goes_on(lambda: keys.press("Enter"))
    for label, text in (
        ("Name of this connection", "By keyboard"),
        ("Organization id", platform.organization_id),
        ("OAuth client id", "practice-client"),
        ("OAuth client secret", "practice-secret"),
    ):
        keys.tab_to(page.get_by_label(label))
        keys.type(text)
    keys.tab_to(page.locator("summary", has_text="More settings"))
    keys.press("Enter")
    for label, text in (("API address", f"{platform.url}/v1/"), ("Token address", f"{platform.url}/oauth/token")):
        keys.tab_to(page.get_by_label(label))
        keys.type(text)
    keys.tab_to(page.get_by_role("button", name="Save and check"))
    keys.goes_on(lambda: keys.press("Enter"))
    finish = page.get_by_role("button", name="Finish and sync now")
    expect(finish).to_be_visible()
    keys.tab_to(finish)
    keys.goes_on(lambda: keys.press("Enter"))

    expect(page.locator("#notice")).to_contain_text("By keyboard is connected.")


def test_start_a_sync_by_keyboard(keys: Keys) -> None:
    page = keys.page
    page.goto("/connections")
    keys.tab_to(page.get_by_role("link", name=SOURCES, exact=True))
    keys.goes_on(lambda: keys.press("Enter"))
    keys.tab_to(page.get_by_role("button", name="Sync now"))
    keys.goes_on(lambda: keys.press("Enter"))

    expect(page.locator("#notice")).to_contain_text("Sync asked for.")


def test_edit_a_record_by_keyboard(office: Office, keys: Keys) -> None:
    page = keys.page
    page.goto(f"/records/{_ready(office)[-1].sourced.row.id}")
    keys.tab_to(page.get_by_role("link", name=re.compile(r"^Edit\s+Credential Name$")))
    keys.goes_on(lambda: keys.press("Enter"))
    expect(page.get_by_label("Credential Name", exact=True)).to_be_focused()
    keys.type("Written by Keyboard")
    keys.goes_on(lambda: keys.press("Enter"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Written by Keyboard")


def test_review_and_approve_a_record_by_keyboard(office: Office, keys: Keys) -> None:
    page = keys.page
    name = _ready(office)[0].sourced.row.name
    page.goto("/")
    keys.tab_to(page.locator(".head").get_by_role("link", name=re.compile("^Review .* ready records")))
    keys.goes_on(lambda: keys.press("Enter"))
    keys.tab_to(page.locator("#records tbody th a").first)
    keys.goes_on(lambda: keys.press("Enter"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    keys.tab_to(page.get_by_role("button", name="Approve"))
    keys.goes_on(lambda: keys.press("Enter"))

    expect(page.locator("#notice")).to_contain_text(f"{name} is approved.")


def test_publish_by_keyboard(keys: Keys) -> None:
    page = keys.page
    page.goto("/")
    keys.tab_to(page.get_by_role("navigation", name="Main").get_by_role("link", name="Publish"))
    keys.goes_on(lambda: keys.press("Enter"))
    keys.tab_to(page.get_by_role("button", name=re.compile(r"^Publish .* to practice$")))
    keys.goes_on(lambda: keys.press("Enter"))

    arrive(page, "Publish results, practice")
    assert page.locator("main .st.bad").count() == 0


def by_single_keys(keys: Keys) -> None:
    """Filters, the one for ready records, the whole page, approve."""
    keys.press("f")
    keys.tab_to(keys.page.locator("#filters").get_by_role("link", name=re.compile("^Ready to approve")))
    keys.goes_on(lambda: keys.press("Enter"))
    keys.press("*")
    keys.goes_on(lambda: keys.press("a"))


def from_the_first_to_the_last(keys: Keys) -> None:
    """Select the first row, walk down to the last, select all up to it, approve."""
    keys.goes_on(lambda: keys.page.goto(READY))
    keys.press("x", *["j"] * 49, "Shift+X")
    keys.goes_on(lambda: keys.press("a"))


def by_tab_space_and_enter(keys: Keys) -> None:
    """The same without any single key: skip to the content, the filter, the whole page, the decision."""
    page = keys.page
    keys.press("Tab", "Enter")
    keys.tab_to(page.locator("#filters").get_by_role("link", name=re.compile("^Ready to approve")))
    keys.goes_on(lambda: keys.press("Enter"))
    keys.press("Tab", "Enter")
    keys.tab_to(page.get_by_label("Select all on this page"))
    keys.press("Space")
    keys.tab_to(page.get_by_role("link", name="Go to approve and reject"))
    keys.press("Enter")
    keys.tab_to(page.get_by_role("button", name=re.compile("^Approve")))
    keys.goes_on(lambda: keys.press("Enter"))


@pytest.mark.parametrize("way", [by_single_keys, from_the_first_to_the_last, by_tab_space_and_enter])
def test_fifty_clear_badges_are_approved_with_sixty_key_presses(
    office: Office, keys: Keys, way: Callable[[Keys], None]
) -> None:
    before = len(_ready(office))
    keys.page.goto("/review")

    way(keys)

    expect(keys.page.locator("#notice")).to_contain_text("50 records approved.")
    print(f"{way.__name__}: {keys.presses} key presses, {' '.join(keys.pressed)}")
    assert keys.presses <= MOST_PRESSES
    assert len(_ready(office)) == before - 50


def test_j_and_k_move_and_x_selects(keys: Keys) -> None:
    page = keys.page
    page.goto(READY)
    rows = page.locator("#records tbody tr")
    keys.press("j", "j", "j", "k")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    keys.press("x")
    expect(page.locator("[data-selected]")).to_have_text("1 selected")
    keys.press("j", "j", "Shift+X")
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    assert [rows.nth(at).locator("input").is_checked() for at in range(5)] == [False, True, True, True, False]
    keys.press("x")
    expect(page.locator("[data-selected]")).to_have_text("2 selected")


@pytest.mark.parametrize("key", ["Enter", "o"])
def test_a_row_is_opened_and_u_leads_back_to_the_queue(keys: Keys, key: str) -> None:
    page = keys.page
    page.goto(READY)
    keys.press("j", "j")
    name = page.locator("#records tr[aria-current] th a").inner_text()
    keys.goes_on(lambda: keys.press(key))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    keys.goes_on(lambda: keys.press("u"))
    expect(page).to_have_url(re.compile(r"/review\?need=approval"))


def test_j_and_k_lead_to_the_next_record_and_back(keys: Keys) -> None:
    page = keys.page
    page.goto(READY)
    names = page.locator("#records tbody th a").all_inner_texts()[:2]
    keys.press("j")
    for key, name in (("Enter", names[0]), ("j", names[1]), ("k", names[0])):
        keys.goes_on(partial(keys.press, key))
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_approves_a_record_and_goes_on_to_the_next(office: Office, keys: Keys) -> None:
    first, second = (each.sourced.row for each in _ready(office)[:2])
    keys.page.goto(f"/records/{first.id}?need=approval")
    keys.goes_on(lambda: keys.press("a"))

    expect(keys.page.locator("#notice")).to_contain_text(f"{first.name} is approved.")
    expect(keys.page.get_by_role("heading", level=1)).to_have_text(second.name)


def test_r_asks_for_a_reason_and_rejects(office: Office, keys: Keys) -> None:
    record = _ready(office)[0].sourced.row
    keys.page.goto(f"/records/{record.id}?need=approval")
    keys.press("r")
    expect(keys.page.get_by_label("Reason")).to_be_focused()
    keys.type("Not ours.")
    keys.goes_on(lambda: keys.press("Enter"))

    expect(keys.page.locator("#notice")).to_contain_text(f"{record.name} is rejected.")


def test_r_in_the_queue_asks_for_one_reason_for_the_selection(keys: Keys) -> None:
    keys.page.goto(READY)
    keys.press("j", "x", "j", "x")
    keys.goes_on(lambda: keys.press("r"))
    expect(keys.page.get_by_role("heading", level=1)).to_have_text("Reject 2 records")
    expect(keys.page.get_by_label("Reason")).to_be_focused()
    keys.type("Both are of the board.")
    keys.goes_on(lambda: keys.press("Enter"))

    expect(keys.page.locator("#notice")).to_contain_text("2 records rejected.")


def test_e_edits_the_property_in_focus_and_escape_leaves_it(office: Office, keys: Keys) -> None:
    page = keys.page
    page.goto(f"/records/{_ready(office)[0].sourced.row.id}")
    keys.tab_to(page.locator("#p-description .prov button"))
    keys.goes_on(lambda: keys.press("e"))
    expect(page.get_by_label("Credential Description", exact=True)).to_be_focused()
    keys.goes_on(lambda: keys.press("Escape"))
    expect(page.locator("form.edit")).to_have_count(0)


def test_t_leads_to_the_type(office: Office, keys: Keys) -> None:
    keys.page.goto(f"/records/{_ready(office)[0].sourced.row.id}")
    keys.press("t")
    expect(keys.page.locator("#type input[type=radio]").first).to_be_focused()


@pytest.mark.parametrize(("key", "at", "name"), [("m", 0, "As We Call It"), ("c", 1, "As They Call It")])
def test_m_keeps_mine_and_c_takes_theirs(office: Office, keys: Keys, key: str, at: int, name: str) -> None:
    page = keys.page
    page.goto(f"/records/{office.conflicts[at]}")
    expect(page.locator(".head")).to_contain_text("Conflict")
    keys.goes_on(lambda: keys.press(key))

    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".head")).not_to_contain_text("Conflict")


def test_escape_hides_a_note_and_closes_a_menu(office: Office, keys: Keys) -> None:
    page = keys.page
    page.goto(f"/records/{_ready(office)[0].sourced.row.id}")
    keys.tab_to(page.locator("#p-name .prov button"))
    expect(page.locator("#p-name .tip")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#p-name .tip")).to_be_hidden()
    page.goto("/review")
    menu = page.locator("details.menu").first
    keys.tab_to(menu.locator("summary"))
    keys.press("Enter")
    expect(menu).to_have_attribute("open", "")
    keys.press("Tab", "Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_slash_searches_f_filters_and_a_question_mark_shows_all_keys(keys: Keys) -> None:
    page = keys.page
    page.goto("/review")
    keys.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keys.press("Escape", "f")
    expect(page.locator("#filters a[aria-current]")).to_be_focused()
    keys.goes_on(lambda: keys.press("?"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Keyboard shortcuts")
    keys.goes_on(lambda: keys.press("/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")


def test_single_keys_do_nothing_while_somebody_types(keys: Keys) -> None:
    page = keys.page
    page.goto(READY)
    keys.press("/")
    keys.page.keyboard.type("jxa?fr*")
    expect(page.get_by_role("searchbox")).to_have_value("jxa?fr*")
    expect(page.locator("[data-selected]")).to_have_text("0 selected")
    expect(page).to_have_url(re.compile(r"/review\?need=approval$"))


def test_single_keys_can_be_turned_off_and_on_again(keys: Keys) -> None:
    page = keys.page
    page.goto("/keys")
    switch = page.locator("[data-keys-switch]")
    keys.tab_to(switch)
    keys.press("Enter")
    expect(switch).to_have_text("Turn single keys on")
    page.goto(READY)
    expect(page.locator(".pager .keys")).to_be_hidden()
    keys.press("j", "x")
    expect(page.locator("[data-selected]")).to_have_text("0 selected")
    page.goto("/keys")
    keys.tab_to(switch)
    keys.press("Space")
    page.goto(READY)
    keys.press("j", "x")
    expect(page.locator("[data-selected]")).to_have_text("1 selected")


def _ready(office: Office) -> list[queries.Listed]:
    """The records that are ready to approve, in source order."""
    with office.desk.opened.database.reading() as connection:
        return list(queries.listed(connection, queries.where(organization=office.college.id, need="approval")))
