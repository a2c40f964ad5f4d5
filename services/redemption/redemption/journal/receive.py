"""A terminal sends what it wrote without network: each line once, in its order, nothing lost.

One segment is one transaction. A segment that was sent before, whole or in part, gets its first
answers; one whose chain does not hold is put aside whole (`put_aside`).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.journal import conflict_queries, queries
from redemption.journal.chain_rules import take_segment
from redemption.journal.judge_lines import ACCEPTED, Batch, Judged, Tools, judge_lines
from redemption.journal.lines import Line, Sent, read_all
from redemption.journal.put_aside import Segment, put_aside
from redemption.journal.seal_lines import seal_lines, segment_place
from redemption.journal.sender import Sender
from redemption.journal.start_journal import sender_of
from redemption.terminals.device_keys import verifier_of
from redemption.terminals.rules import Terminal

__all__ = ["Answer", "Outcome", "Segment", "Sent", "Tools", "receive"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: accepted, conflict (with its code) or quarantined."""

    sequence: int
    id: UUID | None
    word: str
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a journal stands after a segment, and what became of each line of it."""

    journal_id: UUID
    state: str
    last_sequence: int
    last_hash: str
    quarantine_id: UUID | None
    outcomes: list[Outcome]


async def receive(
    tx: AsyncConnection, caller: Principal, tools: Tools, segment: Segment, at: datetime
) -> Answer:
    """Take a segment in; raises Refused terminal_needed, journal_unknown, quarantine_full."""
    journal = await queries.find(tx, segment.journal_id, lock=True)
    if journal is None:
        raise Refused("journal_unknown")
    terminal, sender = await sender_of(tx, caller)
    lines = read_all(segment.lines, segment.journal_id)
    if journal["terminal_id"] != terminal.id:
        return await _aside(
            tx, caller, tools, (journal, sender, segment, lines), reason="another_terminal", at=at
        )
    known = await _known(tx, journal, lines)
    reason, new_from = _take(journal, known, segment, lines, terminal)
    whole = [line for line in lines if line is not None]
    repeats = await _first_answers(tx, journal["id"], whole[:new_from], known)
    if reason is not None:
        what = (journal, sender, segment, lines[new_from:])
        answer = await _aside(tx, caller, tools, what, reason=reason, at=at)
        return replace(answer, outcomes=[*repeats, *answer.outcomes])
    fresh = whole[new_from:]
    if not fresh:
        return _answer(journal, repeats)
    judged = await judge_lines(tx, tools, sender, Batch(journal["id"], fresh), at=at)
    await _keep(tx, tools, segment, fresh, judged, at=at)
    await _note(tx, caller, sender, fresh, judged)
    taken = [
        Outcome(line.sequence, line.id, _word(one.code), one)
        for line, one in zip(fresh, judged, strict=True)
    ]
    head = {**journal, "last_sequence": fresh[-1].sequence, "last_hash": fresh[-1].hash}
    return _answer(head, [*repeats, *taken])


def _take(
    journal: RowMapping,
    known: dict[int, tuple[str, UUID, str]],
    segment: Segment,
    lines: Sequence[Line | None],
    terminal: Terminal,
) -> tuple[str | None, int]:
    """Return why a segment is put aside, or from which of its lines on it is new."""
    whole = [line for line in lines if line is not None]
    if len(whole) < len(lines):
        return "unreadable", 0
    taken = take_segment(
        queries.head_of(journal),
        {sequence: one[0] for sequence, one in known.items()},
        [line.link for line in whole],
        is_signed=is_signed(terminal, segment.lines[-1]),
        is_revoked=terminal.is_revoked,
    )
    return taken.reason, taken.new_from


def is_signed(terminal: Terminal, sent: Sent) -> bool:
    """Tell whether a line's signature is the terminal's."""
    try:
        signature = base64.b64decode(sent.signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    return verifier_of(terminal.algorithm, terminal.public_key)(signature, sent.line.encode())


async def _known(
    tx: AsyncConnection, journal: RowMapping, lines: Sequence[Line | None]
) -> dict[int, tuple[str, UUID, str]]:
    """Return what is known of lines that this segment repeats, or seems to."""
    numbers = [line.sequence for line in lines if line is not None]
    if not numbers or min(numbers) > journal["last_sequence"]:
        return {}
    return await queries.taken_between(tx, journal["id"], min(numbers), max(numbers))


async def _first_answers(
    tx: AsyncConnection,
    journal_id: UUID,
    lines: Sequence[Line],
    known: dict[int, tuple[str, UUID, str]],
) -> list[Outcome]:
    if not lines:
        return []
    first, last = lines[0].sequence, lines[-1].sequence
    conflicts = await conflict_queries.of_segment(tx, journal_id, first, last)
    marks = await queries.marks_of(tx, [known[line.sequence][1] for line in lines])
    outcomes = []
    for line in lines:
        _, act_id, code = known[line.sequence]
        row = conflicts.get(line.sequence)
        judged = Judged(code, row["is_owed"], row["facts"]) if row else Judged(code)
        if code == ACCEPTED:
            judged = Judged(code, marks=marks.get(act_id, ()))
        outcomes.append(Outcome(line.sequence, act_id, _word(code), judged))
    return outcomes


def _word(code: str) -> str:
    return "accepted" if code == ACCEPTED else "conflict"


async def _aside(
    tx: AsyncConnection,
    caller: Principal,
    tools: Tools,
    what: tuple[RowMapping, Sender, Segment, Sequence[Line | None]],
    *,
    reason: str,
    at: datetime,
) -> Answer:
    journal, sender, segment, lines = what
    quarantine_id = await put_aside(tx, caller, tools.sealer, sender, segment, reason=reason, at=at)
    outcomes = [
        Outcome(line.sequence if line else 0, line.id if line else None, "quarantined")
        for line in lines
    ]
    if reason == "another_terminal":
        # Nothing is told of a journal to a terminal whose it is not.
        return Answer(segment.journal_id, "quarantined", 0, "", quarantine_id, outcomes)
    return _answer({**journal, "quarantined_at": at}, outcomes, quarantine_id)


def _answer(journal: Any, outcomes: list[Outcome], quarantine_id: UUID | None = None) -> Answer:
    return Answer(
        journal_id=journal["id"],
        state="open" if journal["quarantined_at"] is None else "quarantined",
        last_sequence=journal["last_sequence"],
        last_hash=journal["last_hash"],
        quarantine_id=quarantine_id,
        outcomes=outcomes,
    )


async def _keep(
    tx: AsyncConnection,
    tools: Tools,
    segment: Segment,
    lines: Sequence[Line],
    judged: Sequence[Judged],
    *,
    at: datetime,
) -> None:
    first = lines[0].sequence
    sent = segment.lines[-len(lines) :]
    place = segment_place(segment.journal_id, first)
    await queries.add_segment(
        tx,
        {
            "journal_id": segment.journal_id,
            "first_sequence": first,
            "last_sequence": lines[-1].sequence,
            "segment_id": segment.id,
            "received_at": at,
            "hashes": bytes.fromhex("".join(line.hash for line in lines)),
            "act_ids": [line.id for line in lines],
            "codes": [one.code for one in judged],
            "sealed_lines": seal_lines(tools.sealer, sent, place),
            "hash": lines[-1].hash,
        },
    )


async def _note(
    tx: AsyncConnection,
    caller: Principal,
    sender: Sender,
    lines: Sequence[Line],
    judged: Sequence[Judged],
) -> None:
    conflicts = sum(1 for one in judged if one.code != ACCEPTED)
    await audit.record(
        tx,
        caller,
        "journal.received",
        "terminal",
        sender.terminal_id,
        region_code=sender.partner.region_codes[0],
        details={
            "first": lines[0].sequence,
            "last": lines[-1].sequence,
            "accepted": len(lines) - conflicts,
            "conflicts": conflicts,
        },
    )
