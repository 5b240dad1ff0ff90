"""Reading pages ahead: order, limit, laziness and giving up."""

import threading
import time

import pytest

from adapters.contract import PlatformUnavailable, Request


@pytest.fixture
def slow_pages(platform):
    """Pages whose answers overtake each other; tells how many were under way at once, at most."""
    state = {"now": 0, "most": 0}
    lock = threading.Lock()

    def page(number):
        def reply(request):
            with lock:
                state["now"] += 1
                state["most"] = max(state["most"], state["now"])
            time.sleep(0.05 if number % 2 == 0 else 0.01)
            with lock:
                state["now"] -= 1
            body = str(number).encode()
            request.send_response(200)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        return reply

    for number in range(40):
        platform.routes[f"/{number}"] = page(number)
    return state


def pages(count, taken=None):
    """Requests that note how far they were asked for."""
    for number in range(count):
        if taken is not None:
            taken.append(number)
        yield Request(str(number))


@pytest.mark.parametrize("ahead", [1, 2, 5, 16])
def test_answers_come_in_order_with_no_more_under_way_than_allowed(connect, slow_pages, ahead):
    answers = connect().in_order(pages(12), ahead)
    assert [int(answer.body) for answer in answers] == list(range(12))
    assert slow_pages["most"] <= ahead
    assert (slow_pages["most"] > 1) is (ahead > 1)


def test_one_at_a_time_sends_only_what_is_asked_for(platform, connect, slow_pages):
    taken = []
    answers = connect().in_order(pages(10, taken), ahead=1)
    assert (taken, platform.seen) == ([], [])
    next(answers)
    time.sleep(0.05)
    assert (taken, platform.paths()) == ([0], ["/0"])
    next(answers)
    assert (taken, platform.paths()) == ([0, 1], ["/0", "/1"])
    assert threading.active_count() < 20


def test_requests_are_taken_only_as_they_can_be_sent(connect, slow_pages):
    taken = []
    answers = connect().in_order(pages(40, taken), ahead=4)
    assert taken == []
    for read in range(1, 6):
        next(answers)
        assert len(taken) <= read + 3
    answers.close()


def test_closing_sends_nothing_more_and_does_not_wait(platform, connect, answering):
    released = threading.Event()
    platform.routes |= {f"/{number}": lambda request: released.wait(5) for number in range(1, 40)}
    platform.routes["/0"] = answering()
    http = connect()
    answers = http.in_order(pages(40), ahead=4)
    next(answers)
    started = time.monotonic()
    answers.close()
    assert time.monotonic() - started < 2
    time.sleep(0.05)
    sent = http.requests_sent
    time.sleep(0.4)
    assert http.requests_sent == sent <= 4
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("platform-http")]
    released.set()


def test_closing_ends_the_repeated_tries_too(platform, connect, answering, monkeypatch):
    monkeypatch.setattr("connector.http.client.FIRST_WAIT_SECONDS", 0.2)
    platform.routes |= {f"/{number}": answering(500) for number in range(1, 4)}
    platform.routes["/0"] = answering()
    http = connect()
    answers = http.in_order(pages(4), ahead=4)
    next(answers)
    while http.requests_sent < 4:
        time.sleep(0.005)
    answers.close()
    sent = http.requests_sent
    time.sleep(0.5)
    assert http.requests_sent == sent


def test_an_exception_comes_in_its_turn(platform, connect, answering, instant_retries):
    for number in range(5):
        platform.routes[f"/{number}"] = answering(body=str(number))
    platform.routes["/2"] = answering(500)
    answers = connect().in_order(pages(5), ahead=3)
    assert [next(answers).body, next(answers).body] == [b"0", b"1"]
    with pytest.raises(PlatformUnavailable):
        next(answers)
    assert list(answers) == []


@pytest.mark.parametrize("ahead", [0, -1, 17])
def test_a_senseless_number_is_refused_at_once(connect, ahead):
    with pytest.raises(ValueError, match="16"):
        connect().in_order([], ahead)


def test_no_requests_give_no_answers(connect):
    assert list(connect().in_order([], 4)) == list(connect().in_order([], 1)) == []
