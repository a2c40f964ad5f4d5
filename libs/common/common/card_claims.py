"""What a card says, and the words with which one is refused: claims in their one form.

Nothing here looks at a signature: `read_claims` is for common.card_token, which checks it first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import cbor2

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

NAME_BYTES_MAX = 40
URI_BYTES_MAX = 47
PSEUDONYM = re.compile(r"[A-Z2-7]{13}")
MOMENT_MAX = 0xFFFF_FFFF
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
class CardToken:
    """What a card that counts says."""

    card_id: str
    household_pseudonym: str
    printed_name: str
    issued_at: datetime
    expires_at: datetime
    status: StatusReference
    kid: bytes


def read_claims(payload: bytes, kid: bytes) -> CardToken:
    """Return what signed claims say; raises CardRefused (malformed, wrong_version)."""
    usual = _USUAL_CLAIMS.fullmatch(payload)
    if usual is None:
        return _unusual_claims(payload, kid)
    expires, issued, card_id, pseudonym, name, index, uri = usual.groups()
    try:
        return CardToken(
            card_id.hex(),
            pseudonym.decode(),
            _text(name),
            _moment(int.from_bytes(issued)),
            _moment(int.from_bytes(expires)),
            StatusReference(int.from_bytes(index[1:]), _text(uri)),
            kid,
        )
    except ValueError:
        return _unusual_claims(payload, kid)


def _text(encoded: bytes) -> str:
    """Return a text string, head and all; raises ValueError when the head tells another length."""
    if encoded[0] == _LONG_TEXT:
        length, text = encoded[1], encoded[2:]
    else:
        length, text = encoded[0] - _SHORT_TEXT, encoded[1:]
    if length != len(text):
        raise ValueError("another length than the head says")
    return text.decode()


def _unusual_claims(payload: bytes, kid: bytes) -> CardToken:
    try:
        claims = cbor2.loads(payload)
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
        again != payload
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
        kid,
    )


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOMENT_MAX


def _moment(value: Any) -> datetime:
    if not _is_count(value):
        raise CardRefused("malformed")
    return datetime.fromtimestamp(value, UTC)
