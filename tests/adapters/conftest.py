"""The contract suite's harnesses: a practice server, and the settings and secrets that reach it in one way.

A new platform, or another way into one, enters the suite with one more class here; `harnesses` has to name every
adapter that is installed. A package of its own announces its harness by entry point: see docs/adding-a-platform.md.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points
from itertools import cycle, islice
from typing import Any, ClassVar

import pytest
import stamina

import adapters
from adapters.contract import (
    Adapter,
    AuthorizationExpired,
    Cursor,
    Page,
    PlatformRefused,
    PlatformUnavailable,
    Watermark,
)
from connector.connections.platform import reached
from connector.demo import hosted_badges, practice_faults, verifiable_badges
from connector.demo.canvas_catalogue import practice_account
from connector.demo.catalogue import cedar_harbor_college, lantern_street_makerspace
from connector.demo.loopback import Answer, Question, json_answer
from connector.demo.practice_canvas import PracticeCanvas
from connector.demo.practice_credly import PracticeCredly
from connector.demo.practice_faults import Dialect, Struck
from connector.demo.practice_open_badges import PracticeOpenBadges
from connector.demo.practice_platform import PracticePlatform, Target
from connector.demo.practice_public_page import in_public
from connector.http import PlatformHttp, Tokens
from connector.problem import Problem, of_platform
from connector.settings import Settings
from mappings.open_badges.model import Issuer

Json = dict[str, Any]

HARNESS_POINTS = "badge_connector.harnesses"
ISSUER = "https://badges.example"
MANY = 500
MOST_PAGES = 60
MOST_REQUESTS = 200
CODES = {
    "reconnect_needed",
    "platform_unavailable",
    "platform_timeout",
    "rate_limited",
    "unreadable_answer",
    "answer_unreadable",
    "answer_too_large",
    "permission_missing",
    "not_found",
    "request_refused",
    "other_address",
    "redirected",
    "tls_failed",
}


@dataclass
class Listing:
    """What a reading of a listing brought: its pages, and the problem it ended in, if it did."""

    pages: list[Page] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    problem: Problem | None = None

    @property
    def ended(self) -> bool:
        """Whether the listing says that it was read whole."""
        return bool(self.pages) and self.pages[-1].next is None

    @property
    def seems_whole(self) -> bool:
        """Whether the connector would take it for whole, and judge by it what is gone."""
        total = max((page.total for page in self.pages if page.total is not None), default=0)
        return self.ended and len(set(self.ids)) >= total


class Harness(ABC):
    """One platform with its practice server running, reached in one way, seen by the suite."""

    way: ClassVar[str]
    """The name of the way that `adapter` and `secrets` select."""
    per_page: ClassVar[int]
    key: ClassVar[str]
    """The member of an item that holds the badge's id."""
    title: ClassVar[str] = "name"
    """The member of an item that holds the badge's name."""
    nothing_is_refused: ClassVar[bool] = False
    """Whether a listing without any badge cannot be told from an address that is wrong."""
    looks_beyond: ClassVar[bool] = True
    """Whether a page more is looked for after the last one."""
    lists_stand_alone: ClassVar[bool] = False
    """Whether each page is a list of its own, so that none says anything of another one."""
    takes_any_badge: ClassVar[bool] = False
    """Whether every document of the Open Badges standards is an item of this platform."""
    reads_numbers_as_texts: ClassVar[bool] = False
    """Whether a number is good wherever a text is expected."""

    def __init__(self, kind: type[Adapter], server: Any) -> None:
        self.kind = kind
        self.server = server
        self.elsewhere: frozenset[str] = frozenset()

    @property
    @abstractmethod
    def secrets(self) -> dict[str, str]:
        """Secrets that the platform accepts."""

    @property
    @abstractmethod
    def wrong_secrets(self) -> dict[str, str]:
        """Secrets of the right names that it does not accept; empty where none are needed."""

    @abstractmethod
    def adapter(self, **settings: Any) -> Adapter:
        """The adapter with settings that lead to the practice server."""

    @abstractmethod
    def bare(self) -> Adapter:
        """The adapter with addresses only: with none of the settings that a way asks for."""

    @abstractmethod
    def let_the_sign_in_end(self, day: str) -> str | None:
        """Have the sign-in end on this day; the day that the adapter is to tell, None where nobody tells."""

    @abstractmethod
    def of_a_stranger(self) -> Adapter:
        """The adapter set to an organization that the platform does not know."""

    @abstractmethod
    def renewing(self) -> tuple[Adapter, dict[str, str]] | None:
        """Adapter and secrets of a sign-in whose access token is renewed; None where there is no such sign-in."""

    @abstractmethod
    def token_requests(self) -> int:
        """How many access tokens were asked for."""

    @abstractmethod
    def listed(self) -> list[str]:
        """The ids of all badges, in the platform's order."""

    def arriving_without(self, page: int) -> list[str]:
        """The ids that arrive where this page of the listing fails: those of the pages before it."""
        return self.listed()[: (page - 1) * self.per_page]

    @abstractmethod
    def take_away(self, badge_id: str) -> None:
        """Delete a badge on the platform."""

    @abstractmethod
    def change(self, badge_id: str) -> None:
        """Change a badge on the platform, later than all the others."""

    @abstractmethod
    def samples(self) -> list[bytes]:
        """Items in every form in which the platform gives them."""

    @abstractmethod
    def kept_back(self) -> list[tuple[bytes, Json]]:
        """Items that stay out of a sync, each with the settings that take it in."""

    def given(self) -> list[tuple[bytes, Issuer]]:
        """All items that the practice platform lists, and the samples, each with the issuer that it came with."""
        with self.server:
            read = self.listing()
        others = [*self.samples(), *(raw for raw, _ in self.kept_back())]
        return [*(item for page in read.pages for item in page.items), *((raw, Issuer(id="")) for raw in others)]

    def in_large_pages(self, patch: pytest.MonkeyPatch) -> Adapter:
        """The adapter for many badges; the platform gives more at once, where it would take too long otherwise."""
        return self.adapter(requests_in_flight=4)

    @property
    def private_hosts(self) -> frozenset[str]:
        """The hosts on this machine that may be dialled."""
        return self.elsewhere | {self.server.url.removeprefix("http://")}

    def tokens(self, secrets: dict[str, str]) -> Tokens | None:
        """The tokens of a person who signed in, good ones where the secrets are; None where nobody signs in."""
        return None

    def opened(self, adapter: Adapter, secrets: dict[str, str]) -> AbstractContextManager[PlatformHttp]:
        """The way from the adapter to the practice server."""
        settings = Settings(allowed_private_hosts=",".join(self.private_hosts))
        tokens = self.tokens(secrets)
        return reached(adapter, secrets, settings, tokens=(lambda sign_in: tokens) if tokens else None)

    def fault(self, kind: str, **options: Any) -> None:
        """Let something go wrong on the platform, by the kinds of `connector.demo.practice_faults`."""
        self.server.fault(kind, **options)

    def listing(
        self,
        adapter: Adapter | None = None,
        secrets: dict[str, str] | None = None,
        *,
        since: Watermark | None = None,
        start: Cursor | None = None,
        after_page: Callable[[int], None] = lambda number: None,
    ) -> Listing:
        """The listing as it arrives, page by page; a failure has to be one of the contract's."""
        adapter, read = adapter or self.adapter(), Listing()
        most = MOST_PAGES + len(self.listed()) // self.per_page
        try:
            with self.opened(adapter, self.secrets if secrets is None else secrets) as http:
                pages = adapter.badges(http, adapter.configured_issuer(), since, start)
                for number, page in enumerate(islice(pages, most), 1):
                    read.pages.append(page)
                    read.ids += [adapter.badge_id(raw) for raw, _ in page.items]
                    assert http.requests_sent < MOST_REQUESTS + most, "the listing goes round in circles"
                    if page.next is None:
                        break
                    after_page(number)
        except (AuthorizationExpired, PlatformUnavailable, PlatformRefused) as failed:
            read.problem = of_platform(failed)
        assert len(read.pages) < most, "the listing goes round in circles"
        return read


