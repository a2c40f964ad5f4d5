"""Makes the faults of clerks and spreadsheets in a row, each at its rate, and names them."""

from collections.abc import Callable
from datetime import date

from population import records
from population.period import Period
from population.randomness import Dice
from population.rates import Rates
from population.records import Record
from population.structure import MAN, WOMAN

DAY_FIRST = (records.DAY_FIRST_DASH, records.DAY_FIRST_SLASH)
SWAPPABLE_DAYS = 365 / 132  # Only 132 days can be swapped; the rate is of all rows.


def village_date_form(dice: Dice, rates: Rates) -> int:
    """Return how a whole village writes its dates."""
    share = dice.share()
    if share < rates.village_day_first:
        return dice.pick(DAY_FIRST)
    share -= rates.village_day_first
    return records.DATE_CELL if share < rates.village_date_cells else records.ISO


def _nik_missing(record: Record) -> None:
    record.nik = ""


def _nik_number(record: Record) -> None:
    record.nik_form = records.NUMBER


def _nik_exponent(record: Record) -> None:
    record.nik_form = records.EXPONENT


def _nik_apostrophe(record: Record) -> None:
    record.nik_form = records.APOSTROPHE


def _dead(record: Record) -> None:
    record.status = records.DEAD


def _moved(record: Record) -> None:
    record.status = records.MOVED


def _dead_unreported(record: Record) -> None:
    """The file says alive; only the answer key knows."""
    record.status = records.ALIVE


Fault = Callable[[Record], None]
NIK_FAULTS: tuple[tuple[str, Fault], ...] = (
    ("nik_missing", _nik_missing),
    ("nik_number", _nik_number),
    ("nik_exponent", _nik_exponent),
    ("nik_apostrophe", _nik_apostrophe),
)
LIFE_FAULTS: tuple[tuple[str, Fault], ...] = (
    ("dead", _dead),
    ("moved", _moved),
    ("dead_unreported", _dead_unreported),
)


class FaultMaker:
    """Spoils the rows of one village."""

    def __init__(self, seed: int, village_code: str, rates: Rates, period: Period) -> None:
        self._dice = Dice(seed, "faults", village_code)
        self._rates = rates
        self._year = period.opens_on.year
        self._dates = village_date_form(self._dice, rates)
        self._nik = [(name, float(getattr(rates, name)), fault) for name, fault in NIK_FAULTS]
        self._life = [(name, float(getattr(rates, name)), fault) for name, fault in LIFE_FAULTS]

    def lost_head(self, people: int) -> bool:
        """Decide whether a family's head is missing from its card."""
        return people > 1 and self._dice.chance(self._rates.head_missing)

    def spoil_family(self, rows: list[Record]) -> None:
        """Damage the number of a family's card, on all its rows at once."""
        if rows and self._dice.chance(self._rates.kk_exponent):
            rows[0].family.faults.append("kk_exponent")
            for record in rows:
                record.kk_form = records.EXPONENT
                record.faults.append("kk_exponent")

    def spoil(self, record: Record, neighbour: Record | None) -> None:
        """Make what goes wrong in one row."""
        self._one_of(self._nik, record)
        self._one_of(self._life, record)
        self._birth(record)
        self._rest(record, neighbour)

    def _one_of(self, faults: list[tuple[str, float, Fault]], record: Record) -> None:
        share = self._dice.share()
        for name, rate, fault in faults:
            if share < rate:
                if record.nik or not name.startswith("nik"):
                    # A number that ends in 0 already survives a spreadsheet's 15 digits.
                    unharmed = name == "nik_number" and record.nik.endswith("0")
                    fault(record)
                    record.faults.append("nik_number_unharmed" if unharmed else name)
                return
            share -= rate

    def _birth(self, record: Record) -> None:
        record.date_form = self._dates
        day = record.born
        can_be_swapped = day.day <= 12 and day.day != day.month and day.year < self._year
        if can_be_swapped and self._dice.chance(self._rates.birth_swapped * SWAPPABLE_DAYS):
            record.born = date(day.year, day.day, day.month)
            record.faults.append("birth_swapped")
            return
        if self._dates == records.ISO and self._dice.chance(self._rates.date_day_first):
            record.date_form = self._dice.pick(DAY_FIRST)
            record.faults.append("date_day_first")

    def _rest(self, record: Record, neighbour: Record | None) -> None:
        dice, rates = self._dice, self._rates
        if dice.chance(rates.sex_mismatch):
            record.sex = MAN + WOMAN - record.sex
            record.faults.append("sex_mismatch")
        if dice.chance(rates.nbsp):
            record.nbsp = True
            record.faults.append("nbsp")
        if dice.chance(rates.nik_of_another) and _can_take_nik(record, neighbour):
            record.nik = neighbour.nik if neighbour else ""
            record.faults.append("nik_of_another")


def _can_take_nik(record: Record, neighbour: Record | None) -> bool:
    """Tell whether the number of the row above could have been copied down into a sound row."""
    if neighbour is None or neighbour.person is record.person:
        return False
    return bool(neighbour.nik) and not record.is_duplicate and not record.faults
