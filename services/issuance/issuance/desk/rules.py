"""Which act is the sensible next one for a card, and which others there are. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7))
# The letter of each act: the same in both languages, so that hands learn it once.
KEYS = {
    "issue": "k",
    "print": "c",
    "hand_over": "s",
    "pin": "p",
    "block": "b",
    "unblock": "u",
    "replace": "g",
    "revoke": "x",
    "photo": "f",
    "history": "r",
    "next": "n",
}
NEEDED = {
    "print": frozenset({"cards.print"}),
    "hand_over": frozenset({"cards.manage", "handovers.record"}),
}
_FOR_ANY_OTHER = frozenset({"cards.manage"})
# Whoever lost a card is helped at once: blocking and replacing stay within reach of every card.
_ALIVE = ("block", "replace", "revoke")
ACTS_BY_STATE: dict[str, tuple[str, ...]] = {
    "ordered": ("photo",),
    "signed": ("print", *_ALIVE, "photo"),
    "in_print": ("block", "photo"),
    "printed": (*_ALIVE, "photo"),
    "at_desk": ("hand_over", *_ALIVE),
    "handed_over": ("pin", *_ALIVE),
    "active": ("pin", *_ALIVE, "photo"),
    "blocked": ("unblock", "replace", "revoke"),
    "expired": ("issue",),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice of acts depends on."""

    state: str
    has_pin: bool
    is_replacement_asked: bool = False
    # A clerk asked for a replacement, and another has to confirm it first.
    awaits_another: bool = False
    is_blocked_by_me: bool = False
    # "waits" while the registry suspends what the family is enrolled in.
    standing: str = "runs"


@dataclass(frozen=True, slots=True)
class Acts:
    """The act that Enter does, and the others, each behind its letter."""

    primary: str
    others: tuple[str, ...]


def acts_for(now: Situation, permissions: frozenset[str]) -> Acts:
    """Return what can be done with a card, the sensible next act first."""
    possible = [act for act in ACTS_BY_STATE.get(now.state, ()) if _is_allowed(act, permissions)]
    if now.standing == "waits" or now.is_blocked_by_me:
        possible = [act for act in possible if act != "unblock"]
    primary = _primary(now, possible)
    return Acts(primary, tuple(act for act in possible if act != primary))


def _primary(now: Situation, possible: list[str]) -> str:
    if now.awaits_another:
        return "next"
    if now.is_replacement_asked and "replace" in possible:
        return "replace"
    if now.state == "active" and now.has_pin:
        return "next"
    wanted = {
        "signed": "print",
        "at_desk": "hand_over",
        "handed_over": "pin",
        "active": "pin",
        "blocked": "unblock",
        "expired": "issue",
    }.get(now.state, "next")
    if now.state == "handed_over" and now.has_pin:
        return "next"
    return wanted if wanted in possible else "next"


def _is_allowed(act: str, permissions: frozenset[str]) -> bool:
    return NEEDED.get(act, _FOR_ANY_OTHER) <= permissions


def day_began(now: datetime) -> datetime:
    """Return when the day began in Kalimantan Tengah (WIB), in UTC."""
    here = now.astimezone(WIB)
    return here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
