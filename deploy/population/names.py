"""Names that fit Kalimantan Tengah, by people, sex and generation."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from population.randomness import Dice, Weighted
from population.structure import MAN, WOMAN

WORDS = Path(__file__).parent / "words"
GROUPS = ("ngaju", "maanyan", "banjar", "jawa")
YOUNG_SINCE = 1975  # Names changed with the generation born about then.
HANDED_DOWN = {"ngaju": 0.6, "maanyan": 0.5}  # Share of families with a name handed down.

SEXES = {MAN: "male", WOMAN: "female"}
# Devout first words, with the share of a group's people who have one.
FIRST = {
    ("banjar", MAN): (0.42, Weighted({
        "MUHAMMAD": 0.4, "AHMAD": 0.22, "ABDUL": 0.14, "M.": 0.14, "A.": 0.04, "NOOR": 0.06,
    })),
    ("banjar", WOMAN): (0.38, Weighted({
        "SITI": 0.5, "NUR": 0.22, "NOOR": 0.16, "SRI": 0.06, "UMMU": 0.06,
    })),
    ("jawa", MAN): (0.16, Weighted({"MUHAMMAD": 0.55, "AHMAD": 0.25, "NUR": 0.1, "ABDUL": 0.1})),
    ("jawa", WOMAN): (0.22, Weighted({"SITI": 0.5, "NUR": 0.2, "SRI": 0.3})),
}  # fmt: skip
SINGLE_WORD = {
    ("ngaju", False): 0.34, ("ngaju", True): 0.1, ("maanyan", False): 0.36, ("maanyan", True): 0.1,
    ("banjar", False): 0.52, ("banjar", True): 0.2, ("jawa", False): 0.74, ("jawa", True): 0.16,
}  # fmt: skip
THREE_WORDS = 0.14
INITIAL = 0.025  # A word written as its first letter only: "YOHANES B."
CHILD_OF = 0.05  # "UTUH BIN JUHRI", among elder Banjar and Javanese people.
LETTERS = "ABDEHIKLMNPRSTW"


@dataclass(frozen=True, slots=True)
class Lists:
    """The words of one people."""

    given: dict[tuple[int, bool], tuple[str, ...]]
    second: dict[int, tuple[str, ...]]
    family: tuple[str, ...]


def sections(group: str) -> dict[str, tuple[str, ...]]:
    """Return the sections of a people's word list."""
    found: dict[str, tuple[str, ...]] = {}
    title = ""
    for line in (WORDS / f"{group}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            title = line.strip("[] ")
        elif not line.startswith("#"):
            found[title] = found.get(title, ()) + tuple(line.split())
    return found


@cache
def lists(group: str) -> Lists:
    """Return a people's words, ready to draw from."""
    found = sections(group)
    given = {
        (sex, young): found[f"{word} {'young' if young else 'elder'}"]
        for sex, word in SEXES.items()
        for young in (False, True)
    }
    second = {sex: found.get(f"{word} second", given[sex, True]) for sex, word in SEXES.items()}
    return Lists(given, second, found.get("family", ()))


def handed_down(dice: Dice, group: str) -> str | None:
    """Return a name that a father's children bear too, where a people has such names."""
    words = lists(group).family
    return dice.pick(words) if words and dice.chance(HANDED_DOWN[group]) else None


def _second(dice: Dice, words: Lists, sex: int, first: str, young: bool) -> str:
    pool = words.second[sex]
    if not young and words.family and dice.chance(0.6):
        pool = words.family
    word = dice.pick(pool)
    return word if word != first else dice.pick(pool)


def name_for(dice: Dice, group: str, sex: int, born: date, family: str | None = None) -> str:
    """Return a name in capitals, as village files write them."""
    words, young = lists(group), born.year >= YOUNG_SINCE
    given = dice.pick(words.given[sex, young])
    share, first = FIRST.get((group, sex), (0.0, None))
    if first is not None and dice.chance(share):
        parts = [dice.draw(first), given]
        if dice.chance(THREE_WORDS):
            parts.append(_second(dice, words, sex, given, young))
        return " ".join(parts)
    if family:
        middle = [dice.pick(words.given[sex, True])] if dice.chance(THREE_WORDS) else []
        parts = [given, *(word for word in middle if word != given), family]
    elif dice.chance(SINGLE_WORD[group, young]):
        if not young and group in {"banjar", "jawa"} and dice.chance(CHILD_OF):
            father = dice.pick(words.given[MAN, False])
            return f"{given} {'BIN' if sex == MAN else 'BINTI'} {father}"
        return given
    else:
        parts = [given, _second(dice, words, sex, given, young)]
        if young and dice.chance(THREE_WORDS):
            parts.append(_second(dice, words, sex, given, young))
    if dice.chance(INITIAL):
        parts[-1] = f"{dice.pick(LETTERS)}."
    return " ".join(parts)
