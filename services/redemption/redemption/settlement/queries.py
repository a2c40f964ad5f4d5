"""Every SQL statement about what partners are owed, and whether the ledger adds up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Row,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements.queries import BALANCES, KEY, OTHER_MOVES
from redemption.redeeming.line_queries import IN_REGIONS, LINES, region_parameters
from redemption.redeeming.lines import Line

STATEMENT = (
    select(LINES)
    .where(
        LINES.c.partner_id == bindparam("partner_id"),
        LINES.c.redeemed_at >= bindparam("since", type_=DateTime(timezone=True)),
        LINES.c.redeemed_at < bindparam("until", type_=DateTime(timezone=True)),
    )
    .order_by(LINES.c.redeemed_at, LINES.c.id)
)
STATEMENT_OF_REGIONS = STATEMENT.where(IN_REGIONS)
COUNT_BALANCES = select(func.count()).select_from(BALANCES)
# Each line of the ledger after its grant: what it added (or took, below zero).
_undone = func.coalesce(LINES.c.reversed_quantity, 0), func.coalesce(LINES.c.reversed_rupiah, 0)
_at_counters = select(
    *(LINES.c[name] for name in KEY),
    (_undone[0] - LINES.c.quantity).label("quantity"),
    (_undone[1] - LINES.c.amount_rupiah).label("rupiah"),
    case((LINES.c.reversal_id.is_(None), 1), else_=2).label("changes"),
)
_elsewhere = select(
    *(OTHER_MOVES.c[name] for name in KEY),
    OTHER_MOVES.c.quantity,
    OTHER_MOVES.c.amount_rupiah,
    literal(1),
)
_each = union_all(_at_counters, _elsewhere).subquery("each")
_each_key = [_each.c[name] for name in KEY]
_moves = (
    select(
        *_each_key,
        func.sum(_each.c.quantity).label("quantity"),
        cast(func.sum(_each.c.rupiah), BigInteger).label("rupiah"),
        func.sum(_each.c.changes).label("changes"),
    )
    .group_by(*_each_key)
    .subquery("moves")
)
_ledger = select(
    *(func.coalesce(BALANCES.c[name], _moves.c[name]).label(name) for name in KEY),
    BALANCES.c.remaining_quantity,
    BALANCES.c.remaining_rupiah,
    BALANCES.c.version,
    (BALANCES.c.granted_quantity + func.coalesce(_moves.c.quantity, 0)).label("ledger_quantity"),
    (BALANCES.c.granted_rupiah + func.coalesce(_moves.c.rupiah, 0)).label("ledger_rupiah"),
    (func.coalesce(_moves.c.changes, 0) + 1).label("ledger_version"),
).select_from(
    BALANCES.join(_moves, and_(*(BALANCES.c[name] == _moves.c[name] for name in KEY)), full=True)
)
_sides = _ledger.subquery("ledger")
DIFFERENCES = select(_sides).where(
    or_(
        _sides.c.remaining_quantity.is_distinct_from(_sides.c.ledger_quantity),
        _sides.c.remaining_rupiah.is_distinct_from(_sides.c.ledger_rupiah),
        _sides.c.version.is_distinct_from(_sides.c.ledger_version),
    )
)


async def lines_of_partner(
    tx: AsyncConnection, partner_id: UUID, since: datetime, until: datetime
) -> list[Line]:
    """Return a partner's lines of a time, oldest first, each with what became of it."""
    found = await tx.execute(STATEMENT, {"partner_id": partner_id, "since": since, "until": until})
    return [Line(**row) for row in found.mappings()]


async def lines_of_partner_in(
    tx: AsyncConnection,
    partner_id: UUID,
    since: datetime,
    until: datetime,
    regions: Sequence[str],
) -> list[Line]:
    """Return those lines of a partner that were given to families of some regions."""
    parameters = {"partner_id": partner_id, "since": since, "until": until}
    found = await tx.execute(STATEMENT_OF_REGIONS, {**parameters, **region_parameters(regions)})
    return [Line(**row) for row in found.mappings()]


async def count_balances(tx: AsyncConnection) -> int:
    """Return how many entitlements there are."""
    return int(await tx.scalar(COUNT_BALANCES) or 0)


async def differences(tx: AsyncConnection) -> Sequence[Row[Any]]:
    """Return the entitlements whose balance is not what the ledger's lines say."""
    return (await tx.execute(DIFFERENCES)).all()
