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
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import cbor2

from common.base45 import NotBase45, decode_base45
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

RefusalCode = Literal[
    "malformed",  # not a card of this system at all
    "wrong_version",  # a signed card, in a form that this code does not know
    "unknown_key",  # signed by nobody we know (or our list of keys is old)
    "wrong_algorithm",  # names an algorithm that is not its key's
    "bad_signature",  # changed, or made by somebody else
    "key_compromised",  # its key was stolen: everything under it needs to be replaced
    "key_out_of_validity",  # signed outside the key's dates, or the key has run out
    "expired",
    "not_yet_valid",  # issued in the future: a wrong clock here, or a forged date
]
CARD_REFUSAL_CODES: tuple[str, ...] = get_args(RefusalCode)

# Version 11-M holds 366 characters; nothing longer can have come from one of our cards.
TEXT_MAX = 366
NAME_BYTES_MAX = 40
URI_BYTES_MAX = 47
PSEUDONYM = re.compile(r"[A-Z2-7]{13}")
# Clocks of terminals are set by hand.
CLOCK_LEEWAY = timedelta(minutes=10)
MOMENT_MAX = 0xFFFF_FFFF
_HEADER_KEYS = {1, 4}
# In the order of deterministic encoding: another order is another text for the same card.
_CLAIM_KEYS = [4, 6, 7, 169, 65535]
# The claims as our signers write them: nearly every card, read in a tenth of the general decoder's
# time. Whatever does not match goes through that one, which alone says why something is refused.
_USUAL_CLAIMS = re.compile(
    rb"\xa5\x04\x1a([^\x00]...)\x06\x1a([^\x00]...)\x07\x48(.{8})"
    rb"\x18\xa9\xa2\x01\x6d([A-Z2-7]{13})\x04([\x61-\x77].{1,23}|\x78[\x18-\x28].{24,40})"
    rb"\x19\xff\xff\xa1\x6bstatus_list\xa2\x63idx(\x19[^\x00].|\x1a(?:\x00[^\x00]|[^\x00].)..)"
    rb"\x63uri([\x60-\x77].{0,23}|\x78[\x18-\x2f].{24,47})",
    re.DOTALL,
)
_SHORT_TEXT, _LONG_TEXT = 0x60, 0x78
_PREFIX = re.compile(r"[A-Z]{2,3}[0-9]:")
_TAGGED = range(0xC0, 0xDC)


class CardRefused(Exception):
    """The text does not count as a card; `code` says why in a word of CARD_REFUSAL_CODES."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code)
        self.code: str = code


@dataclass(frozen=True, slots=True)
class StatusReference:
    index: int
    uri: str


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A text of the right form. Anybody can write one."""

    kid: bytes
    algorithm: int
    message: Sign1


@dataclass(frozen=True, slots=True)
class CardToken:
    """What a card that counts says."""

    card_id: str
    household_pseudonym: str
    printed_name: str
    issued_at: datetime
    expires_at: datetime
    status: StatusReference
    kid: bytes


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
            token = _claims(unverified)
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


def _claims(unverified: UnverifiedToken) -> CardToken:
    usual = _USUAL_CLAIMS.fullmatch(unverified.message.payload)
    if usual is None:
        return _unusual_claims(unverified)
    expires, issued, card_id, pseudonym, name, index, uri = usual.groups()
    try:
        return CardToken(
            card_id.hex(),
            pseudonym.decode(),
            _text(name),
            _moment(int.from_bytes(issued)),
            _moment(int.from_bytes(expires)),
            StatusReference(int.from_bytes(index[1:]), _text(uri)),
            unverified.kid,
        )
    except ValueError:
        return _unusual_claims(unverified)


def _text(encoded: bytes) -> str:
    """Return a text string, head and all; raises ValueError when the head tells another length."""
    if encoded[0] == _LONG_TEXT:
        length, text = encoded[1], encoded[2:]
    else:
        length, text = encoded[0] - _SHORT_TEXT, encoded[1:]
    if length != len(text):
        raise ValueError("another length than the head says")
    return text.decode()


def _unusual_claims(unverified: UnverifiedToken) -> CardToken:
    try:
        claims = cbor2.loads(unverified.message.payload)
        if list(claims) != _CLAIM_KEYS:
            raise CardRefused("wrong_version")
        identity, status = claims[169], claims[65535]["status_list"]
        card_id, pseudonym, name = claims[7], identity[1], identity[4]
        index, uri = status["idx"], status["uri"]
        again = cbor2.dumps(claims)
    except CardRefused:
        raise
    except Exception as error:  # The decoder's failures are many, even on signed bytes.
        raise CardRefused("malformed") from error
    if (
        again != unverified.message.payload
        or len(claims[65535]) != 1
        or list(status) != ["idx", "uri"]
        or list(identity) != [1, 4]
        or type(card_id) is not bytes
        or len(card_id) != 8
        or type(pseudonym) is not str
        or not PSEUDONYM.fullmatch(pseudonym)
        or type(name) is not str
        or not 0 < len(name.encode("utf-8", "surrogatepass")) <= NAME_BYTES_MAX
        or type(uri) is not str
        or len(uri) > URI_BYTES_MAX
        or not _is_count(index)
    ):
        raise CardRefused("malformed")
    return CardToken(
        card_id.hex(),
        pseudonym,
        name,
        _moment(claims[6]),
        _moment(claims[4]),
        StatusReference(index, uri),
        unverified.kid,
    )


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOMENT_MAX


def _moment(value: Any) -> datetime:
    if not _is_count(value):
        raise CardRefused("malformed")
    return datetime.fromtimestamp(value, UTC)
