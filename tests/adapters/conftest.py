"""The contract suite's harnesses: a practice server, and the settings and secrets that reach it in one way.

A new platform, or another way into one, enters the suite with one more class here; `HARNESSES` has to name every
adapter that is installed.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
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
from connector.demo.catalogue import cedar_harbor_college, lantern_street_makerspace
from connector.demo.practice_credly import PracticeCredly
from connector.problem import Problem, of_platform

Json = dict[str, Any]

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
    nothing_is_refused: ClassVar[bool] = False
    """Whether a listing without any badge cannot be told from an address that is wrong."""
    looks_beyond: ClassVar[bool] = True
    """Whether a page more is looked for after the last one."""

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

    @property
    def private_hosts(self) -> frozenset[str]:
        """The hosts on this machine that may be dialled."""
        return self.elsewhere | {self.server.url.removeprefix("http://")}

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
        try:
            with reached(adapter, self.secrets if secrets is None else secrets, self.private_hosts) as http:
                pages = adapter.badges(http, adapter.configured_issuer(), since, start)
                for number, page in enumerate(islice(pages, MOST_PAGES), 1):
                    read.pages.append(page)
                    read.ids += [adapter.badge_id(raw) for raw, _ in page.items]
                    assert http.requests_sent < MOST_REQUESTS, "the listing goes round in circles"
                    if page.next is None:
                        break
                    after_page(number)
        except (AuthorizationExpired, PlatformUnavailable, PlatformRefused) as failed:
            read.problem = of_platform(failed)
        assert len(read.pages) < MOST_PAGES, "the listing goes round in circles"
        return read


class CredlyHarness(Harness):
    """Credly by authorization token: its practice server lists 50 templates a page."""

    way = "authorization_token"
    per_page = 50
    key = "id"

    def __init__(self, kind: type[Adapter], badges: int) -> None:
        organization, templates = _college()
        super().__init__(kind, PracticeCredly(organization, templates[:badges], token="practice-token"))

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
        self.server.templates[:] = [each for each in _college()[1] if _is_shown(each)][:badges]

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

    def of_a_stranger(self) -> Adapter:
        return self.adapter(public_page="nobody-knows-it")

    def renewing(self) -> None:
        return None


HARNESSES: dict[str, tuple[type[CredlyHarness], ...]] = {"credly": (CredlyHarness, PublicCredlyHarness)}
Practice = Callable[[int], Harness]


@cache
def _college() -> tuple[Json, list[Json]]:
    return cedar_harbor_college()


def _is_shown(template: Json) -> bool:
    return bool(template["public"]) and (template["state"], template["visibility"]) == ("active", "public")


def _each_way() -> Iterator[Any]:
    for slug in sorted(adapters.installed()):
        for kind in HARNESSES.get(slug, (None,)):
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
            running.enter_context(harness.server)
            harness.elsewhere = frozenset({elsewhere.host})
            return harness

        yield start


@dataclass
class Elsewhere:
    """Somebody else's server, which may be dialled as far as the guard is concerned."""

    host: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
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
