"""What a print batch is: its kinds, its parts, and the sums that must add up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Kind = Literal["sheets", "bureau"]
KINDS: tuple[Kind, ...] = ("sheets", "bureau")
DUPLEXES = ("long_edge", "short_edge")
CARDS_PER_FILE_MAX = 1_000
# The largest regency has some 40,000 families.
CARDS_PER_BATCH_MAX = 60_000
PART_STATES = ("queued", "printed", "failed", "cancelled", "empty")
# Why the same file is wanted again, after its first download.
AGAIN_REASONS = ("printer_jam", "wrong_settings", "file_lost", "file_damaged")
FAULTS = ("spoiled", "missing")
# A person looks after so many tries; until then the worker tries again by itself.
TRIES_MAX = 3
# What waits longer is shown in red.
IN_PRINT_MAX = timedelta(days=3)
NOT_RECEIVED_MAX = timedelta(days=14)
DISTRICT_LEVEL = 2


@dataclass(frozen=True, slots=True)
class PartPlan:
    """One file to be made: its region, and its cards in their order."""

    region_code: str
    card_ids: tuple[str, ...]


def district_of(region_code: str) -> str:
    """Return the district of a village; a wider region is returned as it is."""
    return ".".join(region_code.split(".")[: DISTRICT_LEVEL + 1])


def common_region(region_codes: Iterable[str]) -> str:
    """Return the smallest region that holds all of these."""
    parts = [code.split(".") for code in region_codes]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return ".".join(shared)


def plan_parts(cards: Sequence[tuple[str, str]], per_file: int) -> Iterator[PartPlan]:
    """Cut ordered cards (id, village) into files of at most `per_file`.

    A file never holds cards of two districts: it goes to one office as a whole.
    """
    chunk: list[tuple[str, str]] = []
    for card in cards:
        is_full = len(chunk) == per_file
        if chunk and (is_full or district_of(card[1]) != district_of(chunk[0][1])):
            yield _plan(chunk)
            chunk = []
        chunk.append(card)
    if chunk:
        yield _plan(chunk)


def _plan(chunk: Sequence[tuple[str, str]]) -> PartPlan:
    return PartPlan(common_region(code for _, code in chunk), tuple(card for card, _ in chunk))


def batch_state(part_states: Iterable[str]) -> str:
    """Return the state of a batch from those of its files: what still needs somebody comes first.

    queued: files are being made. failed: one could not be made, and waits for a person. printed:
    every file that will be is there. cancelled or empty: there is none.
    """
    found = set(part_states)
    for state in ("queued", "failed", "printed", "cancelled"):
        if state in found:
            return state
    return "empty"


def difference(in_file: int, good: int, apart: int) -> int:
    """Return by how many cards a count does not add up; 0 when it does, more than 0 when some
    are not accounted for."""
    return in_file - good - apart
