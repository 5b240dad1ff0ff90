"""What practice platforms have in common: they start and stop, keep what was asked, hold pages back and go wrong.

By hand: `POST /__practice/faults` with JSON such as `{"kind": "html", "page": 3}` asks for a fault of
`practice_faults`, `DELETE /__practice/faults` ends them all, `GET /__practice/requests` shows what was asked.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from functools import partial
from http import HTTPStatus
from threading import RLock
from types import TracebackType
from typing import Any, ClassVar, Self

from connector.demo import practice_faults
from connector.demo.loopback import Answer, LoopbackServer, PageGates, Question, json_answer
from connector.demo.practice_faults import Dialect, Fault, Faults, Struck


@dataclass(frozen=True)
class Seen:
    """One request that arrived; status 0 stands for a connection reset instead of an answer."""

    method: str
    path: str
    query: str
    page: int | None
    status: int


@dataclass(frozen=True)
class Target:
    """What a path names: a place of `practice_faults.PLACES` or another word, the route there, and whose it is."""

    place: str
    route: str
    id: str = ""
    page: int | None = None  # of a listing; None also where the page asked for cannot be told
    owner: str = ""  # where what is named has an id and is somebody's besides


class PracticePlatform(ABC):
    """A real HTTP server on this machine from `start` to `stop`; a context manager does both."""

    dialect: ClassVar[Dialect]

    def __init__(self, port: int = 0) -> None:
        self.lock = RLock()
        self._port = port
        self._server: LoopbackServer | None = None
        self._requests: list[Seen] = []
        self._faults = Faults()
        self._pages = PageGates()

    @abstractmethod
    def _target(self, question: Question) -> Target:
        """What the path of the question names."""

    @abstractmethod
    def _refusal(self, question: Question, target: Target) -> Answer | None:
        """The answer to whoever may not ask this; None where it is allowed. Such a request meets no fault."""

    @abstractmethod
    def _respond(self, question: Question, target: Target, struck: Struck) -> Answer:
        """The answer to a question that is allowed."""

    def start(self) -> Self:
        """Listen, if it does not yet; after a `stop` on the same port. OSError where the port is taken."""
        if self._server is None:
            self._server = LoopbackServer(self._port, self._answer)
            self._port = self._server.server_port
        return self

    def stop(self) -> None:
        """End every connection, those whose answers are held back too, and free the port."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._pages.release(None)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Scheme, address and port, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Seen]:
        """Every request so far except those for the practice controls, in the order of their answers."""
        with self.lock:
            return list(self._requests)

    def fault(
        self,
        kind: str,
        *,
        page: int | None = None,
        times: int | None = None,
        on: str = "list",
        **options: Any,
    ) -> Fault:
        """Let something go wrong from now on; see `practice_faults`. ValueError where it is not known."""
        return self._faults.add(kind, page, times, on, options)

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self._faults.clear()

    def hold(self, page: int) -> None:
        """Keep the answers for this page back until `release`; they are composed only then."""
        self._pages.hold(page)

    def release(self, page: int | None = None) -> None:
        """Let the answers for this page go, or those for all pages."""
        self._pages.release(page)

    def wait_asked(self, page: int, timeout: float = 10, *, times: int = 1) -> None:
        """Return once this page was asked for so often since the start. TimeoutError after `timeout`."""
        self._pages.wait_asked(page, timeout, times)

    def wait_sent(self, page: int, timeout: float = 10, *, times: int = 1) -> None:
        """Return once a 200 answer for this page was written whole so often. TimeoutError after `timeout`."""
        self._pages.wait_sent(page, timeout, times)

    def _answer(self, question: Question) -> Answer:
        if question.path.startswith("/__practice/"):
            return self._controlled(question)
        target = self._target(question)
        if target.page is not None:
            self._pages.arrive(target.page)
        answer = self._refusal(question, target)
        struck = {} if answer else self._faults.striking(target.place, target.page)
        answer = answer or practice_faults.refusal(struck, self.dialect) or self._respond(question, target, struck)
        answer = practice_faults.damaged(answer, struck)
        status = 0 if answer.reset_after is not None else answer.status
        with self.lock:
            self._requests.append(Seen(question.method, question.path, question.raw_query, target.page, status))
        if target.page is not None and status == HTTPStatus.OK:
            return replace(answer, sent=partial(self._pages.leave, target.page))
        return answer

    def _controlled(self, question: Question) -> Answer:
        match question.method, question.path:
            case "GET", "/__practice/requests":
                return json_answer(200, [asdict(seen) for seen in self.requests])
            case "DELETE", "/__practice/faults":
                self.clear_faults()
                return json_answer(200, {"faults": []})
            case "POST", "/__practice/faults":
                # A page in a browser cannot send this type elsewhere without being asked first.
                if question.headers.get_content_type() != "application/json":
                    return json_answer(415, {"error": "send application/json"})
                return self._fault_by_hand(question.body)
        return json_answer(404, {"error": "not a practice control"})

    def _fault_by_hand(self, body: bytes) -> Answer:
        try:
            fault = self.fault(**json.loads(body))
        except (TypeError, ValueError) as error:
            return json_answer(400, {"error": str(error)})
        return json_answer(201, asdict(fault))
