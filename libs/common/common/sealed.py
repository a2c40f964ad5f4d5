"""Personal data at rest and in events: AES-256-GCM bound to its place, and blind indexes.

A sealed value opens only with the same key *and* the same context ("persons.nik:<id>"), so that
one cannot be moved to another row or field. A blind index finds equal values without opening
them; it is an HMAC under another key, because a NIK has so little entropy that any plain hash
falls to brute force. Equal values show as equal: that is the price, and it is stated.
"""

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_ID_BYTES = 4
INDEX_BYTES = 16


class SealBroken(Exception):
    """The value was not sealed with this key for this place, or was changed."""


class Sealer:
    """Seals and opens values under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._head = VERSION + hashlib.sha256(b"khbs key id" + key).digest()[:KEY_ID_BYTES]

    def seal(self, value: bytes, context: str) -> bytes:
        """Return version, key id, nonce and ciphertext; `context` names the value's place."""
        nonce = os.urandom(NONCE_BYTES)
        return self._head + nonce + self._cipher.encrypt(nonce, value, self._bound(context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the value; raises SealBroken."""
        head, rest = sealed[: len(self._head)], sealed[len(self._head) :]
        if head != self._head:
            raise SealBroken("sealed under another key or version")
        try:
            return self._cipher.decrypt(
                rest[:NONCE_BYTES], rest[NONCE_BYTES:], self._bound(context)
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken("sealed for another place, or changed") from error

    def seal_text(self, value: str, context: str) -> bytes:
        """Seal a text."""
        return self.seal(value.encode(), context)

    def open_text(self, sealed: bytes, context: str) -> str:
        """Open a text; raises SealBroken."""
        return self.open(sealed, context).decode()

    def seal_json(self, value: dict[str, Any], context: str) -> str:
        """Seal a record as text that fits in an event."""
        return base64.urlsafe_b64encode(self.seal(json.dumps(value).encode(), context)).decode()

    def open_json(self, sealed: str, context: str) -> dict[str, Any]:
        """Open a record from an event; raises SealBroken."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except ValueError as error:
            raise SealBroken("not base64") from error
        opened: dict[str, Any] = json.loads(self.open(raw, context))
        return opened

    def _bound(self, context: str) -> bytes:
        return self._head + context.encode()


class BlindIndex:
    """Finds equal values of one purpose without opening them."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.HMAC(key, hashes.SHA256())

    def of(self, purpose: str, value: str) -> bytes:
        """Return the index of a value; `purpose` ("nik") keeps columns from being compared."""
        # A copy of what has taken the key already costs a part of beginning anew.
        one = self._keyed.copy()
        one.update(f"{purpose}\x00{value}".encode())
        return one.finalize()[:INDEX_BYTES]
