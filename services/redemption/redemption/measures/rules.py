"""Which limits, clocks and thresholds there are, and between what each may be set."""

from collections.abc import Mapping
from dataclasses import dataclass

LIMIT, CLOCK, THRESHOLD = "companion_limit", "complaint_clock", "signal_threshold"
TOPICS = (LIMIT, CLOCK, THRESHOLD)
STATES = ("proposed", "approved", "refused", "withdrawn")
REASON_MIN, REASON_MAX = 10, 1000
DAYS_MAX = 90


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what a value may be set; a yes or no is 0 or 1."""

    least: int
    most: int

    @property
    def is_switch(self) -> bool:
        """Whether it says yes or no."""
        return (self.least, self.most) == (0, 1)


SWITCH = Bounds(0, 1)
COUNT = Bounds(1, 1000)
MINUTES = Bounds(1, 24 * 60)
PERCENT = Bounds(1, 100)
_limit = {"families_max": COUNT, "authorised_max": COUNT, "is_refused_beyond": SWITCH}
_clock = {"days": Bounds(1, DAYS_MAX), "is_working_days": SWITCH}
_watch = {"is_watched": SWITCH, "is_grave": SWITCH}

# For each topic its codes, and for each code what is set.
FORMS: dict[str, dict[str, dict[str, Bounds]]] = {
    LIMIT: dict.fromkeys(
        (
            "family_same_address",
            "family_elsewhere",
            "neighbour",
            "village_companion",
            "village_officer",
            "other",
        ),
        _limit,
    ),
    CLOCK: dict.fromkeys(
        (
            "not_received",
            "collected_by_other",
            "short_or_bad",
            "asked_for_money",
            "refused_service",
            "other",
        ),
        _clock,
    ),
    THRESHOLD: {
        "companion_many_cards": {**_watch, "families": COUNT},
        "terminal_too_fast": {**_watch, "acts": COUNT, "minutes": MINUTES},
        "far_places": {**_watch, "minutes": MINUTES, "km_per_hour": COUNT},
        "whole_balances": {
            **_watch,
            "percent": PERCENT,
            "acts": COUNT,
            "minutes": MINUTES,
            "closing_acts": COUNT,
            "closing_minutes": MINUTES,
        },
        "after_death": {**_watch, "alone_days": Bounds(0, 365), "head_days": Bounds(0, 365)},
        "pin_failures": {**_watch, "failures": COUNT, "locks": COUNT},
        "conflict_share": {**_watch, "percent": PERCENT, "conflicts": COUNT, "days": COUNT},
    },
}


def wrong_values(topic: str, code: str, values: Mapping[str, int]) -> list[str]:
    """Return the names of values that are missing, unknown or out of bounds."""
    form = FORMS.get(topic, {}).get(code)
    if form is None:
        return ["code"]
    unknown = [name for name in values if name not in form]
    return unknown + [
        name
        for name, bounds in form.items()
        if name not in values or not bounds.least <= values[name] <= bounds.most
    ]
