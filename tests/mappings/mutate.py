"""Takes away one piece of the crosswalk at a time and names the pair that notices: `python -m tests.mappings.mutate`.

Pieces are the steps, each property, note and finding a step gives, the sources of evidence for a type, what rules say,
and the rows of data that place alignments. A piece that nobody misses is not proved by any pair: exit 1.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

from mappings import rules
from mappings.crosswalk import credential, credential_type, placement
from mappings.crosswalk.mapped import Filled, Note, Required, Result
from mappings.minimum_data import Finding
from mappings.rules import NOTHING
from tests.mappings.golden_pairs import Pair, failure, pairs
from tests.mappings.odd_badges import exceptions

EVIDENCE = ("_alignments", "_achievement_type", "_category", "_words", "_expiry")
RULED = ("type", "properties", "placements", "profile")
"""What rules say that shows in a record; skipping a badge and approving changes are not the crosswalk's."""
GENERATED = 10_000


class Mutation(NamedTuple):
    """What is taken away, the value it is taken from and what stands there instead, and the pairs to try first."""

    name: str
    whole: Any
    rest: Any
    likely: tuple[Pair, ...] = ()


def steps() -> list[Mutation]:
    """The crosswalk without one of its steps."""
    all_steps = credential.STEPS
    return [
        Mutation(f"step {_called(step)}", all_steps, tuple(other for other in all_steps if other is not step))
        for step in all_steps
    ]


def results() -> list[Mutation]:
    """The crosswalk with a step that gives one thing less: a property, a part of the criteria, a note, a finding."""
    all_steps = credential.STEPS
    return [
        Mutation(
            f"{_called(step)} without {what}",
            all_steps,
            tuple(_without(other, what) if other is step else other for other in all_steps),
            tuple(likely),
        )
        for (step, what), likely in _given(all_steps).items()
    ]


def evidence() -> list[Mutation]:
    """The credential type without one of the sources of evidence, and without knowing who may license."""
    none = [Mutation(f"evidence {name}", getattr(credential_type, name), lambda *_: iter(())) for name in EVIDENCE]
    return [*none, Mutation("legal authorities", credential_type.LEGAL_AUTHORITIES, frozenset())]


def placements() -> list[Mutation]:
    """The alignments with one row less of what places them."""
    tables: dict[str, Any] = {
        "target": placement.TARGETS,
        "target type": placement._BY_TARGET_TYPE,
        "framework": placement._FRAMEWORKS,
        "host": placement._HOSTS,
        "code in an address": placement._CODES,
    }
    return [
        Mutation(f"{called} {row}", table, rest) for called, table in tables.items() for row, rest in _row_by_row(table)
    ]


def ruled() -> list[Mutation]:
    """Rules that are not listened to in one respect."""

    def deaf(to: str) -> Callable[..., rules.Applied]:
        return lambda *args, **more: replace(rules.applied(*args, **more), **{to: getattr(NOTHING, to)})

    return [Mutation(f"rules on {name}", rules.applied, deaf(name)) for name in RULED]


def caught(mutation: Mutation) -> str | None:
    """The name of the pair that fails under the mutation; None where all of them still hold."""
    with _in_place(mutation.whole, mutation.rest):
        return next((pair.name for pair in (*mutation.likely, *pairs()) if _fails(pair)), None)


def _fails(pair: Pair) -> bool:
    try:
        return failure(pair) is not None
    except Exception:
        return True


def _given(all_steps: tuple[Any, ...]) -> dict[tuple[Any, str], list[Pair]]:
    """What each step gives in which pairs."""
    found: dict[tuple[Any, str], list[Pair]] = {}

    def watched(step: Any, pair: Pair) -> Any:
        def run(*args: Any) -> Iterator[Result]:
            for result in step(*args):
                found.setdefault((step, _what(result)), []).append(pair)
                yield result

        return run

    for pair in pairs():
        with _in_place(all_steps, tuple(watched(step, pair) for step in all_steps)):
            failure(pair)
    return found


def _without(step: Any, what: str) -> Any:
    def run(*args: Any) -> Iterator[Result]:
        return (result for result in step(*args) if _what(result) != what)

    return run


def _what(result: Result) -> str:
    match result:
        case Filled():
            return result.provenance.property
        case Required():
            return f"the criteria's {result.attribute}"
        case Note():
            return f"the note {result.code}"
        case Finding():
            return f"the finding {result.code}"


def _called(step: Any) -> str:
    return f"{step.__module__.rpartition('.')[2]}.{step.__name__}"


def _row_by_row(table: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(table, Mapping):
        return [(row, {name: v for name, v in table.items() if name != row}) for row in table]
    return [(row[0], tuple(other for other in table if other is not row)) for row in table]


@contextmanager
def _in_place(whole: Any, rest: Any) -> Iterator[None]:
    """Wherever a module of the mappings knows `whole` by a name, it finds `rest`; nothing remembered before counts."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("mappings.")]
    places = [(module, name) for module in modules for name, value in vars(module).items() if value is whole]
    assert places, f"nothing in the mappings is {whole!r}"
    try:
        for module, name in places:
            setattr(module, name, rest)
        _forget(modules)
        yield
    finally:
        for module, name in places:
            setattr(module, name, whole)
        _forget(modules)


def _forget(modules: list[Any]) -> None:
    for module in modules:
        if module.__name__.startswith("mappings.crosswalk"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def main() -> int:
    """Print a line for each mutation with the pair that fails first, then try the odd badges; 1 where one survives."""
    start = perf_counter()
    survived = 0
    mutations = [*steps(), *results(), *evidence(), *ruled(), *placements()]
    for mutation in mutations:
        by = caught(mutation)
        survived += by is None
        print(f"{mutation.name}: {f'caught by “{by}”' if by else 'NOBODY NOTICES'}")
    print(f"{len(mutations)} pieces, {survived} not missed by any of {len(pairs())} pairs.")
    wrong = exceptions(GENERATED, seed=5)
    for each in wrong[:20]:
        print(each)
    print(f"{GENERATED} generated badges, {len(wrong)} exceptions; {perf_counter() - start:.0f} seconds.")
    return int(bool(survived or wrong))


if __name__ == "__main__":
    sys.exit(main())
