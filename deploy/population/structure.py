"""Who lives on one family card: relations, sexes, ages and marriages that fit together.

Sizes give a mean of 3.0 people a family (836,824 listed people over 279,434 families) and about
15 % of families with a woman at their head. The shares of the shapes are estimates.
"""

from dataclasses import dataclass
from enum import IntEnum

from population.randomness import Dice, Weighted


class Relation(IntEnum):
    """A member's relation to the head, in the codes that village files use."""

    HEAD = 1
    WIFE = 3
    CHILD = 4
    CHILD_IN_LAW = 5
    GRANDCHILD = 6
    PARENT = 7
    PARENT_IN_LAW = 8
    RELATIVE = 9


class Marriage(IntEnum):
    """Marital status, in the codes that village files use."""

    SINGLE = 1
    MARRIED = 2
    DIVORCED = 3
    WIDOWED = 4


MAN, WOMAN = 1, 2
LARGEST = 7
FAMILY_SIZE = Weighted({1: 0.14, 2: 0.235, 3: 0.28, 4: 0.22, 5: 0.09, 6: 0.026, LARGEST: 0.009})
YOUNGEST_CHILD = Weighted(
    {0: 5, 1: 6, 2: 6, 3: 6, 4: 6, 5: 6, 6: 6, 7: 6, 8: 6, 9: 6, 10: 5, 11: 5, 12: 5, 13: 5}
    | {14: 5, 15: 4, 16: 4, 17: 4, 18: 3, 19: 3, 20: 2, 21: 2, 23: 1, 25: 1}
)
AFTER_A_MARRIAGE = Weighted({Marriage.WIDOWED: 0.6, Marriage.DIVORCED: 0.4})
OLD_AND_ALONE = Weighted({Marriage.WIDOWED: 0.8, Marriage.DIVORCED: 0.1, Marriage.SINGLE: 0.1})
YOUNG_AND_ALONE = Weighted({Marriage.SINGLE: 0.55, Marriage.DIVORCED: 0.3, Marriage.WIDOWED: 0.15})


@dataclass(slots=True)
class Role:
    """One place in a family; father and mother are places too, when they live in it."""

    relation: Relation
    sex: int
    age: int
    marriage: Marriage
    father: int | None = None
    mother: int | None = None


def _sex(dice: Dice) -> int:
    return MAN if dice.chance(0.513) else WOMAN


def _children_ages(dice: Dice, count: int) -> list[int]:
    """Return the ages of brothers and sisters, oldest first, at least a year apart."""
    ages = [dice.draw(YOUNGEST_CHILD)] if count else []
    while len(ages) < count:
        ages.append(ages[-1] + dice.between(2, 5))
    return ages[::-1]


def _children(dice: Dice, ages: list[int], father: int | None, mother: int | None) -> list[Role]:
    return [Role(Relation.CHILD, _sex(dice), age, Marriage.SINGLE, father, mother) for age in ages]


def _couple(dice: Dice, children: int) -> list[Role]:
    """Return husband, wife and their children at home."""
    ages = _children_ages(dice, children)
    wife = ages[0] + dice.between(19, 30) if ages else dice.between(20, 78)
    husband = max(wife + dice.between(-2, 8), 20)
    return [
        Role(Relation.HEAD, MAN, husband, Marriage.MARRIED),
        Role(Relation.WIFE, WOMAN, wife, Marriage.MARRIED),
        *_children(dice, ages, 0, 1),
    ]


def _lone_parent(dice: Dice, children: int, mothers: float) -> list[Role]:
    ages = _children_ages(dice, children)
    woman = dice.chance(mothers)
    age = ages[0] + dice.between(19, 32)
    head = Role(Relation.HEAD, WOMAN if woman else MAN, age, dice.draw(AFTER_A_MARRIAGE))
    return [head, *_children(dice, ages, None if woman else 0, 0 if woman else None)]


def _alone(dice: Dice) -> list[Role]:
    sex = WOMAN if dice.chance(0.45) else MAN
    if dice.chance(0.55):
        return [Role(Relation.HEAD, sex, dice.between(56, 88), dice.draw(OLD_AND_ALONE))]
    return [Role(Relation.HEAD, sex, dice.between(21, 55), dice.draw(YOUNG_AND_ALONE))]


def _grandparent_and_grandchild(dice: Dice) -> list[Role]:
    head = Role(
        Relation.HEAD, WOMAN if dice.chance(0.6) else MAN, dice.between(58, 76), Marriage.WIDOWED
    )
    return [head, Role(Relation.GRANDCHILD, _sex(dice), dice.between(3, 17), Marriage.SINGLE)]


def _with_grandparent(dice: Dice, size: int) -> list[Role]:
    """Return a couple, their children and the old father or mother of one of the two."""
    roles = _couple(dice, max(size - 3, 1))
    of_husband = dice.chance(0.5)
    child = roles[0 if of_husband else 1]
    sex = WOMAN if dice.chance(0.7) else MAN
    relation = Relation.PARENT if of_husband else Relation.PARENT_IN_LAW
    age = min(child.age + dice.between(19, 30), 97)
    roles.append(Role(relation, sex, age, Marriage.WIDOWED))
    place = len(roles) - 1
    child.father, child.mother = (place, None) if sex == MAN else (None, place)
    return roles


def _three_generations(dice: Dice, size: int) -> list[Role]:
    """Return an older couple with a married child, the child's spouse, and grandchildren."""
    ages = _children_ages(dice, size - 4)
    child_age = max((ages[0] if ages else 0) + dice.between(19, 25), 20)
    wife = child_age + dice.between(19, 26)
    sex = _sex(dice)
    spouse = Role(
        Relation.CHILD_IN_LAW, MAN + WOMAN - sex, child_age + dice.between(0, 4), Marriage.MARRIED
    )
    father, mother = (2, 3) if sex == MAN else (3, 2)
    return [
        Role(Relation.HEAD, MAN, wife + dice.between(0, 7), Marriage.MARRIED),
        Role(Relation.WIFE, WOMAN, wife, Marriage.MARRIED),
        Role(Relation.CHILD, sex, child_age, Marriage.MARRIED, 0, 1),
        spouse,
        *(
            Role(Relation.GRANDCHILD, _sex(dice), age, Marriage.SINGLE, father, mother)
            for age in ages
        ),
    ]


def _pair(dice: Dice) -> list[Role]:
    share = dice.share()
    if share < 0.62:
        return _couple(dice, 0)
    if share < 0.92:
        return _lone_parent(dice, 1, mothers=0.6)
    return _grandparent_and_grandchild(dice)


def family_of(dice: Dice, size: int) -> list[Role]:
    """Return the roles of a family of so many people, the head first."""
    if size == 1:
        return _alone(dice)
    if size == 2:
        return _pair(dice)
    share = dice.share()
    if share < 0.07:
        return _lone_parent(dice, size - 1, mothers=0.8)
    if share < 0.15 and size > 3:
        return _with_grandparent(dice, size)
    if share < 0.23 and size > 4:
        return _three_generations(dice, size)
    if share < 0.27 and size > 3:
        relative = Role(Relation.RELATIVE, _sex(dice), dice.between(8, 28), Marriage.SINGLE)
        return [*_couple(dice, size - 3), relative]
    return _couple(dice, size - 2)
