"""Makes one village's families, one after another: always the same ones for the same seed."""

from datetime import date, timedelta

from population import attributes, names
from population.numbers import Numbers
from population.people import Family, Person
from population.period import Period
from population.places import Place, Settlements
from population.randomness import Dice
from population.sizes import LISTED_BY_REGENCY, Village
from population.structure import (
    FAMILY_SIZE,
    MAN,
    WOMAN,
    Relation,
    Role,
    family_of,
)

YEAR = 365.25
CARD_SINCE = date(2009, 1, 1)
NEWEST_CARD_DAYS = 90  # Before the period opens.
REGISTERED_ELSEWHERE = 0.05  # Share of adults whose NIK carries another regency.
FORGOTTEN_BIRTHDAY = 0.05  # Share of people over 45 recorded as born on the last day of a year.
PARENT_NIK_FILLED = 0.4
HAS_BIRTH_CERTIFICATE = 0.6
REGENCIES = tuple(LISTED_BY_REGENCY)


class Settlement:
    """The source of a village's families, in an order that never depends on other villages."""

    def __init__(
        self, seed: int, village: Village, villages_in_regency: int, period: Period
    ) -> None:
        self.village = village
        self.period = period
        self._card_days = (period.opens_on - CARD_SINCE).days - NEWEST_CARD_DAYS
        self.numbers = Numbers(village, villages_in_regency)
        self._dice = Dice(seed, "families", village.code)
        self.settlements = Settlements(Dice(seed, "places", village.code), village)
        self._peoples = attributes.PEOPLES[village.regency]
        self._code = village.code.replace(".", "")
        self._families = 0
        self._fills_parents = self._dice.chance(0.5)

    def family(self, at_most: int) -> Family:
        """Return the next family, of at most so many people."""
        dice = self._dice
        size = min(dice.draw(FAMILY_SIZE), at_most)
        group = dice.draw(self._peoples)
        roles = family_of(dice, size)
        card = self.card(group, self.settlements.place(dice), dice)
        handed_down = names.handed_down(dice, group)
        religion = dice.draw(attributes.RELIGION[group])
        taken: set[str] = set()
        for order, role in enumerate(roles, 1):
            person = self._person(role, f"P{card.family_id[1:]}-{order}", card.group, religion)
            inherits = handed_down and role.relation in {Relation.HEAD, Relation.CHILD}
            family_name = handed_down if inherits else None
            while not person.name or person.name in taken:  # No two of a family share a name.
                person.name = names.name_for(dice, group, role.sex, person.born, family_name)
            taken.add(person.name)
            card.members.append(person)
        self._name_parents(card, roles)
        return card

    def card(self, group: str, place: Place, dice: Dice) -> Family:
        """Return a new family card without members."""
        self._families += 1
        family_id = f"F{self._code}-{self._families:05}"
        return Family(family_id, self.card_number(dice), group, place, [])

    def card_number(self, dice: Dice) -> str:
        """Return a new family card number, recorded on some day since the cards were renewed."""
        return self.numbers.kk(CARD_SINCE + timedelta(days=int(dice.share() * self._card_days)))

    def _born(self, age: int) -> date:
        """Return a birth date for an age; some old people know only the year."""
        days = int(age * YEAR + self._dice.share() * 364) + 1
        day = self.period.opens_on - timedelta(days=days)
        if age > 45 and self._dice.chance(FORGOTTEN_BIRTHDAY):
            return date(day.year, 12, 31)
        return day

    def _person(self, role: Role, truth_id: str, group: str, religion: int) -> Person:
        dice = self._dice
        born = self._born(role.age)
        moved_in = role.age > 25 and dice.chance(REGISTERED_ELSEWHERE)
        nik = self.numbers.nik(born, role.sex == WOMAN, dice.pick(REGENCIES) if moved_in else None)
        finished = attributes.education(dice, role.age)
        attends = attributes.schooling(dice, role.age, finished)
        work = attributes.occupation(dice, role.age, role.sex, attends, self.settlements.in_town)
        if role.relation == Relation.HEAD and work == attributes.NOT_WORKING and role.age < 65:
            work = 19
        certified = role.age < 18 and dice.chance(HAS_BIRTH_CERTIFICATE)
        certificate = f"99-LT-{born:%d%m%Y}-{dice.between(1, 9999):04}" if certified else None
        return Person(
            truth_id, "", role.sex, born,
            self.settlements.born_at(dice, group, child=role.age < 20), nik,
            role.relation, role.marriage, religion, finished, attends, work,
            dice.draw(attributes.BLOOD), dice.draw(attributes.DISABILITY), certificate,
            "", "", None, None,
        )  # fmt: skip

    def _name_parents(self, family: Family, roles: list[Role]) -> None:
        """Write each member's parents: the ones on the card, or names of their generation."""
        dice, members = self._dice, family.members
        writes_niks = self._fills_parents and dice.chance(2 * PARENT_NIK_FILLED)
        siblings: dict[Relation, tuple[str, str]] = {}
        for person, role in zip(members, roles, strict=True):
            older = date(max(person.born.year - 27, 1900), 1, 1)
            fallback = siblings.get(role.relation)
            if fallback is None or role.relation not in {Relation.CHILD, Relation.GRANDCHILD}:
                fallback = (
                    names.name_for(dice, family.group, MAN, older),
                    names.name_for(dice, family.group, WOMAN, older),
                )
                siblings[role.relation] = fallback
            person.father_name, person.mother_name = fallback
            if role.father is not None:
                person.father_name = members[role.father].name
                person.father_nik = members[role.father].nik if writes_niks else None
            if role.mother is not None:
                person.mother_name = members[role.mother].name
                person.mother_nik = members[role.mother].nik if writes_niks else None
