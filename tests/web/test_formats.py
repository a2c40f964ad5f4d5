"""How money, days and identity numbers look."""

from datetime import UTC, date, datetime

import pytest

from common.web.formats import Formats, mask


def test_money_and_numbers_are_written_as_in_indonesia():
    formats = Formats("id")
    assert formats.rupiah(150_000) == "Rp150.000"
    assert formats.rupiah(-1) == "-Rp1"
    assert formats.number(279_434) == "279.434"
    assert Formats("en").rupiah(150_000) == "Rp150,000"


def test_moments_are_shown_on_the_clocks_of_kalimantan_tengah():
    moment = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)
    assert Formats("id").time(moment) == "00.05 WIB"
    assert Formats("id").date(moment) == "21 November 2026"
    assert Formats("id").datetime(moment) == "21 November 2026, 00.05 WIB"
    assert Formats("en").datetime(moment) == "21 November 2026, 00:05 WIB"
    assert Formats("id").date(date(2026, 8, 1)) == "1 Agustus 2026"


def test_a_moment_without_a_time_zone_is_an_error_not_a_guess():
    with pytest.raises(ValueError, match="time zone"):
        Formats("id").time(datetime(2026, 11, 20, 17, 5))  # noqa: DTZ001 - the point of it


def test_what_is_missing_is_a_dash_and_never_nought():
    formats = Formats("id")
    assert {formats.rupiah(None), formats.number(None), formats.date(None), mask(None)} == {"—"}


@pytest.mark.parametrize(
    ("number", "shown"), [("6203011501850001", "6203********0001"), ("12345678", "********")]
)
def test_an_identity_number_is_hidden_in_its_middle(number: str, shown: str):
    assert mask(number) == shown
