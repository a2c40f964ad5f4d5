"""Faults, doubles and what other agencies know."""

from collections import Counter
from dataclasses import fields
from datetime import date
from math import sqrt

import pytest
from tests.population.provinces import PERIOD

from population import records
from population.duplicates import Province
from population.listing import Lister, Listing
from population.rates import OF_AND_SOURCE, Rates, with_changes
from population.records import Record, sixteen_digits, with_nbsp, written_date
from population.sizes import plan

NO_FAULTS = Rates(**dict.fromkeys((field.name for field in fields(Rates)), 0.0))
ROW_RATES = (
    "nik_exponent", "nik_apostrophe", "birth_swapped", "sex_mismatch", "dead", "moved",
    "dead_unreported", "nbsp", "duplicate",
)  # fmt: skip


def rows_of(listings: list[Listing]) -> list[Record]:
    return [record for listing in listings for record in listing.records]


def made(listings: list[Listing]) -> Counter[str]:
    return Counter(fault for record in rows_of(listings) for fault in record.faults)


def near(share: float, of: int) -> object:
    """Within five standard deviations; doubles come in families, hence the wider margin."""
    return pytest.approx(share, abs=5 * sqrt(share / of) + 0.1 * share)


@pytest.mark.parametrize("name", ROW_RATES)
def test_a_fault_is_made_in_about_its_share_of_rows(listings: list[Listing], name: str) -> None:
    rows = len(rows_of(listings))

    assert made(listings)[name] / rows == near(getattr(Rates(), name), rows)


def test_a_nik_is_missing_in_its_share_of_ordinary_rows(listings: list[Listing]) -> None:
    ordinary = [record for record in rows_of(listings) if not record.is_duplicate]
    missing = sum(record.nik == "" for record in ordinary)

    assert missing / len(ordinary) == near(Rates().nik_missing, len(ordinary))


def test_family_faults_are_made_in_about_their_share_of_families(listings: list[Listing]) -> None:
    families = [one for listing in listings for one in listing.families if one.members]
    faults = Counter(fault for family in families for fault in family.faults)

    assert faults["kk_exponent"] / len(families) == near(Rates().kk_exponent, len(families))
    large = sum(len(family.members) > 1 for family in families)
    assert faults["head_missing"] / large == near(Rates().head_missing, large)


def test_a_card_without_its_head_still_lists_the_others(listings: list[Listing]) -> None:
    for listing in listings:
        own = Counter(
            record.family.family_id for record in listing.records if not record.is_duplicate
        )
        for family in listing.families:
            if family.members:
                lost = "head_missing" in family.faults
                assert own[family.family_id] == len(family.members) - lost


def test_with_all_rates_at_zero_the_files_say_the_truth() -> None:
    province = Province.of(3, plan("3000"), NO_FAULTS, PERIOD)
    rows = rows_of([Lister(province, village).list() for village in province.villages])

    assert len(rows) == 3_000
    assert not any(record.faults or record.is_duplicate for record in rows)
    assert len({record.person.truth_id for record in rows}) == 3_000
    assert all(record.nik == record.person.nik for record in rows)
    assert all(record.date_form == records.ISO for record in rows)


def test_a_fault_can_be_made_in_every_row() -> None:
    rates = with_changes(NO_FAULTS, ["nik_exponent=1", "nbsp=1"])
    province = Province.of(3, plan("500"), rates, PERIOD)
    rows = rows_of([Lister(province, village).list() for village in province.villages])

    assert all({"nik_exponent", "nbsp"} <= set(record.faults) for record in rows)


