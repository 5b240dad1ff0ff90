"""Badge images: fetched for the page, few at a time, and remembered, so that a slow platform holds nobody up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from connector.connections import pictures
from connector.connections.pictures import Picture, Remembered, picture
from connector.demo.loopback import PNG, Answer, LoopbackServer, Question
from connector.web import images

if TYPE_CHECKING:
    from tests.web.conftest import Web

TINY = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
HERE = frozenset({"127.0.0.1"})


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Nothing is known of any address or host."""
    pictures._pictures.clear()
    pictures._left_alone.clear()


@contextmanager
def hosting(answer: Callable[[Question], Answer]) -> Iterator[str]:
    """A host of images."""
    with closing(LoopbackServer(0, answer)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def have_images(desk: Web, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Have each badge of the desk an image of its own at a host."""
    numbers = iter(range(10_000))
    monkeypatch.setattr(images, "picture", lambda _, hosts: picture(f"{host}/{next(numbers)}.png", hosts))


def test_fifty_images_of_a_host_that_drips_do_not_hold_up_a_page(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    dripping = Answer(200, TINY, PNG, drip=(1, 0.5))
    record = pictured(desk)
    with hosting(lambda _: dripping) as host, ThreadPoolExecutor(50) as pool:
        have_images(desk, monkeypatch, host)
        asked = [pool.submit(desk.get, f"/images/{record}") for _ in range(50)]
        time.sleep(0.5)
        began = time.monotonic()
        page = desk.get("/keys")
        took = time.monotonic() - began
        at_once = list(wait(asked, timeout=0.5).done)
        answers = [each.result() for each in asked]

    assert page.status_code == 200
    assert took < 1
    assert len(at_once) == 50 - pictures.MOST_AT_ONCE
    assert {each.headers["content-type"] for each in answers} == {"image/svg+xml"}
    assert {each.result().headers["cache-control"] for each in at_once} == {"private, max-age=5"}


def test_an_image_is_fetched_once_for_all_who_look_at_it(desk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: Question) -> Answer:
        asked.append(question.path)
        return Answer(200, TINY, PNG)

    record = pictured(desk)
    with hosting(answer) as host:
        monkeypatch.setattr(images, "picture", lambda _, hosts: picture(f"{host}/one.png", hosts))
        first, second = (desk.get(f"/images/{record}") for _ in range(2))

    assert (first.content, second.content) == (TINY, TINY)
    assert first.headers["cache-control"] == "private, max-age=86400"
    assert asked == ["/one.png"]


def test_an_image_that_is_refused_is_not_asked_for_again_within_a_minute() -> None:
    asked: list[str] = []

    def answer(question: Question) -> Answer:
        asked.append(question.path)
        return Answer(404)

    with hosting(answer) as host:
        assert [picture(f"{host}/{name}.png", HERE) for name in "aab"] == [None, None, None]

    assert asked == ["/a.png", "/b.png"]


def test_a_host_that_failed_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: Question) -> Answer:
        asked.append(question.path)
        return Answer(503)

    with hosting(answer) as host:
        assert [picture(f"{host}/{name}.png", HERE) for name in "abc"] == [None, None, None]

    assert asked == ["/a.png"]


def test_what_is_remembered_has_a_limit_in_number_and_in_bytes() -> None:
    remembered = Remembered(3, 1000)

    for number in range(5):
        remembered.put(f"{number}", Picture(b"x" * 100, "image/png"), 60)
    assert [remembered.get(f"{number}") is not None for number in range(5)] == [False, False, True, True, True]

    remembered.put("large", Picture(b"x" * 850, "image/png"), 60)
    assert [remembered.get(name) is not None for name in ("3", "4", "large")] == [False, True, True]

    remembered.put("too large", Picture(b"x" * 1001, "image/png"), 60)
    assert len(remembered) == 0


def test_what_was_looked_at_lately_is_remembered_longest() -> None:
    remembered = Remembered(2, 1000)
    for name in ("a", "b"):
        remembered.put(name, None, 60)

    assert remembered.get("a") is not None
    remembered.put("c", None, 60)

    assert [remembered.get(name) is not None for name in "abc"] == [True, False, True]


def test_what_is_remembered_is_told_for_a_while_only() -> None:
    remembered = Remembered(2, 1000)
    remembered.put("a", None, 0.05)

    time.sleep(0.1)

    assert remembered.get("a") is None


def test_hosts_that_failed_are_remembered_up_to_a_number() -> None:
    for number in range(2 * pictures.MOST_REMEMBERED):
        pictures._left_alone.put(f"{number}.example", None, 60)

    assert len(pictures._left_alone) == pictures.MOST_REMEMBERED


def pictured(desk: Web) -> str:
    """A record whose badge has an image."""
    return next(each.sourced.row.id for each in desk.records if each.sourced.content.properties.get("image"))
