"""Bring cards in line with what the registry says of enrolments and of families' lives.

A card counts while any enrolment of its family runs; it is suspended while all that is left waits,
and revoked when nothing is left. What the desk has blocked or ended itself stays as it is. Looked
at is only what can have changed: families just heard of, and those whose mark is due.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.worker import every
from issuance.cards import queries, standing_queries
from issuance.cards.change import apply, block_card
from issuance.cards.family_rules import Need, action_for
from issuance.cards.order import insert_orders

REGISTRY = Principal("registry", "registry", frozenset(), frozenset(), regions=("62",))
SETTLED_AT_ONCE_MAX = 500
SETTLE_EVERY_S = 30.0
# A card that is ordered for a family that waits is blocked as soon as it is signed.
LOOK_AGAIN_AFTER = timedelta(seconds=30)
NEED_OF: dict[str, Need] = {"waits": "wait", "over": "end", "runs": "resume"}


async def settle(tx: AsyncConnection, household_ids: Sequence[UUID], now: datetime) -> int:
    """Bring these families' cards in line; return how many changed."""
    await tx.execute(standing_queries.LOCK_SETTLING)
    return await _settle_all(tx, household_ids, now)


async def settle_some(tx: AsyncConnection, now: datetime) -> int:
    """Bring cards in line whose day has come, or that may have been signed meanwhile.

    Returns how many changed.
    """
    await tx.execute(standing_queries.LOCK_SETTLING)
    asked = {"now": now, "rows": SETTLED_AT_ONCE_MAX}
    due = (await tx.scalars(standing_queries.DUE, asked)).all()
    return await _settle_all(tx, due, now) if due else 0


async def settle_cards(engine: AsyncEngine) -> None:
    """Settle for ever: a grace period ends, a card is signed for a family that waits."""
    await every(SETTLE_EVERY_S, engine, lambda tx: settle_some(tx, clock.utc_now()))


async def _settle_all(tx: AsyncConnection, household_ids: Sequence[UUID], now: datetime) -> int:
    asked = {"household_ids": list(household_ids), "now": now}
    again = {**asked, "again_at": now + LOOK_AGAIN_AFTER}
    rows = (await tx.execute(standing_queries.UNSETTLED_OF, asked)).mappings().all()
    await tx.execute(standing_queries.REMARK, again)
    for row in rows:
        await _settle_one(tx, row, now)
    return len(rows)


async def _settle_one(tx: AsyncConnection, row: RowMapping, now: datetime) -> None:
    found = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": row["card_id"]})
    card = found.mappings().one()
    if card["version"] != row["version"]:
        # Somebody was faster; the next round sees what they did.
        await tx.execute(standing_queries.MARK, {"household_id": row["household_id"], "at": now})
        return
    action = action_for(NEED_OF[row["standing"]], card["state"])
    if action == "blocked":
        await block_card(tx, REGISTRY, card, reason="enrolment_suspended", change_id=None)
    elif action == "revoked":
        await apply(tx, REGISTRY, card, "revoked", reason=row["end_reason"], change_id=None)
    elif action == "freed":
        line = {"id": card["card_id"], "version": card["version"]}
        last = (await tx.execute(queries.SELECT_CHANGE, line)).mappings().one()
        await apply(
            tx,
            REGISTRY,
            card,
            last["old_state"],
            reason="enrolment_resumed",
            change_id=None,
            unblocks=True,
        )
    elif action == "ordered":
        await _order_again(tx, card, now)


async def _order_again(tx: AsyncConnection, card: RowMapping, now: datetime) -> None:
    """Order a card for a family whose last one was revoked only because nothing ran."""
    orders = {"household_ids": [card["household_id"]], "now": now}
    await insert_orders(tx, orders, actor=REGISTRY.subject, reason="enrolment_resumed")
