"""What may become of a signing key, how long it counts, and whose cards it signs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.problems import Refused
from common.regions import PROVINCE, covers

STATES = ("planned", "active", "verify_only", "retired", "compromised")
# A stolen key can be found out in any state, and nothing comes back from that.
TRANSITIONS = {
    "planned": ("active", "retired", "compromised"),
    "active": ("verify_only", "compromised"),
    "verify_only": ("retired", "compromised"),
    "retired": ("compromised",),
    "compromised": (),
}
SIGNS_FOR = timedelta(days=365)
# Cards live five years by default; the key must outlive the last card that it signed.
SPARE_AFTER_LAST_CARD = timedelta(days=31)
# A terminal without network learns a key at its next contact: a month is the longest one counted
# with. Until then it says "unknown key" to a good card.
PUBLISHED_BEFORE_USE = timedelta(days=30)
# The very first key of a site has no terminals that could lack it.
FIRST_KEY = "first key of the site"
PREPARE = "prepare"
NAME_LENGTH_MAX = 80
REASON_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class KeyDates:
    not_before: datetime
    sign_until: datetime
    verify_until: datetime


def dates_of_new_key(starts_at: datetime, card_valid_years: int) -> KeyDates:
    """Return the dates of a key that signs for a year from `starts_at`."""
    # Tokens count in whole seconds: one signed at once must not be older than its key.
    starts_at = starts_at.replace(microsecond=0)
    sign_until = starts_at + SIGNS_FOR
    last_card_ends = sign_until + timedelta(days=366 * card_valid_years)
    return KeyDates(starts_at, sign_until, last_card_ends + SPARE_AFTER_LAST_CARD)


def check_transition(old: str, new: str) -> None:
    """Refuse a change of state that a key does not have."""
    if new not in TRANSITIONS[old]:
        raise Refused("key_state_impossible", old=old, new=new)


def check_name(name: str) -> str:
    """Return an operator's name without spaces around it; refuses what names nobody."""
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH_MAX or name.casefold() == PREPARE:
        raise Refused("operator_unnamed")
    return name


def check_reason(reason: str) -> str:
    """Return a reason without spaces around it; refuses an empty one."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_LENGTH_MAX:
        raise Refused("key_reason_missing")
    return reason


def early_reason(
    key: Mapping[Any, Any], now: datetime, *, is_first: bool, despite: str
) -> str | None:
    """Return why this key may be activated before its 30 days are over; None when they are.

    Raises Refused: key_not_published, key_too_young.
    """
    published_at = key["published_at"]
    if published_at is None:
        raise Refused("key_not_published", kid=key["kid"])
    may_from = published_at + PUBLISHED_BEFORE_USE
    if now >= may_from:
        return None
    if is_first:
        return FIRST_KEY
    if not despite.strip():
        raise Refused("key_too_young", may_from=f"{may_from:%Y-%m-%d %H:%M} UTC")
    return check_reason(despite)


def check_another_person(created_by: str, name: str) -> None:
    """Refuse the one who made a key as the one who activates it."""
    if created_by != PREPARE and created_by.strip().casefold() == name.casefold():
        raise Refused("key_needs_another")


def key_of_place(keys: Iterable[Mapping[Any, Any]], place: str) -> Mapping[Any, Any] | None:
    """Return the key that signs the cards of a place; None when none may.

    The most specific one that covers it; of several as specific, the youngest.
    """
    fitting = [key for key in keys if covers(key["region_code"], place)]
    order = ("not_before", "id")
    return max(
        fitting, default=None, key=lambda k: (len(k["region_code"]), *(k[name] for name in order))
    )


def key_of_all(keys: Iterable[Mapping[Any, Any]]) -> Mapping[Any, Any] | None:
    """Return the key for what belongs to no village (lists, messages): the province's youngest.

    Where only parts of the province have keys, any of them will do: verifiers know all.
    """
    keys = list(keys)
    province = key_of_place(keys, PROVINCE)
    return province or max(keys, default=None, key=lambda k: (k["not_before"], k["id"]))


def check_successor(key: Mapping[Any, Any], others: Iterable[Mapping[Any, Any]]) -> None:
    """Refuse to stop the last key of a place: its cards would wait for ever."""
    if not any(covers(other["region_code"], key["region_code"]) for other in others):
        raise Refused("key_without_successor", region=key["region_code"])
