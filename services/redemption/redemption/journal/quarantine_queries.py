"""Every SQL statement about journals that were put aside."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal.conflict_queries import scope_of
from redemption.journal.tables import quarantined_segments, quarantines

_q, _s = quarantines.c, quarantined_segments.c
OPEN_ONE = (
    select(quarantines)
    .where(
        _q.terminal_id == bindparam("terminal_id"),
        _q.journal_id == bindparam("journal_id"),
        _q.outcome.is_(None),
    )
    .with_for_update()
)
ADD = insert(quarantines)
ADD_OPERATORS = text("""
    UPDATE quarantines SET operators = ARRAY(
        SELECT DISTINCT one FROM unnest(operators || CAST(:operators AS text[])) AS one ORDER BY 1)
    WHERE id = :quarantine_id
""")
SAME = select(_s.id, _s.quarantine_id).where(
    _s.terminal_id == bindparam("terminal_id"), _s.digest == bindparam("digest")
)
COUNT_OF_TERMINAL = (
    select(func.count())
    .select_from(quarantined_segments.join(quarantines, _q.id == _s.quarantine_id))
    .where(_s.terminal_id == bindparam("terminal_id"), _q.outcome.is_(None))
)
ADD_SEGMENT = insert(quarantined_segments)
NEXT = select(func.coalesce(func.max(_s.nth), 0) + 1).where(
    _s.quarantine_id == bindparam("quarantine_id")
)
ONE = select(quarantines).where(_q.id == bindparam("quarantine_id"))
LOCK = ONE.with_for_update()
SEGMENTS = (
    select(quarantined_segments)
    .where(_s.quarantine_id == bindparam("quarantine_id"))
    .order_by(_s.nth)
)
_lines = (
    select(
        _s.quarantine_id,
        func.sum(_s.lines).label("lines"),
        func.count().label("segments"),
        func.max(_s.received_at).label("last_received_at"),
    )
    .group_by(_s.quarantine_id)
    .subquery("counted")
)
_wanted_partner = bindparam("partner_id", type_=Uuid)
LIST = (
    select(quarantines, _lines.c.lines, _lines.c.segments, _lines.c.last_received_at)
    .select_from(quarantines.join(_lines, _lines.c.quarantine_id == _q.id))
    .where(_wanted_partner.is_(None) | (_q.partner_id == _wanted_partner))
    .order_by(_q.outcome.is_not(None), _q.opened_at.desc(), _q.id)
    .limit(bindparam("rows", type_=Integer))
)
LIST_OF_REGIONS = LIST.where(
    (_q.region_code == any_(bindparam("scopes", type_=ARRAY(Text))))
    | _q.region_code.like(any_(bindparam("below", type_=ARRAY(Text))))
)
REVIEW = (
    update(quarantines)
    .where(_q.id == bindparam("quarantine_id"))
    .values(
        outcome=bindparam("new_outcome"),
        review_id=bindparam("new_review_id"),
        review_reason=bindparam("new_reason"),
        reviewed_by=bindparam("person"),
        reviewed_by_name=bindparam("person_name"),
        reviewed_at=bindparam("at"),
    )
)


async def find(
    tx: AsyncConnection, quarantine_id: UUID, *, lock: bool = False
) -> RowMapping | None:
    """Return a quarantine; held until the transaction ends if asked."""
    found = await tx.execute(LOCK if lock else ONE, {"quarantine_id": quarantine_id})
    return found.mappings().one_or_none()


async def segments(tx: AsyncConnection, quarantine_id: UUID) -> list[RowMapping]:
    """Return what was put aside in a quarantine, in the order it came."""
    found = await tx.execute(SEGMENTS, {"quarantine_id": quarantine_id})
    return list(found.mappings())


async def listed(
    tx: AsyncConnection, partner_id: UUID | None, regions: Sequence[str] | None, rows: int
) -> list[RowMapping]:
    """Return quarantines, those that wait in front; `regions` None means of a partner's people."""
    asked: dict[str, Any] = {"partner_id": partner_id, "rows": rows}
    if regions is None:
        return list((await tx.execute(LIST, asked)).mappings())
    return list((await tx.execute(LIST_OF_REGIONS, asked | scope_of(regions))).mappings())
