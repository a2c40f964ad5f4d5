"""Bring cards in line with what the registry says of enrolments and of families' lives.

A card counts while any enrolment of its family runs; it is suspended while all that is left waits,
and revoked when nothing is left. What the desk has blocked or ended itself stays as it is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.worker import every
from issuance.cards import queries, standing_queries
from issuance.cards.change import apply, block_card
from issuance.cards.order import insert_orders, new_card_id
from issuance.cards.replace import order_replacement

REGISTRY = Principal("registry", "registry", frozenset(), frozenset(), regions=("62",))
SETTLED_AT_ONCE_MAX = 500
SETTLE_EVERY_S = 30.0
IN_HAND = frozenset({"handed_over", "active", "blocked"})
NOT_OUT_YET = frozenset({"signed", "in_print", "printed", "at_desk"})


async def settle(tx: AsyncConnection, household_ids: Sequence[UUID], now: datetime) -> int:
    """Bring these families' cards in line; return how many changed."""
    await tx.execute(standing_queries.LOCK_SETTLING)
    asked = {"household_ids": list(household_ids), "now": now, "rows": len(household_ids)}
    rows = (await tx.execute(standing_queries.UNSETTLED_OF, asked)).mappings().all()
    for row in rows:
        await _settle_one(tx, row, now)
    return len(rows)


async def settle_some(tx: AsyncConnection, now: datetime) -> int:
    """Bring cards in line whose day has come, or that were signed meanwhile; return how many."""
    await tx.execute(standing_queries.LOCK_SETTLING)
    asked = {"now": now, "rows": SETTLED_AT_ONCE_MAX}
    rows = (await tx.execute(standing_queries.UNSETTLED, asked)).mappings().all()
    for row in rows:
        await _settle_one(tx, row, now)
    return len(rows)


async def settle_cards(engine: AsyncEngine) -> None:
    """Settle for ever: a grace period ends, a card is signed for a family that waits."""
    await every(SETTLE_EVERY_S, engine, lambda tx: settle_some(tx, clock.utc_now()))


async def _settle_one(tx: AsyncConnection, row: RowMapping, now: datetime) -> None:
    found = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": row["card_id"]})
    card = found.mappings().one()
    if card["state"] != row["state"]:
        # Somebody was faster; the next round sees what they did.
        return
    if row["standing"] == "waits":
        await block_card(tx, REGISTRY, card, reason="enrolment_suspended", change_id=None)
    elif row["standing"] == "over":
        await apply(tx, REGISTRY, card, "revoked", reason=row["end_reason"], change_id=None)
    elif card["state"] == "blocked":
        line = {"id": card["card_id"], "version": card["version"]}
        last = (await tx.execute(queries.SELECT_CHANGE, line)).mappings().one()
        await apply(
            tx, REGISTRY, card, last["old_state"], reason="enrolment_resumed", change_id=None
        )
    else:
        await _order_again(tx, card, now)


async def _order_again(tx: AsyncConnection, card: RowMapping, now: datetime) -> None:
    """Order a card for a family whose last one was revoked only because nothing ran."""
    await insert_orders(
        tx,
        {
            "card_ids": [new_card_id()],
            "household_ids": [card["household_id"]],
            "region_codes": [card["region_code"]],
            "now": now,
            "actor": REGISTRY.subject,
            "reason": "enrolment_resumed",
        },
    )


async def reissue(tx: AsyncConnection, household_id: UUID, now: datetime) -> None:
    """See to a card in the name that the family's head has now.

    A card that nobody has been given yet is replaced at once. One in the family's hands stays
    valid, so that nobody goes without, and the desk is asked to replace it when the family comes.
    """
    asked = {"household_id": household_id}
    found = (await tx.execute(standing_queries.VALID_CARD_OF, asked)).mappings().one_or_none()
    if found is None or found["state"] == "ordered":
        return
    locked = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": found["card_id"]})
    card = locked.mappings().one()
    if card["state"] in NOT_OUT_YET:
        await apply(tx, REGISTRY, card, "replaced", reason="name_changed", change_id=None)
        await order_replacement(tx, REGISTRY, card, "name_changed")
    elif card["state"] in IN_HAND:
        await tx.execute(standing_queries.ASK_REPLACEMENT, {"id": household_id, "at": now})
