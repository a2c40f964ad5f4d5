"""Chance that repeats: every draw comes from a named stream of one seed.

Only `Random.random()` is used underneath: it is the one method whose results Python promises to
keep from release to release, so a seed means the same province on every supported version.
"""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


def fingerprint(*parts: object) -> int:
    """Return 64 bits that depend on these parts only, the same on every machine."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


class Weighted(Generic[T]):
    """Values with weights; the weights need not add up to one."""

    __slots__ = ("_limits", "_total", "_values")

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = tuple(weights)
        self._limits = tuple(accumulate(weights.values()))
        self._total = self._limits[-1]

    def at(self, share: float) -> T:
        """Return the value that lies at this share (0 <= share < 1) of the total weight."""
        return self._values[bisect_right(self._limits, share * self._total)]


class Dice:
    """One stream of chance, named by what it decides."""

    __slots__ = ("share",)

    def __init__(self, seed: int, *name: object) -> None:
        self.share = random.Random(fingerprint(seed, *name)).random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.share() < probability

    def between(self, lowest: int, highest: int) -> int:
        """Return a whole number, both ends included."""
        return lowest + int(self.share() * (highest - lowest + 1))

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values, all equally likely."""
        return values[int(self.share() * len(values))]

    def draw(self, table: Weighted[T]) -> T:
        """Return one of the values of a table by its weights."""
        return table.at(self.share())
