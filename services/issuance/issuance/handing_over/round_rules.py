"""What may come of a card on a round, and when a round has to be back. Pure."""

from datetime import date

ROUND_STATES = ("ready", "out", "back", "closed", "cancelled")
OUTCOMES = ("waiting", "handed_over", "returned", "not_counted")
# Why a card comes back. `card_not_valid`: it was blocked or replaced while it was under way.
RETURN_REASONS = (
    "moved",
    "died",
    "not_at_home",
    "refused",
    "wrong_name",
    "not_known",
    "card_not_valid",
    "other",
)
# The desk has to find out: the family's data or its card must change.
DESK_REASONS = frozenset({"moved", "died", "not_known", "wrong_name"})
# `already`: the same companion had told of this card from another phone.
LINE_STATES = ("accepted", "already", "refused")
QUARANTINE_REASONS = ("gap", "chain_broken", "sequence_repeated", "changed_after", "unreadable")

# A card is given or back in the office within a week: longer, and a bag of other people's cards
# lies in somebody's house. Also how long a phone keeps its list of names.
ROUND_DAYS_MAX = 7
CARDS_A_ROUND_MAX = 300


def is_overdue(planned_on: date, today: date, state: str) -> bool:
    """Tell whether a round should have been closed by now."""
    return state in {"ready", "out", "back"} and (today - planned_on).days > ROUND_DAYS_MAX
