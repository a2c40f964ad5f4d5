"""What clients were told, against what the database has: the judge of the fault tests."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class History:
    """What a set of clients did. Each act has one id, however often it was tried."""

    tried: set[UUID] = field(default_factory=set)
    # The service said 201: from then on it must never be lost.
    acknowledged: set[UUID] = field(default_factory=set)
    refused: dict[UUID, str] = field(default_factory=dict)
    # An attempt of it ended without an answer; what it did is found by trying again.
    unsure: set[UUID] = field(default_factory=set)


def faults_in(history: History, lines: Iterable[tuple[UUID, UUID]]) -> list[str]:
    """Return what is wrong, as sentences; `lines` are (redemption id, household id) as stored."""
    stored = list(lines)
    ids = Counter(redemption_id for redemption_id, _ in stored)
    families = Counter(household_id for _, household_id in stored)
    return [
        *(f"acknowledged and lost: {one}" for one in sorted(history.acknowledged - ids.keys())),
        *(f"nobody asked for: {one}" for one in sorted(ids.keys() - history.tried)),
        *(f"refused and written: {one}" for one in sorted(ids.keys() & history.refused.keys())),
        *(f"written twice: {one}" for one, times in sorted(ids.items()) if times > 1),
        *(f"collected twice: {one}" for one, times in sorted(families.items()) if times > 1),
    ]
