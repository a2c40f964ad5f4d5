"""A partner's statement for a period: its lines, and what they add up to."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from redemption.partners import queries as partners
from redemption.partners.rules import Partner
from redemption.redeeming.lines import Line, bounds_of
from redemption.settlement import queries
from redemption.settlement.rules import Sum, demand_period, totals


@dataclass(frozen=True, slots=True)
class Statement:
    partner: Partner
    first: date
    last: date
    lines: list[Line]
    # False when the reader is limited to regions: what the partner gave elsewhere is not in it.
    is_whole: bool
    whole: Sum
    by_benefit: dict[tuple[str, str], Sum]


async def draw_up(
    tx: AsyncConnection, caller: Principal, partner_id: UUID, first: date, last: date
) -> Statement:
    """Return a partner's statement; staff limited to regions get their families' lines only.

    Raises Refused: another_partner, not_found, outside_your_regions, period_…, invalid_input.
    """
    caller.demand_partner(partner_id)
    demand_period(first, last)
    partner = await partners.find(tx, partner_id)
    if partner is None:
        raise Refused("not_found")
    if not partner.is_seen_by(caller):
        raise Refused("outside_your_regions")
    bounds = bounds_of(first, last)
    is_whole = caller.partner_id is not None or caller.covers(PROVINCE)
    if is_whole:
        lines = await queries.lines_of_partner(tx, partner_id, *bounds)
    else:
        lines = await queries.lines_of_partner_in(tx, partner_id, *bounds, caller.regions)
    whole, by_benefit = totals(lines)
    await audit.record(
        tx,
        caller,
        "statement.read",
        "partner",
        partner_id,
        details={"first": first.isoformat(), "last": last.isoformat(), "lines": len(lines)},
    )
    return Statement(partner, first, last, lines, is_whole, whole, by_benefit)