class CredlyHarness(Harness):
    """Credly by authorization token: its practice server lists 50 templates a page."""

    way = "authorization_token"
    per_page = 50
    key = "id"

    def __init__(self, kind: type[Adapter], badges: int) -> None:
        organization, templates = _college()
        super().__init__(kind, PracticeCredly(organization, [], token="practice-token"))
        self.server.templates[:] = _so_many(templates, badges)

    @property
    def addresses(self) -> dict[str, str]:
        """Where everything is."""
        url = self.server.url
        return {"api_url": f"{url}/v1", "token_url": f"{url}/oauth/token", "public_url": url}

    def bare(self) -> Adapter:
        return self.kind(**self.addresses)

    def let_the_sign_in_end(self, day: str) -> str | None:
        self.server.token_expires_at = f"{day}T12:00:00.000Z"
        return day

    @property
    def secrets(self) -> dict[str, str]:
        return {"authorization_token": "practice-token"}

    @property
    def wrong_secrets(self) -> dict[str, str]:
        return {"authorization_token": "canary-of-a-wrong-token"}

    def adapter(self, **settings: Any) -> Adapter:
        usual = {
            "organization_id": self.server.organization_id,
            "requests_per_minute": 6000,
            **self.addresses,
        }
        return self.kind(**{**usual, **settings})

    def of_a_stranger(self) -> Adapter:
        return self.adapter(organization_id="nobody-knows-it")

    def renewing(self) -> tuple[Adapter, dict[str, str]] | None:
        return self.adapter(client_id="practice-client"), {"client_secret": "practice-secret"}

    def token_requests(self) -> int:
        return sum(seen.path == "/oauth/token" for seen in self.server.requests)

    def listed(self) -> list[str]:
        with self.server.lock:
            return [template["id"] for template in self.server.templates]

    def take_away(self, badge_id: str) -> None:
        with self.server.lock:
            self.server.templates[:] = [each for each in self.server.templates if each["id"] != badge_id]

    def change(self, badge_id: str) -> None:
        with self.server.lock:
            changed = next(each for each in self.server.templates if each["id"] == badge_id)
            changed |= {"name": "Changed", "updated_at": "2026-12-24T18:00:00.000Z"}

    def samples(self) -> list[bytes]:
        signed_in = [each for each in _college()[1] if each["state"] == "active" and each["image"]][:60:6]
        return [json.dumps(each).encode() for each in (*signed_in, *lantern_street_makerspace()[1])]

    def kept_back(self) -> list[tuple[bytes, Json]]:
        item = json.loads(self.samples()[0])
        draft, hidden = {**item, "state": "draft"}, {**item, "visibility": "private", "public": True}
        return [
            (json.dumps(draft).encode(), {"include_drafts": True}),
            (json.dumps(hidden).encode(), {"include_private": True}),
        ]


