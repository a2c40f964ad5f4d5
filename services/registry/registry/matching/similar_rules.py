"""How alike a person at the desk is to one in the registry; no database."""

from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import JaroWinkler

from registry.matching.names import sound_key

ALIKE_FROM = 0.85
NEARLY_FROM = 0.92
YEAR_DAYS = 366


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike: name from 0 to 1, birth as a code, and whether it is most likely the same."""

    name: float
    birth: str
    is_likely: bool


def likeness(
    key: str, born_on: date | None, other_key: str, other_born_on: date | None
) -> Likeness | None:
    """Compare two people by name key and birth date; None when they are not alike."""
    name = _alike(sound_key(key), sound_key(other_key))
    birth = birth_code(born_on, other_born_on)
    if name < ALIKE_FROM or birth == "different":
        return None
    if birth == "unknown" and name < NEARLY_FROM:
        return None
    likely = birth == "same" or (birth in {"swapped", "year_off"} and name >= NEARLY_FROM)
    return Likeness(round(name, 3), birth, likely)


def _alike(a: str, b: str) -> float:
    short, long = sorted((a, b), key=len)
    if len(short) >= 3 and long.startswith(short):
        return max(NEARLY_FROM, float(JaroWinkler.similarity(a, b)))
    return float(JaroWinkler.similarity(a, b))


def birth_code(a: date | None, b: date | None) -> str:
    """Return what two birth dates say about each other."""
    if a is None or b is None:
        return "unknown"
    if a == b:
        return "same"
    if (a.year, a.day, a.month) == (b.year, b.month, b.day):
        return "swapped"
    if (a.day, a.month) == (b.day, b.month) and abs(a.year - b.year) == 1:
        return "year_off"
    return "different"


def days_around(day: date) -> list[date]:
    """Return the days on which the same person may be recorded as born."""
    found = [day]
    for year, month, at in (
        (day.year, day.day, day.month),
        (day.year - 1, day.month, day.day),
        (day.year + 1, day.month, day.day),
    ):
        try:
            found.append(date(year, month, at))
        except ValueError:
            continue
    return sorted(set(found))
