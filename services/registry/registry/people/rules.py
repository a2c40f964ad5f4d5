"""What names and numbers of people mean; no database."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.card_number import WrongCardNumber, parse_card_number

DIGITS_16 = re.compile(r"\d{16}")
WOMAN_DAY = 40
RELATIONS = (
    "head",
    "husband",
    "wife",
    "child",
    "child_in_law",
    "grandchild",
    "parent",
    "parent_in_law",
    "other_family",
    "helper",
    "other",
)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TEMPORARY_BITS = 60
JOINING_MARKS = "'’`ʼ"
# Most names have no letter beyond ASCII: one look-up does for them what follows below.
ASCII_KEPT = {
    code: None if chr(code) in JOINING_MARKS else " "
    for code in range(128)
    if not chr(code).isalnum()
}
TEMPORARY = re.compile(rf"TN-?([{CROCKFORD}]{{{TEMPORARY_BITS // 5}}})")
# As it is printed; without this shape or a digit, fourteen letters are rather a name.
CARD_SHAPE = re.compile(r"\w{5}[-\u2010\u2011\u2013]\w{5}[-\u2010\u2011\u2013]\w{4}")
NUMBER_MARKS = re.compile(r"[\s.,'\u00a0+-]")
NAME_CHARACTERS_MIN = 2
# A whole district or more is only searched for names that leave few to read.
NAME_CHARACTERS_MIN_WIDE = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into the search box was understood as.

    `kind`: nothing · number (a NIK or KK number) · card (`value` is the card id) · temporary ·
    name (`value` is the name's key) · wrong_number · mistyped_card.
    """

    kind: str
    value: str = ""


def understand(typed: str) -> Typed:
    """Tell a NIK or KK number, a card number and a name apart."""
    plain = " ".join(typed.split())
    if not plain:
        return Typed("nothing")
    digits = NUMBER_MARKS.sub("", plain)
    if DIGITS_16.fullmatch(digits):
        return Typed("number", digits)
    temporary = TEMPORARY.fullmatch(plain.upper())
    if temporary:
        return Typed("temporary", f"TN-{temporary[1]}")
    looks_like_card = CARD_SHAPE.fullmatch(plain) is not None
    if looks_like_card or any(letter.isdigit() for letter in plain):
        try:
            return Typed("card", parse_card_number(plain))
        except WrongCardNumber as wrong:
            if wrong.mistyped:
                return Typed("mistyped_card")
    # Also 6,2E+15, which is what a spreadsheet leaves of a NIK.
    if re.fullmatch(r"[\dE]+", digits.upper()) and digits[0].isdigit():
        return Typed("wrong_number")
    return Typed("name", name_key(plain))


def name_key(name: str) -> str:
    """Return a name as it is compared: capitals, one space between words, no marks."""
    if name.isascii():
        return " ".join(name.upper().translate(ASCII_KEPT).split())
    plain = unicodedata.normalize("NFKD", name).upper()
    kept = "".join(letter if letter.isalnum() else " " for letter in plain if not _is_mark(letter))
    return " ".join(kept.split())


def _is_mark(letter: str) -> bool:
    # Ma'anyan and Maanyan are one spelling: an apostrophe joins, a dot or a dash parts.
    return unicodedata.combining(letter) != 0 or letter in JOINING_MARKS


def temporary_number(person_id: UUID) -> str:
    """Return the number of a person without NIK: its letters keep it from looking like one."""
    rest = person_id.int & ((1 << TEMPORARY_BITS) - 1)
    text = ""
    for _ in range(TEMPORARY_BITS // 5):
        text = CROCKFORD[rest & 31] + text
        rest >>= 5
    return f"TN-{text}"


def nik_birth(nik: str) -> tuple[int, int, int, bool]:
    """Return day, month and two-digit year of birth, and whether it says a woman."""
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    is_woman = day > WOMAN_DAY
    return (day - WOMAN_DAY if is_woman else day), month, year, is_woman


def nik_warnings(
    nik: str, born_on: date | None, sex: str, known_districts: frozenset[str]
) -> list[str]:
    """Return what in a NIK does not fit the record. None of it proves an error.

    A NIK keeps the district and the date of first registration for life, even after either was
    corrected (PP 40/2019 art. 30(2)), and it has no check digit.
    """
    found = []
    day, month, year, is_woman = nik_birth(nik)
    if born_on is not None and (born_on.day, born_on.month, born_on.year % 100) != (
        day,
        month,
        year,
    ):
        found.append("nik_birth_differs")
    if is_woman != (sex == "F"):
        found.append("nik_sex_differs")
    district = f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}"
    if nik.startswith("62") and district not in known_districts:
        found.append("nik_district_unknown")
    return found


def nik_context(nik_index: bytes) -> str:
    """Return what a sealed NIK is bound to: its own index, so that it can't sit beside another."""
    return f"persons.nik:{nik_index.hex()}"


def kk_context(kk_index: bytes) -> str:
    """Return what a sealed KK number is bound to."""
    return f"households.kk:{kk_index.hex()}"


def address_context(kk_index: bytes) -> str:
    """Return what a sealed address is bound to: the family card that states it."""
    return f"households.address:{kk_index.hex()}"


def phone_context(phone_index: bytes) -> str:
    """Return what a sealed telephone number is bound to."""
    return f"persons.phone:{phone_index.hex()}"
