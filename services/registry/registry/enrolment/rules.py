"""Lists as pure rules: the size of a sample, and when so many leave that two must sign."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

FULL, DIFFERENCE = "full", "difference"
ENTER, STAY, LEAVE = "enter", "stay", "leave"
KINDS = frozenset({FULL, DIFFERENCE})
# In these the content is signed for and can't be changed any more.
OPEN_STATES = ("proposing", "proposed", "verified", "awaiting_second", "approving")
AS_RECORDED, DIFFERS, NOT_FOUND, REFUSES = "as_recorded", "differs", "not_found", "refuses"
FINDINGS = (AS_RECORDED, DIFFERS, NOT_FOUND, REFUSES)
# After these a person says whether the family stays on the list. A refused visit excludes nobody.
TO_SETTLE = frozenset({DIFFERS, NOT_FOUND})
REASON_CHARACTERS_MIN = 10


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How many families of those who enter, stay or leave are visited."""

    at_least: int
    share_percent: int
    at_most: int

    def size(self, families: int) -> int:
        """Return how many of so many families are visited."""
        share = math.ceil(families * self.share_percent / 100)
        return min(families, self.at_most, max(self.at_least, share))

    @property
    def words(self) -> str:
        """Return the rule so that it can be followed again from what is recorded."""
        return (
            f"per action: max({self.at_least}, {self.share_percent} %), at most {self.at_most}; "
            "lowest SHA-256(seed + ' ' + household id)"
        )


SAMPLE_RULE = SampleRule(at_least=5, share_percent=1, at_most=200)


@dataclass(frozen=True, slots=True)
class Guard:
    """From which share on removals need a second signature, and how long care then goes on."""

    programme_percent: Decimal
    village_percent: Decimal
    village_families_min: int
    grace_days: int
    decree_number: str = ""
    valid_from: date | None = None


# What holds for a programme that has no guard of its own by decree.
DEFAULT_GUARD = Guard(
    programme_percent=Decimal(5),
    village_percent=Decimal(10),
    village_families_min=10,
    grace_days=90,
)


# Also under a decree that gives no grace, small lists one after the other are seen together.
LOOK_BACK_DAYS_MIN = 90


@dataclass(frozen=True, slots=True)
class Removals:
    """Of `enrolled` families of a place, how many leave by a list, and how many left before it.

    Those before are of the last grace period, and of the last LOOK_BACK_DAYS_MIN days at least, so
    that a large removal can't be cut into lists that are each too small to be noticed.
    """

    here: int
    before: int
    enrolled: int

    @property
    def percent(self) -> float:
        """Return the share of those who leave, with those who left before."""
        return round(100 * (self.here + self.before) / self.enrolled, 2) if self.enrolled else 0.0

    def is_past(self, percent: Decimal, of_at_least: int = 0) -> bool:
        """Tell whether this list takes the share past a limit.

        A place with fewer than `of_at_least` families is judged as if it had so many: one family
        of a hamlet is no mass removal, the whole hamlet is.
        """
        allowed = percent * max(self.enrolled, of_at_least)
        return self.here > 0 and (self.here + self.before) * 100 > allowed


@dataclass(frozen=True, slots=True)
class Reading:
    """What the guard says of a list."""

    guard: Guard
    programme: Removals
    villages: Mapping[str, Removals]

    @property
    def villages_past(self) -> dict[str, Removals]:
        """Return the villages in which too many leave, the worst first."""
        past = {
            code: one
            for code, one in self.villages.items()
            if one.is_past(self.guard.village_percent, self.guard.village_families_min)
        }
        return dict(sorted(past.items(), key=lambda item: -item[1].percent))

    @property
    def is_tripped(self) -> bool:
        """Tell whether a second person must sign and care goes on for a while."""
        by_programme = self.programme.is_past(self.guard.programme_percent)
        return by_programme or bool(self.villages_past)

    def as_json(self, villages_max: int = 50) -> dict[str, Any]:
        """Return the reading as it is kept beside the signature that it asked for."""
        past = list(self.villages_past.items())[:villages_max]
        return {
            "programme": _removals_json(self.programme),
            "villages": [{"region_code": code, **_removals_json(one)} for code, one in past],
            "villages_past": len(self.villages_past),
            "programme_percent": float(self.guard.programme_percent),
            "village_percent": float(self.guard.village_percent),
            "village_families_min": self.guard.village_families_min,
            "grace_days": self.guard.grace_days,
            "decree_number": self.guard.decree_number,
            "is_tripped": self.is_tripped,
        }


def _removals_json(one: Removals) -> dict[str, Any]:
    return {**asdict(one), "percent": one.percent}


def reading(guard: Guard, rows: Iterable[tuple[str, int, int, int]]) -> Reading:
    """Make a reading of (village, leaving here, left before, enrolled) of a whole programme."""
    villages = {code: Removals(*figures) for code, *figures in rows}
    whole = Removals(
        sum(one.here for one in villages.values()),
        sum(one.before for one in villages.values()),
        sum(one.enrolled for one in villages.values()),
    )
    touched = {code: one for code, one in villages.items() if one.here}
    return Reading(guard, whole, touched)
