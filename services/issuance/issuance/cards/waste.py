"""Plastic of cards that ended before their families got them: what there is, what is gone."""

from collections.abc import Sequence

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from issuance.cards import waste_queries

# The oldest of them; what was destroyed makes room for the next.
ROWS_MAX = 500


async def to_destroy(tx: AsyncConnection, principal: Principal) -> Sequence[RowMapping]:
    """Return the cards of this person's regions whose plastic waits to be destroyed, oldest first.

    At most ROWS_MAX. No names: the number on the plastic is enough.
    """
    asked = {"scopes": list(principal.regions), "rows": ROWS_MAX}
    return (await tx.execute(waste_queries.TO_DESTROY, asked)).mappings().all()


async def note_destroyed(tx: AsyncConnection, principal: Principal, card_ids: Sequence[str]) -> int:
    """Note that this person saw these cards destroyed; return how many were not noted before.

    What does not wait to be destroyed is passed over: a colleague may have been faster. Raises
    Refused: nothing_to_destroy.
    """
    if not card_ids:
        raise Refused("nothing_to_destroy")
    region_of = {row["card_id"]: row["region_code"] for row in await to_destroy(tx, principal)}
    gone = await note_gone(tx, principal, sorted(set(card_ids) & region_of.keys()))
    for card_id in gone:
        await audit.record(
            tx, principal, "card.destroyed", "card", card_id, region_code=region_of[card_id]
        )
    return len(gone)


async def note_gone(
    tx: AsyncConnection, principal: Principal, card_ids: Sequence[str]
) -> list[str]:
    """Note cards as destroyed, once; return those that were not noted before.

    For callers who know that the plastic was there to destroy.
    """
    asked = {
        "card_ids": list(card_ids),
        "at": clock.utc_now(),
        "actor": principal.subject,
        "actor_name": principal.name,
    }
    return list((await tx.execute(waste_queries.NOTE_DESTROYED, asked)).scalars())
