"""Look at a hand-over that was just noted, and flag what is odd about it."""

from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.handing_over import queries
from issuance.handing_over.rules import Circumstances, Limits, Position, flags_of


async def note_flags(
    tx: AsyncConnection, row: RowMapping, issued_at: datetime, limits: Limits
) -> None:
    """Store what looks odd about a stored hand-over; the card's life goes on."""
    found = await tx.execute(queries.SELECT_POSITIONS, {"region_code": row["region_code"]})
    others = [_position(one) for one in found.mappings()]
    in_minute = await tx.scalar(
        queries.COUNT_IN_MINUTE, {"giver": row["giver"], "handed_at": row["handed_at"]}
    )
    what = Circumstances(
        handed_at=row["handed_at"],
        now=row["received_at"],
        issued_at=issued_at,
        in_this_minute=int(in_minute or 0),
        position=_position(row) if row["latitude"] is not None else None,
        others_here=others,
    )
    for flag, measured in flags_of(what, limits).items():
        values = {"handover_id": row["handover_id"], "flag": flag, "measured": measured}
        await tx.execute(queries.INSERT_FLAG, values)


def _position(row: RowMapping) -> Position:
    return Position(float(row["latitude"]), float(row["longitude"]), row["accuracy_m"] or 0)
