"""The same name as another clerk would spell it."""

from collections.abc import Callable

from population.randomness import Dice

# Whole words that are written in several ways, by group of equals.
WORD_VARIANTS = (
    ("MUHAMMAD", "MUHAMAD", "MOHAMMAD", "MOHAMAD", "MUH.", "MOH.", "MHD.", "M."),
    ("AHMAD", "AKHMAD", "ACHMAD", "AHMAT", "AMAT"),
    ("ABDUL", "ABD.", "ABDOEL"), ("SITI", "ST.", "SITTI", "STI"), ("NUR", "NOOR", "NOR"),
    ("SRI", "SRIE"), ("YOHANES", "YOHANNES", "JOHANES"), ("YULIANUS", "JULIANUS"),
    ("KRISTIAN", "CHRISTIAN"), ("KRISTINA", "CHRISTINA"), ("STEFANUS", "STEPANUS", "STEVANUS"),
    ("DEWI", "DEWIE"), ("YOSEP", "YOSEF", "YUSUP"), ("YUSUF", "YUSUP", "JUSUF"),
    ("FITRIANI", "PITRIANI", "FITRIYANI"), ("FATIMAH", "PATIMAH", "FATIMA"),
    ("SA'DIAH", "SAKDIAH", "SADIAH"), ("MA'RUF", "MAKRUF", "MARUF"), ("JUM'AH", "JUMAH"),
    ("RIZKY", "RISKI", "RIZKI", "RISKY"), ("WAHYU", "WAHJU"), ("THERESIA", "TERESIA", "TERESA"),
)  # fmt: skip
EQUALS = {word: words for words in WORD_VARIANTS for word in words}
# Sounds that are written in several ways; the first that a name has is changed.
SOUNDS = (
    ("SY", "S"), ("KH", "H"), ("DJ", "J"), ("TJ", "C"), ("OE", "U"), ("DH", "D"), ("TH", "T"),
    ("RR", "R"), ("LL", "L"), ("NN", "N"), ("MM", "M"), ("SS", "S"), ("F", "P"), ("V", "P"),
    ("Z", "J"), ("IY", "I"), ("IA", "IYA"), ("UD", "UDD"), ("AH", "A"), ("J", "DJ"), ("Y", "I"),
    ("I", "Y"), ("U", "OE"),
)  # fmt: skip


def _other_word(dice: Dice, name: str) -> str:
    """Write a word that has well-known variants in another of them."""
    words = name.split(" ")
    for place, word in enumerate(words):
        others = [other for other in EQUALS.get(word, ()) if other != word]
        if others:
            return " ".join([*words[:place], dice.pick(others), *words[place + 1 :]])
    return name


def _other_sound(dice: Dice, name: str) -> str:
    """Write one sound by its other letters."""
    found = [(sound, other) for sound, other in SOUNDS if sound in name[1:]]
    if not found:
        return name
    sound, other = dice.pick(found)
    at = name.index(sound, 1)
    return name[:at] + other + name[at + len(sound) :]


def _shortened(dice: Dice, name: str) -> str:
    """Drop the last word, or write it as one letter."""
    words = name.split(" ")
    if len(words) < 2 or len(words[-1]) < 3:
        return name
    return " ".join(words[:-1] if dice.chance(0.5) else [*words[:-1], f"{words[-1][0]}."])


def _typing_error(dice: Dice, name: str) -> str:
    """Leave out, repeat or exchange letters inside a word."""
    if len(name) < 4:
        return name + name[-1]
    at = dice.between(1, len(name) - 3)
    if dice.chance(0.4):
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at + 1 :] if dice.chance(0.5) else name[:at] + name[at] + name[at:]


def _joined(dice: Dice, name: str) -> str:
    """Write two words as one, or leave out the mark in one."""
    del dice
    return name.replace("'", "") if "'" in name else name.replace(" ", "", 1)


WAYS: tuple[tuple[float, Callable[[Dice, str], str]], ...] = (
    (0.42, _other_sound),
    (0.62, _shortened),
    (0.86, _typing_error),
    (1.00, _joined),
)


def respelled(dice: Dice, name: str) -> str:
    """Return the name spelt otherwise; always different, never empty."""
    known = _other_word(dice, name)
    if known != name and dice.chance(0.75):
        return known
    share = dice.share()
    way = next(way for limit, way in WAYS if share < limit)
    changed = way(dice, name)
    while changed == name or "  " in changed or changed != changed.strip():
        changed = _typing_error(dice, name)
    return changed
