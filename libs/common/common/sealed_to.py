"""Sealing for one receiver: whoever seals cannot open it again, and neither can anybody between.

HPKE (RFC 9180), base mode: X25519, HKDF-SHA256, AES-256-GCM. The context ("card_pin:<card_id>") is
HPKE's `info`, so that a sealed value opens only for the place that it was sealed for. What it does
not say is who sealed it: anybody has the public key. That it came from the service it claims is for
the broker's users to hold (deploy: each service publishes under its own name only).

    SealedTo(public_key).seal_json({"argon2id": …}, context)     # text that fits in an event
    Opener(private_key).open_json(text, context)                 # raises SealBroken
    python -m common.sealed_to                                   # a new pair, for the settings
"""

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from common.sealed import SealBroken
from common.settings import encode_key

VERSION = b"\x01"
KEY_ID_BYTES = 4
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealedTo:
    """Seals records for whoever holds the private key."""

    def __init__(self, public_key: bytes) -> None:
        self._key = X25519PublicKey.from_public_bytes(public_key)
        self._head = _head(public_key)

    def seal_json(self, value: dict[str, Any], context: str) -> str:
        """Return version, key id and HPKE's message, as text; `context` names the place."""
        plain = json.dumps(value).encode()
        sealed = _SUITE.encrypt(plain, self._key, self._head + context.encode())
        return base64.urlsafe_b64encode(self._head + sealed).decode()


class Opener:
    """Opens what was sealed to its public key."""

    def __init__(self, private_key: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(private_key)
        self._head = _head(public_key_of(private_key))

    def open_json(self, sealed: str, context: str) -> dict[str, Any]:
        """Return the record; raises SealBroken."""
        try:
            raw = base64.b64decode(sealed, altchars=b"-_", validate=True)
        except ValueError as error:
            raise SealBroken("not base64") from error
        if raw[: len(self._head)] != self._head:
            raise SealBroken("sealed to another key or version")
        try:
            plain = _SUITE.decrypt(raw[len(self._head) :], self._key, self._head + context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken("sealed for another place, or changed") from error
        opened: dict[str, Any] = json.loads(plain)
        return opened


def public_key_of(private_key: bytes) -> bytes:
    """Return the 32 bytes to which others seal."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def _head(public_key: bytes) -> bytes:
    return VERSION + hashlib.sha256(b"khbs key id" + public_key).digest()[:KEY_ID_BYTES]


if __name__ == "__main__":
    private = X25519PrivateKey.generate().private_bytes_raw()
    print(f"private {encode_key(private)}")  # noqa: T201 - the command's answer
    print(f"public  {encode_key(public_key_of(private))}")  # noqa: T201
