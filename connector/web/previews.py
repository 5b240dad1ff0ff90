"""What a decision for many records would change, as a person looks at it first, and what it did."""

from collections.abc import Sequence
from dataclasses import dataclass

from connector.credentials.remap import Affected

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """How many records would say something else, how many of them lose their approval, and the first of those."""

    changes: int
    loses: int
    first: tuple[Affected, ...]

    @property
    def more(self) -> int:
        """How many that lose their approval are not among the first."""
        return self.loses - len(self.first)


def preview(affected: Sequence[Affected]) -> Preview:
    """A look at what would change."""
    losing = [each for each in affected if each.loses_approval]
    return Preview(sum(each.changes for each in affected), len(losing), tuple(losing[:MOST_SHOWN]))


def told(affected: Sequence[Affected]) -> str:
    """What did change, as a sentence."""
    seen = preview(affected)
    if not seen.changes:
        return "No record says anything else than before."
    records = "1 record changed" if seen.changes == 1 else f"{seen.changes:,} records changed"
    return (
        f"{records}; {seen.loses:,} of them need approval again." if seen.loses else f"{records}; approvals still fit."
    )
