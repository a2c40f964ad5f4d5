"""What repeats in a file of people, worked out once: words, addresses, telephone numbers, dates."""

import re
from collections.abc import Callable, Hashable, Mapping
from datetime import date
from typing import Any

from registry.intake.cells import Cell, text_of
from registry.intake.layouts import words
from registry.people.rules import WOMAN_DAY

NAME_CHARACTERS_MAX = 100
ADDRESS_CHARACTERS_MAX = 300
REMEMBERED_MAX = 50_000
NOT_DIGITS = re.compile(r"[\s().\-/]+")
PHONE = re.compile(r"0\d{7,13}")

Told = tuple[Any, str]  # A value, and the code of what is wrong with it.


class Remembered(dict[Any, Any]):
    """Works out what it is asked for the first time; forgets all when it has grown too large."""

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: Hashable) -> Any:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        found = self[key] = self._work_out(key)
        return found


def word(known: Mapping[str, str], problem: str) -> Callable[[Cell], Told]:
    """Return what reads a code or word by a table; another one is told as `problem`."""

    def told(cell: Cell) -> Told:
        found = known.get(words.word_key(text_of(cell)), "")
        return found, "" if found else problem

    return told


def short(cell: Cell) -> str:
    """Return a text of bounded length."""
    return text_of(cell)[:NAME_CHARACTERS_MAX]


def address(parts: tuple[Cell, ...]) -> str:
    """Return street, hamlet, RT and RW as one line."""
    street, hamlet, rt, rw = (text_of(part) for part in parts)
    named = [street, f"Dusun {hamlet}" if hamlet else ""]
    named += [f"RT {rt}" if rt else "", f"RW {rw}" if rw else ""]
    return ", ".join(part for part in named if part)[:ADDRESS_CHARACTERS_MAX]


def phone(cell: Cell) -> Told:
    """Return a telephone number as it is dialled here; a number cell has lost only its zero."""
    digits = NOT_DIGITS.sub("", text_of(cell))
    if digits.startswith(("+62", "62")):
        digits = "0" + digits.removeprefix("+").removeprefix("62")
    elif digits.startswith("8"):
        digits = f"0{digits}"
    if not digits:
        return "", ""
    return (digits, "") if PHONE.fullmatch(digits) else ("", "phone_unreadable")


def digits_of_day(born_on: date) -> dict[str, str]:
    """Return what a NIK of that birth date has as digits 7 to 12, by sex."""
    rest = f"{born_on.month:02}{born_on.year % 100:02}"
    return {"M": f"{born_on.day:02}{rest}", "F": f"{born_on.day + WOMAN_DAY}{rest}"}
