"""Note that cards are on paper, in the transaction that stores their file's hash."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from issuance.cards.move_many import move_many

PROVINCE = "62"


async def mark_printed(
    tx: AsyncConnection, card_ids: Sequence[str], *, actor: str, actor_name: str
) -> int:
    """Bring signed cards to "printed"; those printed before stay as they are. Returns how many."""
    by = Principal(actor, actor_name, frozenset(), frozenset(), regions=(PROVINCE,))
    claimed = await move_many(
        tx, by, card_ids, old="signed", new="in_print", reason="", place=PROVINCE
    )
    printed = await move_many(
        tx, by, claimed, old="in_print", new="printed", reason="", place=PROVINCE
    )
    return len(printed)
