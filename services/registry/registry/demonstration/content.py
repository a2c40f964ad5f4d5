"""Files of the demonstration: as an upload reads them, and a newer quarter made of an older one."""

import hashlib
import re
from pathlib import Path

# Of 256 families so many are better off a quarter later, and so many worse: enough of them for the
# removal guard to ask for a second signature.
BETTER, WORSE = 76, 12
STEP, LOWEST, HIGHEST = 2, 1, 10
PERIOD = re.compile(r"(\d{4})-Q([1-4])")


class FileContent:
    """A file as an upload reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    @classmethod
    def of(cls, path: Path) -> "FileContent":
        """Return a file on disk."""
        return cls(path.read_bytes())

    async def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        end = len(self._content) if size < 0 else self._place + size
        piece = self._content[self._place : end]
        self._place += len(piece)
        return piece

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""
        self._place = offset

    def digest(self) -> bytes:
        """Return the SHA-256 of the whole file."""
        return hashlib.sha256(self._content).digest()


def quarter_after(period: str) -> str:
    """Return the quarter after one that is written "2026-Q3"."""
    found = PERIOD.fullmatch(period)
    if found is None:
        raise ValueError(f"not a quarter: {period}")
    year, number = int(found[1]), int(found[2])
    return f"{year + (number == 4)}-Q{number % 4 + 1}"


def newer_quarter(deciles: str, kk_prefix: str) -> tuple[str, str]:
    """Return the next quarter and its file, for cards whose number begins so.

    Most families stay where they are; who moves depends on the card's number alone.
    """
    head, *lines = deciles.splitlines()
    made, period = [head], ""
    for line in lines:
        if line.startswith(kk_prefix):
            kk, decile, period = line.split(",")
            made.append(f"{kk},{_moved(kk, int(decile))},{quarter_after(period)}")
    return quarter_after(period) if period else "", "\n".join(made) + "\n"


def _moved(kk: str, decile: int) -> int:
    draw = hashlib.sha256(kk.encode()).digest()[0]
    if draw < BETTER:
        return min(HIGHEST, decile + STEP)
    if draw < BETTER + WORSE:
        return max(LOWEST, decile - STEP)
    return decile
