"""A segment that cannot be believed is put aside whole, with its reason, and nothing is lost."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.sealed import Sealer
from redemption.journal import quarantine_queries as queries
from redemption.journal.lines import Sent
from redemption.journal.queries import PUT_ASIDE
from redemption.journal.seal_lines import quarantine_place, seal_lines
from redemption.journal.sender import Sender

# A stolen terminal must not fill the disk: a month of an honest one's lines is far less.
SEGMENTS_MAX = 300


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines as a terminal sent them."""

    id: UUID
    journal_id: UUID
    lines: tuple[Sent, ...]

    @property
    def digest(self) -> bytes:
        """What tells whether the same was sent before."""
        parts = [str(self.journal_id), *(part for one in self.lines for part in one)]
        return hashlib.sha256("\n".join(parts).encode()).digest()


async def put_aside(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    sender: Sender,
    segment: Segment,
    *,
    reason: str,
    at: datetime,
) -> UUID:
    """Keep a segment for a person to judge; return its quarantine. The same again is the same one.

    `reason` "another_terminal" leaves the journal that it names alone: it is not the sender's.
    Raises Refused quarantine_full.
    """
    asked = {"terminal_id": sender.terminal_id, "digest": segment.digest}
    same = (await tx.execute(queries.SAME, asked)).mappings().one_or_none()
    if same is not None:
        return UUID(str(same["quarantine_id"]))
    if int(await tx.scalar(queries.COUNT_OF_TERMINAL, asked) or 0) >= SEGMENTS_MAX:
        raise Refused("quarantine_full")
    quarantine_id = await _open(tx, caller, sender, segment, (reason, at))
    if reason != "another_terminal":
        await tx.execute(PUT_ASIDE, {"journal_id": segment.journal_id, "at": at})
    await _add(tx, sealer, sender, segment, (quarantine_id, reason, at))
    await audit.record(
        tx,
        caller,
        "journal.put_aside",
        "quarantine",
        quarantine_id,
        region_code=sender.partner.region_codes[0],
        details={
            "reason": reason,
            "lines": len(segment.lines),
            "terminal_id": str(sender.terminal_id),
        },
    )
    return quarantine_id


async def _open(
    tx: AsyncConnection,
    caller: Principal,
    sender: Sender,
    segment: Segment,
    why: tuple[str, datetime],
) -> UUID:
    reason, at = why
    operators = sorted({caller.subject, *(one for one, _ in sender.operators.values())})
    asked = {"terminal_id": sender.terminal_id, "journal_id": segment.journal_id}
    found = (await tx.execute(queries.OPEN_ONE, asked)).mappings().one_or_none()
    if found is not None:
        same = {"quarantine_id": found["id"], "operators": operators}
        await tx.execute(queries.ADD_OPERATORS, same)
        return UUID(str(found["id"]))
    row: dict[str, Any] = {
        **asked,
        "id": new_id(),
        "partner_id": sender.partner.id,
        "partner_name": sender.partner.name,
        "region_code": sender.partner.region_codes[0],
        "reason": reason,
        "opened_at": at,
        "operators": operators,
    }
    await tx.execute(queries.ADD, row)
    return UUID(str(row["id"]))


async def _add(
    tx: AsyncConnection,
    sealer: Sealer,
    sender: Sender,
    segment: Segment,
    put: tuple[UUID, str, datetime],
) -> None:
    quarantine_id, reason, at = put
    own_id = new_id()
    await tx.execute(
        queries.ADD_SEGMENT,
        {
            "id": own_id,
            "quarantine_id": quarantine_id,
            "terminal_id": sender.terminal_id,
            "nth": await tx.scalar(queries.NEXT, {"quarantine_id": quarantine_id}),
            "segment_id": segment.id,
            "reason": reason,
            "lines": len(segment.lines),
            "received_at": at,
            "digest": segment.digest,
            "sealed_lines": seal_lines(sealer, segment.lines, quarantine_place(own_id)),
        },
    )
