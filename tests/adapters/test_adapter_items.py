"""The contract of every adapter: what it makes of one item. Pure, repeatable, and free of anything personal."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

import adapters
from mappings.canonical import digest
from mappings.open_badges.model import BadgeClass, Issuer

if TYPE_CHECKING:
    from adapters.contract import Adapter
    from tests.adapters.conftest import Harness, Practice

Json = dict[str, Any]

CANARY = "canary@person.example"
PERSONAL = ("contact_email", "created_by", "recipient", "staff", "planted_here")
GIVEN = Issuer(id="given", name="Given Issuer")


@pytest.fixture
def platform(practice: Practice) -> Harness:
    return practice(0)


def objects_in(value: Any, depth: int = 0) -> Iterator[tuple[int, Json]]:
    """Every JSON object inside a value, with how deep it lies."""
    if isinstance(value, dict):
        yield depth, value
        for member in value.values():
            yield from objects_in(member, depth + 1)
    if isinstance(value, list):
        for member in value:
            yield from objects_in(member, depth + 1)


def planted(raw: bytes) -> tuple[bytes, int]:
    """The item with personal members in every object of it, named for their depth; and how many objects there are."""
    item = json.loads(raw)
    found = list(objects_in(item))
    for depth, each in found:
        each |= {f"{name}_{depth}": CANARY for name in PERSONAL}
        each |= {f"nested_{depth}": {"email": CANARY}, f"many_{depth}": [CANARY, {"email": [CANARY]}]}
    return json.dumps(item).encode(), len(found)


def shuffled(raw: bytes) -> bytes:
    """The item with the members of every object the other way round."""
    return json.dumps(json.loads(raw, object_pairs_hook=lambda pairs: dict(reversed(pairs)))).encode()


def with_each_value_replaced(value: Any, wrong: Any) -> Iterator[Any]:
    """The value once for every value inside it, with that one replaced by something of another form."""
    match value:
        case dict():
            for name, member in value.items():
                for other in with_each_value_replaced(member, wrong):
                    yield {**value, name: other}
        case list():
            for place, member in enumerate(value):
                for other in with_each_value_replaced(member, wrong):
                    yield [*value[:place], other, *value[place + 1 :]]
    yield wrong


def read(adapter: Adapter, raw: bytes, issuer: Issuer = GIVEN) -> BadgeClass:
    return adapter.badge_class(adapter.definition(raw), issuer)


def test_every_form_of_an_item_is_read(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw in platform.samples():
        badge = read(adapter, raw)

        assert badge.source_id == adapter.badge_id(raw) == adapter.badge_id(adapter.definition(raw))
        assert badge.id.startswith("https://")
        assert badge.name
        assert badge.issuer is not None
        assert adapter.recognises(json.loads(raw))


def test_an_item_is_recognised_by_no_other_adapter(platform: Harness) -> None:
    others = [kind for kind in adapters.installed().values() if kind is not platform.kind]
    for raw in platform.samples():
        assert not [kind.slug for kind in others if kind.recognises(json.loads(raw))]
    assert not platform.kind.recognises({})
    of_no_platform = {"type": "BadgeClass", "name": "Of no platform", "criteria": {}}
    assert platform.kind.recognises(of_no_platform) is platform.takes_any_badge


def test_a_badge_is_known_by_every_spelling_of_its_address_or_by_none_and_to_one_adapter_only(
    platform: Harness,
) -> None:
    kind, others = platform.kind, [each for each in adapters.installed().values() if each is not platform.kind]
    for raw in platform.samples():
        badge = read(platform.adapter(), raw)
        known = kind.known_as(badge.id)

        assert known is None or known.badge_id == badge.source_id
        spellings = (badge.id.replace("https://", "http://"), f"{badge.id}?v=2_0", f"{badge.id}#top")
        assert {kind.known_as(spelling) for spelling in spellings} == {known}
        assert [each.slug for each in others if each.known_as(badge.id)] == []
    assert kind.known_as("https://elsewhere.example/badges/1") is None
    assert kind.known_as("no address") is None


def test_a_definition_is_the_same_every_time_and_of_itself(platform: Harness) -> None:
    adapter, another = platform.adapter(), platform.kind.for_reading()
    for raw in platform.samples():
        definition = adapter.definition(raw)

        assert adapter.definition(raw) == definition
        assert another.definition(raw) == definition
        assert adapter.definition(definition) == definition
        assert adapter.definition(shuffled(raw)) == definition
        assert json.loads(definition)


def test_a_definition_drops_unknown_members_at_every_depth(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw in platform.samples():
        with_canaries, objects = planted(raw)
        definition = adapter.definition(with_canaries)

        assert objects >= 2
        assert CANARY.encode() not in definition
        assert read(adapter, with_canaries).left_out
        assert CANARY not in repr(read(adapter, with_canaries))
        known = [name for _, each in objects_in(json.loads(definition)) for name in each]
        assert not [name for name in known if name.startswith((*PERSONAL, "nested_", "many_"))]


def test_names_are_kept_of_what_was_left_out_at_the_top_only(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw in platform.samples():
        plain, left_out = read(adapter, raw), read(adapter, planted(raw)[0]).left_out

        added = {f"{name}_0" for name in (*PERSONAL, "nested", "many")}
        assert set(left_out) == {*plain.left_out, *added}
        assert len(left_out) == len(set(left_out))


def test_a_name_that_is_no_name_of_a_member_is_not_kept(platform: Harness) -> None:
    adapter = platform.adapter()
    raw = json.dumps({**json.loads(platform.samples()[0]), CANARY: 1, "Ann Example, born 1990": 2, "left_out": CANARY})

    definition = adapter.definition(raw.encode())

    assert CANARY.encode() not in definition
    assert b"1990" not in definition
    assert adapter.definition(definition) == definition


def test_a_known_member_of_another_form_hides_nothing_personal(platform: Harness) -> None:
    adapter = platform.adapter()
    for wrong in ({"email": CANARY}, [[CANARY]], {"a": {"b": [CANARY]}}):
        for item in with_each_value_replaced(json.loads(platform.samples()[0]), wrong):
            if isinstance(item, dict) and item is not wrong:
                assert CANARY not in _definition_or_refusal(adapter, json.dumps(item).encode())


def _definition_or_refusal(adapter: Adapter, raw: bytes) -> str:
    try:
        return adapter.definition(raw).decode()
    except ValueError as refused:
        return str(refused)


def test_what_is_left_out_changes_neither_definition_nor_badge(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw in platform.samples():
        one = json.loads(raw) | {"planted_here": 1, "updated_at": "2026-01-01T00:00:00Z"}
        two = json.loads(raw) | {"planted_here": [2, {"a": 3}], "updated_at": "2026-06-01T00:00:00Z"}

        first, second = (json.dumps(item).encode() for item in (one, two))

        assert adapter.definition(first) == adapter.definition(second)
        assert read(adapter, first) == read(adapter, second)


def test_a_badge_class_is_the_same_every_time(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw in platform.samples():
        badge = read(adapter, raw)

        assert read(adapter, raw) == badge
        assert read(platform.kind.for_reading(), raw) == badge
        assert read(adapter, shuffled(raw)) == badge
        assert digest(asdict(read(adapter, raw))) == digest(asdict(badge))


def test_an_item_whose_rest_cannot_be_read_still_has_its_id(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw in platform.samples():
        item = json.loads(raw)
        for wrong in ([[1]], {"x": [CANARY]}, 7.5):
            spoiled = dict.fromkeys(item, wrong) | {platform.key: item[platform.key]}

            assert adapter.badge_id(json.dumps(spoiled).encode()) == adapter.badge_id(raw)
            if wrong == 7.5 and platform.reads_numbers_as_texts:
                assert read(adapter, json.dumps(spoiled).encode()).source_id == adapter.badge_id(raw)
            else:
                with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as unread:
                    read(adapter, json.dumps(spoiled).encode())
                assert CANARY not in str(unread.value)


@pytest.mark.parametrize(
    "raw",
    [b"", b"nonsense", b"{", b'{"id": ', b"\xff\xfe", b'{"id": "\xff"}', b"null", b"7", b'"x"', b"[]", b"[" * 5000],
)
def test_what_is_no_item_is_refused_as_such(platform: Harness, raw: bytes) -> None:
    adapter = platform.adapter()

    with pytest.raises(ValueError, match=r"\w"):
        adapter.badge_id(raw)
    with pytest.raises(ValueError, match=r"\w"):
        adapter.definition(raw)


@pytest.mark.parametrize("wrong", [None, "", "  ", 7, [], {}, True])
def test_an_item_without_an_id_says_so(platform: Harness, wrong: object) -> None:
    adapter = platform.adapter()
    item = json.loads(platform.samples()[0])
    for raw in (json.dumps({**item, platform.key: wrong}), json.dumps({k: item[k] for k in item if k != platform.key})):
        with pytest.raises(ValueError, match=r"^[A-Z].*\bid\b.*\.$"):
            adapter.badge_id(raw.encode())
        with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
            read(adapter, raw.encode())


def test_members_that_are_absent_or_null_or_empty_are_one_and_the_same(platform: Harness) -> None:
    adapter = platform.adapter()
    needed = {platform.key, platform.title}
    item = json.loads(platform.samples()[0])
    texts = [name for name, value in item.items() if isinstance(value, str) and name not in needed]
    assert texts
    for name in texts:
        absent = {other: value for other, value in item.items() if other != name}

        badges = [
            read(adapter, json.dumps(each).encode()) for each in (absent, item | {name: None}, item | {name: " "})
        ]

        assert len({replace(badge, left_out=()) for badge in badges}) == 1, name


def test_what_stays_out_of_a_sync_says_why_and_can_be_let_in(platform: Harness) -> None:
    adapter = platform.adapter()
    for raw, settings in platform.kept_back():
        assert adapter.skips(read(adapter, raw))
        assert platform.adapter(**settings).skips(read(adapter, raw)) is None
    for raw in platform.samples():
        assert adapter.skips(read(adapter, raw)) is None


def test_reading_an_item_needs_no_network(platform: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def refuse(*given: object, **named: object) -> NoReturn:
        tried.append(given)
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    adapter = platform.adapter()
    for raw in platform.samples():
        adapter.skips(read(adapter, raw))
        adapter.badge_id(raw)
        adapter.recognises(json.loads(raw))
    for pure in (adapter.base_url, adapter.authority, adapter.configured_issuer):
        pure()
    adapter.sign_in(frozenset(platform.secrets))

    assert tried == []
    assert platform.server.requests == []
