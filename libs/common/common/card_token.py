"""The signed text in a card's QR: read it and decide whether it counts. Nothing here can sign.

    keys = key_ring([verify_key("Ed25519", raw, not_before=…, sign_until=…, verify_until=…)])
    token = verify(text, keys, now)      # raises CardRefused; .code is one of CARD_REFUSAL_CODES
    token.card_id                        # 16 hexadecimal digits, as in events
    token.status                         # StatusReference(index, uri): ask the status list next

`verify` says that we issued exactly this and that it has not run out. It does not know whether the
card was blocked since (status list, or the redemption service's own rows), nor who holds it.
`parse` only takes the text apart and shows the key id; the claims stay closed until `verify`.
Whoever signs builds the bytes with common.card_encoding. For what a person types:
`parse_card_number(text)` → card id, `card_number(card_id)` → text.

Form: Base45 of COSE_Sign1 (tag 18), deterministic CBOR, no compression, no prefix; protected
header {1: algorithm, 4: key id}; claims 4 exp, 6 iat, 7 cti, 169 {1, 4} (Claim 169) and 65535
(Token Status List reference). Whatever else is in it is refused: a second profile is a new form
that verifiers learn first, not something to be lenient about.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.base45 import NotBase45, decode_base45
from common.card_claims import (
    CARD_REFUSAL_CODES,
    NAME_BYTES_MAX,
    PSEUDONYM,
    URI_BYTES_MAX,
    CardRefused,
    CardToken,
    StatusReference,
    read_claims,
)
from common.card_number import WrongCardNumber, card_number, parse_card_number
from common.cose import (
    IDENTIFIERS,
    KID_BYTES,
    SIGN1_TAG,
    SIGNATURE_BYTES,
    Algorithm,
    NotSign1,
    Sign1,
    VerifyKey,
    is_signed_by,
    key_ring,
    parse_sign1,
    verify_key,
)

__all__ = [
    "CARD_REFUSAL_CODES",
    "NAME_BYTES_MAX",
    "PSEUDONYM",
    "TEXT_MAX",
    "URI_BYTES_MAX",
    "Algorithm",
    "CardRefused",
    "CardToken",
    "StatusReference",
    "UnverifiedToken",
    "VerifyKey",
    "WrongCardNumber",
    "card_number",
    "key_ring",
    "parse",
    "parse_card_number",
    "verify",
    "verify_key",
]

# Version 11-M holds 366 characters; nothing longer can have come from one of our cards.
TEXT_MAX = 366
# Clocks of terminals are set by hand.
CLOCK_LEEWAY = timedelta(minutes=10)
_HEADER_KEYS = {1, 4}
_PREFIX = re.compile(r"[A-Z]{2,3}[0-9]:")
_TAGGED = range(0xC0, 0xDC)


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A text of the right form. Anybody can write one."""

    kid: bytes
    algorithm: int
    message: Sign1


def parse(text: str) -> UnverifiedToken:
    """Take a scanned text apart; raises CardRefused (malformed, wrong_version)."""
    if len(text) > TEXT_MAX:
        raise CardRefused("wrong_version" if _PREFIX.match(text) else "malformed")
    if _PREFIX.match(text):
        raise CardRefused("wrong_version")
    try:
        data = decode_base45(text)
        message = parse_sign1(data)
    except NotBase45:
        raise CardRefused("malformed") from None
    except NotSign1:
        is_other_kind = data[:1] != SIGN1_TAG and data[:1] and data[0] in _TAGGED
        raise CardRefused("wrong_version" if is_other_kind else "malformed") from None
    algorithm, kid = message.header.get(1), message.header.get(4)
    if (
        message.header.keys() != _HEADER_KEYS
        or message.unprotected
        or type(algorithm) is not int
        or type(kid) is not bytes
        or len(kid) != KID_BYTES
        or len(message.signature) != SIGNATURE_BYTES
    ):
        raise CardRefused("malformed")
    return UnverifiedToken(kid, algorithm, message)


def verify(text: str, keys: Mapping[bytes, tuple[VerifyKey, ...]], now: datetime) -> CardToken:
    """Return what the card says, if it is ours and its time is right; raises CardRefused."""
    unverified = parse(text)
    candidates = keys.get(unverified.kid)
    if not candidates:
        raise CardRefused("unknown_key")
    fitting = [key for key in candidates if unverified.algorithm in IDENTIFIERS[key.algorithm]]
    if not fitting:
        raise CardRefused("wrong_algorithm")
    for key in fitting:
        if is_signed_by(unverified.message, key):
            token = read_claims(unverified.message.payload, unverified.kid)
            _check_times(token, key, now)
            return token
    raise CardRefused("bad_signature")


def _check_times(token: CardToken, key: VerifyKey, now: datetime) -> None:
    if key.state == "compromised":
        raise CardRefused("key_compromised")
    in_its_time = key.not_before <= token.issued_at <= key.sign_until
    if not in_its_time or now > key.verify_until or key.state == "retired":
        raise CardRefused("key_out_of_validity")
    if token.issued_at > now + CLOCK_LEEWAY:
        raise CardRefused("not_yet_valid")
    if now >= token.expires_at:
        raise CardRefused("expired")
