"""Who acts in the demonstration, and ids that are the same whenever it is repeated."""

import hashlib
from uuid import UUID

from common.auth.principal import Principal
from common.regions import PROVINCE

# A moment long before any demonstration: what people do there themselves comes after it.
BEFORE_MS = 0x019300000000
_TIME_BITS, _VERSION_7, _VARIANT = 80, 0x7 << 76, 0x2 << 62


def _person(role: str, name: str) -> Principal:
    return Principal(f"demo:{role}", name, frozenset(), frozenset(), (PROVINCE,))


PRINTER = _person("cetak", "Percetakan contoh")
COUNTER = _person("cetak-hitung", "Penghitung contoh")
CLERK = _person("kartu", "Loket contoh")
CLERK_2 = _person("kartu2", "Loket contoh kedua")
GIVERS = (CLERK, CLERK_2)
# What was not done by hand: most families of a demonstration got their cards in one go.
IN_BULK = Principal("demonstration", "demonstration", frozenset(), frozenset(), (PROVINCE,))
# District code 99 does not exist: no such number can be a real person's.
NEIGHBOUR_NIK, NEIGHBOUR = "6203990505750001", "Tarina Lampang"


def own_numbers(giver: int) -> tuple[str, str]:
    """Return the NIK and the KK number that one who hands over cards declares as the own ones."""
    return f"620399010180{giver:04d}", f"620399020280{giver:04d}"


def demo_id(*words: str) -> UUID:
    """Return the id of one thing of the demonstration, a UUIDv7.

    A repeat makes the same one, so every verb knows what it has done already, also after the
    demonstration was killed half way.
    """
    rest = int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:10], "big")
    rest = rest & ~(0xF << 76) & ~(0x3 << 62) | _VERSION_7 | _VARIANT
    return UUID(int=BEFORE_MS << _TIME_BITS | rest)
