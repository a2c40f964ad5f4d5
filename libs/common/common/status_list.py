"""Token Status Lists in CWT form (draft-ietf-oauth-status-list-20): read, check, and build.

    found = verify_status_list(data, keys, now, uri=token.status.uri)   # raises StatusListRefused
    found.status(token.status.index)                     # "valid", "suspended", "revoked"

Past its `expires_at` a list says nothing any more: whoever holds an old one says "status unknown
since", never "valid". Nothing here can sign.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import cbor2

from common.cose import (
    IDENTIFIERS,
    Algorithm,
    NotSign1,
    Sign1,
    VerifyKey,
    assemble,
    is_signed_by,
    parse_sign1,
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
    "wrong_list",
    "expired",
    "not_yet_valid",
]
# Draft §7.1; other values are for applications and count as not valid here.
NAMES = {0: "valid", 1: "revoked", 2: "suspended"}


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
        """Return "valid", "suspended" or "revoked"; what is not on the list is not valid."""
        try:
            return NAMES.get(self.code(index), "revoked")
        except IndexError:
            return "revoked"


def verify_status_list(
    data: bytes, keys: Mapping[bytes, tuple[VerifyKey, ...]], now: datetime, *, uri: str
) -> StatusList:
    """Return a list that one of our keys signed for this very address; raises StatusListRefused."""
    message = _parse(data)
    candidates = keys.get(message.header[4]) if type(message.header[4]) is bytes else None
    if not candidates:
        raise StatusListRefused("unknown_key")
    fitting = [key for key in candidates if message.header[1] in IDENTIFIERS[key.algorithm]]
    if not fitting:
        raise StatusListRefused("wrong_algorithm")
    signer = next((key for key in fitting if is_signed_by(message, key)), None)
    if signer is None:
        raise StatusListRefused("bad_signature")
    if signer.state == "compromised":
        raise StatusListRefused("key_compromised")
    found = read_status_list(message.payload)
    if found.uri != uri:
        raise StatusListRefused("wrong_list")
    if found.issued_at > now + CLOCK_LEEWAY:
        raise StatusListRefused("not_yet_valid")
    if now >= found.expires_at:
        raise StatusListRefused("expired")
    return found


def _parse(data: bytes) -> Sign1:
    try:
        if len(data) > TOKEN_BYTES_MAX:
            raise StatusListRefused("malformed")
        message = parse_sign1(data)
    except NotSign1:
        raise StatusListRefused("malformed") from None
    header = message.header
    if header.keys() != {1, 4, TYPE_HEADER} or header[TYPE_HEADER] != MEDIA_TYPE:
        raise StatusListRefused("malformed")
    if message.unprotected:
        raise StatusListRefused("malformed")
    return message


def read_status_list(payload: bytes) -> StatusList:
    """Return what signed claims say; raises StatusListRefused. Says nothing of the signature."""
    try:
        # In any order: the signature is over these very bytes, and other issuers sort otherwise.
        claims = cbor2.loads(payload)
        packed = _unpacked(claims[LIST]["lst"])
        found = StatusList(
            claims[SUBJECT],
            claims[LIST]["bits"],
            packed,
            _moment(claims[ISSUED]),
            _moment(claims[EXPIRES]),
            timedelta(seconds=claims.get(TTL, 0)),
        )
    except Exception as error:  # What hostile claims can do wrong is not to be listed.
        raise StatusListRefused("malformed") from error
    if type(found.uri) is not str or type(found.bits) is not int or found.bits not in (1, 2, 4, 8):
        raise StatusListRefused("malformed")
    return found


def _unpacked(compressed: Any) -> bytes:
    unfolding = zlib.decompressobj()
    packed = unfolding.decompress(compressed, UNPACKED_BYTES_MAX)
    if not unfolding.eof or unfolding.unused_data:
        raise ValueError("cut off, too large, or followed by something")
    return packed


def _moment(seconds: Any) -> datetime:
    if type(seconds) is not int or seconds < 0:
        raise ValueError("not a moment")
    return datetime.fromtimestamp(seconds, UTC)


def pack(statuses: Mapping[int, int], *, size: int, bits: int) -> bytes:
    """Return a list of `size` entries, least significant bits first; what is not given is 0."""
    per_byte = 8 // bits
    packed = bytearray(-(-size // per_byte))
    for index, status in statuses.items():
        packed[index // per_byte] |= status << (index % per_byte) * bits
    return bytes(packed)


def encode_status_list(
    statuses: Mapping[int, int],
    *,
    size: int,
    bits: int,
    uri: str,
    issued_at: datetime,
    expires_at: datetime,
    ttl: timedelta,
) -> bytes:
    """Return the claims of a list as they are signed."""
    claims = {
        SUBJECT: uri,
        ISSUED: int(issued_at.timestamp()),
        EXPIRES: int(expires_at.timestamp()),
        TTL: int(ttl.total_seconds()),
        LIST: {"bits": bits, "lst": zlib.compress(pack(statuses, size=size, bits=bits), 9)},
    }
    return cbor2.dumps(claims, canonical=True)


def status_list_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """Return the protected header of a list signed under this key."""
    identifier = -8 if algorithm == "Ed25519" else -7
    return cbor2.dumps({1: identifier, 4: kid, TYPE_HEADER: MEDIA_TYPE}, canonical=True)


def status_list_token(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the list as it is published."""
    return assemble(protected, payload, signature)