class PublicCredlyHarness(CredlyHarness):
    """Credly by an organization's public page, which shows what is public and in use."""

    way = "public_page"
    nothing_is_refused = True
    looks_beyond = False

    def __init__(self, kind: type[Adapter], badges: int) -> None:
        super().__init__(kind, 0)
        self.server.templates[:] = _so_many([each for each in _college()[1] if _is_shown(each)], badges)

    def in_large_pages(self, patch: pytest.MonkeyPatch) -> Adapter:
        # For each page the practice server makes all of its templates public anew.
        patch.setattr("connector.demo.practice_credly.PER_PAGE", 5_000)
        return super().in_large_pages(patch)

    @property
    def secrets(self) -> dict[str, str]:
        return {}

    @property
    def wrong_secrets(self) -> dict[str, str]:
        return {}

    def let_the_sign_in_end(self, day: str) -> str | None:
        return None

    def adapter(self, **settings: Any) -> Adapter:
        page = {"organization_id": "", "public_page": self.server.organization["vanity_slug"]}
        return super().adapter(**{**page, **settings})

    def samples(self) -> list[bytes]:
        organization, templates = _college()
        shown = in_public([each for each in templates if _is_shown(each)][:60:6], organization)
        return [json.dumps(each).encode() for each in (*shown, *lantern_street_makerspace()[1])]

    def of_a_stranger(self) -> Adapter:
        return self.adapter(public_page="nobody-knows-it")

    def renewing(self) -> None:
        return None


@dataclass
class _InMemory:
    """`connector.http.Tokens` of a person who signed in a moment ago."""

    access: str
    refresh: str

    def current(self) -> str:
        return self.access

    def renewed(self, refused: str, ask: Any) -> str:
        if self.access == refused:
            granted = ask({"grant_type": "refresh_token", "refresh_token": self.refresh})
            self.access, self.refresh = granted.access_token, granted.refresh_token
        return self.access

    def hidden(self) -> frozenset[str]:
        return frozenset({self.access, self.refresh})


