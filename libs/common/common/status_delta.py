"""The emergency delta: a short signed message of what changed since the published status lists.

    delta = open_status_delta(data, keys)        # raises StatusDeltaRefused; .code says why
    delta.entry(list_number, index)              # a word of status_list.NAMES, or None

It names, by number, the moment of each list that it builds on, and gives final values: a card that
was blocked and unblocked since is in it once, as it is now. Which entry counts beside which list is
decided in common.offline_check. Nothing here can sign.

Form: COSE_Sign1 with its own type header, so that it is no card and no list; claims 2 sub (its
address), 4 exp, 6 iat, "base" {list number: iat}, "entries" [[list number, index, status]].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import cbor2

from common.cose import (
    Algorithm,
    NotSign1,
    NotTrusted,
    Sign1,
    VerifyKey,
    assemble,
    decode_canonical,
    signer_of,
)
from common.status_list import EXPIRES, ISSUED, NAMES, SUBJECT, TYPE_HEADER, moment, parse_typed

MEDIA_TYPE = "application/vnd.khbs.status-delta+cwt"
BASE, ENTRIES = "base", "entries"
# A publisher makes whole lists anew long before.
ENTRIES_MAX = 20_000
TOKEN_BYTES_MAX = 1 << 18
_CLAIM_KEYS = {SUBJECT, EXPIRES, ISSUED, BASE, ENTRIES}

RefusalCode = Literal[
    "malformed",
    "unknown_key",
    "wrong_algorithm",
    "bad_signature",
    "key_compromised",
    "key_out_of_validity",
]


class StatusDeltaRefused(Exception):
    """The bytes are no delta that one of our keys signed; `code` says why."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code)
        self.code: str = code


@dataclass(frozen=True, slots=True)
class StatusDelta:
    """What changed since the lists of `base`, as of `issued_at`."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    base: Mapping[int, datetime]
    entries: Mapping[tuple[int, int], int] = field(repr=False)

    def entry(self, list_number: int, index: int) -> str | None:
        """Return the status that this delta gives, or None when it says nothing of the card."""
        code = self.entries.get((list_number, index))
        return None if code is None else NAMES.get(code, "revoked")


def open_status_delta(
    data: bytes, keys: Mapping[bytes, tuple[VerifyKey, ...]], *, uri: str = ""
) -> StatusDelta:
    """Return a delta that one of our keys signed, however old; raises StatusDeltaRefused.

    With `uri`, one that was made for another address is refused as malformed.
    """
    message = _parse(data)
    try:
        signer = signer_of(message, keys)
        found = _read(message.payload)
        signer.vouches_for(found.issued_at)
    except NotTrusted as error:
        raise StatusDeltaRefused(error.code) from None
    if uri and found.uri != uri:
        raise StatusDeltaRefused("malformed")
    return found


def _parse(data: bytes) -> Sign1:
    try:
        return parse_typed(data, MEDIA_TYPE, TOKEN_BYTES_MAX)
    except NotSign1:
        raise StatusDeltaRefused("malformed") from None


def _read(payload: bytes) -> StatusDelta:
    try:
        claims = decode_canonical(payload)
        rows = claims[ENTRIES]
        if claims.keys() != _CLAIM_KEYS or len(rows) > ENTRIES_MAX:
            raise ValueError("not the claims of a delta")
        entries = {(_count(row[0]), _count(row[1])): _count(row[2]) for row in rows}
        if len(entries) != len(rows) or any(len(row) != 3 for row in rows):
            raise ValueError("a card stands in it twice, or a row is no row")
        found = StatusDelta(
            claims[SUBJECT],
            moment(claims[ISSUED]),
            moment(claims[EXPIRES]),
            {_count(number): moment(issued) for number, issued in claims[BASE].items()},
            entries,
        )
    except Exception as error:  # What hostile claims can do wrong is not to be listed.
        raise StatusDeltaRefused("malformed") from error
    if type(found.uri) is not str or any(number not in found.base for number, _ in entries):
        raise StatusDeltaRefused("malformed")
    return found


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 32:
        raise ValueError("not a count")
    return value


def encode_status_delta(
    *,
    uri: str,
    issued_at: datetime,
    expires_at: datetime,
    base: Mapping[int, datetime],
    entries: Sequence[tuple[int, int, int]],
) -> bytes:
    """Return the claims of a delta as they are signed; entries are (list, index, status)."""
    claims = {
        SUBJECT: uri,
        EXPIRES: int(expires_at.timestamp()),
        ISSUED: int(issued_at.timestamp()),
        BASE: {number: int(issued.timestamp()) for number, issued in base.items()},
        ENTRIES: [list(row) for row in sorted(entries)],
    }
    return cbor2.dumps(claims, canonical=True)


def status_delta_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """Return the protected header of a delta signed under this key."""
    identifier = -8 if algorithm == "Ed25519" else -7
    return cbor2.dumps({1: identifier, 4: kid, TYPE_HEADER: MEDIA_TYPE}, canonical=True)


def status_delta_token(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the delta as it is published."""
    return assemble(protected, payload, signature)
