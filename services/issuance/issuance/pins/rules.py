"""What a PIN is: six digits that nobody guesses at first, and when one may be set."""

import re
from itertools import pairwise

from common.card_number import card_number

DIGITS = 6
PAD_VALID_S = 300
CODE_LETTERS = 8
# Crockford's, less 0 and 1: nothing that is read as something else.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# A PIN belongs to a card in its family's hands, or to one that is being handed over there.
STATES = ("at_desk", "handed_over", "active")
DOCUMENTS = ("ktp", "kk", "sim", "passport", "village_letter")
WEAK = ("repeated", "in_a_row", "pairs", "year", "date", "common", "on_the_card")

# The most used six-digit PINs of published counts (DataGenetics 2012 and leaks since) that the
# other rules let pass.
COMMON = frozenset(
    {
        "520131", "159753", "147258", "258369", "123654", "456123", "789456", "456789",
        "112358", "314159", "147852", "963852", "753951", "135790", "246810", "102030",
        "010203", "100200", "131421", "159357", "142536", "321456", "696969", "420420",
        "170845", "450817", "101112", "123987",
    }
)  # fmt: skip


def weakness(pin: str, card_id: str) -> str | None:
    """Return why a PIN of six digits is too easy to guess (a word of WEAK), or None."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    half, pairs = len(pin) // 2, {pin[at : at + 2] for at in range(0, len(pin), 2)}
    if len(set(pin)) == 1:
        return "repeated"
    if steps in ({1}, {9}):
        return "in_a_row"
    if len(set(pin)) <= 2 or len(pairs) == 1 or pin[:half] == pin[half:] or _doubled(pin):
        return "pairs"
    if re.search(r"(?:19[2-9]|20[0-3])\d", pin):
        return "year"
    if _is_date(pin):
        return "date"
    if pin in COMMON:
        return "common"
    return "on_the_card" if pin in _digits(card_id) else None


def _doubled(pin: str) -> bool:
    """112233, 123321: every digit twice over, or the same backwards."""
    return pin == pin[::-1] or all(pin[at] == pin[at + 1] for at in range(0, len(pin), 2))


def _is_date(pin: str) -> bool:
    """Tell whether it reads as day, month and year (170845) or the other way round."""
    first, month, last = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    return 1 <= month <= 12 and (1 <= first <= 31 or 1 <= last <= 31)


def _digits(card_id: str) -> str:
    """The digits that can be read off the card, without what stands between them."""
    return re.sub(r"\D", "", card_number(card_id))
