"""How Canvas Credentials lists: cursors wherever they stand, several issuers, what changed, and its ambiguous 404."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.canvas.adapter import Canvas
from adapters.contract import (
    Answer,
    Cursor,
    Page,
    PasswordCredentials,
    PlatformRefused,
    PlatformUnavailable,
    Request,
    Watermark,
)
from connector.connections.platform import checked
from connector.demo.canvas_catalogue import practice_account
from connector.demo.practice_canvas import PracticeCanvas
from connector.http import PlatformHttp, platform_http, token_endpoint
from mappings.open_badges.model import Issuer

Json = dict[str, Any]

ONE = Issuer(id="one")
NOT_FOUND = PlatformRefused("no", code="not_found", action="none")


@dataclass
class Signed:
    """`connector.http.Tokens` that are never renewed."""

    access: str

    def current(self) -> str:
        return self.access

    def renewed(self, refused: str, ask: object) -> str:
        raise AssertionError("refused")

    def hidden(self) -> frozenset[str]:
        return frozenset({self.access})


@pytest.fixture
def server() -> Iterator[PracticeCanvas]:
    with PracticeCanvas(*practice_account(23, 11, 0)) as running:
        yield running


def canvas(server: PracticeCanvas, **settings: Any) -> Canvas:
    """The adapter, set to the practice server."""
    usual = {"api_url": server.url, "ui_url": server.url, "per_page": 10, "requests_per_minute": 6000}
    return Canvas(**{**usual, **settings})


@contextmanager
def opened(server: PracticeCanvas, adapter: Canvas, **minted: Any) -> Iterator[PlatformHttp]:
    """The way to the practice server, signed in."""
    sign_in, tokens = adapter.sign_in(frozenset()), Signed(server.mint(**minted)["access_token"])
    hosts = frozenset({server.url.removeprefix("http://")})
    with platform_http(
        adapter.base_url(), sign_in, {}, tokens=tokens, allowed_private_hosts=hosts, requests_per_minute=6000
    ) as http:
        yield http


def ids(pages: Iterable[Page]) -> list[str]:
    """The ids of the badge classes on some pages."""
    return [Canvas.for_reading().badge_id(raw) for page in pages for raw, _ in page.items]


def stored(badges: Iterable[Json]) -> list[str]:
    """The ids of badge classes as the practice server stores them."""
    return [each["entityId"] for each in badges]


def test_each_issuer_is_listed_with_nothing_but_number_and_cursor(server: PracticeCanvas) -> None:
    adapter = canvas(server)
    with opened(server, adapter) as http:
        issuers = adapter.issuers(http)
        for issuer in issuers:
            pages = list(adapter.badges(http, issuer, None, None))

            assert ids(pages) == stored(server.listed(issuer.id))
            assert pages[-1].next is None
            assert {each for page in pages for _, each in page.items} <= {issuer}

    assert len(issuers) == 3
    assert server.ignored_parameters == []


def test_issuers_come_with_name_and_page_and_without_staff(server: PracticeCanvas) -> None:
    adapter = canvas(server)
    with opened(server, adapter) as http:
        found = adapter.issuers(http)

    assert found == [Issuer(id=each["entityId"], name=each["name"], url=each["url"]) for each in server.issuers]
    assert [seen.query for seen in server.requests] == ["include_staff=false"]
    assert "DoNotStore" not in repr(found)


def test_without_an_issuer_all_that_are_chosen_are_listed_each_badge_with_its_own(server: PracticeCanvas) -> None:
    first, second, _ = stored(server.issuers)
    for chosen in ([], [first], [first, second]):
        adapter = canvas(server, issuer_ids=chosen)
        with opened(server, adapter) as http:
            pages = list(adapter.badges(http, None, None, None))

        wanted = [each for each in server.listed() if not chosen or each["issuer"] in chosen]
        listed = [(Canvas.for_reading().badge_id(raw), issuer.id) for page in pages for raw, issuer in page.items]
        assert listed == [(each["entityId"], each["issuer"]) for each in wanted]


def test_archived_badge_classes_are_listed_only_where_they_are_let_in(server: PracticeCanvas) -> None:
    issuer = Issuer(id=stored(server.issuers)[0])
    server.archive(stored(server.listed(issuer.id))[3])
    read = {}
    for included in (False, True):
        adapter = canvas(server, include_archived=included)
        with opened(server, adapter) as http:
            read[included] = ids(adapter.badges(http, issuer, None, None))

    assert read[False] == stored(server.listed(issuer.id))
    assert read[True] == stored(server.listed(issuer.id, archived=True))
    assert len(read[True]) == 23


@pytest.mark.parametrize("how", [{"hosted": False}, {"paginates_in_body": True}, {"labels_as_html": True}])
def test_every_kind_of_server_is_read_whole(how: Json) -> None:
    with PracticeCanvas(*practice_account(23), **how) as server:
        adapter = canvas(server)
        with opened(server, adapter) as http:
            [issuer] = adapter.issuers(http)
            pages = list(adapter.badges(http, issuer, None, None))

    assert [len(page.items) for page in pages] == [10, 10, 2]
    assert ids(pages) == stored(server.listed())
    assert server.ignored_parameters == []


def test_what_changed_arrives_for_the_issuer_alone_and_again_from_the_platforms_own_time(
    server: PracticeCanvas,
) -> None:
    adapter = canvas(server)
    mine, others = (Issuer(id=each) for each in stored(server.issuers)[:2])
    with opened(server, adapter) as http:
        whole = list(adapter.badges(http, mine, None, None))
        changed = server.change(stored(server.listed(mine.id))[5])["entityId"]
        server.change(stored(server.listed(others.id))[0])
        [page] = adapter.badges(http, mine, whole[0].watermark, None)
        again = list(adapter.badges(http, mine, page.watermark, None))
        later = server.change(stored(server.listed(mine.id))[2])["entityId"]
        since = list(adapter.badges(http, mine, page.watermark, None))

    assert [each.watermark is None for each in whole] == [False, True, True]
    assert ids([page]) == [changed]
    assert page.watermark is not None
    assert datetime.fromisoformat(page.watermark).tzinfo is not None
    assert ids(again) == []
    assert ids(since) == [later]
    assert again[-1].next is since[-1].next is None


def test_many_changes_come_over_several_pages() -> None:
    with PracticeCanvas(*practice_account(150)) as server:
        adapter = canvas(server)
        with opened(server, adapter) as http:
            pages = list(adapter.badges(http, None, Watermark("2001-01-01T00:00:00Z"), None))

    assert [len(page.items) for page in pages] == [100, len(server.listed()) - 100]
    assert sorted(ids(pages)) == sorted(stored(server.listed()))
    assert server.ignored_parameters == []


def test_the_account_that_is_signed_in_is_told_by_its_id(server: PracticeCanvas) -> None:
    adapter = canvas(server)
    told = []
    for user in (server.registrar, server.deputy):
        with opened(server, adapter, user=user) as http:
            told.append(adapter.signed_in_as(http))

    assert told == [server.registrar.entity_id, server.deputy.entity_id]


def test_without_the_permission_to_see_the_profile_who_is_signed_in_is_refused(server: PracticeCanvas) -> None:
    adapter = canvas(server)
    with opened(server, adapter, scope="rw:issuer") as http, pytest.raises(PlatformRefused):
        adapter.signed_in_as(http)


def test_a_password_signs_in_on_a_server_of_ones_own(server: PracticeCanvas) -> None:
    adapter = canvas(server, username=server.registrar.email)
    sign_in, hosts = adapter.sign_in(frozenset()), frozenset({server.url.removeprefix("http://")})
    assert isinstance(sign_in, PasswordCredentials)
    with token_endpoint(sign_in.token_endpoint, None, allowed_private_hosts=hosts) as endpoint:
        form = {"grant_type": "password", "username": sign_in.username, "password": server.registrar.password}
        granted = endpoint.ask(form)
    with platform_http(
        adapter.base_url(), sign_in, {}, tokens=Signed(granted.access_token), allowed_private_hosts=hosts
    ) as http:
        assert len(adapter.issuers(http)) == 3


def looked_at(server: PracticeCanvas, adapter: Canvas, **minted: Any) -> tuple[list[tuple[str, bool]], str]:
    """The checks by name, and the sentence of the last one."""
    with opened(server, adapter, **minted) as http:
        shown = [check for check, _ in checked(adapter, http)]
    return [(check.name, check.ok) for check in shown], shown[-1].message


def test_the_checks_say_who_was_found_and_how_much(server: PracticeCanvas) -> None:
    first, second, empty = server.issuers
    adapter = canvas(server, issuer_ids=[first["entityId"], second["entityId"]])

    passed, said = looked_at(server, adapter)
    assert len(passed) == 5
    assert said == f"{first['name']} has 10 and more badge classes."
    _, said = looked_at(server, canvas(server, issuer_ids=empty["entityId"]))
    assert said == f"{empty['name']} has 0 badge classes."


def test_a_missing_scope_and_a_wrong_address_look_alike_and_both_are_said(server: PracticeCanvas) -> None:
    without_scope = looked_at(server, canvas(server), scope="r:profile")
    elsewhere = looked_at(server, canvas(server, api_url=f"{server.url}/elsewhere"))

    for passed, said in (without_scope, elsewhere):
        assert passed == [("reach", True), ("permission", False)]
        assert "this sign-in may not read them, or the API does not start at this address" in said
        assert "Sign in again and allow the access" in said


def test_an_issuer_of_others_and_one_that_is_not_there_look_alike_and_both_are_said(server: PracticeCanvas) -> None:
    mine, theirs, _ = stored(server.issuers)
    server.registrar.issuers = {mine}
    for unknown in (theirs, "nobody-knows-it"):
        passed, said = looked_at(server, canvas(server, issuer_ids=unknown))

        assert passed[-1] == ("issuers", False)
        assert f"shows no issuer {unknown} to this sign-in: there is none, or the account is not on its staff" in said
        assert f"It sees {server.issuers[0]['name']} ({mine})." in said


def test_an_account_without_issuers_is_told_so(server: PracticeCanvas) -> None:
    server.registrar.issuers = set()

    passed, said = looked_at(server, canvas(server))

    assert passed[-1] == ("issuers", False)
    assert "shows no issuer at all to this sign-in." in said


def test_a_listing_says_of_a_404_what_it_can_mean(server: PracticeCanvas) -> None:
    adapter = canvas(server)
    with opened(server, adapter) as http:
        issuer = adapter.issuers(http)[0]
        for listing, code in (
            (adapter.badges(http, Issuer(id="nobody-knows-it"), None, None), "not_found"),
            (adapter.badges(http, issuer, None, Cursor("no-cursor-of-theirs")), "permission_missing"),
        ):
            with pytest.raises(PlatformRefused) as refused:
                next(listing)
            assert refused.value.code == code
    with opened(server, adapter, scope="r:profile") as http, pytest.raises(PlatformRefused) as refused:
        next(adapter.badges(http, issuer, None, None))
    assert refused.value.code == "permission_missing"


class Scripted:
    """An `Http` that answers each request by a function and notes what was asked."""

    def __init__(self, answer: Callable[[Request], Answer | PlatformRefused | PlatformUnavailable]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def get(self, request: Request) -> Answer:
        [answer] = self.each([request], 1)
        assert isinstance(answer, Answer)
        return answer

    def in_order(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer]:
        return (self.get(request) for request in requests)

    def each(self, requests: Iterable[Request], ahead: int) -> Iterator[Answer | PlatformRefused | PlatformUnavailable]:
        for request in requests:
            self.requests.append(request)
            yield self.answer(request)


def body(*names: str, **members: Any) -> bytes:
    """A page with badge classes of these ids."""
    items = [{"entityType": "BadgeClass", "entityId": name, "issuer": "one", "name": name} for name in names]
    return json.dumps({"result": items, **members}).encode()


def in_turn(*answers: Answer | PlatformRefused | PlatformUnavailable) -> Scripted:
    """An `Http` that gives these answers one after the other."""
    waiting = iter(answers)
    return Scripted(lambda request: next(waiting))


@pytest.mark.parametrize(
    "link",
    [
        '<https://api.example/v2/x?cursor=a%2Bb%3D%3D&num=100>; rel="next"',
        "<http://internal:8000/v2/x?num=100&cursor=a%2Bb%3D%3D#top>;rel=next",
        '<?cursor=a%2Bb%3D%3D>; REL = "NEXT"',
        '</v2/x?cursor=wrong>; rel="prev", </v2/x?cursor=a%2Bb%3D%3D>; rel="next"',
        '</v2/x?cursor=a%2Bb%3D%3D>; rel="last next", </v2/x?cursor=wrong>; rel="prev"',
        '</v2/x?cursor=no>; rel="prev"; title="a, b; rel=next; \\" <", </v2/x?cursor=a%2Bb%3D%3D>; title=x; rel=next',
        '</v2/x?a=1,2&cursor=a%2Bb%3D%3D>; rel="next"',
    ],
)
def test_the_cursor_of_a_next_link_is_sent_with_our_own_parameters_to_our_own_server(link: str) -> None:
    http = in_turn(Answer(200, body("a"), {"link": link}), Answer(200, body("b"), {}))

    pages = list(Canvas().badges(http, ONE, None, None))

    assert [page.next for page in pages] == ["a+b==", None]
    assert http.requests == [
        Request("v2/issuers/one/badgeclasses", {"num": 100}),
        Request("v2/issuers/one/badgeclasses", {"num": 100, "cursor": "a+b=="}),
    ]


@pytest.mark.parametrize(
    "link", ["", "</v2/x?cursor=a>; rel=prev", "</v2/x?cursor=a>", '</v2/x?cursor=a>; title="next"']
)
def test_without_a_next_link_a_listing_ends(link: str) -> None:
    [page] = Canvas().badges(in_turn(Answer(200, body("a"), {"link": link})), ONE, None, None)

    assert page.next is None


def test_the_body_tells_where_a_listing_goes_on_before_the_header_does() -> None:
    pagination = {"hasNext": True, "nextResults": "https://elsewhere.example/v2/x?cursor=right"}
    first = Answer(200, body("a", pagination=pagination), {"link": '</v2/x?cursor=wrong>; rel="next"'})
    for rest in (None, {"hasNext": False, "nextResults": None}):
        pages = list(Canvas().badges(in_turn(first, Answer(200, body("b", pagination=rest), {})), ONE, None, None))

        assert [page.next for page in pages] == ["right", None]


def test_issuers_are_read_over_all_pages_where_there_are_some() -> None:
    pagination = {"nextResults": "https://api.badgr.io/v2/issuers?cursor=c"}
    http = in_turn(Answer(200, body("a", pagination=pagination), {}), Answer(200, body("b", "a"), {}))

    assert [each.id for each in Canvas().issuers(http)] == ["a", "b"]
    assert http.requests[1] == Request("v2/issuers", {"include_staff": "false", "cursor": "c"})


def test_a_next_link_without_a_cursor_is_no_end() -> None:
    http = in_turn(Answer(200, body("a"), {"link": '</v2/x?page=2>; rel="next"'}))

    with pytest.raises(PlatformUnavailable, match="goes on, but not where"):
        list(Canvas().badges(http, ONE, None, None))


def test_a_badge_class_that_comes_twice_is_passed_on_once_and_one_without_an_id_each_time() -> None:
    nameless = b'{"result": [{"entityId": "a"}, {"entityId": null}, {"entityId": "b"}]}'
    http = in_turn(Answer(200, body("a", "b", "a"), {"link": "<?cursor=c>; rel=next"}), Answer(200, nameless, {}))

    first, second = Canvas().badges(http, ONE, None, None)

    assert ids([first]) == ["a", "b"]
    assert [raw for raw, _ in second.items] == [b'{"entityId": null}']


def test_an_item_that_cannot_be_read_costs_the_others_nothing() -> None:
    spoiled = b'{"entityId": "odd", "issuer": "\xff", "name": NaN}'
    page = b'{"result": [%b, 7, %b], "timestamp": 7}' % (spoiled, b'{"entityId": "fine", "issuer": "one"}')

    for since in (None, Watermark("2026-01-01T00:00:00Z")):
        [read] = Canvas().badges(in_turn(Answer(200, page, {})), ONE, since, None)

        assert read.items[0][0] == spoiled
        assert len(read.items) == 3
        assert read.watermark is None


def test_a_page_that_is_empty_although_a_link_led_to_it_ends_nothing() -> None:
    first = Answer(200, body("a"), {"link": "<?cursor=c>; rel=next"})

    pages = list(Canvas().badges(in_turn(first, Answer(200, body(), {})), ONE, None, None))

    assert [page.next for page in pages] == ["c"]


def test_an_answer_that_calls_itself_a_failure_is_no_empty_listing() -> None:
    failed = Answer(200, body(status={"success": False, "description": "maintenance"}), {})

    with pytest.raises(PlatformUnavailable, match="not a success"):
        list(Canvas().badges(in_turn(failed), ONE, None, None))


def test_a_server_that_does_not_know_what_changed_is_asked_for_everything() -> None:
    pages = [Answer(200, body("a"), {"link": "<?cursor=c>; rel=next"}), Answer(200, body("b"), {})]
    http = in_turn(NOT_FOUND, *pages)

    read = list(Canvas(include_archived=True).badges(http, ONE, Watermark("2026-01-01T00:00:00Z"), None))

    assert ids(read) == ["a", "b"]
    assert [request.path for request in http.requests] == [
        "v2/badgeclasses/changed",
        "v2/issuers/one/badgeclasses",
        "v2/issuers/one/badgeclasses",
    ]
    assert {request.params["include_archived"] for request in http.requests} == {"true"}


def test_a_platform_that_fails_is_passed_on_as_it_failed() -> None:
    failed = PlatformUnavailable("busy", retry_after=7)
    for since in (None, Watermark("2026-01-01T00:00:00Z")):
        with pytest.raises(PlatformUnavailable) as raised:
            list(Canvas().badges(in_turn(failed), ONE, since, None))

        assert raised.value is failed


@pytest.mark.parametrize(
    ("members", "headers", "watermark"),
    [
        ({"timestamp": "2026-11-23T16:29:26.160844+00:00"}, {}, "2026-11-23T16:29:26.160844+00:00"),
        ({"timestamp": "2026-11-23T16:29:26Z"}, {"date": "Sun, 15 Mar 2026 10:00:00 GMT"}, "2026-11-23T16:29:26Z"),
        ({}, {"date": "Sun, 15 Mar 2026 10:00:00 GMT"}, "2026-03-15T10:00:00Z"),
        ({"timestamp": "yesterday"}, {}, None),
        ({"timestamp": "2026-11-23T16:29:26"}, {"date": "soon"}, None),
    ],
)
def test_the_watermark_is_a_time_that_the_platform_told(members: Json, headers: Any, watermark: str | None) -> None:
    for since in (None, Watermark("2026-01-01T00:00:00Z")):
        [page] = Canvas().badges(in_turn(Answer(200, body("a", **members), headers)), ONE, since, None)

        assert page.watermark == watermark


def test_a_whole_listing_that_is_resumed_no_longer_tells_when_it_began() -> None:
    timestamp = datetime(2026, 3, 15, tzinfo=UTC).isoformat()
    [page] = Canvas().badges(in_turn(Answer(200, body("a", timestamp=timestamp), {})), ONE, None, Cursor("c"))

    assert page.watermark is None
