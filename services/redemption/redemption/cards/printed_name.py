"""The name printed on a card: sealed at rest, opened only to be compared at a counter."""

from common.sealed import Sealer


def _place(card_id: str) -> str:
    return f"cards.printed_name:{card_id}"


def seal_name(sealer: Sealer, card_id: str, name: str) -> bytes:
    """Return the name as it is stored."""
    return sealer.seal_text(name, _place(card_id))


def open_name(sealer: Sealer, card_id: str, sealed: bytes) -> str:
    """Return a stored name; raises SealBroken."""
    return sealer.open_text(sealed, _place(card_id))
