"""Sealed values open only in their place and under their key."""

import hmac
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sealed import BlindIndex, SealBroken, Sealer

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NIK = "6203010101800001"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens_again(value: bytes, context: str):
    assert Sealer(KEY).open(Sealer(KEY).seal(value, context), context) == value


@given(st.text())
def test_texts_and_records_open_again(value: str):
    sealer = Sealer(KEY)
    if value.isprintable():
        assert sealer.open_text(sealer.seal_text(value, "a"), "a") == value
        assert sealer.open_json(sealer.seal_json({"v": value}, "a"), "a") == {"v": value}


def test_it_does_not_open_in_another_place():
    sealed = Sealer(KEY).seal_text(NIK, "persons.nik:1")
    with pytest.raises(SealBroken):
        Sealer(KEY).open_text(sealed, "persons.nik:2")


def test_it_does_not_open_under_another_key():
    with pytest.raises(SealBroken, match="another key"):
        Sealer(OTHER).open(Sealer(KEY).seal(b"x", "a"), "a")


def test_no_change_of_any_bit_goes_unseen():
    sealed = Sealer(KEY).seal(NIK.encode(), "a")
    for position in range(len(sealed)):
        for bit in range(8):
            broken = bytearray(sealed)
            broken[position] ^= 1 << bit
            with pytest.raises(SealBroken):
                Sealer(KEY).open(bytes(broken), "a")


@pytest.mark.parametrize("length", range(34))
def test_a_part_is_not_enough(length: int):
    with pytest.raises(SealBroken):
        Sealer(KEY).open(Sealer(KEY).seal(NIK.encode(), "a")[:length], "a")


@pytest.mark.parametrize("text", ["", "é", "not base64!", "AAAA"])
def test_any_text_in_an_event_is_refused_in_words(text: str):
    with pytest.raises(SealBroken):
        Sealer(KEY).open_json(text, "a")


def test_the_same_value_is_never_sealed_alike():
    assert len({Sealer(KEY).seal(b"x", "a") for _ in range(1000)}) == 1000


def test_a_blind_index_finds_equal_values_of_one_purpose_and_key_only():
    index = BlindIndex(KEY)
    assert index.of("nik", NIK) == BlindIndex(KEY).of("nik", NIK)
    assert len(index.of("nik", NIK)) == 16
    different = {
        index.of("nik", NIK),
        index.of("kk", NIK),
        index.of("nik", NIK[:-1] + "2"),
        BlindIndex(OTHER).of("nik", NIK),
        index.of("ni", "k" + NIK),
    }
    assert len(different) == 5


def test_a_blind_index_is_the_standard_one_that_other_programs_can_work_out():
    expected = hmac.digest(KEY, b"nik\x00" + NIK.encode(), "sha256")[:16]
    assert BlindIndex(KEY).of("nik", NIK) == expected


def test_sealing_is_fast_enough_to_be_forgotten():
    sealer, index = Sealer(KEY), BlindIndex(KEY)
    rates = {}
    for name, act in {
        "seal": lambda: sealer.seal_text(NIK, "persons.nik:01930000-0000-7000-8000-000000000001"),
        "index": lambda: index.of("nik", NIK),
    }.items():
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < 0.1:
            act()
            done += 1
        rates[name] = done / (time.perf_counter() - began)
    sys.stdout.write("\n" + ", ".join(f"{name}: {rate:,.0f}/s" for name, rate in rates.items()))
    assert min(rates.values()) > 10_000
