"""COSE_Sign1 (RFC 9052 §4.2) for all that we publish: whose signature is it, and does it count.

Nothing here can sign. The algorithm belongs to the key and is never chosen by the message: a
header that names another one is refused, whatever its signature is worth.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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

from common.sign1 import (
    SIGN1_TAG,
    NotSign1,
    Sign1,
    assemble,
    decode_canonical,
    parse_sign1,
    to_be_signed,
)

__all__ = [
    "COORDINATE_BYTES",
    "IDENTIFIERS",
    "KID_BYTES",
    "SIGN1_TAG",
    "SIGNATURE_BYTES",
    "Algorithm",
    "KeyState",
    "NotSign1",
    "NotTrusted",
    "PublicKey",
    "Sign1",
    "TrustCode",
    "VerifyKey",
    "assemble",
    "cose_key",
    "decode_canonical",
    "is_signed_by",
    "key_ring",
    "load_public_key",
    "parse_sign1",
    "signer_of",
    "thumbprint",
    "to_be_signed",
    "verifies",
    "verify_key",
]

Algorithm = Literal["Ed25519", "ES256"]
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
KeyState = Literal["planned", "active", "verify_only", "retired", "compromised"]

# -19 is RFC 9864's name for what -8 has meant until now; readers of today know -8 only.
IDENTIFIERS: dict[Algorithm, frozenset[int]] = {
    "Ed25519": frozenset({-8, -19}),
    "ES256": frozenset({-7}),
}
KID_BYTES = 4
SIGNATURE_BYTES = 64
COORDINATE_BYTES = 32


TrustCode = Literal[
    "unknown_key",
    "wrong_algorithm",
    "bad_signature",
    "key_compromised",
    "key_out_of_validity",
]


class NotTrusted(Exception):
    """No key that we trust made this message; `code` says how far it came."""

    def __init__(self, code: TrustCode) -> None:
        super().__init__(code)
        self.code: TrustCode = code


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key that may be trusted within its dates.

    A token issued before `not_before` or after `sign_until` was not made by the rightful signer;
    after `verify_until` nothing under this key counts. A planned key is known to verifiers before
    its first use, so its dates decide and not its state.
    """

    kid: bytes
    algorithm: Algorithm
    public_key: PublicKey
    not_before: datetime
    sign_until: datetime
    verify_until: datetime
    state: KeyState = "active"

    def vouches_for(self, issued_at: datetime) -> None:
        """Raise NotTrusted when what this key signed at that moment is not its owner's word."""
        if self.state == "compromised":
            raise NotTrusted("key_compromised")
        if self.state == "retired" or not self.not_before <= issued_at <= self.sign_until:
            raise NotTrusted("key_out_of_validity")


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
    return VerifyKey(
        thumbprint(algorithm, public_key)[:KID_BYTES],
        algorithm,
        load_public_key(algorithm, public_key),
        not_before,
        sign_until,
        verify_until,
        state,
    )


def load_public_key(algorithm: Algorithm, public_key: bytes) -> PublicKey:
    """Return a key from its raw form; raises ValueError for bytes that are no such key."""
    if algorithm == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(public_key)
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)


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


def is_signed_by(message: Sign1, key: VerifyKey) -> bool:
    """Tell whether this key made the signature; says nothing of dates."""
    if not _names(message, key):
        return False
    signed = to_be_signed(message.protected, message.payload)
    return verifies(key.public_key, message.signature, signed)


def _names(message: Sign1, key: VerifyKey) -> bool:
    # Whatever else a stranger puts there (a list, -8.0) names no algorithm.
    algorithm = message.header.get(1)
    return type(algorithm) is int and algorithm in IDENTIFIERS[key.algorithm]


def verifies(public_key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Tell whether this key made this 64-byte signature (RFC 9053 §2) over these bytes."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        if isinstance(public_key, Ed25519PublicKey):
            public_key.verify(signature, signed)
        else:
            r = int.from_bytes(signature[:COORDINATE_BYTES])
            s = int.from_bytes(signature[COORDINATE_BYTES:])
            public_key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def signer_of(message: Sign1, keys: Mapping[bytes, tuple[VerifyKey, ...]]) -> VerifyKey:
    """Return the key that made a message; raises NotTrusted. Says nothing of its dates."""
    kid = message.header.get(4)
    candidates = keys.get(kid) if type(kid) is bytes else None
    if not candidates:
        raise NotTrusted("unknown_key")
    fitting = [key for key in candidates if _names(message, key)]
    if not fitting:
        raise NotTrusted("wrong_algorithm")
    for key in fitting:
        if is_signed_by(message, key):
            return key
    raise NotTrusted("bad_signature")
