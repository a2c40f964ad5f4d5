"""Who acts in the demonstration, and ids that are the same whenever it is repeated."""

import hashlib
from uuid import UUID

from common.auth.principal import Principal

PROVINCE = "62"
# A moment long before any demonstration: what people do there themselves comes after it.
BEFORE_MS = 0x019300000000
_TIME_BITS, _VERSION_7, _VARIANT = 80, 0x7 << 76, 0x2 << 62


def _person(role: str, name: str) -> Principal:
    return Principal(f"demo:{role}", name, frozenset(), frozenset(), (PROVINCE,))


OPERATOR = _person("operator", "Operator contoh")
VERIFIER = _person("verifikator", "Verifikator contoh")
APPROVER = _person("penyetuju", "Penyetuju contoh")
STEWARD = _person("walidata", "Walidata contoh")
ADMINISTRATOR = _person("admin", "Administrator contoh")


def demo_id(*words: str, place: int = 0) -> UUID:
    """Return the id of one thing of the demonstration: a UUIDv7 that sorts by `place`.

    A repeat makes the same one, so every verb knows what it has done already, also after the
    demonstration was killed half way.
    """
    rest = int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:10], "big")
    rest = rest & ~(0xF << 76) & ~(0x3 << 62) | _VERSION_7 | _VARIANT
    return UUID(int=(BEFORE_MS + place) << _TIME_BITS | rest)
