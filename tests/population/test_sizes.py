"""How many people live where."""

from collections import Counter

import pytest

from population.sizes import (
    DEMO_VILLAGES,
    EMPTY_VILLAGE,
    FULL,
    LISTED_BY_REGENCY,
    OPERATOR_VILLAGE,
    apportion,
    persons_of,
    plan,
)


def rows_by_regency(size: str) -> Counter[str]:
    rows: Counter[str] = Counter()
    for village in plan(size):
        rows[village.regency] += village.rows
    return rows


def test_the_whole_province_has_the_published_number_of_listed_people_in_each_regency() -> None:
    assert FULL == 836_824
    assert rows_by_regency("full") == Counter(LISTED_BY_REGENCY)


def test_the_whole_province_has_all_1571_villages_and_nobody_lives_nowhere() -> None:
    villages = plan("full")

    assert len({village.code for village in villages}) == 1_571
    assert min(village.rows for village in villages) >= 20
    assert max(village.rows for village in villages) < 10_000


def test_a_town_ward_has_more_people_than_a_village() -> None:
    sizes: dict[bool, list[int]] = {True: [], False: []}
    for village in plan("full"):
        if village.regency != "62.71":
            sizes[village.is_kelurahan].append(village.rows)

    means = {kind: sum(rows) / len(rows) for kind, rows in sizes.items()}
    assert means[True] > 1.8 * means[False]


@pytest.mark.parametrize("persons", [1, 13, 100, 5_000, 50_000, 400_001])
def test_a_smaller_province_keeps_the_regencies_in_proportion_to_the_last_person(
    persons: int,
) -> None:
    rows = rows_by_regency(str(persons))

    assert sum(rows.values()) == persons
    for code, listed in LISTED_BY_REGENCY.items():
        assert abs(rows[code] - persons * listed / FULL) < 1


def test_a_smaller_province_has_fewer_villages_of_the_usual_size() -> None:
    half, whole = plan("418412"), plan("full")

    assert len(half) == pytest.approx(len(whole) / 2, abs=14)


def test_the_rest_of_a_division_goes_to_the_largest_remainders() -> None:
    assert apportion(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert apportion(7, {"a": 0.5, "b": 2.2, "c": 4.3}) == {"a": 1, "b": 2, "c": 4}


def test_the_demonstration_is_four_villages_in_each_of_two_regencies_with_a_town_ward_each() -> (
    None
):
    villages = plan("small")

    assert sum(village.rows for village in villages) == 2_400
    assert {village.code for village in villages} == set(DEMO_VILLAGES)
    assert Counter(village.regency for village in villages) == {"62.03": 4, "62.06": 4}
    assert Counter(v.regency for v in villages if v.is_kelurahan) == {"62.03": 1, "62.06": 1}
    assert min(village.rows for village in villages) > 100


def test_the_operators_village_is_in_every_province_and_the_empty_one_only_in_the_whole() -> None:
    for size in ("small", "medium", "300000"):
        codes = {village.code for village in plan(size)}
        assert OPERATOR_VILLAGE in codes
        assert EMPTY_VILLAGE not in codes
    assert EMPTY_VILLAGE in {village.code for village in plan("full")}


@pytest.mark.parametrize("size", ["0", "-5", "836825", "many"])
def test_a_size_that_is_no_province_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match=r"province|invalid literal"):
        persons_of(size)
