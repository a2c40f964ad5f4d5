"""Take in a phone's journal: each line once, in its order, and nothing lost when it is broken.

A batch whose chain does not hold is put aside whole: sealed, shown on the round's page, and
released by another person (`release.py`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from issuance.handing_over import journal_queries as queries
from issuance.handing_over.apply_line import Tools, do_line
from issuance.handing_over.journal_rules import (
    START,
    Line,
    Sent,
    fault_of,
    in_order,
    nik_in,
    read_all,
    without_nik,
)
from issuance.handing_over.rounds import locked_round

__all__ = ["Answer", "Batch", "Tools", "receive"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one phone's journal about one round."""

    journal_id: UUID
    round_id: UUID
    lines: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a line: accepted, already, refused (with the refusal's word), put_aside."""

    hash: str
    state: str
    refusal: str = ""


async def receive(
    tx: AsyncConnection, caller: Principal, tools: Tools, batch: Batch
) -> list[Answer]:
    """Do every new line once, and answer for each in the order it was sent.

    Raises Refused: not_found, outside_your_regions, not_your_round, id_reused.
    """
    one = await locked_round(tx, caller, batch.round_id)
    if one["companion"] != caller.subject:
        raise Refused("not_your_round")
    journal = await _journal(tx, caller, batch)
    lines = read_all(batch.lines, batch.journal_id)
    known = await _known(tx, lines)
    hashes = {line_id: row["hash"] for line_id, row in known.items()}
    last = (journal["last_sequence"], journal["last_hash"])
    fault = fault_of(batch.lines, lines, hashes, last)
    if fault:
        await _put_aside(tx, caller, tools, batch, fault)
        return [_answer(sent, line, known, "put_aside") for sent, line in _pairs(batch, lines)]
    for line in in_order(lines):
        if line.line_id not in known:
            known[line.line_id] = await do_line(tx, caller, tools, journal, line)
    return [_answer(sent, line, known, "") for sent, line in _pairs(batch, lines)]


def _pairs(batch: Batch, lines: Sequence[Line | None]) -> list[tuple[Sent, Line | None]]:
    return list(zip(batch.lines, lines, strict=True))


def _answer(
    sent: Sent, line: Line | None, known: Mapping[UUID, Mapping[str, Any]], otherwise: str
) -> Answer:
    row = known.get(line.line_id) if line else None
    if line is None or row is None or row["hash"] != line.hash:
        return Answer(sent.hash, otherwise)
    return Answer(sent.hash, str(row["state"]), str(row["refusal"]))


async def _journal(tx: AsyncConnection, caller: Principal, batch: Batch) -> RowMapping:
    values = {
        "journal_id": batch.journal_id,
        "round_id": batch.round_id,
        "holder": caller.subject,
        "holder_name": caller.name,
        "at": clock.utc_now(),
        "start": START,
    }
    await tx.execute(queries.OPEN_JOURNAL, values)
    found = await tx.execute(queries.SELECT_JOURNAL_FOR_UPDATE, {"id": batch.journal_id})
    journal = found.mappings().one()
    if (journal["round_id"], journal["holder"]) != (batch.round_id, caller.subject):
        raise Refused("id_reused")
    return journal


async def _known(
    tx: AsyncConnection, lines: Sequence[Line | None]
) -> dict[UUID, Mapping[str, Any]]:
    ids = [line.line_id for line in lines if line]
    found = await tx.execute(queries.SELECT_LINES, {"ids": ids or [UUID(int=0)]})
    return {row["line_id"]: dict(row) for row in found.mappings()}


async def _put_aside(
    tx: AsyncConnection, caller: Principal, tools: Tools, batch: Batch, reason: str
) -> None:
    """Keep a batch as it came, but for any NIK; the same batch again is the same quarantine."""
    quarantine_id = new_id()
    texts = [without_nik(one.text, _index_of(tools.index, one.text)) for one in batch.lines]
    hashes = [one.hash for one in batch.lines]
    kept = {"lines": [{"text": t, "hash": h} for t, h in zip(texts, hashes, strict=True)]}
    values = {
        "quarantine_id": quarantine_id,
        "journal_id": batch.journal_id,
        "at": clock.utc_now(),
        "reason": reason,
        "lines": len(batch.lines),
        "digest": hashlib.sha256("".join(hashes).encode()).digest(),
        "sealed_batch": seal_batch(tools.sealer, kept, quarantine_id),
        "holder": caller.subject,
    }
    await tx.execute(queries.INSERT_QUARANTINE, values)
    await audit.record(
        tx,
        caller,
        "journal.put_aside",
        "round",
        batch.round_id,
        details={"reason": reason, "lines": len(batch.lines)},
    )


def _index_of(index: BlindIndex, text: str) -> dict[str, str]:
    """Return the blind index of the NIK that a line names, if it names one."""
    nik = nik_in(text)
    return {nik: index.of("nik", nik.replace(" ", "")).hex()} if nik else {}


def seal_batch(sealer: Sealer, kept: dict[str, Any], quarantine_id: UUID) -> bytes:
    """Seal a batch for its place."""
    return sealer.seal_json(kept, batch_context(quarantine_id)).encode()


def batch_context(quarantine_id: UUID) -> str:
    """Return the place to which a batch that was put aside is bound."""
    return f"quarantines.batch:{quarantine_id}"
