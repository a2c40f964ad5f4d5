"""What is sealed to a receiver is opened by that receiver, for that place, and by nobody else."""

import base64

import pytest

from common.sealed import SealBroken
from common.sealed_to import Opener, SealedTo, public_key_of

PRIVATE, OTHER = bytes(range(32)), bytes(range(1, 33))
PLACE = "card_pin:0011223344556677"
SECRET = {"argon2id": "$argon2id$v=19$…"}


def sealed_text() -> str:
    return SealedTo(public_key_of(PRIVATE)).seal_json(SECRET, PLACE)


def test_the_receiver_opens_it_and_it_says_nothing_before():
    text = sealed_text()
    assert Opener(PRIVATE).open_json(text, PLACE) == SECRET
    assert b"argon2id" not in base64.urlsafe_b64decode(text)


def test_two_sealings_of_the_same_are_not_alike():
    assert sealed_text() != sealed_text()


def test_another_key_another_place_and_a_changed_text_are_refused():
    text = sealed_text()
    with pytest.raises(SealBroken, match="another key"):
        Opener(OTHER).open_json(text, PLACE)
    with pytest.raises(SealBroken, match="another place"):
        Opener(PRIVATE).open_json(text, "card_pin:ffffffffffffffff")


def test_no_single_changed_byte_and_no_cut_is_accepted():
    raw = base64.urlsafe_b64decode(sealed_text())
    changed = [raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(len(raw))]
    for wrong in (*changed, *(raw[:length] for length in range(len(raw)))):
        with pytest.raises(SealBroken):
            Opener(PRIVATE).open_json(base64.urlsafe_b64encode(wrong).decode(), PLACE)


def test_what_is_not_base64_is_refused_in_the_same_words():
    for text in ("", "kein base64!", sealed_text() + "*"):
        with pytest.raises(SealBroken):
            Opener(PRIVATE).open_json(text, PLACE)


def test_a_public_key_that_is_none_is_refused_when_the_process_starts():
    with pytest.raises(ValueError, match="32"):
        SealedTo(b"short")
