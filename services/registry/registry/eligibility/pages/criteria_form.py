"""The form of a draft: what was typed, read back with errors at each field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from common.problems import RefusalText, Refused
from common.web.languages import N_
from registry.eligibility.rules import Criterion, demand_rule
from registry.jobs.failure import failure_words

ROWS_MAX = 50
CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")
TEXTS = ("code", "expression", "words_id", "words_en", "evidence_id", "evidence_en")
WORDS_MIN, WORDS_MAX = 3, 300
NEEDED = N_("Isi bagian ini")
NOT_A_DATE = N_("Isi dengan tanggal")
AGE_WRONG = N_("Isi dengan angka 0 sampai 3660")
CODE_WRONG = N_("Pakai huruf kecil, angka, dan garis bawah, misalnya: kepala_hidup")
CODE_TWICE = N_("Kode ini sudah dipakai pada baris lain")
TOO_SHORT = N_("Tulis 3 sampai 300 huruf")
ENDS_BEFORE = N_("Berakhir sebelum mulai")


@dataclass(slots=True)
class Typed:
    """What a form held: the version's fields, its rows, and what is wrong, by field name."""

    values: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    version: dict[str, Any] = field(default_factory=dict)
    criteria: list[Criterion] = field(default_factory=list)


def typed_from(version: Mapping[str, Any] | None, criteria: list[Criterion]) -> Typed:
    """Return a form that begins as a copy of a version."""
    names = ("decree_number", "decree_on", "valid_from", "valid_to", "fact_age_days_max")
    values = dict.fromkeys(names, "")
    if version is not None:
        values = {name: "" if version[name] is None else str(version[name]) for name in names}
    rows = [{name: getattr(one, name) for name in TEXTS} for one in criteria]
    return Typed(values, [*rows, _empty_row()])


def read_form(form: Mapping[str, Any], refusals: Mapping[str, RefusalText], language: str) -> Typed:
    """Return what was typed; `errors` is empty when it can be saved."""
    typed = Typed()
    for name in ("decree_number", "decree_on", "valid_from", "valid_to", "fact_age_days_max"):
        typed.values[name] = str(form.get(name, "")).strip()
    _read_version(typed)
    for place in range(1, ROWS_MAX + 1):
        row = {name: str(form.get(f"{name}_{place}", "")).strip() for name in TEXTS}
        if any(row.values()):
            typed.rows.append(row)
    for place, row in enumerate(typed.rows, 1):
        _read_row(typed, place, row, refusals, language)
    return typed


def add_row(typed: Typed) -> None:
    """Give the form one more empty row."""
    typed.rows.append(_empty_row())


def _empty_row() -> dict[str, str]:
    return dict.fromkeys(TEXTS, "")


def _read_version(typed: Typed) -> None:
    values, errors = typed.values, typed.errors
    if len(values["decree_number"]) < WORDS_MIN:
        errors["decree_number"] = NEEDED
    days: dict[str, date | None] = {}
    for name in ("decree_on", "valid_from", "valid_to"):
        days[name] = _day(values[name])
        if days[name] is None and (values[name] or name != "valid_to"):
            errors[name] = NOT_A_DATE
    since, until = days["valid_from"], days["valid_to"]
    if since and until and until < since:
        errors["valid_to"] = ENDS_BEFORE
    age = values["fact_age_days_max"]
    if not re.fullmatch(r"\d{1,4}", age) or int(age) > 3660:
        errors["fact_age_days_max"] = AGE_WRONG
    else:
        typed.version["fact_age_days_max"] = int(age)
    typed.version.update(days, decree_number=values["decree_number"])


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _read_row(
    typed: Typed,
    place: int,
    row: dict[str, str],
    refusals: Mapping[str, RefusalText],
    language: str,
) -> None:
    errors = typed.errors
    if not CODE.fullmatch(row["code"]):
        errors[f"code_{place}"] = CODE_WRONG
    elif row["code"] in {one.code for one in typed.criteria}:
        errors[f"code_{place}"] = CODE_TWICE
    for name in TEXTS[2:]:
        if not WORDS_MIN <= len(row[name]) <= WORDS_MAX:
            errors[f"{name}_{place}"] = TOO_SHORT
    try:
        demand_rule(row["expression"])
    except Refused as refusal:
        said = failure_words(refusals, refusal.code, refusal.facts, language)
        errors[f"expression_{place}"] = " ".join(said) if said else refusal.code
    typed.criteria.append(
        Criterion(
            row["code"],
            row["expression"],
            row["words_id"],
            row["words_en"],
            row["evidence_id"],
            row["evidence_en"],
        )
    )
