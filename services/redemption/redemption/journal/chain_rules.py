"""Whether a stretch of a terminal's journal goes on where it stood: the chain rule. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

# What stands before the first line of a journal.
START = "0" * 64
SEGMENT_LINES_MAX = 500

# Why a journal is put aside whole.
QUARANTINE_REASONS = (
    "terminal_revoked",
    "another_terminal",
    "after_quarantine",
    "unreadable",
    "sequence_reused",
    "gap",
    "chain_broken",
    "bad_signature",
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal stands at the server. It only moves forward."""

    sequence: int = 0
    hash: str = START
    is_quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain needs of a line: its number, the hash it names, and its own (hex SHA-256)."""

    sequence: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes of a segment: its lines from `new_from` on are new, those before are repeats."""

    word: Literal["appended", "repeat", "quarantine"]
    new_from: int
    reason: str | None = None


def take_segment(
    head: Head,
    known: Mapping[int, str],
    links: Sequence[Link],
    *,
    is_signed: bool,
    is_revoked: bool = False,
) -> Taken:
    """Return what becomes of a segment.

    `known` are the hashes of the lines that were taken before, by number; `is_signed` says that
    the signature of the last line is the terminal's: it vouches for all before it.
    """
    new_from = 0
    for link in links:
        if known.get(link.sequence) != link.hash:
            break
        new_from += 1
    if new_from == len(links):
        return Taken("repeat", new_from)
    reason = _fault(head, links[new_from:], is_signed=is_signed, is_revoked=is_revoked)
    return Taken("quarantine" if reason else "appended", new_from, reason)


def _fault(head: Head, links: Sequence[Link], *, is_signed: bool, is_revoked: bool) -> str | None:
    if is_revoked:
        return "terminal_revoked"
    if head.is_quarantined:
        return "after_quarantine"
    sequence, before = head.sequence, head.hash
    for link in links:
        if link.sequence <= sequence:
            return "sequence_reused"
        if link.sequence != sequence + 1:
            return "gap"
        if link.previous != before:
            return "chain_broken"
        sequence, before = link.sequence, link.hash
    return None if is_signed else "bad_signature"
