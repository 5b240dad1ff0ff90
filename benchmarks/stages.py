"""Where the time of an import goes, stage by stage: `python -m benchmarks.stages [BADGES]`.

A practice platform in a process of its own serves the badges over HTTP. The unit is the floor: fetch, slice and insert
the raw items, and nothing else. Stages are timed as the product does them, one after the other over all badges.
"""

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import httpx
import msgspec

from benchmarks.payloads import TEMPLATE
from connector.connections import accounts
from connector.connections.platform import connected
from connector.credentials import arrivals, intake, state
from connector.credentials.arrivals import Arrival, Source
from connector.credentials.mapping import badge_hash, mapped
from connector.demo.catalogue import cedar_harbor_college
from connector.demo.practice_credly import PracticeCredly
from connector.settings import Settings
from connector.storage import Database
from connector.sync.listing import Listing
from connector.sync.perform import source_of

BADGES, ROUNDS, BATCH, AT_ONCE = 2_000, 3, 2_000, 8
TOKEN = "practice-token"
BUDGET = {"fetch": 0.6, "slice and hash": 0.2, "read": 0.8, "map, findings, hash": 0.8, "write": 1.1}
"""Floors each stage may take (design: 3.5 together)."""
SECRET_KEY = "a key for nothing but this measurement"


class Platform(NamedTuple):
    """Where the practice platform listens, and its organization."""

    url: str
    organization: str


class _Envelope(msgspec.Struct):
    data: list[msgspec.Raw]


def _serve(badges: int, pipe: Pipe) -> None:
    organization, _ = cedar_harbor_college()
    templates = [
        dict(TEMPLATE) | {"id": str(uuid5(NAMESPACE_URL, str(n))), "name": f"Weld Inspection {n}"}
        for n in range(badges)
    ]
    with PracticeCredly(organization, templates, token=TOKEN) as platform:
        pipe.send(Platform(platform.url, platform.organization_id))
        pipe.recv()


