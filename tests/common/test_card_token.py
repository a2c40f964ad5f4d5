"""What counts as a card: our own signed text, in its time, and nothing that looks like it."""

import time
from datetime import timedelta

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common.tokens import (
    CARD_ID,
    NOW,
    a_raw_token,
    a_token,
    as_text,
    claims,
    ed25519_issuer,
    es256_issuer,
)

from common.base45 import decode_base45
from common.card_encoding import protected_header, qr_text, to_be_signed
from common.card_token import (
    CARD_REFUSAL_CODES,
    TEXT_MAX,
    CardRefused,
    StatusReference,
    key_ring,
    parse,
    verify,
)
from common.cose import is_signed_by, parse_sign1

ISSUER = ed25519_issuer()
OTHER = ed25519_issuer(bytes(range(1, 33)))
P256 = es256_issuer()
TOKEN = a_token(ISSUER)


def refusal(text, ring=None, now=NOW):
    with pytest.raises(CardRefused) as caught:
        verify(text, ISSUER.ring if ring is None else ring, now)
    assert caught.value.code in CARD_REFUSAL_CODES
    return caught.value.code


def test_a_card_says_what_was_signed():
    token = verify(TOKEN, ISSUER.ring, NOW)
    assert token.card_id == CARD_ID
    assert token.household_pseudonym == "B7K2M4Q6XWZ3C"
    assert token.printed_name == "SITI NURHALIZA BINTI"
    assert token.status == StatusReference(1234567, "https://kartu.example/s/3")
    assert token.issued_at == NOW - timedelta(days=1)
    assert token.expires_at == NOW + timedelta(days=1825)
    assert token.kid == ISSUER.key.kid


def test_es256_cards_count_under_es256_keys():
    assert verify(a_token(P256), P256.ring, NOW).card_id == CARD_ID


def test_the_newer_name_of_ed25519_is_understood():
    protected = cbor2.dumps({1: -19, 4: ISSUER.key.kid}, canonical=True)
    assert verify(a_token(ISSUER, protected=protected), ISSUER.ring, NOW).card_id == CARD_ID


def test_a_forty_letter_name_and_a_long_address_fit_the_symbol():
    text = a_token(
        ISSUER,
        claims(printed_name="W" * 40, status=StatusReference(2**20 - 1, "https://" + "k" * 39)),
    )
    assert len(text) <= TEXT_MAX
    assert verify(text, ISSUER.ring, NOW).printed_name == "W" * 40


@pytest.mark.parametrize("algorithm", [-7, -19, -35, -257, 5, 0])
def test_the_algorithm_is_the_keys_and_not_the_tokens(algorithm):
    protected = cbor2.dumps({1: algorithm, 4: P256.key.kid}, canonical=True)
    text = a_token(P256, protected=protected)
    if algorithm == -7:
        assert verify(text, P256.ring, NOW)
    else:
        assert refusal(text, P256.ring) == "wrong_algorithm"


def test_an_ed25519_header_does_not_open_an_es256_key_of_the_same_id():
    ring = {ISSUER.key.kid: (P256.key,)}
    assert refusal(TOKEN, ring) == "wrong_algorithm"


def test_two_keys_may_share_an_id_and_each_card_finds_its_own():
    ring = {ISSUER.key.kid: (OTHER.key, ISSUER.key)}
    assert verify(TOKEN, ring, NOW).card_id == CARD_ID
    assert refusal(TOKEN, {ISSUER.key.kid: (OTHER.key,)}) == "bad_signature"


def test_a_card_of_an_unknown_signer_is_refused():
    assert refusal(a_token(OTHER)) == "unknown_key"
    assert refusal(TOKEN, {}) == "unknown_key"


def test_a_card_counts_from_its_issue_to_its_expiry():
    issued, expires = NOW - timedelta(days=1), NOW + timedelta(days=1825)
    assert refusal(TOKEN, now=issued - timedelta(minutes=11)) == "not_yet_valid"
    assert verify(TOKEN, ISSUER.ring, issued)
    assert verify(TOKEN, ISSUER.ring, expires - timedelta(seconds=1))
    assert refusal(TOKEN, now=expires) == "expired"


@pytest.mark.parametrize(
    "days",
    [
        {"not_before": NOW},
        {"sign_until": NOW - timedelta(days=2)},
        {"verify_until": NOW - timedelta(seconds=1)},
    ],
)
def test_a_card_signed_or_checked_outside_its_keys_dates_is_refused(days):
    issuer = ed25519_issuer(**days)
    assert refusal(a_token(issuer), issuer.ring) == "key_out_of_validity"


