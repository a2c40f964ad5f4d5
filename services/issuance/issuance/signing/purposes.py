"""What the signer puts its name to besides cards and status lists: a closed list, and the form.

A signed message is a COSE_Sign1 whose protected header names its content type. A card's header has
the algorithm and the key id and nothing else, and every verifier of cards demands exactly that: so
no message, whatever its payload, can be taken for a card.
"""

from collections.abc import Mapping

import cbor2

from common.cose import (
    Algorithm,
    NotSign1,
    VerifyKey,
    assemble,
    is_signed_by,
    parse_sign1,
    to_be_signed,
)
from issuance.signing.private_keys import Signer

# By purpose, the content type of RFC 9052 §3.1 under which a message is signed.
CONTENT_TYPES = {"print_manifest": "application/vnd.khbs.print-manifest+json"}
PAYLOAD_BYTES_MAX = 1 << 20
_ALGORITHM, _CONTENT_TYPE, _KID = 1, 3, 4


class MessageRefused(Exception):
    """The bytes are not a message of this purpose, signed by one of these keys."""


def message_header(algorithm: Algorithm, kid: bytes, purpose: str) -> bytes:
    """Return the protected header of a message of this purpose."""
    identifier = -8 if algorithm == "Ed25519" else -7
    header = {_ALGORITHM: identifier, _CONTENT_TYPE: CONTENT_TYPES[purpose], _KID: kid}
    return cbor2.dumps(header, canonical=True)


def sign_message(signer: Signer, purpose: str, payload: bytes) -> bytes:
    """Return the COSE_Sign1 of a message."""
    protected = message_header(signer.algorithm, signer.kid, purpose)
    return assemble(protected, payload, signer.sign(to_be_signed(protected, payload)))


def read_message(token: bytes, purpose: str, keys: Mapping[bytes, tuple[VerifyKey, ...]]) -> bytes:
    """Return the payload of a message of this purpose; raises MessageRefused.

    Keys that are compromised vouch for nothing, whenever the message was made.
    """
    try:
        message = parse_sign1(token)
    except NotSign1 as error:
        raise MessageRefused("not a signed message") from error
    header = dict(message.header)
    if header.keys() != {_ALGORITHM, _CONTENT_TYPE, _KID} or message.unprotected:
        raise MessageRefused("not in the form of a message")
    if header[_CONTENT_TYPE] != CONTENT_TYPES[purpose]:
        raise MessageRefused("made for another purpose")
    kid = header[_KID]
    for key in keys.get(kid, ()) if type(kid) is bytes else ():
        if key.state != "compromised" and is_signed_by(message, key):
            return message.payload
    raise MessageRefused("signed by none of these keys")
