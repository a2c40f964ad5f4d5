"""Walking the audit chain: which row was altered, removed or slipped in, by name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common import tables
from common.audit_chain import (
    BEFORE_EVERYTHING,
    CHAIN_BATCH,
    FIRST_HASH,
    LOOK_BACK,
    UNCHAINED_IDS,
    link,
)

# More are counted, not named: whoever changed so much is not found by reading the list.
BREAKS_NAMED_MAX = 20
UUID7_TIME_SHIFT = 80

_log, _chain = tables.audit_log, tables.audit_chain
WALK = (
    select(_chain.c.position, _chain.c.audit_id, _chain.c.previous_hash, _chain.c.hash, _log)
    .select_from(_chain.outerjoin(_log, _log.c.id == _chain.c.audit_id))
    .where(_chain.c.position > bindparam("after"))
    .order_by(_chain.c.position)
    .limit(CHAIN_BATCH)
)
# Rows that were slipped in with an old date, or whose link was removed.
LEFT_OUT = UNCHAINED_IDS.where(_log.c.at < bindparam("before"))
COUNT_LEFT_OUT = select(func.count()).select_from(LEFT_OUT.subquery())
NAME_LEFT_OUT = (
    select(_log.c.id, _log.c.at, _log.c.action)
    .where(_log.c.id.in_(LEFT_OUT))
    .order_by(_log.c.at, _log.c.id)
    .limit(BREAKS_NAMED_MAX)
)
HASH_AT = select(_chain.c.hash).where(_chain.c.position == bindparam("position"))


@dataclass(frozen=True, slots=True)
class Break:
    """One place where log and chain disagree.

    `what`: altered (the row says something else than when it was chained) · removed · link_altered
    (the chain itself was edited) · link_missing · slipped_in (an old row that was never chained).
    """

    what: str
    position: int | None
    row_id: UUID | None = None
    at: datetime | None = None
    action: str | None = None

    def __str__(self) -> str:
        where = f"position {self.position}: " if self.position is not None else ""
        row = f" row {self.row_id}" if self.row_id else ""
        when = f" of {self.at.isoformat()}" if self.at else ""
        return f"{where}{self.what}{row}{when}{f' ({self.action})' if self.action else ''}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What walking the chain has shown."""

    length: int
    # The first BREAKS_NAMED_MAX, in the chain's order; rows that were slipped in come last.
    breaks: Sequence[Break]
    # Settled rows behind the end of the chain's time that have no link.
    left_out: int
    last_hash: bytes

    @property
    def broken_at(self) -> int | None:
        """The first position that does not hold; None when all do."""
        return next((one.position for one in self.breaks if one.position is not None), None)

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.breaks and self.left_out == 0


async def verify(tx: AsyncConnection) -> Finding:
    """Walk the whole chain; return how long it is and what does not hold."""
    walk = _Walk()
    while rows := (await tx.execute(WALK, {"after": walk.position})).mappings().all():
        for row in rows:
            walk.step(row)
    before = {"before": walk.last_at - LOOK_BACK}
    left_out = int(await tx.scalar(COUNT_LEFT_OUT, before) or 0)
    if left_out:
        for row in (await tx.execute(NAME_LEFT_OUT, before)).mappings():
            walk.breaks.append(Break("slipped_in", None, row["id"], row["at"], row["action"]))
    return Finding(walk.position, walk.breaks[:BREAKS_NAMED_MAX], left_out, walk.previous)


async def still_holds(tx: AsyncConnection, position: int, chain_hash: bytes) -> bool:
    """Tell whether a checkpoint that was kept elsewhere is still what the chain says."""
    found: bytes | None = await tx.scalar(HASH_AT, {"position": position})
    return found == chain_hash


class _Walk:
    """Goes from link to link and goes on behind a break, so that each one is named once."""

    def __init__(self) -> None:
        self.position, self.previous, self.last_at = 0, FIRST_HASH, BEFORE_EVERYTHING
        self.breaks: list[Break] = []
        # What the last row hashes to, when that is not what its link says.
        self._computed: bytes | None = None

    def step(self, row: RowMapping) -> None:
        """Judge the next link."""
        found = self._judge(row)
        if found is not None and len(self.breaks) < BREAKS_NAMED_MAX:
            self.breaks.append(found)
        self.position, self.previous = int(row["position"]), row["hash"]
        self.last_at = row["at"] or self.last_at

    def _judge(self, row: RowMapping) -> Break | None:
        expected, computed = self.position + 1, self._computed
        self._computed = None
        if computed is not None and row["previous_hash"] == computed:
            # The row before is what was chained: it was its link's hash that somebody changed.
            self.breaks[-1] = replace(self.breaks[-1], what="link_altered")
        elif row["position"] != expected:
            return Break("link_missing", expected)
        elif row["previous_hash"] != self.previous:
            return _named("link_altered", row)
        if row["id"] is None:
            # The row is gone; its id is in the link, and an id of ours tells its time.
            return Break("removed", expected, row["audit_id"], time_of(row["audit_id"]))
        here = link(row["previous_hash"], row)
        if here != row["hash"]:
            self._computed = here
            return _named("altered", row)
        return None


def _named(what: str, row: RowMapping) -> Break:
    values: dict[str, Any] = dict(row)
    return Break(what, values["position"], values["audit_id"], values["at"], values["action"])


def time_of(row_id: UUID) -> datetime | None:
    """Return when a UUIDv7 was made (RFC 9562 §5.7: milliseconds in its first 48 bits)."""
    if row_id.version != 7:
        return None
    return datetime.fromtimestamp((row_id.int >> UUID7_TIME_SHIFT) / 1000, UTC)