class CanvasHarness(Harness):
    """Canvas Credentials by OAuth, one issuer of its practice server, which lists 50 badge classes a page."""

    way = "own_server"
    per_page = 50
    key = "entityId"
    looks_beyond = False

    def __init__(self, kind: type[Adapter], badges: int) -> None:
        issuers, badge_classes = practice_account(badges, 7)
        for each in badge_classes:
            each["archived"] = False
        super().__init__(kind, PracticeCanvas(issuers, badge_classes, public_url="https://api.badgr.io"))
        self.issuer_id = issuers[0]["entityId"]
        self._minted = 0

    def in_large_pages(self, patch: pytest.MonkeyPatch) -> Adapter:
        return self.adapter(per_page=500)

    def bare(self) -> Adapter:
        return self.kind(api_url=self.server.url, ui_url=self.server.url)

    def adapter(self, **settings: Any) -> Adapter:
        usual = {
            "api_url": self.server.url,
            "ui_url": self.server.url,
            "client_id": "practice-client",
            "issuer_ids": [self.issuer_id],
            "per_page": self.per_page,
            "requests_per_minute": 6000,
        }
        return self.kind(**{**usual, **settings})

    @property
    def secrets(self) -> dict[str, str]:
        return {"client_secret": "practice-secret"}

    @property
    def wrong_secrets(self) -> dict[str, str]:
        return {"client_secret": "canary-of-a-wrong-secret"}

    def tokens(self, secrets: dict[str, str]) -> Tokens:
        if secrets != self.secrets:
            return _InMemory("canary-of-a-wrong-token", "canary-of-a-wrong-token")
        self._minted += 1
        granted = self.server.mint()
        return _InMemory(granted["access_token"], granted["refresh_token"])

    def token_requests(self) -> int:
        return self._minted + sum(seen.path == "/o/token" for seen in self.server.requests)

    def let_the_sign_in_end(self, day: str) -> None:
        return None

    def of_a_stranger(self) -> Adapter:
        return self.adapter(issuer_ids="nobody-knows-it")

    def renewing(self) -> tuple[Adapter, dict[str, str]]:
        return self.adapter(), self.secrets

    def listed(self) -> list[str]:
        return [each["entityId"] for each in self.server.listed(self.issuer_id)]

    def take_away(self, badge_id: str) -> None:
        self.server.delete(badge_id)

    def change(self, badge_id: str) -> None:
        self.server.change(badge_id, name="Changed")

    def samples(self) -> list[bytes]:
        return [json.dumps(each).encode() for each in _badge_classes()]

    def kept_back(self) -> list[tuple[bytes, Json]]:
        archived = json.loads(self.samples()[0]) | {"archived": True}
        return [(json.dumps(archived).encode(), {"include_archived": True})]


class _Lists(PracticePlatform):
    """A practice issuer that publishes its badges in lists of 50, each of which lies at an address of its own."""

    dialect = Dialect(
        error=lambda said: {"error": said},
        items="badges",
        next_link=None,
        missing_scope="This list is not public",
        page="criteria",
        set_like=frozenset({"tags", "alignment"}),
    )

    def __init__(self, badges: int) -> None:
        super().__init__()
        every = [_hosted_badge(number) if number < MANY else _small_badge(number) for number in range(badges)]
        self.lists = [every[start : start + 50] for start in range(0, max(1, badges), 50)]

    def _target(self, question: Question) -> Target:
        number = question.path.removeprefix("/lists/")
        known = number.isdecimal() and 0 < int(number) <= len(self.lists)
        return Target("list" if known else "nowhere", number, page=int(number) if known else None)

    def _refusal(self, question: Question, target: Target) -> Answer | None:
        return json_answer(404, {"error": "Not found"}) if target.place == "nowhere" else None

    def _respond(self, question: Question, target: Target, struck: Struck) -> Answer:
        with self.lock:
            number = 1 if "repeat_page" in struck else int(target.route)
            items = practice_faults.reordered(self.lists[number - 1], struck)
            answer = json_answer(200, practice_faults.spoiled({"badges": items}, "", struck, self.dialect)["badges"])
            grown = self.lists[0 if struck.get("grow", {}).get("at") == "start" else -1]
            practice_faults.changed_after(grown, struck, lambda pattern: _hosted_badge(1000 + len(grown)))
        return answer


