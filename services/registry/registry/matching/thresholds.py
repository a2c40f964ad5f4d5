"""When two records are shown to a person, when they hold up a list, and what a level means.

The weights are log2 odds. Measured on a whole synthetic province that the model was not trained
on (`python -m tests.benchmarks link_pairs`; figures in the README): every pair from REVIEW_FROM on
is shown, from BLOCKING_FROM on a list waits for the decision.
"""

from pathlib import Path

MODEL = Path(__file__).parent / "model.json"
REVIEW_FROM = 1.0
BLOCKING_FROM = 14.0

SAME, ALIKE, DIFFERENT, UNKNOWN = "same", "alike", "different", "unknown"
# What each level of a comparison says, from the lowest (`gamma` 0) up; the order is the settings'.
LEVELS: dict[str, tuple[str, ...]] = {
    "name": (
        DIFFERENT,
        DIFFERENT,
        ALIKE,
        "slip",
        "cut_short",
        "sound",
        "sound",
        SAME,
        SAME,
        SAME,
    ),
    "birth": (DIFFERENT, "one_part", "year_off", "swapped", SAME),
    "sex": (DIFFERENT, SAME),
    "place": (DIFFERENT, ALIKE, SAME),
    "region": (DIFFERENT, "regency", "district", SAME),
    "nik": (DIFFERENT, "typed", "typed", SAME),
    "father": (DIFFERENT, ALIKE, SAME),
    "mother": (DIFFERENT, ALIKE, SAME),
}


def code_of(comparison: str, gamma: int) -> str:
    """Return what a level says about two values; -1 is: one of them is not known."""
    return UNKNOWN if gamma < 0 else LEVELS[comparison][gamma]


def strength_of(weight: float) -> str:
    """Return how sure the comparison is: high or low."""
    return "high" if weight >= BLOCKING_FROM else "low"


def rule_of(evidence: dict[str, str]) -> str:
    """Name the plain rule that a pair fulfils, else the model's."""
    name_and_birth = evidence["name"] in {SAME, "sound"} and evidence["birth"] == SAME
    if name_and_birth and evidence["nik"] == "typed":
        return "nik_mistyped"
    return "model"


NAMED = frozenset({SAME, "sound", "cut_short", "slip"})


def is_plausible(evidence: dict[str, str], *, on_one_card: bool) -> bool:
    """Tell whether a pair can be one person at all, whatever the odds say.

    Twins and other siblings share parents, places, often the day and, number by number, the NIK:
    only their names part them. So names that merely resemble need more than family likeness, and
    on one card a slip or a shortened name with two NIKs is taken for twins.
    """
    name = evidence["name"]
    if name not in NAMED:
        is_same_number = evidence["nik"] == SAME and evidence["birth"] == SAME
        is_near = name == ALIKE and evidence["sex"] == SAME and not on_one_card
        return is_same_number or is_near
    if on_one_card and name in {"cut_short", "slip"}:
        return evidence["sex"] == SAME and evidence["nik"] in {SAME, UNKNOWN}
    return True
