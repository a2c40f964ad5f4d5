"""Rows of people who are on a list already: in the same village, or in another one.

Any village can make the first families of any other again, because they depend on the seed and
their village only. People listed twice in two villages are drawn from those first families, so
villages can be made apart, in any order, and still agree on who moved.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from population import facts, spelling
from population.numbers import mistyped
from population.people import Family, Person
from population.period import Period
from population.randomness import Dice, Weighted
from population.rates import Rates
from population.records import Record, record_of
from population.settlement import Settlement
from population.sizes import Village, villages_in_regency
from population.structure import LARGEST, WOMAN, Relation

FIRST_FAMILIES = 12
ORIGIN_ROWS = 120  # A village this large surely has its first families whole.
ROWS_PER_FAMILY = 3.0
ROWS_PER_EVENT = 1.24  # One row, or now and then a whole family.
SAME_VILLAGE = 0.4
SAME_REGENCY = 0.7  # Of those in another village.
WHOLE_FAMILY = 0.2  # Of those in another village.
OWN_CARD = 0.45  # Of adults: the rest are written on a relative's card.
IN_DTSEN_TWICE = 0.5
NIK_OF_DOUBLE = Weighted({"same": 0.25, "second": 0.18, "mistyped": 0.22, "missing": 0.35})
RESPELLED = {"same": 0.5, "second": 0.8, "mistyped": 0.8, "missing": 0.85}
BIRTH_YEAR_OFF = 0.07


@dataclass(frozen=True, slots=True)
class Province:
    """The whole plan, which every worker knows."""

    seed: int
    villages: tuple[Village, ...]
    rates: Rates
    period: Period
    origins: dict[str, tuple[Village, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, villages: list[Village], rates: Rates, period: Period) -> "Province":
        """Return a province with the villages that people move from, by regency and in all."""
        large = tuple(village for village in villages if village.rows >= ORIGIN_ROWS)
        origins = {"": large}
        for regency in {village.regency for village in large}:
            origins[regency] = tuple(v for v in large if v.regency == regency)
        return cls(seed, tuple(villages), rates, period, origins)


@lru_cache(maxsize=128)
def first_families(seed: int, village: Village, period: Period) -> list[Family]:
    """Return the families that a village's people elsewhere come from."""
    settlement = Settlement(seed, village, villages_in_regency()[village.regency], period)
    return [settlement.family(LARGEST) for _ in range(FIRST_FAMILIES)]


class DoubleMaker:
    """Decides when a village lists someone again, and how."""

    def __init__(self, province: Province, settlement: Settlement) -> None:
        village = settlement.village
        self._province, self._settlement = province, settlement
        self._dice = Dice(province.seed, "doubles", village.code)
        possible = village.rows - FIRST_FAMILIES * ROWS_PER_FAMILY
        share = province.rates.duplicate
        if possible > 0:
            share = min(share * village.rows / possible, 0.9)
        events, rows = ROWS_PER_FAMILY * share, ROWS_PER_EVENT * (1 - share)
        self._chance = events / (events + rows) if share else 0.0

    def next_is_double(self, families: int) -> bool:
        """Decide whether someone known is listed next instead of a new family."""
        return families >= FIRST_FAMILIES and self._dice.chance(self._chance)

    def rows(self, listed: list[Record], last: Family, at_most: int) -> tuple[list[Record], bool]:
        """Return new rows of someone known, and whether they have a new family card."""
        origin = self._origin()
        if origin is None or self._dice.chance(SAME_VILLAGE):
            return self._single(self._dice.pick(listed).person, last)
        families = first_families(self._province.seed, origin, self._province.period)
        family = families[self._dice.between(0, FIRST_FAMILIES - 1)]
        if len(family.members) <= at_most and self._dice.chance(WHOLE_FAMILY):
            return self._whole(family), True
        return self._single(self._dice.pick(family.members), last)

    def _origin(self) -> Village | None:
        """Return another village that someone came from."""
        here = self._settlement.village
        near = self._province.origins.get(here.regency, ())
        villages = near if self._dice.chance(SAME_REGENCY) else self._province.origins[""]
        if not villages:
            return None
        origin = self._dice.pick(villages)
        return None if origin.code == here.code else origin

    def _card(self, group: str) -> Family:
        card = self._settlement.card(
            group, self._settlement.settlements.place(self._dice), self._dice
        )
        facts.learn(card, self._dice, has_village_fund=False, missing=IN_DTSEN_TWICE)
        card.programmes = ()
        return card

    def _single(self, person: Person, last: Family) -> tuple[list[Record], bool]:
        own_card = person.age(self._province.period.opens_on) >= 19 and self._dice.chance(OWN_CARD)
        family = self._card(last.group) if own_card else last
        relation = Relation.HEAD if own_card else Relation.RELATIVE
        return [self._again(person, family, relation, self._dice.draw(NIK_OF_DOUBLE))], own_card

    def _whole(self, family: Family) -> list[Record]:
        """Return the rows of a family that moved and was never struck off where it lived."""
        card = self._card(family.group)
        card.duplicate_of = family.family_id
        card.faults.append("duplicate")
        known = self._dice.chance(0.5)
        kinds = ("same" if known else self._dice.draw(NIK_OF_DOUBLE) for _ in family.members)
        return [
            self._again(person, card, person.relation, kind)
            for person, kind in zip(family.members, kinds, strict=True)
        ]

    def _again(self, person: Person, family: Family, relation: Relation, kind: str) -> Record:
        dice = self._dice
        record = record_of(person, family)
        record.relation, record.is_duplicate = int(relation), True
        record.faults.append("duplicate")
        if dice.chance(RESPELLED[kind]):
            record.name = spelling.respelled(dice, person.name)
            record.faults.append("respelled")
        if kind == "second":
            record.nik = self._settlement.numbers.nik(person.born, person.sex == WOMAN)
            record.faults.append("second_nik")
        elif kind == "mistyped":
            record.nik = mistyped(person.nik, dice)
            record.faults.append("nik_mistyped")
        elif kind == "missing":
            record.nik = ""
            record.faults.append("nik_missing")
        if dice.chance(BIRTH_YEAR_OFF):
            record.born = _year_off(person.born, self._province.period.year - 2, dice)
            record.faults.append("birth_year_off")
        return record


def _year_off(day: date, latest: int, dice: Dice) -> date:
    """Return the same day a year earlier or later, later only up to a year."""
    year = day.year + (1 if dice.chance(0.5) and day.year < latest else -1)
    return date(year, day.month, min(day.day, 28))
