"""The public keys of devices: P-256 and Ed25519, read once and then only used to verify."""

from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from common.problems import Refused

P256, ED25519 = "ecdsa-p256-sha256", "ed25519"
HALF_BYTES = 32
SIGNATURE_BYTES = 2 * HALF_BYTES
_SHA256 = ECDSA(SHA256())

# Keys that this process has read already: reading one costs about as much as using it.
KEPT_MAX = 5_000

Verify = Callable[[bytes, bytes], bool]


@lru_cache(maxsize=KEPT_MAX)
def verifier_of(algorithm: str, public_key: bytes) -> Verify:
    """Return what tells whether a signature (64 bytes) of some bytes is the key's.

    Raises Refused terminal_key_malformed when the bytes are no public key of that algorithm.
    """
    try:
        return _of_p256(public_key) if algorithm == P256 else _of_ed25519(public_key)
    except ValueError as error:
        raise Refused("terminal_key_malformed") from error


def _of_p256(public_key: bytes) -> Verify:
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    if len(public_key) != 1 + 2 * HALF_BYTES:
        raise ValueError("a point is written uncompressed")

    def is_right(signature: bytes, signed: bytes) -> bool:
        if len(signature) != SIGNATURE_BYTES:
            return False
        r, s = int.from_bytes(signature[:HALF_BYTES]), int.from_bytes(signature[HALF_BYTES:])
        try:
            key.verify(encode_dss_signature(r, s), signed, _SHA256)
        except InvalidSignature:
            return False
        return True

    return is_right


def _of_ed25519(public_key: bytes) -> Verify:
    key = Ed25519PublicKey.from_public_bytes(public_key)

    def is_right(signature: bytes, signed: bytes) -> bool:
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    return is_right
