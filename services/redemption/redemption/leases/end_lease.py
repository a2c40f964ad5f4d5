"""A lease ends before its hour: the terminal gives it back, or a person takes it away."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.entitlements import lease_queries as rights
from redemption.leases import queries

REASON_MIN, REASON_MAX = 5, 500


async def give_back(
    tx: AsyncConnection, caller: Principal, lease_id: UUID, now: datetime
) -> datetime:
    """Free what is left of a lease of the caller's terminal; a repeat changes nothing.

    Returns when it was given back. The terminal sends its journal first: a line that comes after
    this stands on no lease. Raises Refused not_found.
    """
    head = await queries.find(tx, lease_id, lock=True)
    if head is None or head["terminal_id"] != caller.terminal_id:
        raise Refused("not_found")
    ended: datetime | None = head["returned_at"] or head["released_at"]
    if ended is not None:
        return ended
    await tx.execute(queries.RETURN, {"lease_id": lease_id, "at": now})
    await rights.free(tx, lease_id)
    await audit.record(
        tx, caller, "lease.returned", "lease", lease_id, region_code=head["region_codes"][0]
    )
    return now


async def release(
    tx: AsyncConnection, caller: Principal, lease_id: UUID, reason: str, now: datetime
) -> None:
    """Free what a terminal that is lost or revoked holds, before its hour, with a reason.

    What the terminal had given by then and sends later is judged as if the lease had lapsed: the
    partner is owed, and two may have had the same right. A repeat changes nothing. Raises Refused:
    not_found, outside_your_regions, same_person, invalid_input, lease_over.
    """
    head = await queries.find(tx, lease_id, lock=True)
    if head is None:
        raise Refused("not_found")
    demand_regions(caller, head["region_codes"])
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "?"}])
    if head["released_at"] is not None:
        return
    if not queries.lease_of(head).stands(now):
        raise Refused("lease_over")
    if head["taken_by"] == caller.subject:
        raise Refused("same_person")
    told = {"person": caller.subject, "person_name": caller.name, "reason": reason.strip()}
    await tx.execute(queries.RELEASE, {"lease_id": lease_id, "at": now, **told})
    await rights.free(tx, lease_id)
    await audit.record(
        tx,
        caller,
        "lease.released",
        "lease",
        lease_id,
        region_code=head["region_codes"][0],
        details={"reason": reason.strip(), "terminal_id": str(head["terminal_id"])},
    )


async def tidy(tx: AsyncConnection, now: datetime) -> int:
    """Take the marks of lapsed leases off the rights; return how many leases were looked at."""
    found = await queries.lapsed(tx, now)
    await rights.tidy(tx, found, now)
    return len(found)


def demand_regions(caller: Principal, region_codes: Sequence[str]) -> None:
    """Refuse a person whose limits do not hold every one of these regions."""
    for region_code in region_codes:
        caller.demand_region(region_code)
