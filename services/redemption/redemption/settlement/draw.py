"""Drawing up a settlement: all that is open of a partner by the end of a day, once."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.web.formats import in_wib
from redemption.partners import queries as partners
from redemption.redeeming.lines import bounds_of
from redemption.settlement import line_queries, settlement_queries

# After midnight, so that no redemption of the last day is still on its way into the ledger.
AFTER_MIDNIGHT = timedelta(hours=1)


async def draw(
    tx: AsyncConnection,
    caller: Principal,
    *,
    settlement_id: UUID,
    partner_id: UUID,
    last_on: date,
    now: datetime,
) -> UUID:
    """Draw up a partner's settlement up to a day that is over; a repeat gets the first one.

    It begins where the last one ended, and takes every line that is in none, however old: what was
    undone or judged later than its own period is a deduction here. No line is ever in two.
    Raises Refused: outside_your_regions, not_found, id_reused, period_not_over, period_settled,
    earlier_debt, nothing_to_settle.
    """
    caller.demand_region(PROVINCE)
    partner = await partners.find(tx, partner_id)
    if partner is None:
        raise Refused("not_found")
    await tx.execute(line_queries.LOCK_PARTNER, {"partner_id": str(partner_id)})
    if await _is_known(tx, caller, settlement_id, (partner_id, last_on)):
        return settlement_id
    _, until = bounds_of(last_on, last_on)
    if until + AFTER_MIDNIGHT > now:
        raise Refused("period_not_over")
    first_on = await _first_day(tx, partner_id, last_on, until)
    by = {"by": caller.subject, "by_name": caller.name, "at": now}
    days = {"first_on": first_on, "last_on": last_on, "until": until}
    row = {"id": settlement_id, "partner_id": partner_id, "partner_name": partner.name} | days
    written = await tx.execute(line_queries.DRAW, row | by)
    if written.rowcount == 0:
        raise Refused("nothing_to_settle")
    act = {"id": settlement_id, "settlement_id": settlement_id, "act": "drawn_up", "words": ""}
    await tx.execute(settlement_queries.ADD_ACT, act | by)
    noted = {"partner_id": str(partner_id), "lines": written.rowcount}
    action = "settlement.drawn_up"
    await audit.record(tx, caller, action, "settlement", settlement_id, details=noted)
    return settlement_id


async def _is_known(
    tx: AsyncConnection, caller: Principal, settlement_id: UUID, wanted: tuple[UUID, date]
) -> bool:
    known = await settlement_queries.find(tx, settlement_id)
    if known is None:
        return False
    first = known[0]
    if ((first.partner_id, first.last_on), first.drawn_up_by) != (wanted, caller.subject):
        raise Refused("id_reused")
    return True


async def _first_day(tx: AsyncConnection, partner_id: UUID, last_on: date, until: datetime) -> date:
    latest = await line_queries.latest(tx, partner_id)
    if latest is not None:
        if last_on <= latest["last_on"]:
            raise Refused("period_settled", last_on=latest["last_on"].isoformat())
        # A debt becomes a line of the next one when it is approved: nobody is paid past it.
        if latest["owed_rupiah"] < 0 and latest["state"] != "approved":
            raise Refused("earlier_debt", last_on=latest["last_on"].isoformat())
        next_day: date = latest["last_on"] + timedelta(days=1)
        return next_day
    oldest = await line_queries.first_open_at(tx, partner_id, until)
    if oldest is None:
        raise Refused("nothing_to_settle")
    return min(in_wib(oldest).date(), last_on)
