"""What a village file says about a person: the truth, or what was made of it."""

from dataclasses import dataclass, field
from datetime import date

from population.people import Family, Person

ALIVE, DEAD, MOVED = 1, 2, 3
PLAIN, APOSTROPHE, NUMBER, EXPONENT = range(4)  # How a number of 16 digits stands in its cell.
ISO, DAY_FIRST_DASH, DAY_FIRST_SLASH, DATE_CELL = range(4)  # How a date stands in its cell.
NBSP = "\u00a0"

Cell = str | float | date | None


@dataclass(slots=True)
class Record:
    """One row. `faults` names all that is wrong with it; `row` counts as a spreadsheet does."""

    person: Person
    family: Family
    name: str
    nik: str
    sex: int
    born: date
    relation: int
    status: int = ALIVE
    nik_form: int = PLAIN
    kk_form: int = PLAIN
    date_form: int = ISO
    nbsp: bool = False
    is_duplicate: bool = False
    faults: list[str] = field(default_factory=list)
    row: int = 0


def record_of(person: Person, family: Family) -> Record:
    """Return the row of a person as it should be."""
    return Record(
        person, family, person.name, person.nik, person.sex, person.born, int(person.relation)
    )


def sixteen_digits(number: str, form: int) -> Cell:
    """Return a NIK or KK number as it stands in a cell; a spreadsheet keeps 15 digits of it."""
    if form == PLAIN or not number:
        return number or None
    if form == APOSTROPHE:
        return f"'{number}"
    if form == NUMBER:
        return float(f"{number[:15]}0")
    return f"{float(number):.5E}"


def written_date(day: date, form: int) -> Cell:
    """Return a date as it stands in a cell."""
    if form == DAY_FIRST_DASH:
        return f"{day:%d-%m-%Y}"
    if form == DAY_FIRST_SLASH:
        return f"{day:%d/%m/%Y}"
    return day if form == DATE_CELL else day.isoformat()


def with_nbsp(text: str, nbsp: bool) -> str:
    """Return the text with the space that a web page or a word processor leaves behind."""
    if not nbsp:
        return text
    return text.replace(" ", NBSP, 1) if " " in text else f"{text}{NBSP}"
