"""Private keys: made, sealed, opened and used here and nowhere else in the system.

The interface that the rest of the service sees is `Signer`: a key id, an algorithm and `sign`.
A key in a device is another class with these three (`pkcs11_keys`), and so would a cloud's be.
"""

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.cose import COORDINATE_BYTES, KID_BYTES, Algorithm, thumbprint
from common.sealed import Sealer


class NoSigningKey(Exception):
    """No key may sign now: none is active, or this process cannot reach its private side."""


class Signer(Protocol):
    """What signs: cards need nothing more of a key than this."""

    @property
    def kid(self) -> bytes:
        """The key id that tokens name."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm that belongs to the key."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte COSE signature over a message."""


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    kid: bytes
    key: Ed25519PrivateKey
    algorithm: Algorithm = "Ed25519"

    def sign(self, message: bytes) -> bytes:
        """Return the signature; the same for the same message."""
        return self.key.sign(message)


@dataclass(frozen=True, slots=True)
class ES256Signer:
    kid: bytes
    key: EllipticCurvePrivateKey
    algorithm: Algorithm = "ES256"

    def sign(self, message: bytes) -> bytes:
        """Return r and s, 32 bytes each (RFC 9053 §2.1)."""
        der = self.key.sign(message, ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A pair that was just made; its private side is sealed, or in a device and never seen."""

    kid: str
    public_key: bytes
    sealed_private_key: bytes | None
    device_uri: str | None = None


def generate(algorithm: Algorithm, master: Sealer) -> NewKey:
    """Return a new key whose private side is already sealed."""
    if algorithm == "Ed25519":
        ed25519 = Ed25519PrivateKey.generate()
        raw, public = ed25519.private_bytes_raw(), ed25519.public_key().public_bytes_raw()
    else:
        p256 = generate_private_key(SECP256R1())
        raw = p256.private_numbers().private_value.to_bytes(COORDINATE_BYTES)
        public = p256.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    kid = kid_of(algorithm, public)
    return NewKey(kid, public, master.seal(raw, _context(kid)))


def kid_of(algorithm: Algorithm, public_key: bytes) -> str:
    """Return the key id of a public key."""
    return thumbprint(algorithm, public_key)[:KID_BYTES].hex()


def rewrap(kid: str, sealed: bytes, old: Sealer, new: Sealer) -> bytes:
    """Return a sealed private key sealed under another master key; raises SealBroken."""
    return new.seal(old.open(sealed, _context(kid)), _context(kid))


def open_signer(algorithm: Algorithm, kid: str, sealed: bytes, master: Sealer) -> Signer:
    """Return the signer of a sealed key; raises SealBroken under another master key."""
    raw = master.open(sealed, _context(kid))
    if algorithm == "Ed25519":
        return Ed25519Signer(bytes.fromhex(kid), Ed25519PrivateKey.from_private_bytes(raw))
    return ES256Signer(bytes.fromhex(kid), derive_private_key(int.from_bytes(raw), SECP256R1()))


def _context(kid: str) -> str:
    return f"signing_keys.private_key:{kid}"