class OpenBadgesHarness(Harness):
    """Open Badges by addresses, each of them that of a list of 50."""

    way = "addresses"
    per_page = 50
    key = "id"
    looks_beyond = False
    lists_stand_alone = True
    takes_any_badge = True
    reads_numbers_as_texts = True

    def __init__(self, kind: type[Adapter], badges: int) -> None:
        super().__init__(kind, _Lists(badges))

    @property
    def secrets(self) -> dict[str, str]:
        return {}

    @property
    def wrong_secrets(self) -> dict[str, str]:
        return {}

    def adapter(self, **settings: Any) -> Adapter:
        addresses = [f"{self.server.url}/lists/{number}" for number in range(1, len(self.server.lists) + 1)]
        return self.kind(**{"addresses": addresses, "requests_per_minute": 6000, **settings})

    def bare(self) -> Adapter:
        return self.kind()

    def let_the_sign_in_end(self, day: str) -> None:
        return None

    def of_a_stranger(self) -> Adapter:
        return self.adapter(addresses=f"{self.server.url}/lists/of-nobody")

    def renewing(self) -> None:
        return None

    def token_requests(self) -> int:
        return 0

    def listed(self) -> list[str]:
        with self.server.lock:
            return [badge["id"] for badges in self.server.lists for badge in badges]

    def arriving_without(self, page: int) -> list[str]:
        with self.server.lock:
            others = self.server.lists[: page - 1] + self.server.lists[page:]
            return [badge["id"] for badges in others for badge in badges]

    def take_away(self, badge_id: str) -> None:
        with self.server.lock:
            for badges in self.server.lists:
                badges[:] = [each for each in badges if each["id"] != badge_id]

    def change(self, badge_id: str) -> None:
        with self.server.lock:
            changed = next(each for badges in self.server.lists for each in badges if each["id"] == badge_id)
            changed["name"] = "Changed"

    def samples(self) -> list[bytes]:
        varieties = enumerate(hosted_badges.VARIETIES, 1)
        documents = [
            {**_hosted_badge(0), "issuer": {"type": "Issuer", "name": "Heron Bay Field School"}},
            *(hosted_badges.badge_class(ISSUER, number) for number, name in varieties if name not in _ALMOST_EMPTY),
            *(verifiable_badges.achievement(ISSUER, number) for number in range(1, 10)),
        ]
        return [json.dumps(each).encode() for each in documents if each.get("id", "").startswith("https://")]

    def kept_back(self) -> list[tuple[bytes, Json]]:
        return []

    def given(self) -> list[tuple[bytes, Issuer]]:
        with PracticeOpenBadges() as issuer:
            self.elsewhere = frozenset({issuer.url.removeprefix("http://")})
            some = [address for kind in _DOCUMENTS for address in issuer.addresses()[kind][:3]]
            read = self.listing(self.adapter(addresses=some))
        return [*(item for page in read.pages for item in page.items), *super().given()]

    def listing(self, *given: Any, **options: Any) -> Listing:
        """As any other listing; what did not come is told beside what did."""
        read = super().listing(*given, **options)
        unread = [each for page in read.pages for each in page.unread]
        read.problem = read.problem or (of_platform(unread[0].why) if unread else None)
        return read


HARNESSES: dict[str, tuple[type[Harness], ...]] = {
    "canvas": (CanvasHarness,),
    "credly": (CredlyHarness, PublicCredlyHarness),
    "open_badges": (OpenBadgesHarness,),
}
Practice = Callable[[int], Harness]

_DOCUMENTS = ("list", "assertion", "signed_assertion", "credential", "signed_credential", "baked")
_ALMOST_EMPTY = ("criteria_empty", "nulls")
_OFFICE = {"type": "Issuer", "id": f"{ISSUER}/issuers/1.json", "name": "Heron Bay Field School"}


