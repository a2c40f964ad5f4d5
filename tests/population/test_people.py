"""Families, their numbers and their names."""

import re
from collections import Counter
from datetime import date

import pytest
from tests.population.provinces import PERIOD

from population import codes, names, spelling
from population.layouts import siak
from population.listing import Listing
from population.numbers import Numbers, SerialsExhausted, mistyped
from population.people import Family
from population.randomness import Dice
from population.sizes import plan
from population.structure import WOMAN, Marriage, Relation

NUMBER = re.compile(r"62(0[1-9]|1[0-3]|71)99\d{10}")


@pytest.fixture(scope="module")
def families(listings: list[Listing]) -> list[Family]:
    return [family for listing in listings for family in listing.families if family.members]


def test_no_nik_or_family_card_number_has_the_code_of_a_real_district(
    listings: list[Listing],
) -> None:
    for listing in listings:
        for record in listing.records:
            assert NUMBER.fullmatch(record.person.nik)
            assert NUMBER.fullmatch(record.family.kk)
            assert not record.nik or NUMBER.fullmatch(record.nik)
        for line in listing.roster:
            assert NUMBER.fullmatch(line.nik)
            assert NUMBER.fullmatch(line.kk)


def test_every_person_and_every_family_card_has_a_number_of_its_own(
    families: list[Family],
) -> None:
    niks = Counter(person.nik for family in families for person in family.members)
    cards = Counter(family.kk for family in families)

    assert max(niks.values()) == 1
    assert max(cards.values()) == 1


def test_a_nik_carries_the_birth_date_and_forty_days_more_for_a_woman(
    families: list[Family],
) -> None:
    for family in families:
        for person in family.members:
            day = person.born.day + (40 if person.sex == WOMAN else 0)
            assert person.nik[6:12] == f"{day:02}{person.born:%m%y}"


def test_some_people_carry_the_code_of_the_regency_they_came_from(listings: list[Listing]) -> None:
    moved = [
        record.person.nik[2:4] != listing.village.code[3:5]
        for listing in listings
        for record in listing.records
        if not record.is_duplicate
    ]

    assert 0.01 < sum(moved) / len(moved) < 0.06


def test_a_village_that_asks_for_too_many_numbers_of_one_day_is_told() -> None:
    numbers = Numbers(plan("small")[0], villages_in_regency=3_000)

    assert numbers.nik(date(1990, 1, 2), woman=True) != numbers.nik(date(1990, 1, 2), woman=True)
    with pytest.raises(SerialsExhausted):
        numbers.nik(date(1990, 1, 2), woman=True)


def test_a_mistyped_nik_is_never_one_that_was_given_to_someone() -> None:
    dice = Dice(1, "typing")

    for serial in ("0001", "0240", "6999", "7000", "8570"):
        wrong = mistyped(f"620399010190{serial}", dice)
        assert wrong[:12] == "620399010190"
        assert wrong[12] == "9"


def test_a_family_has_three_members_on_average_and_one_in_seven_a_woman_at_its_head(
    families: list[Family],
) -> None:
    members = sum(len(family.members) for family in families)
    women = sum(family.members[0].sex == WOMAN for family in families)

    assert members / len(families) == pytest.approx(3.0, abs=0.08)
    assert women / len(families) == pytest.approx(0.15, abs=0.02)


def test_everyone_is_born_before_the_reference_date_and_after_their_parents(
    families: list[Family],
) -> None:
    for family in families:
        couple = [one for one in family.members if one.relation in {Relation.HEAD, Relation.WIFE}]
        for person in family.members:
            assert person.born < PERIOD.opens_on
            assert person.age(PERIOD.opens_on) <= 99
            if person.relation == Relation.CHILD:
                for parent in couple:
                    assert (person.born - parent.born).days > 15 * 365


def test_a_childs_parents_are_named_as_they_are_on_the_card(families: list[Family]) -> None:
    for family in families:
        head = family.members[0]
        wives = [person for person in family.members if person.relation == Relation.WIFE]
        for child in family.members:
            if child.relation == Relation.CHILD:
                own = child.mother_name if head.sex == WOMAN else child.father_name
                assert own == head.name
                assert not wives or child.mother_name == wives[0].name


def test_husband_and_wife_are_married_and_small_children_are_not(families: list[Family]) -> None:
    for family in families:
        for person in family.members:
            if person.relation == Relation.WIFE:
                assert person.sex == WOMAN
                assert person.marriage == Marriage.MARRIED == family.members[0].marriage
            if person.age(PERIOD.opens_on) < 17:
                assert person.marriage == Marriage.SINGLE


def test_every_code_that_is_used_has_its_word(families: list[Family]) -> None:
    people = [person for family in families for person in family.members]

    assert {person.occupation for person in people} <= set(codes.OCCUPATION)
    assert {person.education for person in people} <= set(codes.EDUCATION)
    assert {person.religion for person in people} <= set(codes.RELIGION)
    assert {int(person.relation) for person in people} <= set(codes.RELATION)
    assert len(siak.COLUMNS) == 21


def test_the_peoples_of_the_province_and_their_faiths_are_all_there(families: list[Family]) -> None:
    assert {family.group for family in families} == set(names.GROUPS)
    faiths = {person.religion for family in families for person in family.members}
    assert faiths >= {1, 2, 3, 4, 7}


@pytest.mark.parametrize("group", names.GROUPS)
def test_a_word_list_has_no_empty_section_no_double_and_only_letters(group: str) -> None:
    for title, words in names.sections(group).items():
        assert len(words) >= 40, title
        assert len(set(words)) == len(words), title
        for word in words:
            assert re.fullmatch(r"[A-Z]+('[A-Z]+)?", word), (title, word)


def test_there_are_names_of_one_word_with_apostrophes_with_initials_and_of_three_words(
    families: list[Family],
) -> None:
    found = {person.name for family in families for person in family.members}

    assert any(" " not in name for name in found)
    assert any("'" in name for name in found)
    assert any(re.search(r" [A-Z]\.$", name) for name in found)
    assert any(name.startswith("M. ") for name in found)
    assert any(name.count(" ") == 2 for name in found)
    assert all(re.fullmatch(r"[A-Z]+[A-Z.']*( [A-Z.']+)*", name) for name in found)


@pytest.mark.parametrize(
    "name", ["UTUH", "SITI AMINAH", "MUHAMMAD RIZKY", "M. NOOR", "SA'DIAH", "ANI", "TRI", "LI"]
)
def test_a_respelled_name_is_another_spelling_and_never_empty(name: str) -> None:
    dice = Dice(7, name)

    for _ in range(200):
        other = spelling.respelled(dice, name)
        assert other not in {name, ""}
        assert other == other.strip()
        assert other[0] == name[0]


def test_well_known_spellings_are_among_the_variants() -> None:
    dice = Dice(7, "variants")
    found = {spelling.respelled(dice, "MUHAMMAD") for _ in range(300)}

    assert found >= {"MUHAMAD", "M.", "MOHAMMAD"}
