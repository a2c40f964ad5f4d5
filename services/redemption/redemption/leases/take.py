"""A terminal takes a lease: free rights of the families it will serve are set aside for it.

    lease = await take(tx, caller, sealer, Asked(...), now)      # what it holds, names opened

The row of a right says for whom it is set aside, so that two leases never share one. A repeat of
the same id gets what that lease holds now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.card_number import card_number
from common.problems import Refused
from common.regions import all_regions, covers
from common.sealed import Sealer
from common.web.formats import in_wib
from redemption.entitlements import lease_queries as rights
from redemption.leases import queries
from redemption.leases.read_lease import Taken, read
from redemption.leases.rules import FAMILIES_MAX, Holding, ends_asked, expiry, regions_within
from redemption.partners import queries as partners
from redemption.partners.rules import Partner
from redemption.policies import queries as policies
from redemption.policies.rules import OfflinePolicy


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lease a terminal asks for. `household_ids` limits it further, for a caller that has
    chosen the families itself (a distribution day's share)."""

    id: UUID
    terminal_id: UUID
    region_codes: tuple[str, ...]
    hours: int
    card_ends: str = ""
    distribution_id: UUID | None = None
    household_ids: frozenset[UUID] | None = None
    # What the terminal has given and not sent yet.
    unsent: int = 0


async def take(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, asked: Asked, now: datetime
) -> Taken:
    """Set rights aside and return them with what the terminal needs to serve these families.

    Raises Refused: no_partner, partner_suspended and its kin, outside_partner_regions,
    journal_unsent, nothing_to_lease, lease_too_large, lease_holds_enough, lease_told_enough,
    id_reused.
    """
    partner = await _partner(tx, caller, now)
    await tx.execute(queries.LOCK_ID, {"lease_id": str(asked.id)})
    earlier = await queries.find(tx, asked.id)
    if earlier is not None:
        _demand_same(earlier, asked)
        return await read(tx, caller, sealer, earlier, now)
    if asked.unsent:
        # What it has given already would be set aside for it once more.
        raise Refused("journal_unsent", lines=asked.unsent)
    regions = regions_within(asked.region_codes, partner.region_codes)
    if not regions:
        raise Refused("outside_partner_regions")
    await rights.tidy(tx, await queries.lapsed(tx, now, asked.terminal_id), now)
    benefits = await _benefits(tx, partner, now)
    households = await _households(tx, regions, asked, now)
    until = expiry(now, asked.hours, await _hours_max(tx, benefits, now))
    holding = await queries.holding_of(tx, asked.terminal_id, now)
    wanted = rights.Wanted(asked.id, asked.terminal_id, households, benefits, now, until)
    held = await rights.set_aside(tx, wanted) if households and benefits else []
    if not held:
        raise Refused("nothing_to_lease")
    _demand_room(holding, held)
    await tx.execute(queries.ADD, _row(caller, asked, held, now, until))
    row = await queries.find(tx, asked.id)
    if row is None:
        raise RuntimeError("a lease that was just written is not there")
    await _note(tx, caller, row, len(held))
    return await read(tx, caller, sealer, row, now)


async def _partner(tx: AsyncConnection, caller: Principal, now: datetime) -> Partner:
    partner = await partners.find(tx, caller.partner_id) if caller.partner_id else None
    if partner is None:
        raise Refused("no_partner")
    refusal = partner.why_not_serving(in_wib(now).date())
    if refusal is not None:
        raise Refused(refusal)
    return partner


async def _benefits(
    tx: AsyncConnection, partner: Partner, now: datetime
) -> list[tuple[UUID, UUID]]:
    """Return cycle and benefit of what this partner may give today."""
    return [
        (row["cycle_id"], row["benefit_id"])
        for row in await rights.open_benefits(tx, in_wib(now).date())
        if partner.may_give(row["partner_kinds"], row["programme_code"], row["code"])
    ]


async def _hours_max(tx: AsyncConnection, benefits: list[tuple[UUID, UUID]], now: datetime) -> int:
    """Return for how long all of these may be set aside: the shortest that a policy allows."""
    known = await policies.policies_at(tx, {cycle_id for cycle_id, _ in benefits}, now)
    hours = [OfflinePolicy(*key).lease_hours_max for key in benefits if key not in known]
    hours += [known[key].lease_hours_max for key in benefits if key in known]
    return min(hours, default=1)


async def _households(
    tx: AsyncConnection, regions: tuple[str, ...], asked: Asked, now: datetime
) -> list[UUID]:
    """Return the families of these regions whose card number ends as asked."""
    below = [code for code in all_regions() if any(covers(one, code) for one in regions)]
    villages = sorted({*regions, *below})
    ends = ends_asked(asked.card_ends)
    found = {
        row["household_id"]
        for row in await queries.families_in(tx, villages, now)
        if (not ends or card_number(row["card_id"])[-1] in ends)
        and (asked.household_ids is None or row["household_id"] in asked.household_ids)
    }
    if len(found) > FAMILIES_MAX:
        raise Refused("lease_too_large", families=len(found), most=FAMILIES_MAX)
    return sorted(found)


def _demand_room(holding: Holding, held: list[RowMapping]) -> None:
    families = len({row["household_id"] for row in held})
    too_many = holding.why_not(families)
    if too_many is not None:
        code, most = too_many
        raise Refused(code, families=families, held=holding.held, most=most)


def _row(
    caller: Principal, asked: Asked, held: list[RowMapping], now: datetime, until: datetime
) -> dict[str, Any]:
    return {
        "id": asked.id,
        "terminal_id": asked.terminal_id,
        "partner_id": caller.partner_id,
        "region_codes": list(asked.region_codes),
        "card_ends": asked.card_ends,
        "hours": asked.hours,
        "distribution_id": asked.distribution_id,
        "taken_at": now,
        "taken_by": caller.subject,
        "taken_by_name": caller.name,
        "expires_at": until,
        "families": len({row["household_id"] for row in held}),
        "entitlement_ids": [row["entitlement_id"] for row in held],
        "quantities": [row["remaining_quantity"] for row in held],
        "rupiahs": [row["remaining_rupiah"] for row in held],
    }


def _demand_same(earlier: RowMapping, asked: Asked) -> None:
    names = ("terminal_id", "card_ends", "hours", "distribution_id")
    is_same = all(earlier[name] == getattr(asked, name) for name in names)
    if not is_same or tuple(earlier["region_codes"]) != asked.region_codes:
        raise Refused("id_reused")


async def _note(tx: AsyncConnection, caller: Principal, row: RowMapping, held: int) -> None:
    details = {
        "terminal_id": str(row["terminal_id"]),
        "families": row["families"],
        "rights": held,
        "regions": ", ".join(row["region_codes"]),
        "until": row["expires_at"].isoformat(),
    }
    region = row["region_codes"][0]
    await audit.record(
        tx, caller, "lease.taken", "lease", row["id"], region_code=region, details=details
    )