def test_a_stolen_key_takes_its_cards_with_it():
    stolen = ed25519_issuer(state="compromised")
    assert refusal(TOKEN, stolen.ring) == "key_compromised"


def test_cards_of_a_planned_key_count_once_its_day_has_come():
    planned = ed25519_issuer(state="planned")
    assert verify(TOKEN, planned.ring, NOW).card_id == CARD_ID


IDENTITY = {1: "B7K2M4Q6XWZ3C", 4: "SITI"}
STATUS = {"status_list": {"idx": 1, "uri": "https://kartu.example/s/3"}}
RIGHT = {4: 2_000_000_000, 6: 1_763_700_000, 7: bytes(8), 169: IDENTITY, 65535: STATUS}


@pytest.mark.parametrize(
    "wrong",
    [
        {**RIGHT, 4: -1},
        {**RIGHT, 4: 2**40},
        {**RIGHT, 4: True},
        {**RIGHT, 6: 1.5},
        {**RIGHT, 6: "2026"},
        {**RIGHT, 7: bytes(7)},
        {**RIGHT, 7: "12345678"},
        {**RIGHT, 169: {1: "B7K2M4Q6XWZ3C"}},
        {**RIGHT, 169: {**IDENTITY, 2: "x"}},
        {**RIGHT, 169: {**IDENTITY, 1: "6271034404040004"}},
        {**RIGHT, 169: {**IDENTITY, 4: ""}},
        {**RIGHT, 169: {**IDENTITY, 4: "W" * 41}},
        {**RIGHT, 169: [1, 2]},
        {**RIGHT, 65535: {"status_list": {"idx": -1, "uri": "x"}}},
        {**RIGHT, 65535: {"status_list": {"idx": 1}}},
        {**RIGHT, 65535: {**STATUS, "more": 1}},
        {**RIGHT, 65535: 7},
        {**RIGHT, 5: 1},
        {key: value for key, value in RIGHT.items() if key != 4},
        {},
        [],
        "text",
        7,
        None,
    ],
)
def test_signed_claims_of_another_shape_are_refused(wrong):
    assert refusal(a_raw_token(ISSUER, wrong)) in {"malformed", "wrong_version"}


def test_claims_in_another_order_or_with_something_behind_are_refused():
    reordered = cbor2.dumps(
        {6: 1_763_700_000, 4: 2_000_000_000, 7: bytes(8)} | {169: IDENTITY} | {65535: STATUS}
    )
    assert refusal(a_token(ISSUER, reordered)) in {"malformed", "wrong_version"}
    assert refusal(a_token(ISSUER, claims() + b"\x00")) == "malformed"


def test_the_envelope_has_one_form_only():
    message = parse_sign1(decode_base45(TOKEN))
    parts = [message.protected, {}, message.payload, message.signature]
    tagged = cbor2.CBORTag
    for other, word in [
        (cbor2.dumps(parts), "malformed"),
        (cbor2.dumps(tagged(17, parts)), "wrong_version"),
        (cbor2.dumps(tagged(61, tagged(18, parts))), "wrong_version"),
        (cbor2.dumps(tagged(18, parts[:3])), "malformed"),
        (cbor2.dumps(tagged(18, [*parts, b""])), "malformed"),
        (cbor2.dumps(tagged(18, [parts[0], {5: b"x"}, *parts[2:]])), "malformed"),
        (cbor2.dumps(tagged(18, [parts[0], {}, None, parts[3]])), "malformed"),
        (cbor2.dumps(tagged(18, [parts[0], {}, parts[2], b""])), "malformed"),
        (cbor2.dumps(tagged(18, parts)) + b"\x00", "malformed"),
        (b"\xd8\x12" + cbor2.dumps(parts), "wrong_version"),
        (b"\xd2\x98\x04" + cbor2.dumps(parts)[1:], "malformed"),
    ]:
        assert refusal(as_text(other)) == word


@pytest.mark.parametrize(
    "header",
    [
        {1: -8},
        {4: ISSUER.key.kid},
        {1: -8, 4: ISSUER.key.kid, 16: "x"},
        {1: -8, 4: ISSUER.key.kid.hex()},
        {1: -8, 4: ISSUER.key.kid + b"\x00"},
        {1: "EdDSA", 4: ISSUER.key.kid},
        {1: -8, 2: [99], 4: ISSUER.key.kid, 99: 1},
    ],
)
def test_a_header_with_more_less_or_other_than_ours_is_refused(header):
    protected = cbor2.dumps(header, canonical=True)
    assert refusal(a_token(ISSUER, protected=protected)) == "malformed"


