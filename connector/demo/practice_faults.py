"""What can go wrong on a practice platform, on request.

Every fault may be limited to one page of a listing (`page=3`) and to a number of times (`times=1`; without it
the fault stays until it is cleared). Those of the first group also befall other requests: `on="token"`,
`"organization"`, `"template"` or `"any"` instead of `"list"`, the default.

| kind | what the platform does | options (default) |
|---|---|---|
| `rate_limited` | 429 | `retry_after` (none): seconds or an HTTP date |
| `server_error` | 500 in the platform's own error shape | `status` (500) |
| `bad_gateway_html` | 502 with a page of HTML | |
| `html` | 200 with a sign-in page of HTML | |
| `forbidden` | 403, the token lacks a scope | |
| `truncated` | JSON that stops half-way | `short` (False): promise the whole length, then hang up |
| `wrong_content_type` | the right JSON, called something else | `content_type` ("text/html") |
| `gzip_bomb` | a small gzip body that unpacks to very much JSON | `size` (200,000,000 bytes) |
| `drip` | a slow answer | `size` (64 bytes at a time), `pause` (0.05 seconds between) |
| `connection_reset` | the connection is reset | `after` (0 bytes of the answer) |
| `emptied` | the listing has no badges at all | |
| `shuffle` | the same items in another order across pages, as their members and set-like lists | `seed` (1) |
| `grow` | new templates appear once this page was answered | `by` (1), `at` ("end" or "start") |
| `repeat_page` | page 1 is the answer to every page | |
| `other_host_next` | `next_page_url` leads to another host | `host` ("https://elsewhere.example") |
| `next_loop` | `next_page_url` leads back, for ever | `to` (1: the page it names) |
| `huge_string` | the first description of the page is very long | `size` (10,000,000 characters) |
| `revoke_after` | tokens stop working once this page was answered | `api_token` (False): that one as well |

`shuffle` covers whole listings (no `page`, no `times`): a single shuffled page would lose and repeat items.
"""

import json
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import Any

from connector.demo.loopback import HTML, Answer, json_answer

PLACES = ("list", "token", "organization", "template", "any")
_ANYWHERE: Mapping[str, Mapping[str, Any]] = {
    "rate_limited": {"retry_after": None},
    "server_error": {"status": 500},
    "bad_gateway_html": {},
    "html": {},
    "forbidden": {},
    "truncated": {"short": False},
    "wrong_content_type": {"content_type": "text/html"},
    "gzip_bomb": {"size": 200_000_000},
    "drip": {"size": 64, "pause": 0.05},
    "connection_reset": {"after": 0},
}
_LISTINGS: Mapping[str, Mapping[str, Any]] = {
    "emptied": {},
    "shuffle": {"seed": 1},
    "grow": {"by": 1, "at": "end"},
    "repeat_page": {},
    "other_host_next": {"host": "https://elsewhere.example"},
    "next_loop": {"to": 1},
    "huge_string": {"size": 10_000_000},
    "revoke_after": {"api_token": False},
}
KINDS: Mapping[str, Mapping[str, Any]] = {**_ANYWHERE, **_LISTINGS}
_SET_LIKE = frozenset(
    {
        "skills",
        "alignments",
        "badge_template_activities",
        "recommendations",
        "required_badge_templates",
        "reporting_tags",
    }
)
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_SIGN_IN_PAGE = b"<!doctype html><title>Sign in</title><form method=post><input name=email></form>"


@dataclass
class Fault:
    """One fault that was asked for; `used` counts how often it struck."""

    kind: str
    options: Mapping[str, Any]
    page: int | None
    times: int | None
    on: str
    used: int = 0

    def strikes(self, place: str, page: int | None) -> bool:
        """Whether it befalls a request to this place, for this page."""
        return (
            self.on in (place, "any")
            and (self.page is None or self.page == page)
            and (self.times is None or self.used < self.times)
        )


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()

    def add(self, kind: str, page: int | None, times: int | None, on: str, options: Mapping[str, Any]) -> Fault:
        """Put a fault in force. ValueError names what is unknown or does not go together."""
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(KINDS)}")
        if unknown := options.keys() - KINDS[kind].keys():
            raise ValueError(f"{kind} has no option {', '.join(sorted(unknown))}")
        if on not in PLACES or (kind in _LISTINGS and on != "list"):
            raise ValueError(f"{kind} cannot befall {on!r}")
        if kind == "shuffle" and (page is not None or times is not None):
            raise ValueError("shuffle covers whole listings: give neither page nor times")
        fault = Fault(kind, {**KINDS[kind], **options}, page, times, on)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    def striking(self, place: str, page: int | None) -> dict[str, Mapping[str, Any]]:
        """The options of each fault that befalls this request, by kind; each is counted as used."""
        with self._lock:
            struck = [fault for fault in self._faults if fault.strikes(place, page)]
            for fault in struck:
                fault.used += 1
        return {fault.kind: fault.options for fault in struck}


