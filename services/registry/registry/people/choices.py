"""Regions as a person chooses them on a page: only one's own, and never a thousand at once."""

from dataclasses import dataclass

from common.auth.principal import Principal
from common.regions import LEVELS, Region, all_regions, region_name

LIST_MAX = 300


@dataclass(frozen=True, slots=True)
class VillageChoice:
    """Villages to choose from; when there are too many, the regencies to choose first."""

    regencies: list[tuple[str, str]]
    regency: str
    villages: list[tuple[str, str]]


def regions_of(caller: Principal, level: str) -> list[Region]:
    """Return the regions of a level within a caller's limits."""
    return [
        region
        for region in all_regions().values()
        if region.level == level and caller.covers(region.code)
    ]


def village_choice(caller: Principal, regency: str = "") -> VillageChoice:
    """Return what to offer someone who has to name a village."""
    villages = regions_of(caller, "village")
    if len(villages) <= LIST_MAX:
        return VillageChoice([], "", [_labelled(one) for one in villages])
    regencies = sorted({one.code[:5] for one in villages})
    chosen = regency if regency in regencies else ""
    return VillageChoice(
        [(code, region_name(code)) for code in regencies],
        chosen,
        [_labelled(one) for one in villages if chosen and one.code.startswith(chosen)],
    )


def search_places(caller: Principal, choice: VillageChoice) -> list[tuple[str, str]]:
    """Return where one can search by name: whole regencies and districts, then villages.

    Where there are too many of them, only what lies in the chosen regency; regencies at first.
    """
    width = 8 if choice.villages else 5
    larger = [
        (code, name)
        for code, name in larger_regions(caller)
        if 2 < len(code) <= width and code.startswith(choice.regency)
    ]
    return [*larger, *choice.villages]


def width_below(codes: tuple[str, ...] | list[str]) -> int:
    """Return how long the codes are of the regions one level below the largest of these."""
    widest = min((len(code) for code in codes), default=2)
    return {2: 5, 5: 8}.get(widest, 13)


def larger_regions(caller: Principal) -> list[tuple[str, str]]:
    """Return the districts, regencies and province that a caller covers whole."""
    return [
        (region.code, region.name)
        for region in all_regions().values()
        if LEVELS[len(region.code)] != "village" and caller.covers(region.code)
    ]


def _labelled(region: Region) -> tuple[str, str]:
    return region.code, f"{region.name} · {region_name(region.code[:8])}"
