"""What a letter says, line by line, for the screen and for paper alike; in one language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.regions import region_name
from common.web import formats
from registry.eligibility.facts import FACTS
from registry.eligibility.rules import UNKNOWN

OUTCOME_WORDS = {
    "eligible": ("LAYAK", "ELIGIBLE"),
    "ineligible": ("TIDAK LAYAK", "NOT ELIGIBLE"),
    "needs_review": ("PERLU DIPERIKSA", "FOR REVIEW"),
}
FOUND_WORDS = {
    "met": ("Terpenuhi", "Met"),
    "not_met": ("Tidak terpenuhi", "Not met"),
    "unknown": ("Belum diketahui", "Not known"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in one language: its head, its reasons, the data used, and how to object."""

    number: str
    issued_on: str
    name: str
    place: str
    programme: str
    outcome: str
    outcome_word: str
    judged_by: str
    reasons: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str, str], ...]
    unknown: tuple[str, ...]
    basis: str
    objection: str


def letter_words(
    row: Mapping[str, Any],
    rules: Mapping[str, Mapping[str, str]],
    sources: Sequence[Mapping[str, Any]],
    language: str,
) -> Letter:
    """Return the letter about a decision; `rules` are the words by code, `sources` the facts."""
    at = 1 if language == "en" else 0
    words = "words_en" if at else "words_id"

    day = formats.Formats(language).date
    reasons = tuple(
        (rules.get(one["code"], {}).get(words, one["code"]), one["outcome"],
         FOUND_WORDS[one["outcome"]][at])
        for one in row["outcomes"]
    )  # fmt: skip
    village = str(row["region_code"])
    place = f"{region_name(village)}, {region_name(village[:8])}, {region_name(village[:5])}"
    return Letter(
        number=f"{row['number']:06d}/{row['programme_code'].upper()}/{row['issued_at']:%Y}",
        issued_on=day(row["issued_at"]),
        name=row["head_name"] or "—",
        place=place,
        programme=f"{row['name_en' if at else 'name_id']}, {row['cycle_name']}",
        outcome=row["outcome"],
        outcome_word=OUTCOME_WORDS[row["outcome"]][at],
        judged_by=_judged_by(row, at),
        reasons=reasons,
        facts=tuple(_fact(one, at, day) for one in sources if one["value"] != "loaded")
        + tuple(_roster(one, at, day) for one in sources if one["value"] == "loaded"),
        unknown=tuple(said for said, outcome, _ in reasons if outcome == UNKNOWN),
        basis=_basis(row, at, day),
        objection=_objection(row, at, day),
    )


def _judged_by(row: Mapping[str, Any], at: int) -> str:
    if not row["review_reason"]:
        return ""
    said = ("Diputuskan oleh petugas: ", "Decided by an officer: ")[at]
    return f"{said}{row['reviewed_by_name']}. {row['review_reason']}"


def _called(code: str, at: int) -> str:
    for fact in FACTS.values():
        if fact.code == code:
            return fact.words_en if at else fact.words_id
    return code


def _period(row: Mapping[str, Any], day: Callable[[date | None], str]) -> str:
    return f"{day(row['valid_from'])} – {day(row['valid_to'])}; {row['source']}"


def _fact(
    row: Mapping[str, Any], at: int, day: Callable[[date | None], str]
) -> tuple[str, str, str]:
    value = {"yes": ("ya", "yes"), "no": ("tidak", "no")}.get(row["value"])
    return _called(row["code"], at), value[at] if value else row["value"], _period(row, day)


def _roster(
    row: Mapping[str, Any], at: int, day: Callable[[date | None], str]
) -> tuple[str, str, str]:
    return _called(row["code"], at), ("daftar diperiksa", "roster looked at")[at], _period(row, day)


def _basis(row: Mapping[str, Any], at: int, day: Callable[[date | None], str]) -> str:
    decree, on, version = row["decree_number"], day(row["decree_on"]), row["version"]
    decided = day(row["decided_at"])
    if at:
        return f"Decided on {decided} by {decree} of {on}, version {version} of its criteria."
    return f"Diputuskan {decided} menurut {decree} tanggal {on}, kriteria versi {version}."


def _objection(row: Mapping[str, Any], at: int, day: Callable[[date | None], str]) -> str:
    due, village = day(row["due_on"]), region_name(str(row["region_code"]))
    if at:
        return (
            f"If this is not right, you may object until {due}: at the office of {village}, at any"
            " service counter, or through a visiting officer. Bring this letter and what proof you"
            " have. It costs nothing. Someone else will look at it, not the one who decided."
        )
    return (
        f"Bila ini tidak benar, Anda boleh menyanggah sampai {due}: di kantor {village}, di loket"
        " layanan mana pun, atau lewat petugas yang berkunjung. Bawa surat ini dan bukti yang ada."
        " Menyanggah tidak dipungut biaya. Sanggahan diperiksa orang lain, bukan yang memutuskan."
    )
