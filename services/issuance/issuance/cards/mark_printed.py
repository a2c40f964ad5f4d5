"""Note that cards are on paper, in the transaction that stores their file's hash."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.cards import queries


async def mark_printed(
    tx: AsyncConnection, card_ids: Sequence[str], *, actor: str, actor_name: str
) -> int:
    """Bring signed cards to "printed"; those printed before stay as they are. Returns how many."""
    found = await tx.execute(queries.UPDATE_PRINTED, {"card_ids": list(card_ids)})
    changed = [row.card_id for row in found]
    if changed:
        await tx.execute(
            queries.INSERT_CHANGES_OF_MANY,
            {
                "card_ids": changed,
                "old_state": "signed",
                "actor": actor,
                "actor_name": actor_name,
                "reason": "",
            },
        )
    return len(changed)
