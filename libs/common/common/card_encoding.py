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

__all__ = ["encode_claims", "protected_header", "qr_text", "to_be_signed"]


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
    """Return a card's claims as they are signed; seconds are cut, never rounded up."""
    claims = {
        4: int(expires_at.timestamp()),
        6: int(issued_at.timestamp()),
        7: bytes.fromhex(card_id),
        169: {1: household_pseudonym, 4: printed_name},
        65535: {"status_list": {"idx": status.index, "uri": status.uri}},
    }
    return cbor2.dumps(claims, canonical=True)


def qr_text(protected: bytes, payload: bytes, signature: bytes) -> str:
    """Return the text for the QR of a card whose signature was made elsewhere."""
    return encode_base45(assemble(protected, payload, signature))
