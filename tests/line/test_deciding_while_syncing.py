"""Rules that are saved while a sync runs hold for what it still brings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.line.conftest import COLLEGE, PATIENCE

if TYPE_CHECKING:
    from tests.line.conftest import Line

RULES = '[[rule]]\nname = "Renewed"\nwhen.name = "*"\nthen.set.renewalFrequency = "P3Y"\n'


def test_what_arrives_after_rules_were_saved_is_mapped_by_them(connected: Line) -> None:
    connected.environment["CONNECTOR_SYNC_BATCH"] = "20"
    file = connected.folder / "rules.toml"
    file.write_text(RULES, "utf-8")
    connected.server.hold(2)
    running = connected.start("sync", "main")
    until = time.monotonic() + PATIENCE
    while not connected.rows("SELECT 1 FROM record"):
        assert time.monotonic() < until
        time.sleep(0.02)

    connected.done("rules", "save", COLLEGE, str(file))
    connected.server.release()
    out, err = running.communicate(timeout=PATIENCE)

    assert running.returncode == 0, f"{out}\n{err}"
    assert len(connected.rows("SELECT DISTINCT mapped_with FROM record")) == 1
    assert connected.done("remap", COLLEGE, "--dry-run")["changed"] == 0
