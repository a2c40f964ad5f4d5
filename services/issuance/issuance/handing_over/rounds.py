"""A round: cards of one village that one person takes along, and how it begins."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from issuance.cards.order import head_name_context
from issuance.handing_over import round_queries as queries
from issuance.handing_over.declare import demand_declaration

VILLAGE_LEVEL = 3


@dataclass(frozen=True, slots=True)
class NewRound:
    """What a desk person asks for. `round_id` is made by the client."""

    round_id: UUID
    region_code: str
    planned_on: date


async def make_round(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, index: BlindIndex, wish: NewRound
) -> RowMapping:
    """Make a round of every card that lies at hand for a village, in the order of names.

    A repeat gets the first answer. Raises Refused: village_needed, outside_your_regions,
    id_reused, nothing_to_hand_over.
    """
    if wish.region_code.count(".") != VILLAGE_LEVEL:
        raise Refused("village_needed")
    caller.demand_region(wish.region_code)
    digest = index.of("round", f"{wish.region_code}|{wish.planned_on}")
    await tx.execute(queries.LOCK_VILLAGE, {"region_code": wish.region_code})
    found = await tx.execute(queries.SELECT_ROUND, {"id": wish.round_id})
    known = found.mappings().one_or_none()
    if known is not None:
        if known["digest"] != digest:
            raise Refused("id_reused")
        return known
    asked = await tx.execute(queries.SELECT_AVAILABLE, {"region_code": wish.region_code})
    named = [(_name(sealer, card), card["card_id"]) for card in asked.mappings()]
    if not named:
        raise Refused("nothing_to_hand_over")
    values = {
        "round_id": wish.round_id,
        "region_code": wish.region_code,
        "planned_on": wish.planned_on,
        "state": "ready",
        "taken": len(named),
        "made_at": clock.utc_now(),
        "made_by": caller.subject,
        "made_by_name": caller.name,
        "digest": digest,
    }
    made = (await tx.execute(queries.INSERT_ROUND, values)).mappings().one()
    await tx.execute(queries.INSERT_ROUND_CARDS, _lines(wish.round_id, sorted(named)))
    await _note(tx, caller, "round.made", made)
    return made


def _lines(round_id: UUID, named: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"round_id": round_id, "card_id": card_id, "position": place}
        for place, (_, card_id) in enumerate(named, start=1)
    ]


def _name(sealer: Sealer, row: RowMapping) -> str:
    return sealer.open_text(row["sealed_head_name"], head_name_context(row["household_id"]))


async def locked_round(tx: AsyncConnection, caller: Principal, round_id: UUID) -> RowMapping:
    """Return a round, locked; raises Refused: not_found, outside_your_regions."""
    found = await tx.execute(queries.SELECT_ROUND_FOR_UPDATE, {"id": round_id})
    one = found.mappings().one_or_none()
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    return one


async def take_round(
    tx: AsyncConnection, caller: Principal, round_id: UUID, *, counted: int
) -> RowMapping:
    """Let the caller carry the round's cards, after counting them.

    Cards that no longer lie at the desk are no longer in the round. Raises Refused:
    declare_yourself_first, round_is_taken, nothing_to_hand_over, count_differs.
    """
    one = await locked_round(tx, caller, round_id)
    await demand_declaration(tx, caller)
    if one["state"] == "out" and one["companion"] == caller.subject:
        return one
    if one["state"] != "ready":
        raise Refused("round_is_taken")
    expected = int(await tx.scalar(queries.COUNT_AT_HAND, {"id": round_id}) or 0)
    if not expected:
        raise Refused("nothing_to_hand_over")
    if counted != expected:
        raise Refused("count_differs", counted=counted, expected=expected)
    await tx.execute(queries.LEAVE_BEHIND, {"id": round_id})
    left = int(await tx.scalar(queries.COUNT_AT_HAND, {"id": round_id}) or 0)
    values = {"id": round_id, "by": caller.subject, "by_name": caller.name, "cards": left}
    taken = await tx.execute(queries.TAKE, {**values, "at": clock.utc_now()})
    row = taken.mappings().one()
    await _note(tx, caller, "round.taken", row)
    return row


async def cancel_round(tx: AsyncConnection, caller: Principal, round_id: UUID) -> RowMapping:
    """Give a round up that nobody has taken yet; raises Refused round_is_taken."""
    one = await locked_round(tx, caller, round_id)
    if one["state"] == "cancelled":
        return one
    if one["state"] != "ready":
        raise Refused("round_is_taken")
    await tx.execute(queries.EMPTY_BAG, {"id": round_id})
    row = (await tx.execute(queries.CANCEL, {"id": round_id})).mappings().one()
    await _note(tx, caller, "round.cancelled", row)
    return row


async def demand_carrier(tx: AsyncConnection, caller: Principal, round_id: UUID) -> RowMapping:
    """Return the caller's own round, locked; raises Refused: not_your_round, round_is_closed."""
    one = await locked_round(tx, caller, round_id)
    if one["companion"] != caller.subject:
        raise Refused("not_your_round")
    if one["state"] == "closed":
        raise Refused("round_is_closed")
    return one


async def demand_on_round(tx: AsyncConnection, round_id: UUID, card_id: str) -> None:
    """Refuse a card that is not of this round: card_not_on_round."""
    asked = {"id": round_id, "card_id": card_id}
    found = await tx.execute(queries.SELECT_ROUND_CARD, asked)
    if found.mappings().one_or_none() is None:
        raise Refused("card_not_on_round")


async def demand_within_reach(tx: AsyncConnection, caller: Principal, card_id: str) -> None:
    """Refuse a companion a card that is not in the own bag: card_not_on_round.

    What lies at a desk the desk gives away; a card stolen there would otherwise be made to count.
    """
    if "cards.manage" in caller.permissions:
        return
    asked = {"card_id": card_id, "subject": caller.subject}
    if not await tx.scalar(queries.IS_CARRIED_BY, asked):
        raise Refused("card_not_on_round")


async def _note(tx: AsyncConnection, caller: Principal, act: str, row: RowMapping) -> None:
    await audit.record(
        tx,
        caller,
        act,
        "round",
        row["round_id"],
        region_code=row["region_code"],
        details={"cards": row["taken"]},
    )
