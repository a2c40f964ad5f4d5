"""How a name sounds, whoever wrote it down: spellings of Kalimantan and Java made equal.

Clerks write one name in many ways: with the spelling from before 1972 (oe, dj, tj, j for y), Arabic
sounds as heard (kh, sy, dh, th, f or p, v or p, z or j), doubled letters or not, well-known words
shortened (Muhammad, Muh., M.; Siti, St.), titles of the pilgrimage and of studies, words joined.
"""

import re
from functools import lru_cache

TITLES = frozenset({"H", "HJ", "HAJI", "HAJJAH", "DRS", "DRA", "IR", "DR", "KH", "ALM", "ALMH"})
WORDS = {
    written: group[0]
    for group in (
        ("MUHAMAD", "MUHAMMAD", "MOHAMMAD", "MOHAMAD", "MUH", "MOH", "MHD", "MOHD", "MUHD", "MD"),
        ("AHMAD", "AKHMAD", "ACHMAD", "AHMAT", "AMAT", "AKHMAT"),
        ("ABDUL", "ABD", "ABDOEL", "ABDOL"),
        ("SITI", "ST", "SITTI", "STI"),
        ("NUR", "NOOR", "NOR", "NOER"),
    )
    for written in group
}
# In this order: a sound of two letters before its parts.
SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"OE", "U"),
        (r"DJ", "J"),
        (r"TJ", "C"),
        (r"CH", "K"),
        (r"SY|SH", "S"),
        (r"KH", "H"),
        (r"DH", "D"),
        (r"TH", "T"),
        (r"PH|F|V", "P"),
        (r"Z", "J"),
        (r"Q", "K"),
        (r"X", "KS"),
        (r"IE$", "I"),
        (r"OO", "U"),
        (r"Y", "I"),
        (r"K(?=[DRMNL])", ""),
        (r"(?<=[A-Z])H(?=$)", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=200_000)
def _sound(word: str) -> str:
    heard = WORDS.get(word, word)
    for pattern, sound in SOUNDS:
        heard = pattern.sub(sound, heard)
    return heard or word


def sounds_of(key: str) -> list[str]:
    """Return the words of a name as they sound, without titles; `key` is its `name_key`."""
    words = key.split()
    kept = [word for word in words if word not in TITLES] or words
    # A single M before another name is Muhammad; anywhere else an initial says nothing more.
    if len(kept) > 1 and kept[0] == "M":
        kept[0] = "MUHAMAD"
    return [_sound(word) for word in kept]


@lru_cache(maxsize=100_000)
def sound_key(key: str) -> str:
    """Return a name as it sounds, its words joined: what equal names have in common."""
    return "".join(sounds_of(key))
