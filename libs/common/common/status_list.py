"""Token Status Lists in CWT form (draft-ietf-oauth-status-list-20): read, check, and build.

    found = verify_status_list(data, keys, now, uri=token.status.uri)   # raises StatusListRefused
    found.status(token.status.index)     # "valid", "suspended", "revoked", "not_active"

Past its `expires_at` a list says nothing any more: whoever holds an old one says "status unknown
since", never "valid". Nothing here can sign.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import cbor2

from common.cose import (
    Algorithm,
    NotSign1,
    NotTrusted,
    Sign1,
    VerifyKey,
    assemble,
    parse_sign1,
    signer_of,
)

MEDIA_TYPE = "application/statuslist+cwt"
TYPE_HEADER = 16
SUBJECT, EXPIRES, ISSUED, TTL, LIST = 2, 4, 6, 65534, 65533
# 2^20 cards of two bits are 256 KB; a list that unfolds to more than this is an attack.
UNPACKED_BYTES_MAX = 1 << 20
TOKEN_BYTES_MAX = 1 << 20
CLOCK_LEEWAY = timedelta(minutes=10)

RefusalCode = Literal[
    "malformed",
    "unknown_key",
    "wrong_algorithm",
    "bad_signature",
    "key_compromised",
    "key_out_of_validity",
    "wrong_list",
    "expired",
    "not_yet_valid",
]
# Draft §7.1. Value 3 is for the application: signed and not yet handed over, worth nothing yet.
NAMES = {0: "valid", 1: "revoked", 2: "suspended", 3: "not_active"}


class StatusListRefused(Exception):
    """The bytes are not a status list that counts; `code` says why."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code)
        self.code: str = code