def test_a_change_of_an_unknown_rate_or_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="no rate is called 'typos'"):
        with_changes(Rates(), ["typos=0.1"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        with_changes(Rates(), ["dead=2"])


def test_every_rate_says_what_it_is_a_share_of_and_where_it_comes_from() -> None:
    assert set(OF_AND_SOURCE) == {field.name for field in fields(Rates)}
    assert all(of and source for of, source in OF_AND_SOURCE.values())


def test_a_damaged_number_looks_as_a_spreadsheet_leaves_it() -> None:
    nik = "6203994105920063"

    assert sixteen_digits(nik, records.NUMBER) == 6203994105920060.0
    assert sixteen_digits(nik, records.EXPONENT) == "6.20399E+15"
    assert sixteen_digits(nik, records.APOSTROPHE) == "'6203994105920063"
    assert sixteen_digits("", records.EXPONENT) is None


def test_a_date_is_written_in_each_of_the_usual_ways() -> None:
    day = date(1985, 8, 17)

    assert written_date(day, records.ISO) == "1985-08-17"
    assert written_date(day, records.DAY_FIRST_DASH) == "17-08-1985"
    assert written_date(day, records.DAY_FIRST_SLASH) == "17/08/1985"
    assert written_date(day, records.DATE_CELL) == day


def test_a_non_breaking_space_stands_between_words_or_behind_the_only_one() -> None:
    assert with_nbsp("SITI AMINAH", nbsp=True) == "SITI\u00a0AMINAH"
    assert with_nbsp("UTUH", nbsp=True) == "UTUH\u00a0"
    assert with_nbsp("UTUH", nbsp=False) == "UTUH"


def test_a_swapped_birth_date_is_a_valid_date_that_the_nik_contradicts(
    listings: list[Listing],
) -> None:
    swapped = [
        record
        for record in rows_of(listings)
        if "birth_swapped" in record.faults and "birth_year_off" not in record.faults
    ]

    assert swapped
    for record in swapped:
        true = record.person.born
        assert record.born == date(true.year, true.day, true.month) != true
        assert record.born < PERIOD.opens_on


def test_doubles_are_spelt_otherwise_and_come_with_the_same_another_a_wrong_or_no_nik(
    listings: list[Listing],
) -> None:
    doubles = [record for record in rows_of(listings) if record.is_duplicate]
    kinds = Counter(
        next(
            (f for f in record.faults if f in {"second_nik", "nik_mistyped", "nik_missing"}), "same"
        )
        for record in doubles
    )

    assert min(kinds.values()) > 0.08 * len(doubles)
    respelled = [record for record in doubles if record.name != record.person.name]
    assert 0.5 < len(respelled) / len(doubles) < 0.9


def test_people_are_listed_twice_within_a_village_between_villages_and_between_regencies(
    listings: list[Listing],
) -> None:
    where: Counter[str] = Counter()
    for listing in listings:
        here = listing.village.code.replace(".", "")
        for record in listing.records:
            if record.is_duplicate:
                there = record.person.truth_id[1:11]
                where[
                    "village" if there == here else "regency" if there[:4] == here[:4] else ""
                ] += 1

    assert min(where["village"], where["regency"], where[""]) > 30


def test_a_whole_family_can_be_listed_again_under_a_new_card(listings: list[Listing]) -> None:
    known = {family.family_id for listing in listings for family in listing.families}
    again = [one for listing in listings for one in listing.families if one.duplicate_of]

    assert again
    assert all(family.duplicate_of in known for family in again)


def test_deciles_lean_to_the_poor_and_some_are_unknown(listings: list[Listing]) -> None:
    families = [one for listing in listings for one in listing.families if one.members]
    deciles = Counter(family.decile for family in families)

    assert deciles[None] / len(families) == near(Rates().dtsen_missing, len(families))
    assert deciles[1] > deciles[5] > deciles[9] > 0
    assert deciles[1] + deciles[2] > 0.35 * len(families)


def test_aid_goes_to_the_poor_overlaps_and_needs_a_village_fund(listings: list[Listing]) -> None:
    aided: Counter[str] = Counter()
    for listing in listings:
        for family in listing.families:
            aided.update(family.programmes)
            aided["both"] += {"pkh", "sembako"} <= set(family.programmes)
            if listing.village.is_kelurahan:
                assert "blt_dd" not in family.programmes
            if family.decile and family.decile > 5:
                assert not family.programmes

    assert min(aided["pkh"], aided["sembako"], aided["blt_dd"], aided["both"]) > 100
