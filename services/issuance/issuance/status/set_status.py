"""Say in the status list that a card is suspended, revoked or valid again."""

from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.status import queries
from issuance.status.rules import CODES, Status


async def set_status(tx: AsyncConnection, list_number: int, index: int, status: Status) -> None:
    """Note a card's status; the worker publishes the list within seconds."""
    await tx.execute(
        queries.UPSERT_ENTRY,
        {"list_number": list_number, "index": index, "status": CODES[status]},
    )
    await tx.execute(queries.UPDATE_VERSION, {"list_number": list_number})
