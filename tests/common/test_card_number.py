"""Typed card numbers: forgiving about how they are written, never about what they say."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.base45 import NotBase45, decode_base45, encode_base45
from common.card_number import ALPHABET, WrongCardNumber, card_number, parse_card_number


@given(st.binary(min_size=8, max_size=8))
def test_a_number_leads_back_to_its_card(data):
    assert parse_card_number(card_number(data.hex())) == data.hex()


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda number: number.replace("-", ""),
        lambda number: number.replace("-", " "),
        lambda number: f"  {number}\n",
        lambda number: number.replace("0", "O").replace("1", "I"),
        lambda number: number.replace("0", "o").replace("1", "l"),
    ],
)
def test_ways_of_writing_a_number_are_understood(change):
    number = card_number("0110001100112233")
    assert parse_card_number(change(number)) == "0110001100112233"


def test_every_single_wrong_character_is_found():
    plain = card_number(secrets.token_hex(8)).replace("-", "")
    for place in range(14):
        for letter in ALPHABET.replace(plain[place], ""):
            with pytest.raises(WrongCardNumber):
                parse_card_number(plain[:place] + letter + plain[place + 1 :])


def test_every_swap_of_two_characters_is_found():
    plain = card_number(secrets.token_hex(8)).replace("-", "")
    for first in range(14):
        for second in range(first):
            letters = list(plain)
            letters[first], letters[second] = letters[second], letters[first]
            if "".join(letters) != plain:
                with pytest.raises(WrongCardNumber):
                    parse_card_number("".join(letters))


@pytest.mark.parametrize("text", ["", "1", "U" * 14, "Z" * 14, "6271034404040004", "é" * 14])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(WrongCardNumber):
        parse_card_number(text)


# RFC 9285 §4.3 and §4.4.
@pytest.mark.parametrize(
    ("plain", "encoded"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_base45_is_as_its_rfc_says(plain, encoded):
    assert encode_base45(plain) == encoded
    assert decode_base45(encoded) == plain


@given(st.binary())
def test_base45_leads_back_to_its_bytes(data):
    assert decode_base45(encode_base45(data)) == data


@pytest.mark.parametrize("text", ["A", "::::", "GGW", ":::", "::", "ab", "é00", "QED8W", "000\n"])
def test_base45_refuses_what_no_encoder_writes(text):
    with pytest.raises(NotBase45):
        decode_base45(text)
