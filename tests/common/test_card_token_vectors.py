"""What others made, and what others read: published vectors, and two independent libraries."""

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import claim169
import cwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.common.tokens import NOW, a_token, claims, dates, ed25519_issuer, es256_issuer

from common.base45 import NotBase45, decode_base45, encode_base45
from common.card_token import (
    Algorithm,
    CardRefused,
    StatusReference,
    VerifyKey,
    key_ring,
    verify,
    verify_key,
)
from common.cose import NotSign1, Sign1, cose_key, is_signed_by, parse_sign1
from common.status_list import StatusListRefused, pack, read_status_list, verify_status_list

REPOSITORY = Path(__file__).parents[2]
VECTORS = REPOSITORY.parent / "shared" / "vectors"
OURS = REPOSITORY / "tests" / "contracts" / "card_token.json"

published = pytest.mark.skipif(
    not VECTORS.is_dir(),
    reason=f"the published vectors are not here: put them in {VECTORS} to run these tests",
)


def files(folder: str) -> list[Path]:
    return sorted((VECTORS / folder).glob("**/*.json")) if VECTORS.is_dir() else []


def by_name(path: Path) -> str:
    return path.stem


def b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# Our own vector: what is signed for a known key may never change, cards live for years.


def test_the_same_card_under_the_same_key_is_the_same_text_for_ever():
    known = json.loads(OURS.read_text())
    seed = bytes.fromhex(known["seed"])
    issuer = ed25519_issuer(seed, not_before=datetime(2026, 1, 1, tzinfo=UTC))
    text = a_token(
        issuer,
        claims(
            household_pseudonym=known["household_pseudonym"],
            printed_name=known["printed_name"],
            issued_at=datetime.fromtimestamp(known["issued_at"], UTC),
            expires_at=datetime.fromtimestamp(known["expires_at"], UTC),
            status=StatusReference(known["status_index"], known["status_uri"]),
        ),
    )
    assert text == known["qr"]
    assert issuer.key.kid.hex() == known["kid"]
    token = verify(known["qr"], issuer.ring, NOW)
    assert token.card_id == known["card_id"]


def test_the_key_id_is_the_cose_thumbprint():
    # Worked out independently in the notes on the format (RFC 9679).
    assert ed25519_issuer().key.kid.hex() == "be5de2f4"


# Independent readers.


def raw_key(issuer):
    key = issuer.key.public_key
    if issuer.key.algorithm == "Ed25519":
        return key.public_bytes_raw()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def cwt_key(issuer):
    algorithm = issuer.key.algorithm
    public = cose_key(algorithm, raw_key(issuer))
    identifier = -8 if algorithm == "Ed25519" else -7
    return cwt.COSEKey.new({**public, 2: issuer.key.kid, 3: identifier})


@pytest.mark.parametrize("issuer", [ed25519_issuer(), es256_issuer()], ids=["Ed25519", "ES256"])
def test_python_cwt_reads_our_cards_and_refuses_a_flipped_bit(issuer):
    data = decode_base45(a_token(issuer))
    read = cwt.COSE.new().decode(data, cwt_key(issuer))
    assert b"SITI NURHALIZA BINTI" in read
    for place in (len(data) - 1, 40, 80):
        flipped = bytearray(data)
        flipped[place] ^= 1
        with pytest.raises(Exception, match=r"."):
            cwt.COSE.new().decode(bytes(flipped), cwt_key(issuer))


def test_claim169_reads_our_cards_and_refuses_a_flipped_bit():
    issuer = ed25519_issuer()
    text = a_token(issuer, claims(expires_at=datetime.now(UTC) + timedelta(days=900)))
    public = raw_key(issuer)
    found = claim169.decode_with_ed25519(text, public)
    assert found.claim169.full_name == "SITI NURHALIZA BINTI"
    assert found.claim169.id == "B7K2M4Q6XWZ3C"
    data = bytearray(decode_base45(text))
    data[-1] ^= 1
    with pytest.raises(Exception, match=r"."):
        claim169.decode_with_ed25519(encode_base45(bytes(data)), public)


# Claim 169 cards of others: well made or not, none of them is a card of this system.


@published
@pytest.mark.parametrize("path", files("claim169"), ids=by_name)
def test_claim_169_cards_of_others_are_refused(path):
    vector = json.loads(path.read_text())
    rings: list[dict[bytes, tuple[VerifyKey, ...]]] = [{}]
    if vector.get("signing_key", {}).get("algorithm") == "EdDSA":
        public = bytes.fromhex(vector["signing_key"]["public_key_hex"])
        rings.append(key_ring([verify_key("Ed25519", public, **dates())]))
    for ring in rings:
        with pytest.raises(CardRefused):
            verify(vector["qr_data"], ring, NOW)


