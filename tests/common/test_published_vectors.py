"""Every file of the published vectors, what it is, and the word with which a card of it is refused.

The tables name all files: one more or one fewer in the folders fails here.
"""

import json
import re
import zlib

import pytest
from tests.common.test_card_token_vectors import (
    VECTORS,
    parse_sign1_of,
    published,
    some_keys,
)
from tests.common.tokens import NOW, dates

from common.base45 import decode_base45, encode_base45
from common.card_token import CardRefused, verify
from common.cose import (
    SIGN1_TAG,
    NotSign1,
    VerifyKey,
    is_signed_by,
    key_ring,
    parse_sign1,
    verify_key,
)

# A card of ours is one signature in one form; what these are instead, and how it is said.
COSE = {
    # Signed once, as cards are; their headers or claims are not a card's.
    "CWT/A_3": ("a CWT signed with ES256, its key id outside the signature", "malformed"),
    "ecdsa-examples/ecdsa-sig-01": ("ES256", "malformed"),
    "ecdsa-examples/ecdsa-sig-02": ("P-384: no key of ours", "malformed"),
    "ecdsa-examples/ecdsa-sig-03": ("P-521: no key of ours", "malformed"),
    "ecdsa-examples/ecdsa-sig-04": ("P-256 with SHA-512: no algorithm of ours", "malformed"),
    "eddsa-examples/eddsa-sig-01": ("Ed25519", "malformed"),
    "eddsa-examples/eddsa-sig-02": ("Ed448: no key of ours", "malformed"),
    "sign1-tests/sign-pass-01": ("algorithm outside the signature", "malformed"),
    "sign1-tests/sign-pass-02": ("signs data that is not in the message", "malformed"),
    "sign1-tests/sign-pass-03": ("without the tag", "malformed"),
    "sign1-tests/sign-fail-01": ("another tag", "wrong_version"),
    "sign1-tests/sign-fail-02": ("signature changed", "malformed"),
    "sign1-tests/sign-fail-03": ("algorithm changed", "malformed"),
    "sign1-tests/sign-fail-04": ("algorithm changed", "malformed"),
    "sign1-tests/sign-fail-06": ("header grown", "malformed"),
    "sign1-tests/sign-fail-07": ("header shrunk", "malformed"),
    # Not signed once: other structures of COSE, known by their tag.
    "CWT/A_4": ("a MAC: whoever can check it can make it", "wrong_version"),
    "CWT/A_5": ("encrypted, signed by nobody", "wrong_version"),
    "CWT/A_6": ("signed, then encrypted", "wrong_version"),
    "CWT/A_7": ("a MAC: whoever can check it can make it", "wrong_version"),
    "ecdsa-examples/ecdsa-01": ("several signatures", "wrong_version"),
    "ecdsa-examples/ecdsa-02": ("several signatures", "wrong_version"),
    "ecdsa-examples/ecdsa-03": ("several signatures", "wrong_version"),
    "ecdsa-examples/ecdsa-04": ("several signatures", "wrong_version"),
    "eddsa-examples/eddsa-01": ("several signatures", "wrong_version"),
    "eddsa-examples/eddsa-02": ("several signatures", "wrong_version"),
}
KEY_SET = "KeySet"
# Cards of others: compressed as their format wants it, so malformed here; and once unfolded, this.
CLAIM169 = {
    "valid/ed25519-signed": ("signed", "malformed"),
    "valid/ecdsa-p256-signed": ("signed", "malformed"),
    "valid/encrypted-signed": ("encrypted", "wrong_version"),
    "valid/encrypted-aes256": ("encrypted", "wrong_version"),
    "valid/claim169-example": ("unsigned", "malformed"),
    "valid/demographics-full": ("unsigned", "malformed"),
    "valid/minimal": ("unsigned", "malformed"),
    "valid/refugee-identity": ("unsigned", "malformed"),
    "valid/with-all-biometrics": ("unsigned", "malformed"),
    "valid/with-face": ("unsigned", "malformed"),
    "valid/with-fingerprints": ("unsigned", "malformed"),
    "edge/expired": ("unsigned", "malformed"),
    "edge/not-yet-valid": ("unsigned", "malformed"),
    "edge/unknown-fields": ("unsigned", "malformed"),
    "invalid/missing-169": ("unsigned", "malformed"),
    "invalid/not-cose": ("not COSE", "malformed"),
    "invalid/bad-base45": ("not Base45", "malformed"),
    "invalid/bad-zlib": ("not compressed", "malformed"),
}
STATUS = {"tsl-draft20-vectors": "read in test_card_token_vectors"}


def names(folder: str) -> set[str]:
    base = VECTORS / folder
    found = (path for path in base.glob("**/*") if path.is_file())
    return {path.relative_to(base).with_suffix("").as_posix() for path in found}


def word(text: str, ring: dict[bytes, tuple[VerifyKey, ...]] | None = None) -> str:
    with pytest.raises(CardRefused) as caught:
        verify(text, ring or {}, NOW)
    return caught.value.code


@published
def test_no_published_vector_is_left_out():
    assert names("cose-cwt") == set(COSE) | {KEY_SET}
    assert names("claim169") == set(CLAIM169)
    assert names("token-status-list") == set(STATUS)


@published
@pytest.mark.parametrize("name", COSE)
def test_a_cose_example_is_no_card_and_is_told_why(name):
    vector = json.loads((VECTORS / "cose-cwt" / f"{name}.json").read_text())
    data = bytes.fromhex(vector["output"]["cbor"])
    _, expected = COSE[name]
    assert word(encode_base45(data)) == expected
    is_ours = data[:1] == SIGN1_TAG
    assert is_ours is ("sign0" in vector["input"]) or name.endswith(("fail-01", "pass-03"))
    if not is_ours:
        with pytest.raises(NotSign1):
            parse_sign1(data)


@published
def test_of_the_published_keys_those_of_our_curve_load_and_no_other():
    text = re.sub(r"\n(?=[0-9a-f])", "", (VECTORS / "cose-cwt/KeySet.txt").read_text())
    found = re.findall(r"-1:(\d),.*?-2:h'([0-9a-f]+)',.*?-3:h'([0-9a-f]+)'", text, re.DOTALL)
    assert [curve for curve, _, _ in found] == ["1", "1", "3", "1"]
    kids = set()
    for curve, x, y in found:
        point = b"\x04" + bytes.fromhex(x) + bytes.fromhex(y)
        if curve == "1":
            kids.add(verify_key("ES256", point, **dates()).kid)
        else:
            with pytest.raises(ValueError, match="key"):
                verify_key("ES256", point, **dates())
    assert len(kids) == 3


@published
@pytest.mark.parametrize("name", CLAIM169)
def test_a_claim_169_card_of_others_is_refused_folded_and_unfolded(name):
    vector = json.loads((VECTORS / "claim169" / f"{name}.json").read_text())
    kind, expected = CLAIM169[name]
    ring = {}
    if kind == "signed" and vector["signing_key"]["algorithm"] == "EdDSA":
        public = bytes.fromhex(vector["signing_key"]["public_key_hex"])
        ring = key_ring([verify_key("Ed25519", public, **dates())])
    assert word(vector["qr_data"], ring) == "malformed"
    if kind in {"not Base45", "not compressed", "not COSE"}:
        return
    data = zlib.decompress(decode_base45(vector["qr_data"]))
    assert word(encode_base45(data), ring) == expected
    message = parse_sign1_of(vector["qr_data"])
    if kind == "unsigned" and message is not None:
        assert message.signature == b""
        assert not any(is_signed_by(message, key) for key in some_keys())