@contextmanager
def serving(badges: int) -> Iterator[Platform]:
    """The practice platform in a process of its own, for the block."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(badges, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join(10)


def pages_of(platform: Platform) -> list[bytes]:
    """The bodies of all pages, eight requests at once."""
    address = f"{platform.url}/v1/organizations/{platform.organization}/badge_templates"
    secret = b64encode(f"{TOKEN}:".encode()).decode()
    with (
        httpx.Client(headers={"Authorization": f"Basic {secret}"}) as client,
        ThreadPoolExecutor(AT_ONCE) as at_once,
    ):
        first = client.get(address).raise_for_status().content
        total = json.loads(first)["metadata"]["total_pages"]
        rest = at_once.map(lambda page: client.get(address, params={"page": page}).content, range(2, total + 1))
        return [first, *rest]


def items_of(body: bytes) -> list[bytes]:
    """The raw items of a page."""
    return [bytes(item) for item in msgspec.json.decode(body, type=_Envelope).data]


def insert_raw(bodies: list[bytes], at: Path) -> int:
    """Slices the pages and inserts each raw item, in one transaction; how many there were."""
    rows = [(None, item) for body in bodies for item in items_of(body)]
    with sqlite3.connect(at, isolation_level=None) as database:
        for pragma in ("page_size = 16384", "journal_mode = WAL", "synchronous = NORMAL"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, raw BLOB)")
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO item VALUES (?, ?)", rows)
        database.execute("COMMIT")
    database.close()
    return len(rows)


def connect(platform: Platform, folder: Path) -> Settings:
    """A database with one organization and its connection to the platform, made as a person makes them."""
    settings = {
        "CONNECTOR_DATABASE_URL": f"sqlite:///{folder / 'connector.db'}",
        "CONNECTOR_SECRET_KEY": SECRET_KEY,
        "CONNECTOR_ALLOWED_PRIVATE_HOSTS": platform.url.partition("//")[2],
    }
    os.environ |= settings | {"PRACTICE_TOKEN": TOKEN}
    _command("init")
    ctid = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
    words = "Trains welders, riggers and inspectors for the harbor."
    website = "https://harbortrades.example/"
    _command("organizations", "add", "Harbor Trades", "--ctid", ctid, "--website", website, "--description", words)
    fields = {"organization_id": platform.organization, "api_url": f"{platform.url}/v1/"}
    chosen = [part for name, value in fields.items() for part in ("--set", f"{name}={value}")]
    token = ["--secret", "authorization_token=env:PRACTICE_TOKEN"]
    _command("connect", "credly", "--organization", ctid, "--name", "practice", *chosen, *token, "--no-check")
    return Settings()


def _command(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "connector", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def stages(settings: Settings, bodies: list[bytes]) -> dict[str, float]:
    """The seconds of each stage of one whole import into a fresh database."""
    database = Database(settings.database_url)
    with database.reading() as connection:
        account = accounts.by_id(connection, 1)
        source = source_of(connection, account)
    with connected(database, settings, account) as http:
        listing, pages = timed(lambda: list(Listing(source.adapter, http).pages(None)))
    slicing, _ = timed(lambda: [items_of(body) for body in bodies])
    hashing, arrived = timed(lambda: arrivals.read(source.adapter, pages))
    reading, _ = timed(lambda: [badge_hash(_badge(source, each)) for each in arrived])
    badges = [_badge(source, each) for each in arrived]
    owner = source.organization
    mapping, found = timed(lambda: [mapped(source.adapter, badge, owner, source.decided) for badge in badges])
    ready = [replace(each, badge_hash="", mapped=one) for each, one in zip(arrived, found, strict=True)]
    with watched(state, "content") as settling:
        writing, _ = timed(lambda: _written(database, source, ready))
    database.close()
    return {
        "fetch": listing - slicing,
        "slice and hash": slicing + hashing,
        "read": reading,
        # Findings and hash are made while a batch is taken in: they count where they belong.
        "map, findings, hash": mapping + sum(settling),
        "write": writing - sum(settling),
    }


def _badge(source: Source, arrival: Arrival) -> Any:
    return source.adapter.badge_class(arrival.definition, arrival.issuer)


def _written(database: Database, source: Source, ready: list[Arrival]) -> None:
    for start in range(0, len(ready), BATCH):
        with database.transaction() as connection:
            intake.take_in(connection, source, ready[start : start + BATCH], position=start, by="benchmark")


@contextmanager
def watched(module: Any, name: str) -> Iterator[list[float]]:
    """The seconds of each call of a module's function inside the block."""
    function, taken = getattr(module, name), list[float]()

    def run(*args: Any, **more: Any) -> Any:
        start = perf_counter()
        given = function(*args, **more)
        taken.append(perf_counter() - start)
        return given

    setattr(module, name, run)
    try:
        yield taken
    finally:
        setattr(module, name, function)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that something takes, and what it gives."""
    start = perf_counter()
    given = work()
    return perf_counter() - start, given


def measured(badges: int) -> tuple[list[float], list[dict[str, float]], int]:
    """Floor and stages, round by round in turn, and how many badges there were."""
    floors, rounds, number = [], [], 0
    with TemporaryDirectory() as name, serving(badges) as platform:
        folder = Path(name)
        settings = connect(platform, folder)
        fresh = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        for _ in range(ROUNDS):
            fetching, bodies = timed(lambda: pages_of(platform))
            inserting, number = timed(partial(insert_raw, bodies, folder / "raw.db"))
            floors.append(fetching + inserting)
            rounds.append(stages(settings, bodies))
            for path in list(folder.iterdir()):
                path.unlink()
            for file, held in fresh.items():
                (folder / file).write_bytes(held)
    return floors, rounds, number


def main(badges: int) -> None:
    """Print each stage in floors and in microseconds a badge, beside its budget."""
    floors, rounds, number = measured(badges)
    floor = median(floors)
    print(f"{number} badges; the floor takes {floor:.2f} s, {floor / number * 1e6:.0f} µs a badge")
    print(f"{'stage':<20} {'floors':>7} {'budget':>7} {'µs a badge':>11}")
    taken = {stage: median(each[stage] for each in rounds) for stage in BUDGET}
    for stage, seconds in [*taken.items(), ("together", sum(taken.values()))]:
        allowed = BUDGET.get(stage, sum(BUDGET.values()))
        over = "" if seconds / floor <= allowed else "  above its budget"
        print(f"{stage:<20} {seconds / floor:>7.2f} {allowed:>7.1f} {seconds / number * 1e6:>11.1f}{over}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BADGES)