@published
@pytest.mark.parametrize("path", files("claim169/valid"), ids=by_name)
def test_only_the_signed_claim_169_vectors_carry_a_signature_that_holds(path):
    vector = json.loads(path.read_text())
    message = parse_sign1_of(vector["qr_data"])
    key = vector.get("signing_key")
    if message is None or key is None:
        assert message is None or not any(is_signed_by(message, k) for k in some_keys())
        return
    algorithm: Algorithm = "Ed25519" if key["algorithm"] == "EdDSA" else "ES256"
    public = bytes.fromhex(key.get("public_key_uncompressed_hex") or key["public_key_hex"])
    assert is_signed_by(message, verify_key(algorithm, public, **dates()))
    assert not any(is_signed_by(message, other) for other in some_keys())


def some_keys():
    return [ed25519_issuer().key, es256_issuer().key]


def parse_sign1_of(text: str) -> Sign1 | None:
    """The COSE_Sign1 inside another's card: they compress, and may wrap it as a CWT (tag 61)."""
    try:
        data = zlib.decompress(decode_base45(text))
        return parse_sign1(data.removeprefix(b"\xd8\x3d"))
    except (NotBase45, NotSign1, zlib.error):
        return None


# COSE and CWT examples.

PUBLISHED_SIGN1 = [
    path
    for folder in ("sign1-tests", "eddsa-examples", "ecdsa-examples", "CWT")
    for path in files(f"cose-cwt/{folder}")
    if "sign0" in json.loads(path.read_text())["input"]
]


@published
@pytest.mark.parametrize("path", PUBLISHED_SIGN1, ids=by_name)
def test_cose_examples_hold_or_fail_as_they_say(path):
    vector = json.loads(path.read_text())
    given = vector["input"]["sign0"]
    key = given["key"]
    data = bytes.fromhex(vector["output"]["cbor"]).removeprefix(b"\xd8\x3d")
    if key["kty"] == "OKP" and key["crv"] == "Ed25519":
        public = bytes.fromhex(key["x_hex"]) if "x_hex" in key else b64(key["x"])
        known = verify_key("Ed25519", public, **dates())
    elif key.get("crv") == "P-256":
        x = bytes.fromhex(key["x_hex"]) if "x_hex" in key else b64(key["x"])
        y = bytes.fromhex(key["y_hex"]) if "y_hex" in key else b64(key["y"])
        known = verify_key("ES256", b"\x04" + x + y, **dates())
    else:
        known = es256_issuer().key
    of_ours = key.get("crv") in {"Ed25519", "P-256"} and given["alg"] in {"EdDSA", "ES256"}
    # Without a tag, with an algorithm that is not signed, or with data that both sides know
    # beforehand: forms that we do not take.
    ours = of_ours and data[:1] == b"\xd2" and "alg" in given.get("protected", {})
    ours = ours and not given.get("external")
    try:
        holds = is_signed_by(parse_sign1(data), known)
    except NotSign1:
        holds = False
    assert holds is (ours and not vector.get("fail", False))


# Token Status Lists.


def published_lists():
    return json.loads((VECTORS / "token-status-list" / "tsl-draft20-vectors.json").read_text())


@published
@pytest.mark.parametrize("which", range(4), ids=["1 bit", "2 bits", "4 bits", "8 bits"])
def test_status_lists_of_the_draft_are_packed_as_it_says(which):
    import cbor2

    vector = published_lists()["vectors"][which]
    statuses = {int(index): status for index, status in vector["status"].items()}
    packed = pack(statuses, size=published_lists()["size_entries"], bits=vector["bits"])
    theirs = cbor2.loads(bytes.fromhex(vector["cbor_hex"]))
    assert packed == zlib.decompress(theirs["lst"]) == zlib.decompress(b64(vector["json_lst"]))
    assert theirs["bits"] == vector["bits"]
    claims_map = {2: "u", 6: 1, 4: 2, 65534: 3, 65533: theirs}
    found = read_status_list(cbor2.dumps(claims_map, canonical=True))
    assert all(found.code(index) == status for index, status in statuses.items())
    assert found.code(3) == 0


@published
def test_the_drafts_signed_list_verifies_and_our_strict_reader_wants_our_header():
    vector = published_lists()
    key = vector["example_key_public"]
    known = verify_key("ES256", b"\x04" + b64(key["x"]) + b64(key["y"]), **dates())
    data = bytes.fromhex(vector["status_list_cwt_hex"])
    message = parse_sign1(data)
    assert is_signed_by(message, known)
    found = read_status_list(message.payload)
    assert found.bits in {1, 2}
    # Its key id is outside the signature, so anybody could change it: not for us.
    with pytest.raises(StatusListRefused):
        verify_status_list(data, {b"12": (known,)}, NOW, uri=found.uri)
    with pytest.raises(CardRefused):
        verify(encode_base45(bytes.fromhex(vector["referenced_token_cwt_hex"]))[:366], {}, NOW)
