"""Pictures of every page in every state: `python -m tests.browser.screenshots [FOLDER] [NAME …]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.browser import NARROW, WIDE, Visit, chromium
from tests.browser.places import PLACES, windows
from tests.browser.seeded import seeded

LOOKS: tuple[tuple[str, Any, Any], ...] = (("light", WIDE, "light"), ("dark", WIDE, "dark"), ("320", NARROW, "light"))


def main(folder: Path, wanted: list[str]) -> int:
    """Write the pictures into a folder and say their names; only those whose name begins so, where any are named."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="desk-") as data, seeded(Path(data)) as there, chromium() as browser:
        if browser is None:
            print("chromium is not installed", file=sys.stderr)
            return 1
        with windows(browser, there) as window_for:
            for place in PLACES:
                if not wanted or place.name.startswith(tuple(wanted)):
                    window = window_for(place)
                    place.reach(window, there)
                    _pictures(window, folder / place.name)
                    print(f"{place.name}: {', '.join(look for look, *_ in LOOKS)}")
    print(f"In {folder}/")
    return 0


def _pictures(window: Visit, path: Path) -> None:
    for look, size, scheme in LOOKS:
        window.page.set_viewport_size(size)
        window.page.emulate_media(color_scheme=scheme)
        window.whole()
        window.page.screenshot(path=path.with_name(f"{path.name}-{look}.png"))


if __name__ == "__main__":
    raise SystemExit(main(Path(*sys.argv[1:2] or ["screenshots"]), sys.argv[2:]))
