"""Every page in every state: axe-core finds nothing, nothing hangs over at 320 px, the policy has nothing to refuse."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.browser import NARROW, POLICY, WIDE, Visit, visit
from tests.browser.places import PLACES, Place, windows
from tests.browser.seeded import Seeded, seeded

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE = "axe-core@4.14.1"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "options => axe.run(document, options).then(found => found.violations)"
ALL = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"
SECONDS_TO_INSTALL = 180


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, fetched by npm into a folder that is thrown away."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so there is no axe-core")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
    try:
        got = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_INSTALL, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not fetch axe-core in time")
    if got.returncode:
        pytest.skip(f"npm cannot fetch axe-core: {got.stderr.strip().splitlines()[-1:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """A desk on which all has happened."""
    with seeded(tmp_path_factory.mktemp("seeded")) as made:
        yield made


@pytest.fixture(scope="module")
def window_for(there: Seeded, browser: Browser) -> Iterator[Callable[[Place], Visit]]:
    """Gives the window in which a place is looked at."""
    with windows(browser, there) as window:
        yield window


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_is_accessible_in_light_in_dark_and_in_320_px(
    place: Place, there: Seeded, window_for: Callable[[Place], Visit], axe: str
) -> None:
    window = window_for(place)
    place.reach(window, there)
    window.page.evaluate(axe)

    found = look(window, WIDE, "light", ALL)
    found += look(window, WIDE, "dark", COLOURS)
    found += look(window, NARROW, "light", ALL)

    assert found == []
    assert window.wrong == []


def look(window: Visit, size: Any, scheme: Any, rules: dict[str, Any]) -> list[str]:
    """What is wrong with a page in one size and colour scheme, in lines."""
    window.page.emulate_media(color_scheme=scheme)
    window.page.set_viewport_size(size)
    over = window.page.evaluate(OVERFLOW)
    window.whole()
    broken = window.page.evaluate(RUN, rules)
    lines = [
        f"{scheme} {size['width']}: {each['id']}: {node['html'][:200]}" for each in broken for node in each["nodes"]
    ]
    return [*lines, *([f"{over} px hang over at {size['width']}"] if over > 0 else [])]


def test_what_is_wrong_with_a_page_would_be_seen(there: Seeded, browser: Browser, axe: str) -> None:
    with visit(browser, there.desk, there.desk.session(there.nothing)) as window:
        window.page.goto("/")
        window.page.evaluate(axe)
        window.page.evaluate(
            """() => {
              document.body.insertAdjacentHTML("beforeend", `<p id="planted" style="color: red">Planted</p>`);
              const planted = document.getElementById("planted");
              planted.style.cssText = "width: 700px; color: #ccc; background: #fff";
              document.querySelector("main").append(new Image());
              fetch("http://127.0.0.1:9/elsewhere").catch(() => 0);
            }"""
        )
        found = look(window, NARROW, "light", ALL)

    assert any("color-contrast" in line for line in found)
    assert any("image-alt" in line for line in found)
    assert any("hang over" in line for line in found)
    assert any(POLICY in line for line in window.wrong)


def test_every_place_has_a_picture_of_its_own() -> None:
    names = [place.name for place in PLACES]

    assert sorted(set(names)) == sorted(names)
