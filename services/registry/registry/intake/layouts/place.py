"""Whether a village that a file names is the one it was uploaded for."""

import re

from rapidfuzz.fuzz import ratio

from common.regions import all_regions, parent_of, region_name
from registry.people.rules import name_key

KIND = re.compile(r"^(DESA|KELURAHAN|KEL|KECAMATAN|KEC|KABUPATEN|KAB|KOTA) ")
# One letter of a usual name may differ (Palangka Raya, Palangkaraya), not a word.
ALIKE = 88.0


def is_this_village(region_code: str, district: object, village: object) -> bool:
    """Tell whether the names are those of the region; an empty name says nothing."""
    if len(region_code) != 13:
        return True
    own_district = parent_of(region_code) or region_code
    if _key(village) and not _is(region_code, _key(village)):
        return False
    return not _key(district) or _is(own_district, _key(district))


def _is(code: str, named: str) -> bool:
    own = _key(region_name(code)).replace(" ", "")
    named = named.replace(" ", "")
    if own == named:
        return True
    return ratio(own, named) >= ALIKE and named not in _siblings(code)


def _siblings(code: str) -> set[str]:
    """Return the names beside this one in the regency: a name like it may be another place."""
    return {
        _key(region.name).replace(" ", "")
        for region in all_regions().values()
        if len(region.code) == len(code) and region.code[:5] == code[:5] and region.code != code
    }


def _key(name: object) -> str:
    return KIND.sub("", name_key(str(name)))
