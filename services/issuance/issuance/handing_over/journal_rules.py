"""A phone's journal: lines that name the line before them, and what breaks such a chain. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

# What stands before the first line.
START = bytes(32)
LINES_A_CALL_MAX = 200
LINE_CHARACTERS_MAX = 24 * 1024
CARD_ID = re.compile(r"[0-9a-f]{16}")
NUMBER = re.compile(r"\d(?:[ .]?\d){15}")
HIDDEN = "[16 digit]"
ACTS = ("hand_over", "return")
# What the database holds as a number of a line, and moments that every time zone can tell: a phone
# whose clock began anew in 1970 is believed and flagged.
SEQUENCE_MAX = 2**31 - 1
YEARS = range(2, 9999)


@dataclass(frozen=True, slots=True)
class Sent:
    """A line as it came: the very text that was hashed, and its SHA-256 in hex."""

    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is understood."""

    line_id: UUID
    sequence: int
    before: bytes
    hash: bytes
    act: str
    card_id: str
    at: datetime
    body: Mapping[str, Any]

    def word(self, name: str) -> str:
        """Return a text of the line, or an empty one."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


def read_line(text: str, journal_id: UUID, digest: bytes, *, was_kept: bool = False) -> Line | None:
    """Return what a line's text says, or None when it is no line of this journal.

    Only a line that was kept here may have a blind index in place of a NIK: a phone that made
    one up would hide for how many families somebody collects.
    """
    try:
        body = json.loads(text)
        # Half a letter passes as JSON, and could not be kept.
        json.dumps(body, ensure_ascii=False).encode()
        if not was_kept:
            body.pop("nik_index", None)
        line = Line(
            line_id=UUID(body["id"]),
            sequence=int(body["sequence"]),
            before=bytes.fromhex(body["before"]),
            hash=digest,
            act=str(body["act"]),
            card_id=str(body["card"]),
            at=datetime.fromisoformat(body["at"]),
            body=body,
        )
        is_ours = UUID(body["journal"]) == journal_id
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    is_whole = line.act in ACTS and CARD_ID.fullmatch(line.card_id) and line.at.tzinfo
    is_kept = 0 < line.sequence <= SEQUENCE_MAX and line.at.year in YEARS
    return line if is_ours and is_whole and is_kept else None


def read_all(sent: Sequence[Sent], journal_id: UUID) -> list[Line | None]:
    """Return every line as it is understood, in the order it came."""
    return [
        read_line(one.text, journal_id, hashlib.sha256(one.text.encode()).digest()) for one in sent
    ]


def in_order(lines: Sequence[Line | None]) -> list[Line]:
    """Return the readable lines by their own numbers: a batch may come shuffled."""
    return sorted((line for line in lines if line), key=lambda line: line.sequence)


def fault_of(
    sent: Sequence[Sent],
    lines: Sequence[Line | None],
    known: Mapping[UUID, bytes],
    last: tuple[int, bytes],
) -> str | None:
    """Return why a batch cannot be believed as it is, or None.

    `known` are the hashes of lines that were received before, `last` the number and hash of the
    last accepted one.
    """
    if any(line is None for line in lines):
        return "unreadable"
    told = {one.hash.lower() for one in sent}
    if any(line and line.hash.hex() not in told for line in lines):
        return "chain_broken"
    sequence, before = last
    for line in in_order(lines):
        if line.line_id in known:
            if known[line.line_id] != line.hash:
                return "changed_after"
            continue
        if line.sequence <= sequence:
            return "sequence_repeated"
        if line.sequence > sequence + 1:
            return "gap"
        if line.before != before:
            return "chain_broken"
        sequence, before = line.sequence, line.hash
    return None


def nik_in(text: str) -> str:
    """Return the collector's NIK as a line has it, or an empty text."""
    try:
        nik = json.loads(text).get("nik", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return nik if isinstance(nik, str) else ""


def without_nik(text: str, index_of: Mapping[str, str]) -> str:
    """Return a line's text with the collector's NIK replaced by its blind index (hex), and any
    other number of sixteen digits in what was typed hidden."""
    try:
        body = json.loads(text)
        nik = body.pop("nik", "")
        body.pop("nik_index", None)
    except (ValueError, AttributeError, TypeError, RecursionError):
        return NUMBER.sub(HIDDEN, text)
    if isinstance(nik, str) and nik in index_of:
        body["nik_index"] = index_of[nik]
    for name in ("name", "words"):
        if isinstance(body.get(name), str):
            body[name] = NUMBER.sub(HIDDEN, body[name])
    return json.dumps(body, ensure_ascii=False)
