"""COSE_Sign1 (RFC 9052 §4.2) for cards and status lists: read it strictly, check its signature.

Nothing here can sign. The algorithm belongs to the key and is never chosen by the message: a
header that names another one is refused, whatever its signature is worth.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Algorithm = Literal["Ed25519", "ES256"]
KeyState = Literal["planned", "active", "verify_only", "retired", "compromised"]

# -19 is RFC 9864's name for what -8 has meant until now; readers of today know -8 only.
IDENTIFIERS: dict[Algorithm, frozenset[int]] = {
    "Ed25519": frozenset({-8, -19}),
    "ES256": frozenset({-7}),
}
SIGN1_TAG = b"\xd2"
_SIGNED_HEAD = b"\x84\x6aSignature1"
KID_BYTES = 4
SIGNATURE_BYTES = 64
COORDINATE_BYTES = 32


class NotSign1(ValueError):
    """The bytes are not one COSE_Sign1 in deterministic CBOR under tag 18."""


@dataclass(frozen=True, slots=True)
class Sign1:
    """A message whose form is right and whose signature nobody has checked yet."""

    protected: bytes
    header: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key that may be trusted within its dates.

    A token issued before `not_before` or after `sign_until` was not made by the rightful signer;
    after `verify_until` nothing under this key counts. A planned key is known to verifiers before
    its first use, so its dates decide and not its state.
    """

    kid: bytes
    algorithm: Algorithm
    public_key: Ed25519PublicKey | EllipticCurvePublicKey
    not_before: datetime
    sign_until: datetime
    verify_until: datetime
    state: KeyState = "active"


def verify_key(
    algorithm: Algorithm,
    public_key: bytes,
    *,
    not_before: datetime,
    sign_until: datetime,
    verify_until: datetime,
    state: KeyState = "active",
) -> VerifyKey:
    """Return a key from its raw form: 32 bytes (Ed25519) or 65 uncompressed ones (ES256).

    Raises ValueError for bytes that are no such key.
    """
    loaded: Ed25519PublicKey | EllipticCurvePublicKey
    if algorithm == "Ed25519":
        loaded = Ed25519PublicKey.from_public_bytes(public_key)
    else:
        loaded = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    return VerifyKey(
        thumbprint(algorithm, public_key)[:KID_BYTES],
        algorithm,
        loaded,
        not_before,
        sign_until,
        verify_until,
        state,
    )


def key_ring(keys: Iterable[VerifyKey]) -> dict[bytes, tuple[VerifyKey, ...]]:
    """Return keys by key id; four bytes can collide, so an id leads to all that have it."""
    ring: dict[bytes, tuple[VerifyKey, ...]] = {}
    for key in keys:
        ring[key.kid] = (*ring.get(key.kid, ()), key)
    return ring


def cose_key(algorithm: Algorithm, public_key: bytes) -> dict[int, int | bytes]:
    """Return the required members of a public COSE_Key (RFC 9053 §7)."""
    if algorithm == "Ed25519":
        return {1: 1, -1: 6, -2: public_key}
    point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    return {1: 2, -1: 1, -2: raw[:COORDINATE_BYTES], -3: raw[COORDINATE_BYTES:]}


def thumbprint(algorithm: Algorithm, public_key: bytes) -> bytes:
    """Return the COSE key thumbprint (RFC 9679, SHA-256); its first four bytes are the key id."""
    return hashlib.sha256(cbor2.dumps(cose_key(algorithm, public_key), canonical=True)).digest()


def decode_canonical(data: bytes) -> Any:
    """Return the value of deterministic CBOR (RFC 8949 §4.2); raises NotSign1 for any other."""
    try:
        value = cbor2.loads(data)
        again = cbor2.dumps(value, canonical=True)
    except Exception as error:  # The decoder's failures on hostile bytes are many.
        raise NotSign1("not CBOR") from error
    if again != data:
        raise NotSign1("not in deterministic form, or followed by something")
    return value


def parse_sign1(data: bytes) -> Sign1:
    """Take a message apart; raises NotSign1. The signature is not checked here."""
    if data[:1] != SIGN1_TAG:
        raise NotSign1("not tagged as COSE_Sign1")
    try:
        parts = cbor2.loads(data)
        protected, unprotected, payload, signature = parts.value
    except Exception as error:  # The decoder's failures on hostile bytes are many.
        raise NotSign1("not four parts of CBOR") from error
    if not (
        type(protected) is bytes
        and type(unprotected) is dict
        and type(payload) is bytes
        and type(signature) is bytes
    ):
        raise NotSign1("a part has the wrong type")
    if unprotected:
        decode_canonical(data[1:])
    elif assemble(protected, payload, signature) != data:
        raise NotSign1("not in deterministic form, or followed by something")
    return Sign1(protected, _header(protected), unprotected, payload, signature)


@lru_cache(maxsize=256)
def _header(protected: bytes) -> Mapping[Any, Any]:
    # Every card of a key has the same header, so this is read once.
    header = decode_canonical(protected) if protected else {}
    if type(header) is not dict:
        raise NotSign1("the header is not a map")
    return MappingProxyType(header)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure over which the signature is made (RFC 9052 §4.4)."""
    return _SIGNED_HEAD + _byte_string(protected) + b"\x40" + _byte_string(payload)


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the message with its signature in place."""
    return (
        b"\xd2\x84"
        + _byte_string(protected)
        + b"\xa0"
        + _byte_string(payload)
        + _byte_string(signature)
    )


def _byte_string(data: bytes) -> bytes:
    # A verifier does this thrice a card; the general encoder costs as much as a tenth of the
    # signature check.
    if len(data) < 24:
        return bytes((0x40 + len(data),)) + data
    if len(data) < 256:
        return bytes((0x58, len(data))) + data
    return cbor2.dumps(data)


def is_signed_by(message: Sign1, key: VerifyKey) -> bool:
    """Tell whether this key made the signature; says nothing of dates."""
    if message.header.get(1) not in IDENTIFIERS[key.algorithm]:
        return False
    if len(message.signature) != SIGNATURE_BYTES:
        return False
    signed = to_be_signed(message.protected, message.payload)
    try:
        if isinstance(key.public_key, Ed25519PublicKey):
            key.public_key.verify(message.signature, signed)
        else:
            r = int.from_bytes(message.signature[:COORDINATE_BYTES])
            s = int.from_bytes(message.signature[COORDINATE_BYTES:])
            key.public_key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
