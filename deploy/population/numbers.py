"""NIK and KK numbers that cannot be anyone's.

A real NIK begins with the code of a real district. Every number made here has district 99, which
no regency of province 62 has, so none of them was ever given to a person or a family. Within that,
each village owns its own serials, so that villages can be made apart and numbers never meet.
"""

from collections import defaultdict
from datetime import date

from population.randomness import Dice
from population.sizes import Village

RESERVED_DISTRICT = "99"
RESIDENT_SERIALS = 6_999  # Divided over a regency's villages.
NEWCOMER_SERIALS = 7_000  # Plus the village's place in the province: registered in another regency.
MISTYPED_SERIALS = "9"  # Serials 9000-9999 are only ever typing errors.
WOMAN = 40  # Added to the day of birth.


class SerialsExhausted(Exception):
    """A village has no free serial left for this date; its plan is larger than any real one."""


def day_part(day: date, woman: bool) -> str:
    """Return the date as a NIK writes it: DDMMYY, the day plus 40 for a woman."""
    return f"{day.day + (WOMAN if woman else 0):02}{day.month:02}{day.year % 100:02}"


class Numbers:
    """Gives out one village's numbers."""

    def __init__(self, village: Village, villages_in_regency: int) -> None:
        self._own = f"{village.regency.replace('.', '')}{RESERVED_DISTRICT}"
        self._width = RESIDENT_SERIALS // villages_in_regency
        self._first = village.order_in_regency * self._width + 1
        self._elsewhere = NEWCOMER_SERIALS + village.order_in_province
        self._given: dict[str, int] = defaultdict(int)

    def _next(self, prefix: str) -> str:
        given = self._given[prefix]
        if given >= self._width:
            raise SerialsExhausted(prefix[-6:])
        self._given[prefix] = given + 1
        return f"{prefix}{self._first + given:04}"

    def nik(self, born: date, woman: bool, registered_in: str | None = None) -> str:
        """Return a new NIK; a newcomer's carries the regency of first registration for life."""
        day = day_part(born, woman)
        if registered_in:
            prefix = f"{registered_in.replace('.', '')}{RESERVED_DISTRICT}{day}"
            if prefix[:6] != self._own and not self._given[prefix]:
                self._given[prefix] = 1
                return f"{prefix}{self._elsewhere:04}"
        return self._next(f"{self._own}{day}")

    def kk(self, recorded: date) -> str:
        """Return a new family card number, recorded on this date."""
        # A prefix of its own keeps family cards from using up the serials of men born that day.
        return self._next(f"KK{self._own}{day_part(recorded, woman=False)}")[2:]


def mistyped(nik: str, dice: Dice) -> str:
    """Return the number with its serial typed wrong, never another person's number."""
    rest = nik[13:] if dice.chance(0.7) else f"{nik[13]}{nik[15]}{nik[14]}"
    return f"{nik[:12]}{MISTYPED_SERIALS}{rest}"
