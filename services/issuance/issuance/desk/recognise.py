"""What was typed into the one search box of the desk: a KK number, a card, a scan, or a name."""

import re
from dataclasses import dataclass
from typing import Literal

from common.base45 import ALPHABET
from common.card_number import WrongCardNumber, parse_card_number

Kind = Literal["kk", "card", "token", "name"]
KK_DIGITS = 16
# A KK number is off by a digit or two, or has a NIK's worth too many; a name has none.
KK_DIGITS_NEAR = range(12, 21)
CARD_CHARACTERS = 14
# The shortest token of ours has some 300 characters; no name and no number has a hundred.
TOKEN_CHARACTERS_MIN = 100
# As it is printed: one in two hundred has no digit at all.
PRINTED = re.compile(r"\s*\w{5}-\w{5}-\w{3,5}\s*")
_BETWEEN = str.maketrans("", "", " .-_\t\u00a0\u2010\u2011\u2013")
_LINE_ENDS = "\r\n\t"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a text was taken for, and the village that was written behind a comma."""

    kind: Kind
    text: str
    village: str = ""


def recognise(text: str) -> Typed:
    """Return what a typed or scanned text is."""
    # A token may end in a space, which is one of Base45's characters: only line ends go.
    scanned = text.strip(_LINE_ENDS)
    if len(scanned) >= TOKEN_CHARACTERS_MIN and all(one in ALPHABET for one in scanned):
        return Typed("token", scanned)
    name, comma, village = (part.strip() for part in text.partition(","))
    plain = text.translate(_BETWEEN).strip(_LINE_ENDS)
    if plain.isascii() and plain.isdigit() and len(plain) != CARD_CHARACTERS:
        return Typed("kk" if len(plain) in KK_DIGITS_NEAR else "card", plain)
    has_digit = any(one.isdigit() for one in plain)
    if has_digit or PRINTED.fullmatch(text) or (not comma and _is_card_number(text)):
        return Typed("card", text.strip())
    return Typed("name", name, village)


def _is_card_number(text: str) -> bool:
    try:
        parse_card_number(text)
    except WrongCardNumber:
        return False
    return True
