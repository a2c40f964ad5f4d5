"""Which index a card gets in a status list, and what a list says of it."""

import hashlib
from typing import Literal

Status = Literal["valid", "suspended", "revoked"]
# Token Status List draft §7.1: 0 VALID, 1 INVALID, 2 SUSPENDED.
CODES: dict[str, int] = {"valid": 0, "revoked": 1, "suspended": 2}
BITS = 2
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
    for turn in range(_ROUNDS):
        message = turn.to_bytes(1) + right.to_bytes(2)
        mixed = hashlib.blake2s(message, key=secret, digest_size=2).digest()
        left, right = right, left ^ (int.from_bytes(mixed) & _HALF)
    return left << _HALF_BITS | right
