"""What can go wrong on a practice platform, on request. It knows no platform: each brings its own `Dialect`.

Every fault may be limited to one page of a listing (`page=3`) and to a number of times (`times=1`; without it
the fault stays until it is cleared). Those of the first group also befall other requests: `on="token"`,
`"token_list"`, `"organization"`, `"template"` or `"any"` instead of `"list"`, the default.

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
| `grow` | new badges appear once this page was answered | `by` (1), `at` ("end" or "start") |
| `move` | a badge changes places once this page was answered: first to last | `to` ("end"; "start": last to first) |
| `repeat_page` | page 1 is the answer to every page | |
| `other_host_next` | the link to the next page leads to another host | `host` ("https://elsewhere.example") |
| `next_loop` | the link to the next page leads back, for ever | `to` (1: the page it names) |
| `huge_string` | the first description of the page is very long | `size` (10,000,000 characters) |
| `spoil_item` | one badge of the page is not as it should be | `how` (which has to be given), `item` (0: the first) |
| `revoke_after` | tokens stop working once this page was answered | `api_token` (False): that one as well |

`shuffle` covers whole listings (no `page`, no `times`): a single shuffled page would lose and repeat items.

| how an item is spoiled | what is wrong with it |
|---|---|
| `no_id` | it has no id |
| `no_name` | it has no name |
| `all_null` | all of its members but the id are null |
| `duplicate_id` | it has the id of the badge after it |
| `short_description` | its description has 3 characters |
| `data_image` | its image is a data URI |
| `relative_page` | its criteria page is an address without a host |
| `wrong_form` | its name is a list |
| `not_an_object` | it is a text |
| `lone_surrogate` | its description holds one half of a surrogate pair: JSON by grammar, but no text |
| `invalid_utf8` | its description holds a byte that is not UTF-8 |
| `control_character` | its description holds a bare line feed, which JSON does not allow |
| `not_a_number` | its description is NaN, which JSON does not know |
| `nested` | its description is a list in a list in a list, 100,000 deep |
"""

import json
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import Any

from connector.demo.loopback import HTML, Answer, json_answer

Json = dict[str, Any]
Struck = Mapping[str, Mapping[str, Any]]

PLACES = ("list", "token", "token_list", "organization", "template", "any")
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
    "move": {"to": "end"},
    "repeat_page": {},
    "other_host_next": {"host": "https://elsewhere.example"},
    "next_loop": {"to": 1},
    "huge_string": {"size": 10_000_000},
    "spoil_item": {"how": "", "item": 0},
    "revoke_after": {"api_token": False},
}
KINDS: Mapping[str, Mapping[str, Any]] = {**_ANYWHERE, **_LISTINGS}
_MARK = "practice: a text that stands in for what no JSON writer would write"
_NOT_JSON: Mapping[str, bytes] = {
    "lone_surrogate": b'"Half of a pair: \\ud83d"',
    "invalid_utf8": b'"Not UTF-8: \xff"',
    "control_character": b'"Two\nlines"',
    "not_a_number": b"NaN",
    "nested": b"[" * 100_000 + b"]" * 100_000,
}
_IN_JSON = (
    "no_id",
    "no_name",
    "all_null",
    "duplicate_id",
    "short_description",
    "data_image",
    "relative_page",
    "wrong_form",
    "not_an_object",
)
SPOILINGS = (*_IN_JSON, *_NOT_JSON)
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_SIGN_IN_PAGE = b"<!doctype html><title>Sign in</title><form method=post><input name=email></form>"


@dataclass(frozen=True)
class Dialect:
    """A platform's own words for what the faults change: its errors, and the members of a listing and of an item."""

    error: Callable[[str], Json]
    items: str
    next_link: tuple[str, str] | None
    """The member of the envelope, and the member of that one, that leads to the next page; None where no member does.

    A platform without one puts what `next_address` gives where its link to the next page is.
    """
    missing_scope: str
    id: str = "id"
    name: str = "name"
    description: str = "description"
    image: str = "image"
    page: str = "url"
    set_like: frozenset[str] = frozenset()
    """Members of an item that are lists without an order."""


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
        if kind == "spoil_item" and options.get("how") not in SPOILINGS:
            raise ValueError(f"spoil_item needs `how`, one of {', '.join(SPOILINGS)}")
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


def refusal(struck: Struck, dialect: Dialect) -> Answer | None:
    """The answer given in place of the real one, where a fault asks for that."""
    if limited := struck.get("rate_limited"):
        wait = limited["retry_after"]
        headers = () if wait is None else (("Retry-After", str(wait)),)
        return json_answer(429, dialect.error("Too many requests"), *headers)
    if failed := struck.get("server_error"):
        return json_answer(failed["status"], dialect.error("Internal server error"))
    if "bad_gateway_html" in struck:
        return Answer(502, _BAD_GATEWAY, HTML)
    if "html" in struck:
        return Answer(200, _SIGN_IN_PAGE, HTML)
    if "forbidden" in struck:
        return json_answer(403, dialect.error(dialect.missing_scope))
    if bomb := struck.get("gzip_bomb"):
        return Answer(200, _bomb(bomb["size"], dialect.items), headers=(("Content-Encoding", "gzip"),))
    return None


