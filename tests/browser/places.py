"""Every page of the desk in every state worth looking at, and the way there: one list for screenshots and tests."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Browser, Page

from connector.credentials import decisions
from tests.browser.browser import Visit, visit
from tests.browser.desk import EMAIL
from tests.browser.seeded import Seeded, published_elsewhere

State = Literal["empty", "full", "error"]
Who = Literal["college", "nothing", "troubled", "nobody"]
Act = Callable[[Visit, Seeded], None]
_again = itertools.count(1)
_IDLE_RULES = """\
[[rule]]
name = "Harbor courses"
when.connection = "Cedar Harbor on Credly"
unless.name = "*practice*"
then.approve = ["keyword", "image"]

[[rule]]
name = "Ports"
when.framework = "Ports of the world"
then.set.renewalFrequency = "P3Y"
[[rule.align]]
host = "standards.example"
target = "course"
property = "recommends"
"""
_SKIPPING = """\
[[rule]]
name = "What runs script is not ours"
when.name = "Runs Script"
then.skip = true
"""
_LICENSE = {
    "type": ["Achievement"],
    "id": "https://pilots.example/classes/license",
    "achievementType": "License",
    "name": "Harbor Pilot",
    "description": "Licenses a pilot to bring large ships into the harbor.",
    "creator": {"id": "https://pilots.example/issuer", "type": ["Profile"], "name": "Pilots of the harbor"},
    "criteria": {"narrative": "Pass the examination."},
    "alignment": [
        {"targetName": "Seamanship", "targetUrl": "https://pilots.example/seamanship", "targetType": "ceterms:License"},
        {"targetName": "Marks", "targetUrl": "https://pilots.example/marks", "targetType": "CFRubric"},
        {
            "targetName": "This license",
            "targetUrl": "https://credentialfinder.org/credential/ce-3c4d5e6f-7a8b-4c9d-8e1f-2a3b4c5d6e7f",
            "targetFramework": "Credential Transparency Description Language",
        },
        {"targetCode": "R.9"},
    ],
}


@dataclass(frozen=True)
class Place:
    """A page in a state. `path` may name a record, a connection or a publishing run: `{record:conflict}`.

    `who` is the organization looked at, nobody where nobody is signed in; `act` is what is done on the page first.
    """

    page: str
    state: State
    path: str
    who: Who = "college"
    detail: str = ""
    act: Act | None = None
    status: int | None = 200

    @property
    def name(self) -> str:
        """What its picture is called."""
        return "-".join(filter(None, (self.page, self.state, self.detail)))

    def reach(self, visit: Visit, seeded: Seeded) -> None:
        """Bring the browser there."""
        kinds: dict[str, Mapping[str, object]] = {
            "record": seeded.records,
            "connection": seeded.connections,
            "publishing": seeded.publishing,
        }
        path = re.sub(r"\{(\w+):([\w-]+)\}", lambda found: str(kinds[found[1]][found[2]]), self.path)
        answer = visit.page.goto(path)
        assert answer is not None
        assert answer.status == self.status, f"{path} answers {answer.status}"
        if self.act:
            self.act(visit, seeded)


@contextmanager
def windows(browser: Browser, seeded: Seeded) -> Iterator[Callable[[Place], Visit]]:
    """Gives the window in which a place is looked at, with a fresh page: one for each of those who look."""
    with ExitStack() as stack:
        known: dict[Who, Visit] = {}

        def window(place: Place) -> Visit:
            if place.who in known:
                known[place.who].fresh()
            else:
                session = None if place.who == "nobody" else seeded.desk.session(getattr(seeded, place.who))
                known[place.who] = stack.enter_context(visit(browser, seeded.desk, session))
            return known[place.who]

        yield window


def _refused(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("[name=email]", EMAIL)
    visit.page.fill("[name=password]", f"wrong {next(_again)}")
    _press(visit.page, "Sign in")


def _every_field_wrong(visit: Visit, seeded: Seeded) -> None:
    page = visit.page
    page.fill("[name=name]", "Cedar Harbor on Credly")
    page.fill("[name=organization_id]", "not an id!")
    page.locator("summary", has_text="More settings").click()
    page.fill("[name=requests_per_minute]", "0")
    _press(page, "Save and check")


def _saved_for_consent(visit: Visit, seeded: Seeded) -> None:
    """A draft whose account has to be signed in on the platform's own page."""
    page = visit.page
    page.fill("[name=name]", f"Badgr {next(_again)}")
    page.fill("[name=api_url]", visit.desk.address)
    page.fill("[name=ui_url]", visit.desk.address)
    page.fill("[name=client_id]", "practice-client")
    _press(page, "Save and check")
    page.wait_for_url("**/sign-in")


