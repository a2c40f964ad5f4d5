"""Say in the status list that cards wait, count, are suspended or revoked."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.status import queries
from issuance.status.rules import CODES, Status

Place = tuple[int, int]


async def set_status(tx: AsyncConnection, list_number: int, index: int, status: Status) -> None:
    """Note a card's status; the signer publishes it within seconds."""
    await set_many(tx, [(list_number, index)], status)


async def set_many(tx: AsyncConnection, places: Iterable[Place], status: Status) -> None:
    """Note one status for many places (list number, index), in one statement.

    Places that nothing was said of before and that get "not_active" are cards just signed: they
    are published with the next whole list, everything else within seconds.
    """
    # Always in the same order, so that two who say something of the same cards wait, not deadlock.
    ordered = sorted(places)
    if not ordered:
        return
    await tx.execute(
        queries.UPSERT_ENTRIES,
        {
            "list_numbers": [list_number for list_number, _ in ordered],
            "indices": [index for _, index in ordered],
            "status": CODES[status],
            "urgent": status != "not_active",
        },
    )
