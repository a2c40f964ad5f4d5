"""Regions as an administrator types them: codes or names, one a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from common.regions import all_regions, covers

CANDIDATES_MAX = 8
LINES_MAX = 30
# "Kabupaten" is left out as often as not.
KINDS = ("provinsi ", "kabupaten ", "kab. ", "kota ", "kecamatan ", "kec. ", "kelurahan ", "desa ")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was understood, and what was not: a text with the regions it could mean."""

    codes: tuple[str, ...]
    doubtful: tuple[tuple[str, tuple[str, ...]], ...]


def read(text: str) -> Entry:
    """Read lines of codes and names; a region inside another of the lines is left out."""
    codes: list[str] = []
    doubtful: list[tuple[str, tuple[str, ...]]] = []
    lines = [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
    for line in lines[:LINES_MAX]:
        found = codes_of(line)
        if len(found) == 1:
            codes.append(found[0])
        else:
            doubtful.append((line, found[:CANDIDATES_MAX]))
    return Entry(outermost(codes), tuple(doubtful))


def codes_of(line: str) -> tuple[str, ...]:
    """Return the regions that a code or a name can mean."""
    return (line,) if line in all_regions() else _by_name().get(plain(line), ())


def outermost(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that lie in no other of them, in order."""
    unique = sorted(set(codes))
    return tuple(
        code for code in unique if not any(covers(one, code) for one in unique if one != code)
    )


def plain(name: str) -> str:
    """Return a name as it is compared: small letters, without the kind of region."""
    small = " ".join(name.casefold().split())
    for kind in KINDS:
        small = small.removeprefix(kind)
    return small


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, region in all_regions().items():
        key = plain(region.name)
        found[key] = (*found.get(key, ()), code)
    return found