Struck = Mapping[str, Mapping[str, Any]]


def refusal(struck: Struck) -> Answer | None:
    """The answer given in place of the real one, where a fault asks for that."""
    if limited := struck.get("rate_limited"):
        wait = limited["retry_after"]
        headers = () if wait is None else (("Retry-After", str(wait)),)
        return json_answer(429, _message("Too many requests"), *headers)
    if failed := struck.get("server_error"):
        return json_answer(failed["status"], _message("Internal server error"))
    if "bad_gateway_html" in struck:
        return Answer(502, _BAD_GATEWAY, HTML)
    if "html" in struck:
        return Answer(200, _SIGN_IN_PAGE, HTML)
    if "forbidden" in struck:
        return json_answer(403, _message("The token does not have the required scope: badge_templates"))
    if bomb := struck.get("gzip_bomb"):
        return Answer(200, _bomb(bomb["size"]), headers=(("Content-Encoding", "gzip"),))
    return None


def reordered(items: list[Any], struck: Struck) -> list[Any]:
    """The items as a fault would list them: none, or in another order."""
    if "emptied" in struck:
        return []
    if shuffle := struck.get("shuffle"):
        dice = random.Random(shuffle["seed"])
        return dice.sample(items, len(items))
    return items


def spoiled(envelope: dict[str, Any], listing_url: str, struck: Struck) -> dict[str, Any]:
    """A page's envelope with the faults that change what it says; the envelope given stays as it is."""
    data, metadata = envelope["data"], dict(envelope["metadata"])
    if shuffle := struck.get("shuffle"):
        data = [_shuffled(item, random.Random(f"{shuffle['seed']} {item.get('id')}")) for item in data]
    if (huge := struck.get("huge_string")) and data:
        data = [{**data[0], "description": "long " * (huge["size"] // 5)}, *data[1:]]
    if (other := struck.get("other_host_next")) and metadata["next_page_url"]:
        path = metadata["next_page_url"].split("/", 3)[-1]
        metadata["next_page_url"] = f"{other['host']}/{path}"
    if loop := struck.get("next_loop"):
        metadata["next_page_url"] = f"{listing_url}?page={loop['to']}"
    return {"data": data, "metadata": metadata}


def damaged(answer: Answer, struck: Struck) -> Answer:
    """The answer with the faults that befall its bytes on the way."""
    if cut := struck.get("truncated"):
        body = answer.body[: len(answer.body) // 2]
        answer = replace(answer, body=body, length=len(answer.body) if cut["short"] else None)
    if wrong := struck.get("wrong_content_type"):
        answer = replace(answer, content_type=wrong["content_type"])
    if drip := struck.get("drip"):
        answer = replace(answer, drip=(drip["size"], drip["pause"]))
    if reset := struck.get("connection_reset"):
        answer = replace(answer, reset_after=reset["after"])
    return answer


def _message(text: str) -> dict[str, Any]:
    return {"data": {"message": text}, "metadata": None}


def _shuffled(value: Any, dice: random.Random, name: str = "") -> Any:
    if isinstance(value, dict):
        members = [(key, _shuffled(member, dice, key)) for key, member in value.items()]
        return dict(dice.sample(members, len(members)))
    if isinstance(value, list):
        items = [_shuffled(item, dice) for item in value]
        return dice.sample(items, len(items)) if name in _SET_LIKE else items
    return value


@lru_cache(maxsize=2)
def _bomb(size: int) -> bytes:
    start, end = json.dumps({"data": [], "metadata": {}, "padding": "|"}).encode().split(b"|")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 1_000_000
    parts = [packer.compress(start)]
    parts += [packer.compress(block) for _ in range(size // len(block))]
    return b"".join([*parts, packer.compress(end), packer.flush()])
