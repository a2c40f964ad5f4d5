"""What a partner's admin, and the administrator, do about terminals: look, name, revoke."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.partners import queries as partners
from redemption.partners.rules import Partner
from redemption.terminals import list_queries, queries
from redemption.terminals.list_queries import Listed


async def managed_partner(
    tx: AsyncConnection, caller: Principal, partner_id: UUID | None
) -> Partner:
    """Return the partner whose terminals a caller may manage: the own one, or one in the regions.

    Raises Refused not_found, another_partner, outside_your_regions.
    """
    wanted = partner_id or caller.partner_id
    if wanted is None:
        raise Refused("not_found")
    caller.demand_partner(wanted)
    partner = await partners.find(tx, wanted)
    if partner is None:
        raise Refused("not_found")
    if caller.partner_id is None and not partner.is_managed_by(caller):
        raise Refused("outside_your_regions")
    return partner


async def find_managed(tx: AsyncConnection, caller: Principal, terminal_id: UUID) -> Listed:
    """Return a terminal that a caller may manage; raises Refused not_found."""
    found = await list_queries.one(tx, terminal_id)
    if found is None:
        raise Refused("not_found")
    await managed_partner(tx, caller, found.partner_id)
    return found


async def revoke(
    tx: AsyncConnection, caller: Principal, terminal_id: UUID, *, reason: str, now: datetime
) -> Listed:
    """End a terminal for good: from this commit on nothing that it signs counts.

    What it wrote before and still has to send is judged by a person. Again is fine.
    """
    await find_managed(tx, caller, terminal_id)
    revoked = await tx.execute(
        queries.REVOKE,
        {
            "revoked_id": terminal_id,
            "at": now,
            "person": caller.subject,
            "person_name": caller.name,
            "reason": reason,
        },
    )
    if revoked.rowcount:
        details = {"reason": reason}
        await audit.record(tx, caller, "terminal.revoked", "terminal", terminal_id, details=details)
    return await find_managed(tx, caller, terminal_id)
