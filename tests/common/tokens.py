"""Tokens for tests, signed by keys that the test makes; right by default."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.base45 import encode_base45
from common.card_encoding import encode_claims, protected_header, qr_text, to_be_signed
from common.card_token import StatusReference, VerifyKey, key_ring, verify_key

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CARD_ID = "1122334455667788"


@dataclass(frozen=True)
class Issuer:
    key: VerifyKey
    sign: Callable[[bytes], bytes]

    @property
    def ring(self) -> dict[bytes, tuple[VerifyKey, ...]]:
        return key_ring([self.key])


def dates(**others: Any) -> dict[str, Any]:
    return {
        "not_before": NOW - timedelta(days=30),
        "sign_until": NOW + timedelta(days=335),
        "verify_until": NOW + timedelta(days=3000),
        **others,
    }


def ed25519_issuer(seed: bytes = bytes(range(32)), **others: Any) -> Issuer:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    return Issuer(verify_key("Ed25519", public, **dates(**others)), private.sign)


def es256_issuer(number: int = 7, **others: Any) -> Issuer:
    private = ec.derive_private_key(number, ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return Issuer(verify_key("ES256", public, **dates(**others)), sign)


def claims(**others: Any) -> bytes:
    values: dict[str, Any] = {
        "household_pseudonym": "B7K2M4Q6XWZ3C",
        "printed_name": "SITI NURHALIZA BINTI",
        "issued_at": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=1825),
        "status": StatusReference(1234567, "https://kartu.example/s/3"),
        **others,
    }
    return encode_claims(CARD_ID, **values)


def a_token(issuer: Issuer, payload: bytes | None = None, protected: bytes | None = None) -> str:
    protected = protected or protected_header(issuer.key.algorithm, issuer.key.kid)
    payload = claims() if payload is None else payload
    return qr_text(protected, payload, issuer.sign(to_be_signed(protected, payload)))


def a_raw_token(issuer: Issuer, claims_map: Any) -> str:
    """A properly signed token with any claims at all."""
    return a_token(issuer, cbor2.dumps(claims_map, canonical=True))


def as_text(data: bytes) -> str:
    return encode_base45(data)
