"""Which badge templates Credly's `filter` selects and in which order its `sort` puts them: pure functions."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Test = Callable[[Json], bool]

STATES = frozenset({"active", "archived", "draft"})
SORT_KEYS = frozenset({"name", "created_at", "updated_at"})
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def selected(templates: list[Json], text: str) -> list[Json]:
    """The templates that pass every `key::value` of a filter such as `state::active|public::true`.

    ValueError where a key or a value is not known.
    """
    tests = [_test(part) for part in text.split("|") if part]
    return [template for template in templates if all(test(template) for test in tests)]


def ordered(templates: list[Json], text: str) -> list[Json]:
    """The templates sorted by keys such as `-updated_at|name`. ValueError where a key is not known."""
    for key in reversed([part for part in text.split("|") if part]):
        member = key.removeprefix("-")
        if member not in SORT_KEYS:
            raise ValueError(f"Invalid sort key: {member}")
        templates = sorted(templates, key=lambda item: item[member].casefold(), reverse=key != member)
    return templates


def _test(part: str) -> Test:
    key, separator, value = part.partition("::")
    if not separator or key not in _FILTERS:
        raise ValueError(f"Invalid filter: {part}")
    return _FILTERS[key](value)


def _state(value: str) -> Test:
    wanted = set(value.split(","))
    if not wanted <= STATES:
        raise ValueError(f"Invalid filter value for state: {value}")
    return lambda template: template["state"] in wanted


def _public(value: str) -> Test:
    if value not in {"true", "false"}:
        raise ValueError(f"Invalid filter value for public: {value}")
    return lambda template: template["public"] is (value == "true")


def _name(value: str) -> Test:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return lambda template: template["name"] == value[1:-1]
    part = value.casefold()
    return lambda template: part in template["name"].casefold()


def _query(value: str) -> Test:
    part = value.casefold()
    return lambda template: part in f"{template['name']}\n{template['description']}".casefold()


def _not_before(member: str) -> Callable[[str], Test]:
    def test(value: str) -> Test:
        day = _day(member, value)
        return lambda template: template[member][:10] >= day

    return test


def _not_after(member: str) -> Callable[[str], Test]:
    def test(value: str) -> Test:
        day = _day(member, value)
        return lambda template: template[member][:10] <= day

    return test


def _day(member: str, value: str) -> str:
    if not _DAY.fullmatch(value):
        raise ValueError(f"Invalid filter value for {member}: {value}")
    return value


_FILTERS: Mapping[str, Callable[[str], Test]] = {
    "state": _state,
    "public": _public,
    "name": _name,
    "query": _query,
    "created_at_min": _not_before("created_at"),
    "created_at_max": _not_after("created_at"),
    "updated_at_min": _not_before("updated_at"),
    "updated_at_max": _not_after("updated_at"),
}
