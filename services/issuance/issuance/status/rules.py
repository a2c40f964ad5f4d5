"""Which index a card gets in a status list, and what a list says of it."""

import hashlib
from datetime import timedelta
from functools import lru_cache
from typing import Literal

Status = Literal["valid", "suspended", "revoked", "not_active"]
# Token Status List draft §7.1: 0 VALID, 1 INVALID, 2 SUSPENDED; 3 is for the application, and says
# here that a card was signed and not yet handed over.
CODES: dict[str, int] = {"valid": 0, "revoked": 1, "suspended": 2, "not_active": 3}
BITS = 2
# A terminal that has a list may rely on it this long without asking again, and never past EXPIRES.
TTL = timedelta(hours=12)
EXPIRES = timedelta(days=7)
RENEW_AFTER = timedelta(hours=6)
DELTA_EXPIRES = timedelta(hours=24)
DELTA_RENEW_AFTER = timedelta(hours=6)
# 16 KB; with more to say, a whole list is the shorter way to say it.
DELTA_ENTRIES_MAX = 2_000
# Cards just signed wait for a whole list; while many are signed there is one list a minute.
NEW_CARDS_WAIT = timedelta(minutes=1)
DELTA_NAME = "delta.cbor"
DELTA_PATH = f"/s/{DELTA_NAME}"
LIST_SIZE = 1 << 20
_HALF_BITS = 10
_HALF = (1 << _HALF_BITS) - 1
_ROUNDS = 6


def index_at(position: int, secret: bytes) -> int:
    """Return the index of the card that was the `position`-th to enter a list.

    A Feistel network is a shuffle that needs no memory: every position has its own index, none
    comes twice, and without the secret neighbours in time or place cannot be told from others.
    """
    left, right = position >> _HALF_BITS, position & _HALF
    for mixed in _mixers(secret):
        left, right = right, left ^ mixed[right]
    return left << _HALF_BITS | right


@lru_cache(maxsize=4)
def _mixers(secret: bytes) -> tuple[tuple[int, ...], ...]:
    # Each round's answers for every half: made once in 6 ms, where each card would take six hashes.
    return tuple(
        tuple(_mixed(turn, half, secret) for half in range(_HALF + 1)) for turn in range(_ROUNDS)
    )


def _mixed(turn: int, half: int, secret: bytes) -> int:
    message = turn.to_bytes(1) + half.to_bytes(2)
    return int.from_bytes(hashlib.blake2s(message, key=secret, digest_size=2).digest()) & _HALF


def list_path(number: int, form: Literal["cwt", "jwt"]) -> str:
    """Return where a whole list is published."""
    return f"/s/{number}.{form}"
