"""What mapping a badge costs, beside bare pydantic validation of the same bytes: `python -m benchmarks.mapping`.

The mapping is the crosswalk, the findings of the minimum data policy and the content hash, of a badge that has been
read. Both are timed in turn in one process, by its processor time, so that a busy machine slows both alike; the table
shows medians.
"""

import gc
import sys
from collections.abc import Callable
from statistics import median
from time import process_time_ns

from adapters import installed
from benchmarks.payloads import PAYLOADS, SKILLS, Payload
from connector.credentials.content import content
from mappings.crosswalk.context import Context
from mappings.crosswalk.credential import credential
from mappings.open_badges.model import Issuer

AIM, LIMIT = 2.0, 3.0
ROUNDS, CALLS = 15, 100
LIKE_IT = 25
"""So many skills there are in place of each of a payload's."""
OWNER = "ce-5b0d2f8a-1c34-4e6b-9f27-8a6d0c3e1b72"
CONTEXT = Context(
    authority="badges.example",
    platform_name="Practice",
    organization_ctid=OWNER,
    organization_website="https://harbortrades.example/",
)


def variants(payload: Payload) -> list[bytes]:
    """As many badges as there are calls, so that no cache answers for the mapping.

    Each has an id, addresses, a name and texts of its own; skills come from a vocabulary, as an organization's do.
    """
    return [_variant(payload.raw, number) for number in range(CALLS)]


def _variant(raw: bytes, number: int) -> bytes:
    for own in (b"Weld Inspection", b"weld-inspection", b"3f1c8a52", b"Kq3vT1x8"):
        raw = raw.replace(own, b"%s%d" % (own, number))
    for place, skill in enumerate(SKILLS):
        raw = raw.replace(skill.encode(), b"%s %d" % (skill.encode(), (number + place) % LIKE_IT))
    return raw.replace(b"Earners", b"Earners of %d," % number)


def mapping_of(payload: Payload, raws: list[bytes]) -> Callable[[], None]:
    """Maps every badge once: record, findings, hash."""
    adapter = installed()[payload.adapter].for_reading()
    badges = [adapter.badge_class(adapter.definition(raw), Issuer(id="")) for raw in raws]

    def run() -> None:
        for badge in badges:
            content(credential(badge, CONTEXT), organization_website=CONTEXT.organization_website)

    return run


def validation_of(payload: Payload, raws: list[bytes]) -> Callable[[], None]:
    """Validates every badge once."""
    validate = payload.model.model_validate_json

    def run() -> None:
        for raw in raws:
            validate(raw)

    return run


def in_turn(*works: Callable[[], None], rounds: int = ROUNDS) -> list[float]:
    """The median microseconds a badge takes in each of the works, timed in turn; the garbage collector waits."""
    for work in works:
        work()
    taken: list[list[int]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, taken, strict=True):
            gc.collect()
            gc.disable()
            start = process_time_ns()
            work()
            times.append(process_time_ns() - start)
            gc.enable()
    return [median(times) / CALLS / 1000 for times in taken]


def main() -> int:
    """Print a line per platform; 1 where one of them is above the limit."""
    print(f"{'badge of':<12} {'bytes':>6} {'validate µs':>12} {'map µs':>8} {'ratio':>6}   aim {AIM}, limit {LIMIT}")
    ratios = []
    for payload in PAYLOADS:
        raws = variants(payload)
        bare, mapped = in_turn(validation_of(payload, raws), mapping_of(payload, raws))
        ratios.append(mapped / bare)
        said = "good" if ratios[-1] <= AIM else "above the aim" if ratios[-1] <= LIMIT else "ABOVE THE LIMIT"
        print(f"{payload.adapter:<12} {len(payload.raw):>6} {bare:>12.1f} {mapped:>8.1f} {ratios[-1]:>6.2f}   {said}")
    return int(max(ratios) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
