"""When a card counts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

# What common.card_token says of a scanned text, and the word of this service for it.
SCAN_REFUSALS = {
    "malformed": "card_unreadable",
    "wrong_version": "card_form_unknown",
    "unknown_key": "card_key_unknown",
    "wrong_algorithm": "card_not_genuine",
    "bad_signature": "card_not_genuine",
    "key_compromised": "card_must_be_replaced",
    "key_out_of_validity": "card_must_be_replaced",
    "expired": "card_expired",
    "not_yet_valid": "card_not_yet_valid",
}


@dataclass(frozen=True, slots=True)
class Card:
    card_id: str
    household_id: UUID
    region_code: str
    expires_at: datetime
    # valid, not_active, suspended or revoked; a card of before the rule that a card waits to be
    # handed over, and of which nobody has said anything since, is valid.
    status: str
    is_key_compromised: bool


def why_not_usable(card: Card | None, now: datetime) -> str | None:
    """Return the word for why a card does not count now, or None when it does."""
    if card is None:
        return "card_unknown"
    if card.status != "valid":
        return f"card_{card.status}"
    if card.is_key_compromised:
        return "card_must_be_replaced"
    if now >= card.expires_at:
        return "card_expired"
    return None
