"""What a partner is owed for a time: what it gave, less what was undone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from common.problems import Refused
from redemption.payments.rules import safe_cell
from redemption.redeeming.lines import Line

__all__ = ["PERIOD_MAX_DAYS", "Sum", "demand_period", "safe_cell", "totals"]

PERIOD_MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Sum:
    """Lines of one benefit, or of all."""

    given: int = 0
    given_rupiah: int = 0
    undone: int = 0
    undone_rupiah: int = 0

    @property
    def owed_rupiah(self) -> int:
        """What is owed: given, less undone."""
        return self.given_rupiah - self.undone_rupiah

    def plus(self, line: Line) -> "Sum":
        """Return the sum with one more line."""
        is_undone = line.reversal_id is not None
        return Sum(
            self.given + 1,
            self.given_rupiah + line.amount_rupiah,
            self.undone + is_undone,
            self.undone_rupiah + (line.reversed_rupiah or 0),
        )


def totals(lines: Iterable[Line]) -> tuple[Sum, dict[tuple[str, str], Sum]]:
    """Return the sum of all lines, and the sums by benefit (its names in both languages)."""
    whole = Sum()
    by_benefit: dict[tuple[str, str], Sum] = defaultdict(Sum)
    for line in lines:
        whole = whole.plus(line)
        names = (line.benefit_name_id, line.benefit_name_en)
        by_benefit[names] = by_benefit[names].plus(line)
    return whole, dict(sorted(by_benefit.items()))


def demand_period(first: date, last: date) -> None:
    """Refuse a period that ends before it begins, or is longer than PERIOD_MAX_DAYS."""
    if last < first:
        raise Refused("period_backwards")
    if (last - first).days >= PERIOD_MAX_DAYS:
        raise Refused("period_too_long", days=PERIOD_MAX_DAYS)