def reordered(items: list[Json], struck: Struck) -> list[Json]:
    """The items as a fault would list them: none, or in another order."""
    if "emptied" in struck:
        return []
    if shuffle := struck.get("shuffle"):
        dice = random.Random(shuffle["seed"])
        return dice.sample(items, len(items))
    return items


def spoiled(envelope: Json, listing_url: str, struck: Struck, dialect: Dialect) -> Json:
    """A page's envelope with the faults that change what it says; the envelope given stays as it is."""
    data = envelope[dialect.items]
    if shuffle := struck.get("shuffle"):
        dice = (random.Random(f"{shuffle['seed']} {item.get(dialect.id)}") for item in data)
        data = [_shuffled(item, die, dialect.set_like) for item, die in zip(data, dice, strict=True)]
    if (huge := struck.get("huge_string")) and data:
        data = [{**data[0], dialect.description: "long " * (huge["size"] // 5)}, *data[1:]]
    if (spoil := struck.get("spoil_item")) and len(data) > spoil["item"]:
        data = _with_one_spoiled(data, spoil["item"], spoil["how"], dialect)
    if dialect.next_link is None:
        return {**envelope, dialect.items: data}
    place, link = dialect.next_link
    to_next = next_address(envelope[place][link], lambda page: f"{listing_url}?page={page}", struck)
    return {**envelope, dialect.items: data, place: {**envelope[place], link: to_next}}


def next_address(to_next: str | None, of_page: Callable[[int], str], struck: Struck) -> str | None:
    """Where the link to the next page leads with the faults that change it; `of_page` is where a page really is."""
    if loop := struck.get("next_loop"):
        return of_page(loop["to"])
    if (other := struck.get("other_host_next")) and to_next:
        return f"{other['host']}/{to_next.split('/', 3)[-1]}"
    return to_next


def _with_one_spoiled(data: list[Json], place: int, how: str, dialect: Dialect) -> list[Any]:
    item = data[place]
    others = [each for each in data if each is not item]
    one: Any = item
    match how:
        case "no_id":
            one = {name: value for name, value in item.items() if name != dialect.id}
        case "no_name":
            one = {name: value for name, value in item.items() if name != dialect.name}
        case "all_null":
            one = dict.fromkeys(item) | {dialect.id: item[dialect.id]}
        case "duplicate_id":
            one = item | {dialect.id: others[place % len(others)][dialect.id]}
        case "short_description":
            one = item | {dialect.description: "Hm."}
        case "data_image":
            one = item | {dialect.image: "data:image/png;base64,iVBORw0KGgo="}
        case "relative_page":
            one = item | {dialect.page: "/badges/criteria"}
        case "wrong_form":
            one = item | {dialect.name: ["A", "list"]}
        case "not_an_object":
            one = "not an object"
        case _:
            one = item | {dialect.description: _MARK}
    return [*data[:place], one, *data[place + 1 :]]


def changed_after(items: list[Json], struck: Struck, newcomer: Callable[[Json], Json]) -> None:
    """Change the listing in place, once a page of it was answered; `newcomer` makes a new badge like another one."""
    if (growth := struck.get("grow")) and items:
        for _ in range(growth["by"]):
            items.insert(0 if growth["at"] == "start" else len(items), newcomer(items[-1]))
    if (move := struck.get("move")) and items:
        if move["to"] == "start":
            items.insert(0, items.pop())
        else:
            items.append(items.pop(0))


def damaged(answer: Answer, struck: Struck) -> Answer:
    """The answer with the faults that befall its bytes, in the writing or on the way."""
    if spoil := struck.get("spoil_item"):
        answer = replace(answer, body=answer.body.replace(b'"%b"' % _MARK.encode(), _NOT_JSON.get(spoil["how"], b"")))
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


def _shuffled(value: Any, dice: random.Random, set_like: frozenset[str], name: str = "") -> Any:
    if isinstance(value, dict):
        members = [(key, _shuffled(member, dice, set_like, key)) for key, member in value.items()]
        return dict(dice.sample(members, len(members)))
    if isinstance(value, list):
        items = [_shuffled(item, dice, set_like) for item in value]
        return dice.sample(items, len(items)) if name in set_like else items
    return value


@lru_cache(maxsize=2)
def _bomb(size: int, items: str) -> bytes:
    start, end = json.dumps({items: [], "metadata": {}, "padding": "|"}).encode().split(b"|")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 1_000_000
    parts = [packer.compress(start)]
    parts += [packer.compress(block) for _ in range(size // len(block))]
    return b"".join([*parts, packer.compress(end), packer.flush()])
