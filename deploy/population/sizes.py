"""How many listed people live where: the province's table, and its division over villages.

The totals are rows of the social welfare list (DTKS) as published for November 2023 in a table by
regency (kalteng.tribunnews.com, 13 January 2024): 836,824 people, 30.9 % of the population. A
double in such a list is a row like any other, so doubles are inside these totals.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from common.regions import Region, all_regions
from population.randomness import fingerprint

LISTED_BY_REGENCY: dict[str, int] = {
    "62.01": 55_640, "62.02": 124_198, "62.03": 160_196, "62.04": 34_731, "62.05": 23_580,
    "62.06": 113_834, "62.07": 48_820, "62.08": 19_653, "62.09": 22_286, "62.10": 35_987,
    "62.11": 62_320, "62.12": 45_079, "62.13": 25_836, "62.71": 64_664,
}  # fmt: skip
FULL = sum(LISTED_BY_REGENCY.values())
SIZES = {"small": 2_400, "medium": 50_000, "full": FULL}
KELURAHAN_FACTOR = 2.4  # A town ward has more people than a village; the ratio is an estimate.
SMALLEST_VILLAGE = 0.25  # The smallest pseudo-size beside a median of one.
LARGEST_VILLAGE = 4.0

# The demonstration: four villages in each of two regencies, one kelurahan in each, and one that
# has sent nothing yet. The first is the one where a newcomer works.
DEMO_VILLAGES = (
    "62.03.01.2011", "62.03.01.1008", "62.03.09.2001", "62.03.10.2001",
    "62.06.02.1004", "62.06.02.2001", "62.06.05.2001", "62.06.10.2003",
)  # fmt: skip
OPERATOR_VILLAGE = DEMO_VILLAGES[0]
EMPTY_VILLAGE = "62.03.01.2020"


@dataclass(frozen=True, slots=True)
class Village:
    """One village of the plan; the two orders are its place in its regency and in the province."""

    code: str
    name: str
    district: str
    rows: int
    order_in_regency: int
    order_in_province: int

    @property
    def regency(self) -> str:
        """Return the regency's code."""
        return self.code[:5]

    @property
    def is_kelurahan(self) -> bool:
        """Tell whether this is a town ward (fourth part 1xxx), which has no village fund."""
        return self.code[9] == "1"


def apportion(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Divide a total in whole numbers by weight: largest remainder, ties to the lower code."""
    whole = sum(weights.values())
    shares = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: math.floor(share) for key, share in shares.items()}
    left = total - sum(parts.values())
    by_remainder = sorted(shares, key=lambda key: (parts[key] - shares[key], key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return parts


def pseudo_size(code: str) -> float:
    """Return a village's relative size: log-normal around one, fixed by its code."""
    share = (fingerprint("village size", code) + 1) / (2**64 + 2)
    # A logistic curve stands in for the normal one; sigma is about 0.55.
    size = math.exp(0.55 * math.log(share / (1 - share)) / 1.7)
    size = min(max(size, SMALLEST_VILLAGE), LARGEST_VILLAGE)
    return size * (KELURAHAN_FACTOR if code[9] == "1" else 1.0)


def villages_by_regency() -> dict[str, list[Region]]:
    """Return the 1,571 villages of the province by regency, both in order of code."""
    found: dict[str, list[Region]] = {code: [] for code in LISTED_BY_REGENCY}
    for region in all_regions().values():
        if region.level == "village":
            found[region.code[:5]].append(region)
    return found


def choose(codes: list[str], count: int) -> list[str]:
    """Choose villages spread evenly over a regency; the operator's always, the empty one last."""
    if count >= len(codes):
        return codes
    wanted = [code for code in codes if code == OPERATOR_VILLAGE]
    others = [code for code in codes if code not in {OPERATOR_VILLAGE, EMPTY_VILLAGE}]
    rest = count - len(wanted)
    return sorted(wanted + [others[i * len(others) // rest] for i in range(rest)])


def _chosen(persons: int, found: Mapping[str, list[Region]]) -> dict[str, dict[str, int]]:
    """Return rows by village within regency for a province of so many listed people."""
    plan: dict[str, dict[str, int]] = {}
    for regency, rows in apportion(persons, LISTED_BY_REGENCY).items():
        codes = [region.code for region in found[regency]]
        count = math.ceil(len(codes) * rows / LISTED_BY_REGENCY[regency])
        if count:
            chosen = choose(codes, count)
            plan[regency] = apportion(rows, {code: pseudo_size(code) for code in chosen})
    return plan


def _demonstration(persons: int) -> dict[str, dict[str, int]]:
    """Return rows by village for the demonstration's eight villages."""
    regencies = {code[:5]: LISTED_BY_REGENCY[code[:5]] for code in DEMO_VILLAGES}
    return {
        regency: apportion(
            rows,
            # Closer together than in the province, so that every village has something to show.
            {code: pseudo_size(code) ** 0.4 for code in DEMO_VILLAGES if code[:5] == regency},
        )
        for regency, rows in apportion(persons, regencies).items()
    }


def persons_of(size: str) -> int:
    """Return the number of listed people that a size name or a number stands for.

    Raises ValueError when it is neither, or more than the province has.
    """
    persons = SIZES.get(size) or int(size)
    if not 0 < persons <= FULL:
        raise ValueError(f"a province of 1 to {FULL} persons can be made, not {persons}")
    return persons


def plan(size: str) -> list[Village]:
    """Return the villages to make, in order of code, each with its number of rows."""
    found = villages_by_regency()
    by_code = {region.code: region for regions in found.values() for region in regions}
    province = {code: order for order, code in enumerate(sorted(by_code))}
    persons = persons_of(size)
    rows = _demonstration(persons) if size == "small" else _chosen(persons, found)
    made = []
    for regency in sorted(rows):
        order = {region.code: place for place, region in enumerate(found[regency])}
        for code, count in sorted(rows[regency].items()):
            district = all_regions()[code[:8]].name
            place = order[code], province[code]
            made.append(Village(code, by_code[code].name, district, count, *place))
    return made


def villages_in_regency() -> dict[str, int]:
    """Return how many villages each regency has, whatever the plan."""
    return {code: len(regions) for code, regions in villages_by_regency().items()}