@cache
def _badge_classes() -> list[Json]:
    """Badge classes as hosted servers list them, and as those of the open source do."""
    public = "https://api.badgr.io/public"
    hosted = [
        {
            "entityType": "BadgeClass",
            **{name: value for name, value in each.items() if name != "updatedAt"},
            "openBadgeId": f"{public}/badges/{each['entityId']}",
            "issuerOpenBadgeId": f"{public}/issuers/{each['issuer']}",
            "image": f"{public}/badges/{each['entityId']}/image",
        }
        for each in practice_account(60)[1][::6]
        if not each["archived"]
    ]
    added = {"id", "achievementType", "archived", "sourceUrl", "originalJson"}
    return hosted + [{name: value for name, value in each.items() if name not in added} for each in hosted]


@cache
def _college() -> tuple[Json, list[Json]]:
    return cedar_harbor_college()


def _so_many(templates: list[Json], badges: int) -> list[Json]:
    """So many of the templates, copied; beyond the last one the first come again under ids of their own."""
    chosen = islice(cycle(templates), badges)
    again = ({**each, "id": f"00000000-0000-4000-8000-{number:012}"} for number, each in enumerate(chosen))
    return [*map(dict, templates[:badges]), *islice(again, len(templates), None)]


def _hosted_badge(number: int) -> Json:
    """A badge of the plainest form, with its issuer in it."""
    return {**hosted_badges.badge_class(ISSUER, 1 + number * len(hosted_badges.VARIETIES)), "issuer": _OFFICE}


def _small_badge(number: int) -> Json:
    """A badge that says no more than it must."""
    return {"type": "BadgeClass", "id": f"{ISSUER}/small/{number}.json", "name": f"{number}", "issuer": _OFFICE}


def _is_shown(template: Json) -> bool:
    return bool(template["public"]) and (template["state"], template["visibility"]) == ("active", "public")


def harnesses() -> dict[str, tuple[type[Harness], ...]]:
    """By platform: those here, and those of other packages, which name a harness or a tuple of them."""
    found = {point.name: point.load() for point in entry_points(group=HARNESS_POINTS)}
    return HARNESSES | {slug: kinds if isinstance(kinds, tuple) else (kinds,) for slug, kinds in found.items()}


def _each_way() -> Iterator[Any]:
    known = harnesses()
    for slug in sorted(adapters.installed()):
        for kind in known.get(slug, (None,)):
            yield pytest.param((slug, kind), id=f"{slug}-{kind.way}" if kind else slug)


@pytest.fixture(params=_each_way())
def practice(request: pytest.FixtureRequest, elsewhere: Elsewhere) -> Iterator[Practice]:
    """Starts the practice server of each installed platform with so many badges."""
    slug, kind = request.param
    if kind is None:
        pytest.fail(f"The adapter {slug!r} has no harness: add one to HARNESSES in {__file__}.")
    with ExitStack() as running:

        def start(badges: int) -> Harness:
            harness: Harness = kind(adapters.installed()[slug], badges)
            harness.server.start()
            # A server takes a moment to stop, and nobody has to wait for it.
            running.callback(threading.Thread(target=harness.server.stop, daemon=True).start)
            harness.elsewhere = frozenset({elsewhere.host})
            return harness

        yield start


@dataclass
class Elsewhere:
    """Somebody else's server, which may be dialled as far as the guard is concerned."""

    host: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def _noting() -> Iterator[Elsewhere]:
    """Notes whoever is sent to it."""

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    there = Elsewhere(f"127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield there
    server.shutdown()
    server.server_close()


@pytest.fixture
def elsewhere(_noting: Elsewhere) -> Elsewhere:
    """The other server, which nobody has been sent to yet."""
    _noting.asked.clear()
    return _noting


@pytest.fixture(autouse=True)
def _instant_retries() -> Iterator[None]:
    """As many tries as ever, but no pauses between them, and no log of them."""
    stamina.instrumentation.set_on_retry_hooks([])
    with stamina.set_testing(True, attempts=4):
        yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.fixture
def is_told() -> Callable[[Problem | None, str, Sequence[str]], bool]:
    """Whether a problem has this stable code, says a sentence and an action, and gives none of the secrets away."""

    def is_told(problem: Problem | None, code: str, secrets: Sequence[str]) -> bool:
        assert problem is not None, "nothing was told"
        assert problem.code in CODES
        assert problem.message.endswith(".")
        assert problem.action.endswith(".")
        told = f"{problem.message} {problem.action} {problem.__cause__!r} {problem.__context__!r}"
        assert not [secret for secret in secrets if secret in told]
        assert "Traceback" not in told
        return problem.code == code

    return is_told
