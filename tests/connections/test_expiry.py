"""When a person is told that a sign-in ends: 30, 14 and 3 days before, and when it is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connector.connections.expiry import ending, given_day
from connector.problem import Problem

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("days", "urgency"),
    [(31, None), (30, "soon"), (15, "soon"), (14, "near"), (4, "near"), (3, "now"), (0, "now"), (-1, "over")],
)
def test_the_closer_the_end_the_more_urgent(days: int, urgency: str | None) -> None:
    found = ending((TODAY + timedelta(days=days)).isoformat(), TODAY)

    assert (found and found.urgency) == urgency
    assert found is None or found.days == days


def test_a_sign_in_without_an_end_is_no_concern() -> None:
    assert ending(None, TODAY) is None


@pytest.mark.parametrize(("text", "day"), [("", None), ("  ", None), (" 2027-01-31 ", "2027-01-31")])
def test_a_day_is_taken_as_a_person_gives_it(text: str, day: str | None) -> None:
    assert given_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["31.1.2027", "2027-13-01", "soon", "2026-11-22"])
def test_what_is_no_day_is_said_beside_its_field(text: str) -> None:
    with pytest.raises(Problem) as raised:
        given_day(text, TODAY)

    assert raised.value.code == "invalid_date"
    assert set(raised.value.fields) == {"sign_in_ends"}