def test_a_header_that_is_not_deterministic_is_refused():
    assert refusal(a_token(ISSUER, protected=b"\xa2\x04\x44" + ISSUER.key.kid + b"\x01\x27")) == (
        "malformed"
    )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "malformed"),
        ("A", "malformed"),
        ("1234567890", "malformed"),
        ("https://example.org/kartu", "malformed"),
        (f"KH1:{TOKEN}", "wrong_version"),
        ("HC1:6BF", "wrong_version"),
        (TOKEN.lower(), "malformed"),
        (f" {TOKEN}", "malformed"),
        (f"{TOKEN}\n", "malformed"),
        (TOKEN + "0" * 400, "malformed"),
        ("RRQ" + ":::" * 100, "malformed"),
        ("\ud800", "malformed"),
        ("३" * 20, "malformed"),
    ],
)
def test_what_a_reader_may_see_besides_cards_is_refused(text, word):
    assert refusal(text) == word


def test_deep_nesting_and_huge_lengths_only_cost_a_refusal():
    for data in (b"\xd2" + b"\x81" * 240, b"\xd2\x84\x5b" + b"\xff" * 8, b"\xd2\x9b" + b"\xff" * 8):
        assert refusal(as_text(data)) == "malformed"


def test_one_flipped_bit_anywhere_is_never_a_card():
    data = decode_base45(TOKEN)
    for place in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        refusal(as_text(bytes(flipped)))


def test_a_truncated_card_is_never_a_card():
    for length in range(len(TOKEN)):
        refusal(TOKEN[:length])


def test_the_signature_of_one_card_does_not_fit_another():
    protected = protected_header("Ed25519", ISSUER.key.kid)
    signature = ISSUER.sign(to_be_signed(protected, claims()))
    assert refusal(qr_text(protected, claims(printed_name="ORANG LAIN"), signature)) == (
        "bad_signature"
    )


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "delete", "swap"]),
        st.integers(0, 400),
        st.binary(max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@given(MUTATIONS, st.sampled_from([ISSUER, P256]))
@settings(max_examples=600, deadline=None)
def test_whatever_is_done_to_the_bytes_it_is_refused_and_nothing_breaks(steps, issuer):
    original = decode_base45(a_token(ISSUER) if issuer is ISSUER else ES256_TOKEN)
    data = bytearray(original)
    for kind, place, new in steps:
        at = place % (len(data) + 1)
        if kind == "replace":
            data[at : at + len(new)] = new
        elif kind == "insert":
            data[at:at] = new
        elif kind == "delete":
            del data[at : at + 1 + len(new)]
        else:
            data[at:] = data[at:][::-1]
    if bytes(data) != original:
        refusal(as_text(bytes(data)), issuer.ring)


ES256_TOKEN = a_token(P256)


@given(st.binary(max_size=250))
@settings(max_examples=400, deadline=None)
def test_any_bytes_at_all_are_refused(data):
    refusal(as_text(data))
    refusal(as_text(b"\xd2\x84" + data))


@given(st.text(max_size=380))
@settings(max_examples=300, deadline=None)
def test_any_text_at_all_is_refused(text):
    refusal(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.binary() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.integers(0, 200) | st.text(max_size=6), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_claims_that_our_own_key_signed_by_mistake_are_refused(value):
    text = a_raw_token(ISSUER, value)
    refusal(text)


def test_re_signed_by_someone_else_under_our_key_id_it_is_refused():
    protected = protected_header("Ed25519", ISSUER.key.kid)
    text = qr_text(protected, claims(), OTHER.sign(to_be_signed(protected, claims())))
    assert refusal(text) == "bad_signature"


def test_parse_shows_the_key_id_and_no_claims():
    token = parse(TOKEN)
    assert token.kid == ISSUER.key.kid
    assert token.algorithm == -8
    assert not hasattr(token, "printed_name")


def test_keys_of_one_ring_are_found_by_their_ids():
    ring = key_ring([ISSUER.key, OTHER.key, P256.key])
    for issuer in (ISSUER, OTHER, P256):
        assert verify(a_token(issuer), ring, NOW).card_id == CARD_ID


def test_checking_a_card_costs_little_more_than_its_signature():
    # The goal is 0.7 of the raw rate; a shared machine is given room before it is called broken.
    message = parse_sign1(decode_base45(TOKEN))
    ring, best = ISSUER.ring, 0.0
    for _ in range(5):
        raw = _seconds(lambda: is_signed_by(message, ISSUER.key))
        whole = _seconds(lambda: verify(TOKEN, ring, NOW))
        best = max(best, raw / whole)
    assert best > 0.55, f"{best:.2f} of the raw rate"


def _seconds(act):
    start = time.process_time()
    for _ in range(300):
        act()
    return time.process_time() - start
