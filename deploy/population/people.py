"""The shapes of the truth: persons in families, before any clerk or spreadsheet touches them."""

from dataclasses import dataclass, field
from datetime import date

from population.places import Place
from population.structure import Marriage, Relation


@dataclass(slots=True)
class Person:
    """One person as they are. Codes are those of village files."""

    truth_id: str
    name: str
    sex: int
    born: date
    birthplace: str
    nik: str
    relation: Relation
    marriage: Marriage
    religion: int
    education: int
    schooling: int
    occupation: int
    blood: int
    disability: int
    birth_certificate: str | None
    father_name: str
    mother_name: str
    father_nik: str | None
    mother_nik: str | None

    def age(self, on: date) -> int:
        """Return the age in whole years on a day."""
        had_birthday = (self.born.month, self.born.day) <= (on.month, on.day)
        return on.year - self.born.year - (not had_birthday)


@dataclass(slots=True)
class Family:
    """The people on one family card; `duplicate_of` names the true family of a second card."""

    family_id: str
    kk: str
    group: str
    place: Place
    members: list[Person]
    decile: int | None = None
    programmes: tuple[str, ...] = ()
    duplicate_of: str = ""
    faults: list[str] = field(default_factory=list)
    rows: int = 0
