"""A distribution day is planned, opened, or called off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import LEVELS, all_regions
from common.web.formats import in_wib
from redemption.distribution import queries
from redemption.distribution.rules import REASON_MIN, demand_plan, share_out
from redemption.partners import queries as partners


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody plans; the id is made by whoever asks."""

    id: UUID
    partner_id: UUID
    name: str
    place: str
    held_on: date
    region_codes: Sequence[str]
    terminal_ids: Sequence[UUID]


async def plan(tx: AsyncConnection, caller: Principal, wanted: Plan, now: datetime) -> UUID:
    """Plan a day and share its families out among terminals; a repeat changes nothing.

    Raises Refused: not_found, outside_your_regions, partner_…, distribution_…, id_reused.
    """
    villages = sorted(set(wanted.region_codes))
    terminal_ids = sorted(set(wanted.terminal_ids))
    demand_plan(wanted.held_on, in_wib(now).date(), len(villages), len(terminal_ids))
    await _demand_place(tx, caller, wanted, villages, terminal_ids)
    row = {
        "id": wanted.id,
        "partner_id": wanted.partner_id,
        "name": wanted.name,
        "place": wanted.place,
        "held_on": wanted.held_on,
        "region_codes": villages,
        "planned_by": caller.subject,
        "planned_by_name": caller.name,
        "planned_at": now,
    }
    if (await tx.execute(queries.ADD, row)).first() is None:
        return await _same_or_refuse(tx, row)
    shares = share_out(terminal_ids, await queries.families_of(tx, villages))
    await tx.execute(
        queries.ADD_SHARE,
        [
            {
                "distribution_id": wanted.id,
                "terminal_id": share.terminal_id,
                "region_codes": list(share.region_codes),
                "card_ends": share.card_ends,
            }
            for share in shares
        ],
    )
    details = {"partner_id": str(wanted.partner_id), "terminals": len(shares)}
    await audit.record(
        tx, caller, "distribution.planned", "distribution", wanted.id, details=details
    )
    return wanted.id


async def _demand_place(
    tx: AsyncConnection,
    caller: Principal,
    wanted: Plan,
    villages: Sequence[str],
    terminal_ids: Sequence[UUID],
) -> None:
    known = all_regions()
    if any(code not in known or LEVELS[len(code)] != "village" for code in villages):
        raise Refused("invalid_input", fields=[{"field": "region_codes", "problem": "village"}])
    for code in villages:
        caller.demand_region(code)
    partner = await partners.find(tx, wanted.partner_id)
    if partner is None:
        raise Refused("not_found")
    refusal = partner.why_not_serving(wanted.held_on)
    if refusal is not None:
        raise Refused(refusal)
    if not all(partner.serves(code) for code in villages):
        raise Refused("distribution_not_served")
    own = await queries.rows(tx, queries.TERMINALS_OF_PARTNER, partner_id=partner.id)
    if not {row["id"] for row in own}.issuperset(terminal_ids):
        raise Refused("invalid_input", fields=[{"field": "terminal_ids", "problem": "partner"}])


async def _same_or_refuse(tx: AsyncConnection, row: dict[str, Any]) -> UUID:
    found = await queries.find(tx, row["id"])
    names = ("partner_id", "name", "place", "held_on", "region_codes", "planned_by")
    if found is None or any(found[name] != row[name] for name in names):
        raise Refused("id_reused")
    return UUID(str(found["id"]))


async def set_state(
    tx: AsyncConnection, caller: Principal, distribution_id: UUID, state: str, reason: str = ""
) -> None:
    """Open a planned day, or call off one that has no report yet.

    Raises Refused: not_found, outside_your_regions, distribution_state.
    """
    found = await visible(tx, caller, distribution_id, lock=True)
    allowed = {"open": ("planned",), "cancelled": ("planned", "open")}[state]
    if found["state"] == state:
        return
    if found["state"] not in allowed or found["report"] is not None:
        raise Refused("distribution_state")
    if state == "cancelled" and len(reason) < REASON_MIN:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "short"}])
    row = {"distribution_id": distribution_id, "new_state": state, "at": None}
    why = reason if state == "cancelled" else None
    await tx.execute(queries.SET_STATE, {**row, "reason": why})
    await audit.record(tx, caller, f"distribution.{state}", "distribution", distribution_id)


async def visible(
    tx: AsyncConnection, caller: Principal, distribution_id: UUID, *, lock: bool = False
) -> dict[str, Any]:
    """Return a day that somebody may see: the own partner's, or one of the own regions.

    Whoever holds it (`lock`) is going to act, and so has to be there for all of its villages.
    """
    found = await queries.find(tx, distribution_id, lock=lock)
    if found is None or (caller.partner_id not in (None, found["partner_id"])):
        raise Refused("not_found")
    is_within = may_act(caller, found) if lock else any(map(caller.covers, found["region_codes"]))
    if caller.partner_id is None and not is_within:
        raise Refused("outside_your_regions")
    return found


def may_act(caller: Principal, found: dict[str, Any]) -> bool:
    """Tell whether somebody's limits hold the whole of a day: the own partner, or every village."""
    if caller.partner_id is not None:
        return bool(caller.partner_id == found["partner_id"])
    return all(map(caller.covers, found["region_codes"]))
