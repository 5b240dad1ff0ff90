"""The contract of every adapter: how its listings arrive, resume and end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from connector.problem import Problem

if TYPE_CHECKING:
    from tests.adapters.conftest import Elsewhere, Practice

IsTold = Callable[[Problem | None, str, Sequence[str]], bool]


def test_all_badges_arrive_once_over_several_pages(practice: Practice) -> None:
    platform = practice(120)

    read = platform.listing()

    assert len(read.pages) >= 3
    assert read.ids == platform.listed()
    assert len(set(read.ids)) == 120
    assert read.problem is None


def test_every_item_comes_with_its_issuer(practice: Practice) -> None:
    platform = practice(60)
    adapter = platform.adapter()

    items = [item for page in platform.listing(adapter).pages for item in page.items]

    assert len(items) == 60
    assert all(issuer.id for _, issuer in items)
    assert adapter.configured_issuer() in {None, *(issuer for _, issuer in items)}


def test_the_order_is_stable(practice: Practice) -> None:
    platform = practice(170)
    first = platform.listing()

    assert platform.listing().ids == first.ids
    assert platform.listing(platform.adapter(requests_in_flight=4)).ids == first.ids


def test_the_listing_ends_exactly_when_it_was_read_whole(practice: Practice) -> None:
    platform = practice(120)

    *before, last = platform.listing().pages

    assert last.next is None
    assert all(page.next is not None for page in before)
    assert len({page.next for page in before}) == len(before)


def test_a_listing_that_is_given_up_asks_for_nothing_more(practice: Practice) -> None:
    platform = practice(300)
    adapter = platform.adapter()

    with platform.opened(adapter, platform.secrets) as http:
        pages = adapter.badges(http, adapter.configured_issuer(), None, None)
        next(pages)
        del pages
        sent = http.requests_sent

    assert sent <= 2
    assert len(platform.server.requests) == sent


def test_a_listing_resumes_at_each_of_its_cursors_and_brings_the_rest(practice: Practice) -> None:
    platform = practice(170)
    whole = platform.listing()
    for number, page in enumerate(whole.pages[:-1], 1):
        before = sum(len(earlier.items) for earlier in whole.pages[:number])

        resumed = platform.listing(start=page.next)

        assert resumed.ids == whole.ids[before:]
        assert resumed.ended


@pytest.mark.parametrize("badges", [0, 1, 50, 51])
def test_a_listing_of_few_badges_is_whole(practice: Practice, badges: int, is_told: IsTold) -> None:
    platform = practice(badges)

    read = platform.listing()

    assert read.ids == platform.listed()
    assert len(read.ids) == badges
    if not badges and platform.nothing_is_refused:
        assert is_told(read.problem, "not_found", [])
    else:
        assert read.problem is None
        assert read.seems_whole


def test_a_full_last_page_is_not_taken_for_more_than_it_is(practice: Practice) -> None:
    platform = practice(2 * practice(0).per_page)

    read = platform.listing()

    assert read.seems_whole
    assert read.ids == platform.listed()


def test_what_the_platform_says_of_the_total_is_passed_on(practice: Practice) -> None:
    totals = {page.total for page in practice(120).listing().pages}

    assert totals <= {None, 120}


def test_a_page_that_is_repeated_ends_the_reading_but_not_the_listing(practice: Practice) -> None:
    platform = practice(170)
    platform.fault("repeat_page")

    read = platform.listing()

    assert set(read.ids) <= set(platform.listed())
    if platform.lists_stand_alone:
        assert read.ids == platform.listed()[: platform.per_page], "what four lists hold alike comes once"
        assert read.ended
    else:
        assert not read.seems_whole, "most badges never arrived"


def test_a_page_that_is_repeated_once_can_be_asked_for_again(practice: Practice) -> None:
    platform = practice(170)
    platform.fault("repeat_page", page=3, times=1)

    first = platform.listing()
    rest = platform.listing(start=first.pages[-1].next)

    assert first.seems_whole is platform.lists_stand_alone
    assert rest.ended
    assert set(first.ids) | set(rest.ids) == set(platform.listed())


@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("at", ["start", "end"])
def test_a_listing_that_grows_while_it_is_read_loses_nothing_unnoticed(
    practice: Practice, page: int, at: str, ahead: int
) -> None:
    platform = practice(150)
    at_first = platform.listed()
    platform.fault("grow", page=page, times=1, by=3, at=at)

    read = platform.listing(platform.adapter(requests_in_flight=ahead))

    assert len(platform.listed()) == 153
    assert read.ended
    if at == "end" and page == 3 and not platform.looks_beyond:
        assert read.ids == at_first
    elif at == "end" and ahead > 1 and not platform.looks_beyond:
        # The last page may have been answered before the one after which the listing grew.
        assert set(at_first) <= set(read.ids)
    elif at == "end":
        assert set(read.ids) == set(platform.listed())
    elif ahead == 1:
        assert set(at_first) <= set(read.ids)
    else:
        # Pages asked for together may be answered from before and after: what falls between is at least not unnoticed.
        assert set(at_first) <= set(read.ids) or not read.seems_whole


def test_a_badge_deleted_between_pages_is_not_a_reason_to_miss_another_one_unnoticed(practice: Practice) -> None:
    platform = practice(120)
    first, *others = platform.listed()

    read = platform.listing(after_page=lambda number: platform.take_away(first) if number == 1 else None)

    assert set(read.ids) <= {first, *others}
    assert set(others) <= set(read.ids) or not read.seems_whole


@pytest.mark.parametrize("to", [1, 2, 3])
def test_a_next_link_that_leads_back_is_not_followed_for_ever(practice: Practice, to: int) -> None:
    platform = practice(120)
    platform.fault("next_loop", to=to)

    read = platform.listing()

    assert read.seems_whole is (set(read.ids) == set(platform.listed()))


def test_a_next_link_to_another_host_is_never_dialled(practice: Practice, elsewhere: Elsewhere) -> None:
    platform = practice(120)
    platform.fault("other_host_next", host=f"http://{elsewhere.host}")

    read = platform.listing()

    assert elsewhere.asked == []
    assert read.seems_whole is (set(read.ids) == set(platform.listed()))


def test_an_emptied_listing_is_read_as_one_or_refused(practice: Practice) -> None:
    platform = practice(60)
    platform.fault("emptied")

    read = platform.listing()

    assert read.ids == []
    assert read.ended is not platform.nothing_is_refused
    assert (read.problem is not None and read.problem.code == "not_found") is platform.nothing_is_refused


def test_a_page_emptied_in_the_middle_does_not_look_like_the_end(practice: Practice) -> None:
    platform = practice(170)
    platform.fault("emptied", page=2)

    read = platform.listing()

    assert read.seems_whole is platform.lists_stand_alone
    assert set(read.ids) <= set(platform.arriving_without(2))


def test_what_changed_since_a_watermark_arrives(practice: Practice) -> None:
    platform = practice(120)
    watermark = max((page.watermark for page in platform.listing().pages if page.watermark), default=None)
    changed = platform.listed()[7]
    platform.change(changed)

    read = platform.listing(since=watermark)

    assert changed in read.ids
    assert read.ended
    assert set(read.ids) <= set(platform.listed())


def test_cursors_differ_wherever_a_listing_goes_on(practice: Practice) -> None:
    pages = practice(170).listing().pages

    assert all(first.next != second.next for first, second in pairwise(pages))
