"""What kinds of signals there are, how they are judged, and how a strip of moments is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

KINDS = (
    "companion_many_cards",
    "terminal_too_fast",
    "far_places",
    "whole_balances",
    "after_death",
    "pin_failures",
    "conflict_share",
)
SUBJECTS = ("companion", "terminal", "operator", "card", "partner", "household")
STATES = ("open", "second_look", "closed")
OUTCOMES = ("explained", "follow_up", "partner_suspended", "false_alarm")
# A signal was worth looking at when it led to something.
RIGHT_OUTCOMES = ("follow_up", "partner_suspended")
REASON_MIN, REASON_MAX = 10, 2000
EVIDENCE_MAX = 200
LATITUDE = (-5.0, 2.0)
LONGITUDE = (108.0, 118.0)
STRIP_WIDTH, STRIP_MARGIN = 600, 12


@dataclass(frozen=True, slots=True)
class Point:
    """One moment on a strip; `lane` tells which of two places, `is_said` a phone's own words."""

    at: datetime
    lane: int
    is_said: bool
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a moment is drawn."""

    x: float
    lane: int
    is_said: bool
    label: str


def needs_second_look(is_grave: bool, outcome: str) -> bool:
    """Tell whether another person has to look too: grave kinds, and a suspended partner."""
    return is_grave or outcome == "partner_suspended"


def strip(points: Sequence[Point]) -> list[Dot]:
    """Return the places of moments on a strip, from its first to its last."""
    if not points:
        return []
    first, last = min(one.at for one in points), max(one.at for one in points)
    whole = (last - first).total_seconds() or 1.0
    room = STRIP_WIDTH - 2 * STRIP_MARGIN
    return [
        Dot(
            round(STRIP_MARGIN + room * (one.at - first).total_seconds() / whole, 1),
            one.lane,
            one.is_said,
            one.label,
        )
        for one in points
    ]


def share(right: int, judged: int) -> int | None:
    """Return in whole percent how often a kind was right, or None before anything was judged."""
    return round(100 * right / judged) if judged else None
