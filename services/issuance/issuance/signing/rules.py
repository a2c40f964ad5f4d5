"""What may become of a signing key, and how long each one counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.problems import Refused

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
    """Refuse a change of state that the life of a key does not have."""
    if new not in TRANSITIONS[old]:
        raise Refused("key_state_impossible", old=old, new=new)
