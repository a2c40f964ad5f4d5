"""The card number a person reads and types: the card id in Crockford's base32, with a check.

The check character is a Reed-Solomon symbol over GF(32), not Crockford's own mod 37: it finds
every single wrong character and every swap of two characters (as mod 37 does), but stays within
the 32 letters and digits, where mod 37 needs `* ~ $ = U`, which no phone keypad shows first.
A number that is wrong in another way is taken for right once in 32 times, and then it must still
be a card that exists.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CARD_ID_BYTES = 8
_SYMBOLS = 13
_GROUPS = (5, 10)
# x^5 + x^2 + 1: its root has order 31, more than the 14 places, so no two places weigh the same.
_POLYNOMIAL = 0b100101
_READ_AS = str.maketrans("OIL", "011", " -._\t\r\n\u00a0\u2010\u2011\u2013")


class WrongCardNumber(ValueError):
    """The text is not a card number; `mistyped` tells that only its check failed."""

    def __init__(self, *, mistyped: bool) -> None:
        super().__init__("the check character does not fit" if mistyped else "not a card number")
        self.mistyped = mistyped


def _weigh(symbols: list[int]) -> int:
    total = 0
    for symbol in symbols:
        total = total << 1 ^ (_POLYNOMIAL if total & 16 else 0) ^ symbol
    return total


def check_character(text: str) -> str:
    """Return the check character of a text of ALPHABET, at most 30 characters long."""
    return ALPHABET[_weigh([*(ALPHABET.index(letter) for letter in text), 0])]


def card_number(card_id: str) -> str:
    """Return "XXXXX-XXXXX-XXXX" for a card id of 16 hexadecimal digits."""
    value = int.from_bytes(bytes.fromhex(card_id))
    symbols = [value >> 5 * place & 31 for place in reversed(range(_SYMBOLS))]
    symbols.append(_weigh([*symbols, 0]))
    text = "".join(ALPHABET[symbol] for symbol in symbols)
    return f"{text[: _GROUPS[0]]}-{text[_GROUPS[0] : _GROUPS[1]]}-{text[_GROUPS[1] :]}"


def parse_card_number(text: str) -> str:
    """Return the card id (16 hexadecimal digits) of a typed number; raises WrongCardNumber.

    Lower case, spaces and hyphens anywhere, O for 0 and I or L for 1 are understood.
    """
    plain = text.upper().translate(_READ_AS)
    if len(plain) != _SYMBOLS + 1 or any(letter not in ALPHABET for letter in plain):
        raise WrongCardNumber(mistyped=False)
    symbols = [ALPHABET.index(letter) for letter in plain]
    if _weigh(symbols) != 0:
        raise WrongCardNumber(mistyped=True)
    value = 0
    for symbol in symbols[:_SYMBOLS]:
        value = value << 5 | symbol
    # Thirteen symbols hold 65 bits, an id has 64.
    if value >> 8 * CARD_ID_BYTES:
        raise WrongCardNumber(mistyped=False)
    return value.to_bytes(CARD_ID_BYTES).hex()
