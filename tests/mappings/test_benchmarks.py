"""The benchmarks measure what they say: the badges are real to both sides, and the stages are those of the budget."""

import pytest

from adapters import installed
from benchmarks import mapping, stages
from benchmarks.payloads import PAYLOADS, Payload
from mappings.crosswalk.credential import credential
from mappings.ctdl.shape import properties
from mappings.open_badges.model import Issuer


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.adapter)
def test_a_measured_badge_is_valid_and_fills_a_whole_record(payload: Payload) -> None:
    assert payload.model.model_validate_json(payload.raw)
    adapter = installed()[payload.adapter].for_reading()
    found = properties(
        credential(adapter.badge_class(adapter.definition(payload.raw), Issuer(id="")), mapping.CONTEXT).credential
    )
    (requires,) = found["requires"]
    assert len(found) >= 16
    assert len(requires["targetCompetency"]) == 10
    assert len(found["occupationType"]) == 1


def test_measured_badges_differ_so_that_none_is_remembered() -> None:
    for payload in PAYLOADS:
        raws = mapping.variants(payload)
        assert len(set(raws)) == len(raws) == mapping.CALLS
        assert all(payload.model.model_validate_json(raw) for raw in raws[:3])


def test_works_are_timed_in_turn() -> None:
    done: list[str] = []
    mapping.in_turn(lambda: done.append("a"), lambda: done.append("b"), rounds=2)
    assert "".join(done) == "ababab"


def test_the_stages_have_the_budget_of_the_design() -> None:
    assert sum(stages.BUDGET.values()) == pytest.approx(3.5)
