"""A card's life: its states, what may follow what, and what others are told of it."""

import unicodedata
from datetime import datetime

from common.card_token import NAME_BYTES_MAX
from common.problems import Refused
from issuance.status.rules import Status

# On its way, in this order; a card counts at the last of them only.
ON_ITS_WAY = ("signed", "in_print", "printed", "at_desk", "handed_over")
# At most one card of a household is in one of these.
VALID_STATES = ("ordered", *ON_ITS_WAY, "active", "blocked")
ENDED_STATES = ("replaced", "revoked", "expired")
STATES = (*VALID_STATES, *ENDED_STATES)
IN_USE = (*ON_ITS_WAY, "active")

TRANSITIONS: dict[str, tuple[str, ...]] = {
    "ordered": ("signed", "revoked"),
    # A print batch claims it, and gives it back when the batch is cancelled or fails.
    "signed": ("in_print", "blocked", *ENDED_STATES),
    "in_print": ("signed", "printed", "blocked", *ENDED_STATES),
    # By count and receipt; what a desk prints itself is there at once. Nothing is given before.
    "printed": ("at_desk", "blocked", *ENDED_STATES),
    "at_desk": ("handed_over", "blocked", *ENDED_STATES),
    # It stays here while somebody has to look at the hand-over first.
    "handed_over": ("active", "blocked", *ENDED_STATES),
    "active": ("blocked", *ENDED_STATES),
    # Unblocking goes back to where the card was, by a trigger.
    "blocked": (*IN_USE, *ENDED_STATES),
}
ALLOWED = tuple((old, new) for old, after in TRANSITIONS.items() for new in after)

# Words for why, one list for each act; shown to people in both languages by the pages.
REASONS = {
    "issue": ("ran_out",),
    "block": ("lost", "stolen", "suspected_misuse", "family_asked"),
    "unblock": ("found", "cleared"),
    "replace": ("lost", "stolen", "damaged", "name_changed", "printing_fault"),
    "revoke": ("family_left", "issued_in_error", "died_without_family"),
}


def check_transition(old: str, new: str, *, unblocks: bool = False) -> None:
    """Refuse a change that the life of a card does not have."""
    is_freed = old == "blocked" and in_use(new)
    if new not in TRANSITIONS.get(old, ()) or is_freed != unblocks:
        raise Refused("card_state_impossible", state=old, wanted=new)


def in_use(state: str) -> bool:
    """Tell whether a card in this state is signed and neither blocked nor ended."""
    return state in IN_USE


def status_of(state: str) -> Status:
    """Return what verifiers are told about a card in this state: it counts once it is active."""
    if state == "active":
        return "valid"
    if state == "blocked":
        return "suspended"
    return "revoked" if state in ENDED_STATES else "not_active"


def expiry(issued_at: datetime, years: int) -> datetime:
    """Return when a card ends: the same day, `years` later; 29 February becomes 28."""
    try:
        return issued_at.replace(year=issued_at.year + years)
    except ValueError:
        return issued_at.replace(year=issued_at.year + years, day=28)


def printed_name(name: str) -> str:
    """Return a name as the card carries it: at most 40 bytes, whole words, in capitals.

    What is too long is shortened as people here do it themselves: words become initials from the
    second-last backwards, the first word and the last stay. Only a single word too long is cut.
    """
    words = unicodedata.normalize("NFC", name).upper().split()
    for place in range(len(words) - 2, 0, -1):
        if _fits(" ".join(words)):
            break
        words[place] = f"{words[place][0]}."
    text = " ".join(words)
    while not _fits(text):
        text = text[:-1].rstrip()
    return text


def _fits(text: str) -> bool:
    return len(text.encode()) <= NAME_BYTES_MAX
