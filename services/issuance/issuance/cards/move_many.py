"""Bring many cards to their next state at once: a print batch, a box that arrives at a desk."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from issuance.cards import queries
from issuance.cards.change import told_by
from issuance.cards.rules import check_transition
from issuance.cards.tell import Change, tell_many


async def move_many(
    tx: AsyncConnection,
    principal: Principal,
    card_ids: Sequence[str],
    *,
    old: str | tuple[str, ...],
    new: str,
    reason: str,
    place: str,
) -> list[str]:
    """Bring those of the cards that are in `old` to `new`; return their ids, in order.

    Cards in another state stay as they are and are not in the answer: whoever was faster counts,
    and a repeat moves nothing. `place` is the region code of where it happens. Raises Refused:
    card_state_impossible, outside_your_regions.
    """
    olds = (old,) if isinstance(old, str) else old
    for one in olds:
        check_transition(one, new)
    now = clock.utc_now()
    wanted = {"card_ids": list(card_ids), "old_states": list(olds), "new_state": new}
    line = told_by(principal, reason, place, now)
    moved = (await tx.execute(queries.MOVE_MANY, {**wanted, **line})).mappings().all()
    if not moved:
        return []
    for region in {card["region_code"] for card in moved}:
        principal.demand_region(region)
    for state, cards in groupby(sorted(moved, key=_old_state), key=_old_state):
        await tell_many(tx, list(cards), Change(state, reason, place, now))
    told = {"cards": len(moved), "reason": reason}
    await audit.record(
        tx, principal, f"cards.{new}", "region", place, region_code=place, details=told
    )
    return [card["card_id"] for card in moved]


def _old_state(card: RowMapping) -> str:
    return str(card["old_state"])
