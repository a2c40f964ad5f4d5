"""When the next thing has to be done with the keys, and how their times lie beside each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from common.regions import PROVINCE, covers
from issuance.signing.rules import PUBLISHED_BEFORE_USE

# A key that ends this soon, with none to follow, is a warning and no longer a plan.
WARN_BEFORE = timedelta(days=60)

Act = Literal["create", "publish", "activate", "stop", "retire", "none_active"]
Key = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What has to be done, for which part of the province, with which key and by when."""

    act: Act
    region_code: str
    kid: str | None
    by: datetime
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a time line, in thousandths of its width."""

    start: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    """The times of all keys on one scale."""

    begins: datetime
    ends: datetime

    def place(self, moment: datetime) -> int:
        """Return where a moment lies, in thousandths of the width."""
        whole = (self.ends - self.begins).total_seconds() or 1.0
        share = (moment - self.begins).total_seconds() / whole
        return round(1000 * min(1.0, max(0.0, share)))

    def spans(self, key: Key) -> list[Span]:
        """Return the parts of a key's time: known, signing, and only its cards counting."""
        known = min(key["published_at"] or key["not_before"], key["not_before"])
        moments = (known, key["not_before"], key["sign_until"], key["verify_until"])
        places = [self.place(moment) for moment in moments]
        kinds = ("known", "signs", "counts")
        return [
            Span(start, end - start, kind)
            for (start, end), kind in zip(pairwise(places), kinds, strict=True)
            if end > start
        ]


def time_line(keys: Sequence[Key]) -> TimeLine:
    """Return the scale that holds every key; there must be one."""
    begins = min(min(key["published_at"] or key["not_before"], key["not_before"]) for key in keys)
    return TimeLine(begins, max(key["verify_until"] for key in keys))


def next_steps(keys: Sequence[Key], now: datetime) -> list[NextStep]:
    """Return what has to be done, the soonest first."""
    active = [key for key in keys if key["state"] == "active" and key["sign_until"] > now]
    planned = [key for key in keys if key["state"] == "planned"]
    found = [_follow_up(region, active, planned, now) for region in _regions(active)]
    steps = [step for step in found if step is not None]
    if not active:
        steps.append(NextStep("none_active", PROVINCE, None, now, is_urgent=True))
    steps += [_next_of_planned(key, now) for key in planned]
    for key in keys:
        if key["state"] == "active" and key["sign_until"] <= now:
            place, kid = key["region_code"], key["kid"]
            steps.append(NextStep("stop", place, kid, key["sign_until"], is_urgent=False))
        if key["state"] == "verify_only":
            place, kid, by = key["region_code"], key["kid"], key["verify_until"]
            steps.append(NextStep("retire", place, kid, by, is_urgent=False))
    return sorted(steps, key=lambda step: step.by)


def _regions(active: Iterable[Key]) -> list[str]:
    return sorted({key["region_code"] for key in active})


def _follow_up(
    region: str, active: Sequence[Key], planned: Sequence[Key], now: datetime
) -> NextStep | None:
    """Return by when the next key of a place has to be made; None when one is planned."""
    if any(key["region_code"] == region for key in planned):
        return None
    ends = max(key["sign_until"] for key in active if key["region_code"] == region)
    # Where a key of a larger part goes on, nobody's card waits.
    goes_on = any(
        key["region_code"] != region
        and covers(key["region_code"], region)
        and key["sign_until"] > ends
        for key in active
    )
    is_urgent = now >= ends - WARN_BEFORE and not goes_on
    return NextStep("create", region, None, ends - PUBLISHED_BEFORE_USE, is_urgent)


def _next_of_planned(key: Key, now: datetime) -> NextStep:
    place, kid, published_at = key["region_code"], key["kid"], key["published_at"]
    if published_at is None:
        by = key["not_before"] - PUBLISHED_BEFORE_USE
        return NextStep("publish", place, kid, by, is_urgent=now > by)
    by = max(published_at + PUBLISHED_BEFORE_USE, key["not_before"])
    return NextStep("activate", place, kid, by, is_urgent=now > by + PUBLISHED_BEFORE_USE)
