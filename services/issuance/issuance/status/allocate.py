"""Give cards their places in the status lists."""

import secrets

from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.status import queries
from issuance.status.rules import LIST_SIZE, index_at


async def allocate(tx: AsyncConnection, count: int) -> list[tuple[int, int]]:
    """Return `count` places (list number, index) that no card has had or will have."""
    places: list[tuple[int, int]] = []
    while len(places) < count:
        row = (await tx.execute(queries.SELECT_OPEN_LIST)).mappings().one_or_none()
        if row is None:
            await _open_next_list(tx)
            continue
        taken = min(count - len(places), row["size"] - row["used"])
        await tx.execute(queries.UPDATE_USED, {"list_number": row["number"], "taken": taken})
        places.extend(
            (row["number"], index_at(position, row["secret"]))
            for position in range(row["used"], row["used"] + taken)
        )
    return places


async def _open_next_list(tx: AsyncConnection) -> None:
    # Several may find the last list full at once; only the first of them opens the next.
    await tx.execute(queries.HOLD_OPENING)
    await tx.execute(
        queries.INSERT_NEXT_LIST, {"secret": secrets.token_bytes(32), "size": LIST_SIZE}
    )
