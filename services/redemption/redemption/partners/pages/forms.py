"""What a person typed about a partner, and what of it is not right yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData

from common.problems import said
from common.regions import PROVINCE, all_regions, parent_of, place_of
from common.web.languages import N_, language
from redemption.partners.pages.words import WEEKDAYS
from redemption.partners.term_rules import Hours, Terms

BAD_DATE = N_("Tanggal ini tidak terbaca. Contoh: 2026-01-31.")
BAD_HOURS = N_("Isi jam buka dan jam tutup, atau kosongkan keduanya.")
TEXTS = ("name", "kind", "address", "village", "outside_code", "contract_from", "contract_until")


@dataclass
class TermsForm:
    """The fields of the form as they were typed, or as a partner has them."""

    values: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXTS, ""))
    regencies: list[str] = field(default_factory=list)
    narrower: str = ""
    benefits: str = ""
    hours: dict[int, tuple[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def wide_regions() -> list[tuple[str, str]]:
    """Return the province and its regencies, to be chosen from."""
    return [
        (one.code, one.name)
        for one in all_regions().values()
        if one.code == PROVINCE or parent_of(one.code) == PROVINCE
    ]


@cache
def village_names() -> dict[str, str]:
    """Return the villages, to be chosen from: the words for each, and its code."""
    return {
        place_of(one.code): one.code for one in all_regions().values() if one.level == "village"
    }


def village_of(text: str) -> str:
    """Return the code of the village that was chosen or typed; other words as they are."""
    return village_names().get(text, text.split(" ")[0] if text[:1].isdigit() else text)


def form_of(terms: Terms) -> TermsForm:
    """Return the form filled in with what is agreed."""
    wide = {code for code, _ in wide_regions()}
    told = terms.told() | {"village": terms.village_code and place_of(terms.village_code)}
    return TermsForm(
        values={name: str(told[name] or "") for name in TEXTS},
        regencies=[code for code in terms.region_codes if code in wide],
        narrower=", ".join(code for code in terms.region_codes if code not in wide),
        benefits=", ".join(terms.benefit_codes),
        hours={
            one.weekday: (f"{one.opens_at:%H:%M}", f"{one.closes_at:%H:%M}") for one in terms.hours
        },
    )


def typed(
    request: Request, sent: FormData, *, kind: str | None = None
) -> tuple[TermsForm, Terms | None]:
    """Return a form as it was typed, and its terms where they are right.

    `kind` is that of a partner that exists: it stays.
    """
    form = TermsForm(
        values={name: " ".join(str(sent.get(name, "")).split()) for name in TEXTS},
        regencies=[str(one) for one in sent.getlist("regencies")],
        narrower=str(sent.get("narrower", "")),
        benefits=str(sent.get("benefits", "")).upper(),
        hours={
            day: (str(sent.get(f"opens_{day}", "")), str(sent.get(f"closes_{day}", "")))
            for day in WEEKDAYS
        },
    )
    form.values["kind"] = kind or form.values["kind"]
    _ = request.app.state.pages.gettext(request)
    terms = Terms(
        name=form.values["name"],
        kind=form.values["kind"],
        address=form.values["address"],
        village_code=village_of(form.values["village"]),
        outside_code=form.values["outside_code"].upper().replace(" ", ""),
        region_codes=tuple(dict.fromkeys([*form.regencies, *_words(form.narrower)])),
        benefit_codes=tuple(dict.fromkeys(_words(form.benefits))),
        contract_from=_date(form, "contract_from", _(BAD_DATE)),
        contract_until=_date(form, "contract_until", _(BAD_DATE)),
        hours=_hours(form, _(BAD_HOURS)),
    )
    if kind is None and not form.values["village"]:
        form.errors["village"] = told_as(request, "partner_village_needed")
    for name, code in terms.faults().items():
        form.errors.setdefault(PLACES.get(name, name), told_as(request, code))
    return form, None if form.errors else terms


# Where a fault is shown, when not at a field of its name.
PLACES = {"region_codes": "regencies", "benefit_codes": "benefits", "village_code": "village"}


def told_as(request: Request, code: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return a refusal in one line, in the reader's language."""
    return said(code, facts or {}, request.app.state.refusals, language(request))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", text.strip()) if word]


def _date(form: TermsForm, name: str, words: str) -> date | None:
    text = form.values[name]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        form.errors[name] = words
        return None


def _hours(form: TermsForm, words: str) -> tuple[Hours, ...]:
    found = []
    for day, (opens, closes) in form.hours.items():
        if not opens and not closes:
            continue
        try:
            found.append(Hours(day, time.fromisoformat(opens), time.fromisoformat(closes)))
        except ValueError:
            form.errors["hours"] = words
    return tuple(found)
