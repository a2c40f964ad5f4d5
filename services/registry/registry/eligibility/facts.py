"""Every fact that an expression may name: how it is called, and how it is read from the registry.

A fact of a family is null when it is not known. Counts stop at a number far above any rule, so
that all facts of a family together fit in one whole number (see `family_facts`).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["yes_no", "number"]
DECILE = "dtsen.decile"
COUNT_MAX = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact: its kind, its words, an example of a rule, and the code it has in `facts`."""

    kind: Kind
    words_id: str
    words_en: str
    example: str
    # Empty for what follows from the family's members.
    code: str = ""
    highest: int = 1

    @property
    def values(self) -> int:
        """Return how many values it can have, with "not known" as one of them."""
        return self.highest + 2


def _roster(code: str, words_id: str, words_en: str, example: str) -> Fact:
    return Fact("yes_no", words_id, words_en, example, f"roster.{code}")


def _count(words_id: str, words_en: str, example: str) -> Fact:
    return Fact("number", words_id, words_en, example, highest=COUNT_MAX)


FACTS: dict[str, Fact] = {
    "decile": Fact("number", "Desil DTSEN", "DTSEN decile", "decile <= 2", DECILE, 10),
    "on_pkh": _roster("pkh", "Penerima PKH", "On PKH", "!on_pkh"),
    "on_sembako": _roster("sembako", "Penerima Sembako", "On Sembako", "!on_sembako"),
    "on_blt_dd": _roster("blt_dd", "Penerima BLT Dana Desa", "On BLT Dana Desa", "!on_blt_dd"),
    "on_bst": _roster("bst", "Penerima BST", "On BST", "!on_bst"),
    "on_pip": _roster("pip", "Penerima PIP", "On PIP", "on_pip || school_age == 0"),
    "on_pbi": _roster("pbi", "Penerima PBI JKN", "On PBI JKN", "on_pbi"),
    "on_scholarship": _roster(
        "scholarship", "Penerima beasiswa lain", "On another scholarship", "!on_scholarship"
    ),
    "civil_servant": _roster(
        "civil_servant", "Ada ASN/TNI/Polri", "A civil servant in the family", "!civil_servant"
    ),
    "in_province": Fact(
        "yes_no", "Tinggal di Kalimantan Tengah", "Lives in Central Kalimantan", "in_province"
    ),
    "head_alive": Fact(
        "yes_no", "Kepala keluarga hidup", "Head of family alive", "head_alive || members >= 1"
    ),
    "members": _count("Jumlah anggota", "Number of members", "members >= 4"),
    "children_0_6": _count("Anak 0–6 tahun", "Children aged 0–6", "children_0_6 >= 1"),
    "school_age": _count("Anggota usia 7–18 tahun", "Members aged 7–18", "school_age >= 1"),
    "elderly_60_plus": _count(
        "Anggota usia 60 tahun ke atas", "Members aged 60 or more", "elderly_60_plus >= 1"
    ),
}
