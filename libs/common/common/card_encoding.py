"""The bytes of a card before and after its signature; the act of signing is somebody else's.

protected = protected_header("Ed25519", kid)
payload = encode_claims(card_id, …)
text = qr_text(protected, payload, sign(to_be_signed(protected, payload)))
"""

from datetime import datetime
from functools import lru_cache

import cbor2

from common.base45 import encode_base45
from common.card_token import StatusReference
from common.cose import Algorithm, assemble, to_be_signed

__all__ = ["assemble", "encode_claims", "protected_header", "qr_text", "to_be_signed"]

# The kinds of data items that a card's claims have (RFC 8949 §3.1).
_COUNT, _BYTES, _TEXT = 0x00, 0x40, 0x60


@lru_cache(maxsize=64)
def protected_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """Return the protected header of a card signed under this key."""
    identifier = -8 if algorithm == "Ed25519" else -7
    return cbor2.dumps({1: identifier, 4: kid}, canonical=True)


def encode_claims(
    card_id: str,
    *,
    household_pseudonym: str,
    printed_name: str,
    issued_at: datetime,
    expires_at: datetime,
    status: StatusReference,
) -> bytes:
    """Return a card's claims as they are signed; seconds are cut, never rounded up.

    The deterministic encoding of one fixed form is written out: a general encoder takes a third of
    the time of the signature. A test holds both equal.
    """
    identity = bytes.fromhex(card_id)
    return b"".join(
        (
            b"\xa5\x04",
            _head(_COUNT, int(expires_at.timestamp())),
            b"\x06",
            _head(_COUNT, int(issued_at.timestamp())),
            b"\x07",
            _head(_BYTES, len(identity)),
            identity,
            b"\x18\xa9\xa2\x01",
            _text(household_pseudonym),
            b"\x04",
            _text(printed_name),
            b"\x19\xff\xff\xa1\x6bstatus_list\xa2\x63idx",
            _head(_COUNT, status.index),
            b"\x63uri",
            _text(status.uri),
        )
    )


def _text(text: str) -> bytes:
    data = text.encode()
    return _head(_TEXT, len(data)) + data


def _head(kind: int, number: int) -> bytes:
    """Return the shortest head of a data item (RFC 8949 §3 and §4.2.1)."""
    if number < 24:
        return bytes((kind + number,))
    if number < 1 << 8:
        return bytes((kind + 24, number))
    if number < 1 << 16:
        return bytes((kind + 25,)) + number.to_bytes(2)
    if number < 1 << 32:
        return bytes((kind + 26,)) + number.to_bytes(4)
    return bytes((kind + 27,)) + number.to_bytes(8)


def qr_text(protected: bytes, payload: bytes, signature: bytes) -> str:
    """Return the text for the QR of a card whose signature was made elsewhere."""
    return encode_base45(assemble(protected, payload, signature))
