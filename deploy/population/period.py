"""The quarter that a province is of: what DTSEN is dated with, and the day all ages count from."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

WRITTEN = re.compile(r"(20\d\d)-Q([1-4])")


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter of a year."""

    year: int
    quarter: int

    @classmethod
    def of(cls, day: date) -> "Period":
        """Return the quarter that a day is in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def last_whole_before(cls, today: date) -> "Period":
        """Return the newest quarter that is over: nothing in it lies in the future."""
        return cls.of(cls.of(today).opens_on - timedelta(days=1))

    @classmethod
    def read(cls, text: str) -> "Period":
        """Return the quarter written like 2026-Q3; raises ValueError."""
        found = WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"a period is written like 2026-Q3, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    @property
    def name(self) -> str:
        """How DTSEN writes it: 2026-Q3."""
        return f"{self.year}-Q{self.quarter}"

    @property
    def opens_on(self) -> date:
        """The first day: everybody in the province is born before it."""
        return date(self.year, 3 * self.quarter - 2, 1)
