"""How often each fault is made, of what, and where the figure comes from."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares between 0 and 1. `OF_AND_SOURCE` says of what, and why this much."""

    nik_missing: float = 0.012
    nik_number: float = 0.002
    nik_exponent: float = 0.003
    nik_apostrophe: float = 0.012
    nik_of_another: float = 0.0005
    kk_exponent: float = 0.0015
    birth_swapped: float = 0.008
    sex_mismatch: float = 0.003
    dead: float = 0.010
    moved: float = 0.010
    dead_unreported: float = 0.003
    nbsp: float = 0.010
    date_day_first: float = 0.010
    village_day_first: float = 0.15
    village_date_cells: float = 0.10
    head_missing: float = 0.010
    duplicate: float = 0.015
    dtsen_missing: float = 0.06
    roster_respelled: float = 0.03
    roster_old_kk: float = 0.03


AUDIT_2020 = (
    "BPKP, BPK and KPK on the 2020 list, of some 97 million people (the denominator is general "
    "knowledge)"
)
BPK = "BPK: 1.69 million active people on the list are dead"
ESTIMATE = "an estimate; no figure was published"
OF_AND_SOURCE: dict[str, tuple[str, str]] = {
    "nik_missing": ("rows", "an estimate; Dukcapil's own books leave such people out"),
    "nik_number": ("rows", f"{AUDIT_2020}: 10.9 million invalid NIKs (11 %), far fewer by now"),
    "nik_exponent": ("rows", f"{AUDIT_2020}: 10.9 million invalid NIKs (11 %), far fewer by now"),
    "nik_apostrophe": ("rows", ESTIMATE),
    "nik_of_another": ("rows", f"{AUDIT_2020}: 86,465 NIKs twice, half of them with other names"),
    "kk_exponent": ("families", f"{AUDIT_2020}: 16.4 million invalid KK numbers, far fewer by now"),
    "birth_swapped": ("rows", ESTIMATE),
    "sex_mismatch": ("rows", ESTIMATE),
    "dead": ("rows", f"{BPK}, 1.3 % of about 128 million"),
    "moved": ("rows", "an estimate; the province found moved people among its listed ones"),
    "dead_unreported": ("rows", f"{BPK}; 125,700 of them were still paid"),
    "nbsp": ("rows", "an estimate; the Dukcapil book of 2016 is full of them"),
    "date_day_first": ("rows", ESTIMATE),
    "village_day_first": ("villages", ESTIMATE),
    "village_date_cells": ("villages", ESTIMATE),
    "head_missing": ("families of two or more", ESTIMATE),
    "duplicate": ("rows", f"{AUDIT_2020}: 16.8 million unmatched; {ESTIMATE}"),
    "dtsen_missing": ("families", "an estimate; of 37,000 poor pupils 17,000 were found in DTSEN"),
    "roster_respelled": ("roster lines", ESTIMATE),
    "roster_old_kk": ("roster lines by family card", ESTIMATE),
}


def with_changes(rates: Rates, changes: Iterable[str]) -> Rates:
    """Return the rates with `name=share` changes made.

    Raises ValueError for an unknown name or a share outside 0 to 1.
    """
    known = {field.name for field in fields(Rates)}
    values: dict[str, float] = {}
    for change in changes:
        name, _, share = change.partition("=")
        if name not in known:
            raise ValueError(f"no rate is called {name!r}; there are {', '.join(sorted(known))}")
        values[name] = float(share)
        if not 0 <= values[name] <= 1:
            raise ValueError(f"{name} is a share between 0 and 1, not {share}")
    return replace(rates, **values)