@dataclass(frozen=True, slots=True)
class StatusList:
    """What a list says, until `expires_at`."""

    uri: str
    bits: int
    packed: bytes
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta

    def code(self, index: int) -> int:
        """Return the raw entry; an index that the list does not have raises IndexError."""
        if index < 0:
            raise IndexError(index)
        per_byte = 8 // self.bits
        byte = self.packed[index // per_byte]
        return byte >> (index % per_byte) * self.bits & (1 << self.bits) - 1

    def status(self, index: int) -> str:
        """Return a word of NAMES; what is not on the list, or has another value, is not valid."""
        try:
            return NAMES.get(self.code(index), "revoked")
        except IndexError:
            return "revoked"


def verify_status_list(
    data: bytes, keys: Mapping[bytes, tuple[VerifyKey, ...]], now: datetime, *, uri: str
) -> StatusList:
    """Return a list that one of our keys signed for this very address; raises StatusListRefused."""
    found = open_status_list(data, keys)
    check_standing(found, now, uri=uri)
    return found


def open_status_list(data: bytes, keys: Mapping[bytes, tuple[VerifyKey, ...]]) -> StatusList:
    """Return a list that one of our keys signed, however old; raises StatusListRefused.

    For who keeps lists: an old one says nothing valid any more, but still since when.
    """
    message = _parse(data)
    try:
        signer = signer_of(message, keys)
        found = read_status_list(message.payload)
        signer.vouches_for(found.issued_at)
    except NotTrusted as error:
        raise StatusListRefused(error.code) from None
    return found


def check_standing(found: StatusList, now: datetime, *, uri: str) -> None:
    """Refuse a list made for another address, or whose time is not now."""
    if found.uri != uri:
        raise StatusListRefused("wrong_list")
    if found.issued_at > now + CLOCK_LEEWAY:
        raise StatusListRefused("not_yet_valid")
    if now >= found.expires_at:
        raise StatusListRefused("expired")


def _parse(data: bytes) -> Sign1:
    try:
        return parse_typed(data, MEDIA_TYPE, TOKEN_BYTES_MAX)
    except NotSign1:
        raise StatusListRefused("malformed") from None


def parse_typed(data: bytes, media_type: str, bytes_max: int) -> Sign1:
    """Take a signed message of this very type apart; raises NotSign1 for any other.

    Its header names algorithm, key and type and nothing else, so that it is never taken for a card.
    """
    if len(data) > bytes_max:
        raise NotSign1("too long")
    message = parse_sign1(data)
    header = message.header
    if header.keys() != {1, 4, TYPE_HEADER} or header[TYPE_HEADER] != media_type:
        raise NotSign1("of another type")
    if message.unprotected:
        raise NotSign1("with something unprotected")
    return message


def read_status_list(payload: bytes) -> StatusList:
    """Return what signed claims say; raises StatusListRefused. Says nothing of the signature."""
    try:
        # In any order: the signature is over these very bytes, and other issuers sort otherwise.
        claims = cbor2.loads(payload)
        packed = unpacked(claims[LIST]["lst"])
        found = StatusList(
            claims[SUBJECT],
            claims[LIST]["bits"],
            packed,
            moment(claims[ISSUED]),
            moment(claims[EXPIRES]),
            timedelta(seconds=claims.get(TTL, 0)),
        )
    except Exception as error:  # What hostile claims can do wrong is not to be listed.
        raise StatusListRefused("malformed") from error
    if type(found.uri) is not str or type(found.bits) is not int or found.bits not in (1, 2, 4, 8):
        raise StatusListRefused("malformed")
    return found


def unpacked(compressed: Any) -> bytes:
    """Return the entries of a compressed list; raises ValueError, zlib.error, TypeError."""
    unfolding = zlib.decompressobj()
    packed = unfolding.decompress(compressed, UNPACKED_BYTES_MAX)
    if not unfolding.eof or unfolding.unused_data:
        raise ValueError("cut off, too large, or followed by something")
    return packed


def moment(seconds: Any) -> datetime:
    """Return a NumericDate of whole seconds; raises ValueError for anything else."""
    if type(seconds) is not int or seconds < 0:
        raise ValueError("not a moment")
    return datetime.fromtimestamp(seconds, UTC)


def pack(statuses: Mapping[int, int], *, size: int, bits: int) -> bytes:
    """Return a list of `size` entries, least significant bits first; what is not given is 0."""
    groups: dict[int, list[int]] = {}
    for index, status in statuses.items():
        groups.setdefault(status, []).append(index)
    return pack_groups(groups, size=size, bits=bits)


def pack_groups(groups: Mapping[int, Iterable[int]], *, size: int, bits: int) -> bytes:
    """Return a list in which each status stands at its indices; each index is given once."""
    per_byte = 8 // bits
    packed = bytearray(-(-size // per_byte))
    for status, indices in groups.items():
        shifted = [status << place * bits for place in range(per_byte)]
        for index in indices:
            packed[index // per_byte] |= shifted[index % per_byte]
    return bytes(packed)


def compress(packed: bytes) -> bytes:
    """Return the form in which both kinds of token carry a list."""
    return zlib.compress(packed, 9)


def encode_status_list(
    compressed: bytes,
    *,
    bits: int,
    uri: str,
    issued_at: datetime,
    expires_at: datetime,
    ttl: timedelta,
) -> bytes:
    """Return the claims of a compressed list as they are signed."""
    claims = {
        SUBJECT: uri,
        ISSUED: int(issued_at.timestamp()),
        EXPIRES: int(expires_at.timestamp()),
        TTL: int(ttl.total_seconds()),
        LIST: {"bits": bits, "lst": compressed},
    }
    return cbor2.dumps(claims, canonical=True)


def status_list_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """Return the protected header of a list signed under this key."""
    identifier = -8 if algorithm == "Ed25519" else -7
    return cbor2.dumps({1: identifier, 4: kid, TYPE_HEADER: MEDIA_TYPE}, canonical=True)


def status_list_token(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the list as it is published."""
    return assemble(protected, payload, signature)