def _nothing_imported(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("[name=pasted]", "not a badge")
    _press(visit.page, "Import")
    visit.page.wait_for_selector("#problem")


def _nothing_given(visit: Visit, seeded: Seeded) -> None:
    _press(visit.page, "Add organization")


def _token_without_a_name(visit: Visit, seeded: Seeded) -> None:
    visit.page.uncheck("[value=read]")
    visit.page.fill("[name=days]", "4000")
    _press(visit.page, "Make the token")


def _new_token(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("[name=name]", f"Another {next(_again)}")
    _press(visit.page, "Make the token")


def _select_all(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("[data-key-all]").click()
    visit.page.wait_for_url("**/review/selection/**")


def _reject_without_a_reason(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("input[name=r]").first.check()
    visit.page.locator("[data-key-reject]").click()
    visit.page.wait_for_url("**/review/selection/**")
    visit.page.locator("[name=reason]").evaluate("field => field.form.noValidate = true")
    visit.page.locator("form.after button").click()
    visit.page.wait_for_selector("#problem")


def _rules_previewed(visit: Visit, seeded: Seeded) -> None:
    rules = (
        '[[rule]]\nname = "Safety"\nwhen.name = "*safety*"\nthen.type = "Certification"\nthen.leave_out = ["image"]',
        '[[rule]]\nname = "Nothing yet"\nwhen.tag = "Hydrogen"\nunless.level = "Advanced"\nthen.skip = true',
    )
    visit.page.fill("[name=text]", "\n\n".join(rules))
    _press(visit.page, "See what it changes")


def _rules_saved(visit: Visit, seeded: Seeded) -> None:
    """Rules that change no record: other places show the same records."""
    visit.page.fill("[name=text]", _IDLE_RULES)
    _press(visit.page, "See what it changes")
    _press(visit.page, "Save these rules")
    visit.page.wait_for_selector("#notice")


def _rules_misspelt(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("[name=text]", '[[rule]]\nname = "Safety"\nwhen.colour = "red"\nthen.type = "Certificate of all"')
    _press(visit.page, "See what it changes")


def _rule_without_a_condition(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("[name=asked]").evaluate("field => field.form.noValidate = true")
    _press(visit.page, "See what it changes")


def _approve_what_changed(visit: Visit, seeded: Seeded) -> None:
    _change(seeded)
    visit.page.locator("button[data-key-approve]").click()
    visit.page.wait_for_selector("#notice")


def _approve_some_that_changed(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("input[name=r]").first.check()
    _change(seeded)
    visit.page.locator("[data-key-approve]").click()
    visit.page.wait_for_selector("#notice")


def _edit_that_cannot_be_read(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("form.edit [name=value]", "not a web page")
    _press(visit.page, "Save")
    visit.page.wait_for_selector("#e-edit")


def _publish_unapproved(visit: Visit, seeded: Seeded) -> None:
    visit.page.wait_for_selector(".notice")


def _checked(visit: Visit, seeded: Seeded) -> None:
    visit.page.wait_for_selector("text=Finish and sync now")


def _open_menus(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("details.menu.push:not(.sort) summary").click()


def _open_notes(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator(".prov button").first.focus()


def _open_filters(visit: Visit, seeded: Seeded) -> None:
    visit.page.evaluate("location.hash = 'filters'")


def _open_rejection(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("[data-key-reject]").click()


def _first_profile(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator("tbody th a").first.click()
    visit.page.wait_for_url("**/profiles/ce-*")


def _edit_of_a_profile(visit: Visit, seeded: Seeded) -> None:
    _first_profile(visit, seeded)
    visit.page.locator("#p-verificationService a", has_text="Edit").click()
    visit.page.fill("form.edit [name=value]", "not a web page")
    _press(visit.page, "Save")
    visit.page.wait_for_selector("#e-edit")


def _no_description(visit: Visit, seeded: Seeded) -> None:
    _press(visit.page, "Make the profile")


def _other_language(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("[name=language]", "Klingon or so")
    _press(visit.page, "Confirm the language…")
    visit.page.wait_for_selector("#e-language")


def _first_owner(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator(".lines form button").first.click()
    visit.page.wait_for_url("**/owners/change?**")


def _withdraw_first(visit: Visit, seeded: Seeded) -> None:
    visit.page.locator(".lines select").first.select_option("")
    _first_owner(visit, seeded)


def _brought_in(visit: Visit, seeded: Seeded) -> None:
    """Somebody has published two of the credentials before, and their documents are brought in."""
    published_elsewhere(seeded)
    _press(visit.page, "Load from the practice registry")
    visit.page.wait_for_selector("#notice")


def _put_together(visit: Visit, seeded: Seeded) -> None:
    """The first badge that somebody has published by hand before is put together with that record."""
    _brought_in(visit, seeded)
    visit.page.get_by_role("button", name="Same credential", exact=True).first.click()
    visit.page.get_by_role("link", name="Look at the record").click()
    visit.page.wait_for_url("**/records/*")


def _inside_another(visit: Visit, seeded: Seeded) -> None:
    _put_together(visit, seeded)
    visit.page.locator(".notice li a").first.click()
    visit.page.wait_for_selector("text=This badge is part of another record.")


def _skipped(visit: Visit, seeded: Seeded) -> None:
    visit.page.fill("[name=text]", _SKIPPING)
    _press(visit.page, "See what it changes")
    _press(visit.page, "Save these rules")
    visit.page.goto(f"/records/{seeded.records['scripted']}")


def _asked_about_the_type(visit: Visit, seeded: Seeded) -> None:
    """A badge says that it is a license, and one of its alignments has been placed where it cannot be written."""
    visit.page.fill("[name=pasted]", json.dumps(_LICENSE))
    _press(visit.page, "Import")
    visit.page.goto("/review?status=all&q=Harbor+Pilot")
    visit.page.locator("tbody a").first.click()
    visit.page.locator("#alignments select[name^=target]").last.select_option("rubric")
    _press(visit.page, "Save the places")


def _change(seeded: Seeded) -> None:
    record = seeded.records["spare"]
    seeded.decided(decisions.edit, record, set_to=[("name", f"Changed Meanwhile {next(_again)}")])


def _press(page: Page, word: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=word, exact=True).click()


PLACES: tuple[Place, ...] = (
    Place("connect-by-consent", "empty", "/connections/new/canvas/oauth"),
    Place("connect-own-server", "empty", "/connections/new/canvas/own_server"),
    Place("connect-addresses", "empty", "/connections/new/open_badges/addresses"),
    Place("platform-sign-in", "full", "/connections/new/canvas/own_server", act=_saved_for_consent),
    Place("platform-sign-in", "error", "/oauth/callback?state=nobody-began-it", status=400),
    Place("import", "empty", "/import"),
    Place("import", "error", "/import", act=_nothing_imported),
    Place("matches", "empty", "/matches", "nothing"),
    Place("matches", "full", "/matches", act=_brought_in),
    Place("sign-in", "empty", "/sign-in", "nobody"),
    Place("sign-in", "error", "/sign-in", "nobody", act=_refused),
    Place("sign-in-link", "error", "/sign-in/once?token=used", "nobody", status=400),
    Place("home", "empty", "/", "nothing"),
    Place("home", "full", "/"),
    Place("home", "error", "/", "troubled"),
    Place("organization", "empty", "/organizations/new", act=_open_menus),
    Place("organization", "error", "/organizations/new", act=_nothing_given),
    Place("connect", "full", "/connections/new"),
    Place("connection-form", "empty", "/connections/new/credly/oauth"),
    Place("connection-form", "full", "/connections/{connection:full}/edit"),
    Place("connection-form", "error", "/connections/new/credly/authorization_token", act=_every_field_wrong),
    Place("check", "full", "/connections/{connection:draft}/check", act=_checked),
    Place("check", "error", "/connections/{connection:reconnect}/check", "troubled"),
    Place("connections", "empty", "/connections", "nothing"),
    Place("connections", "full", "/connections"),
    Place("connections", "error", "/connections", "troubled"),
    Place("connection", "empty", "/connections/{connection:draft}"),
    Place("connection", "full", "/connections/{connection:full}"),
    Place("connection", "full", "/connections/{connection:running}", detail="running"),
    Place("connection", "full", "/connections/{connection:unconfirmed}", detail="whose"),
    Place("connection", "error", "/connections/{connection:asks}", "troubled", "needs-confirmation"),
    Place("connection", "error", "/connections/{connection:reconnect}", "troubled", "reconnect"),
    Place("connection", "error", "/connections/{connection:failed}", "troubled", "failed"),
    Place("remove", "full", "/connections/{connection:full}/remove"),
    Place("review", "empty", "/review", "nothing"),
    Place("review", "full", "/review?status=all"),
    Place("review", "full", "/review", detail="filters", act=_open_filters),
    Place("review", "error", "/review?need=resolution&q=nothing+is+called+so", detail="nothing-fits"),
    Place("review", "error", "/review?q=Changed+Meanwhile", detail="changed", act=_approve_some_that_changed),
    Place("selection", "full", "/review", act=_select_all),
    Place("selection", "error", "/review?need=approval", act=_reject_without_a_reason),
    Place("record", "full", "/records/{record:ready}", act=_open_notes),
    Place("record", "full", "/records/{record:conflict}", detail="conflict"),
    Place("record", "full", "/records/{record:undecided}", detail="undecided"),
    Place("record", "full", "/records/{record:reapproval}", detail="reapproval"),
    Place("record", "full", "/records/{record:published}", detail="published"),
    Place("record", "full", "/records/{record:back}", detail="back"),
    Place("record", "full", "/records/{record:gone}", detail="gone"),
    Place("record", "full", "/records/{record:unowned}", detail="unowned"),
    Place("record", "full", "/records/{record:hostile}", detail="hostile"),
    Place("record", "full", "/records/{record:long}", detail="long"),
    Place("record", "full", "/records/{record:unbroken}", detail="unbroken"),
    Place("record", "full", "/records/{record:right-to-left}", detail="right-to-left"),
    Place("record", "full", "/records/{record:ready}?edit=description", detail="edit"),
    Place("record", "full", "/records/{record:ready}?edit=requires", detail="edit-parts"),
    Place("record", "full", "/records/{record:ready}", detail="reject", act=_open_rejection),
    Place("record", "error", "/records/{record:spare}", detail="changed", act=_approve_what_changed),
    Place(
        "record", "error", "/records/{record:ready}?edit=subjectWebpage", detail="edit", act=_edit_that_cannot_be_read
    ),
    Place("record", "full", "/import", detail="asked", act=_asked_about_the_type),
    Place("record", "full", "/matches", detail="put-together", act=_put_together),
    Place("record", "full", "/matches", detail="inside-another", act=_inside_another),
    Place("publish", "empty", "/publish", "nothing"),
    Place("publish", "full", "/publish"),
    Place("publish", "error", "/publish", "troubled", act=_publish_unapproved),
    Place("published", "full", "/publish/1"),
    Place("published", "error", "/publish/{publishing:full}", detail="refused"),
    Place("published", "error", "/publish/{publishing:stopped}", "troubled", "stopped"),
    Place("rules", "empty", "/rules"),
    Place("rules", "full", "/rules", detail="preview", act=_rules_previewed),
    Place("rules", "full", "/rules", act=_rules_saved),
    Place("rules", "error", "/rules", act=_rules_misspelt),
    Place("record", "full", "/rules", detail="skipped", act=_skipped),
    Place("rule", "empty", "/rules/new"),
    Place("rule", "full", "/rules/new?badge={record:conflict}&type=Certification"),
    Place("rule", "error", "/rules/new", act=_rule_without_a_condition),
    Place("profiles", "empty", "/profiles", "nothing"),
    Place("profiles", "full", "/profiles"),
    Place("profile", "full", "/profiles", act=_first_profile),
    Place("profile", "error", "/profiles", act=_edit_of_a_profile),
    Place("new-profile", "error", "/profiles/new", act=_no_description),
    Place("language", "full", "/connections/{connection:full}/language?language=fr-CA"),
    Place("language", "error", "/connections/{connection:full}", act=_other_language),
    Place("owners", "full", "/connections/{connection:full}/owners"),
    Place("owners", "full", "/connections/{connection:unconfirmed}/owners", detail="held"),
    Place("owner", "full", "/connections/{connection:unconfirmed}/owners", act=_first_owner),
    Place("owner", "full", "/connections/{connection:full}/owners", detail="withdraw", act=_withdraw_first),
    Place("remap", "empty", "/remap"),
    Place("remap", "full", "/remap", "troubled"),
    Place("account", "full", "/account"),
    Place("account", "full", "/account", detail="new-token", act=_new_token),
    Place("account", "error", "/account", act=_token_without_a_name),
    Place("keys", "full", "/keys"),
    Place("statuses", "full", "/statuses"),
    Place("problem", "error", "/nowhere", status=404),
)
