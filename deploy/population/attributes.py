"""What a person does, learnt and believes, by age, sex and people; codes as in village files.

The code lists are OpenSID's (app/Enums). The shares are estimates, made to look like a poor rural
list: farmers, day labourers and plantation workers, few with more than secondary school.
"""

from population.randomness import Dice, Weighted
from population.structure import WOMAN

HOUSEWORK, SCHOOL, NOT_WORKING, PENSION = 2, 3, 1, 4
RURAL_WORK = Weighted({
    9: 0.36, 20: 0.13, 19: 0.12, 15: 0.12, 88: 0.07, 11: 0.05, 21: 0.02, 84: 0.02, 27: 0.02,
    26: 0.02, 81: 0.02, 18: 0.012, 5: 0.008, 85: 0.008, 65: 0.004, 10: 0.01, 89: 0.02, 35: 0.005,
    42: 0.003, 6: 0.001, 7: 0.001,
})  # fmt: skip
TOWN_WORK = Weighted({
    19: 0.28, 88: 0.2, 15: 0.17, 84: 0.08, 81: 0.06, 26: 0.04, 27: 0.03, 9: 0.03, 11: 0.03,
    18: 0.02, 5: 0.012, 35: 0.02, 14: 0.01, 65: 0.006, 89: 0.02, 6: 0.002, 7: 0.002,
})  # fmt: skip
WOMENS_WORK = Weighted({
    HOUSEWORK: 0.66, 9: 0.12, 20: 0.06, 84: 0.04, 88: 0.04, 23: 0.02, 30: 0.015, 15: 0.02,
    18: 0.008, 65: 0.008, 5: 0.004, 73: 0.002, 74: 0.002,
})  # fmt: skip

EDUCATION_SINCE = (  # Highest school finished, by age from.
    (60, Weighted({1: 0.2, 2: 0.24, 3: 0.4, 4: 0.08, 5: 0.07, 8: 0.01})),
    (35, Weighted({1: 0.03, 2: 0.1, 3: 0.42, 4: 0.22, 5: 0.2, 7: 0.01, 8: 0.02})),
    (19, Weighted({1: 0.01, 2: 0.03, 3: 0.21, 4: 0.28, 5: 0.4, 7: 0.02, 8: 0.05})),
    (16, Weighted({3: 0.12, 4: 0.88})),
    (13, Weighted({2: 0.05, 3: 0.95})),
    (7, Weighted({2: 1.0})),
    (0, Weighted({1: 1.0})),
)
ATTENDING_SINCE = (  # School attended now, by age from, and the share that attends.
    (23, 18, 0.0),
    (19, 11, 0.09),
    (16, 7, 0.78),
    (13, 6, 0.93),
    (7, 4, 0.98),
    (5, 2, 0.6),
    (0, 1, 1.0),
)
NOT_ATTENDING, NEVER_ATTENDED = 18, 3

# Kaharingan is recorded as Hindu (4) or, since the court's ruling of 2017, as belief (7).
RELIGION = {
    "ngaju": Weighted({2: 0.5, 1: 0.25, 4: 0.13, 7: 0.04, 3: 0.08}),
    "maanyan": Weighted({2: 0.56, 3: 0.2, 1: 0.15, 4: 0.07, 7: 0.02}),
    "banjar": Weighted({1: 1.0}),
    "jawa": Weighted({1: 0.93, 2: 0.04, 3: 0.03}),
}
BLOOD = Weighted({13: 0.86, 4: 0.05, 1: 0.04, 2: 0.035, 3: 0.015})
DISABILITY = Weighted({0: 0.975, 1: 0.009, 2: 0.004, 3: 0.005, 4: 0.004, 6: 0.003})

# Peoples of a regency's listed families, estimates around the census of 2010 (Dayak 47 %,
# Javanese 22 %, Banjar 21 % in the province).
_MIX = {
    "62.01": (0.30, 0.05, 0.25, 0.40), "62.02": (0.32, 0.03, 0.29, 0.36),
    "62.03": (0.48, 0.04, 0.32, 0.16), "62.04": (0.12, 0.58, 0.22, 0.08),
    "62.05": (0.14, 0.52, 0.20, 0.14), "62.06": (0.66, 0.03, 0.16, 0.15),
    "62.07": (0.45, 0.03, 0.22, 0.30), "62.08": (0.40, 0.03, 0.37, 0.20),
    "62.09": (0.52, 0.04, 0.08, 0.36), "62.10": (0.80, 0.06, 0.05, 0.09),
    "62.11": (0.46, 0.03, 0.19, 0.32), "62.12": (0.50, 0.24, 0.16, 0.10),
    "62.13": (0.05, 0.76, 0.10, 0.09), "62.71": (0.42, 0.10, 0.26, 0.22),
}  # fmt: skip
PEOPLES = {
    regency: Weighted(dict(zip(("ngaju", "maanyan", "banjar", "jawa"), mix, strict=True)))
    for regency, mix in _MIX.items()
}


def education(dice: Dice, age: int) -> int:
    """Return the highest school finished."""
    table = next(table for since, table in EDUCATION_SINCE if age >= since)
    return dice.draw(table)


def schooling(dice: Dice, age: int, finished: int) -> int:
    """Return the school attended now."""
    school, share = next((code, share) for since, code, share in ATTENDING_SINCE if age >= since)
    if dice.chance(share):
        return school
    return NEVER_ATTENDED if finished == 1 and age >= 7 else NOT_ATTENDING


def occupation(dice: Dice, age: int, sex: int, attends: int, in_town: bool) -> int:
    """Return the occupation as a family card would have it."""
    if age < 5:
        return NOT_WORKING
    if attends not in {NOT_ATTENDING, NEVER_ATTENDED}:
        return SCHOOL
    if age < 17:
        return NOT_WORKING
    if age > 70:
        return PENSION if dice.chance(0.03) else NOT_WORKING if dice.chance(0.6) else 9
    if age < 24 and dice.chance(0.35):
        return NOT_WORKING
    if sex == WOMAN:
        return dice.draw(WOMENS_WORK)
    return dice.draw(TOWN_WORK if in_town else RURAL_WORK)
