"""What the desk sees of hand-overs: what lies ready, what is held, and what has to be found out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.sealed import Sealer
from issuance.cards.order import head_name_context
from issuance.handing_over import review_queries
from issuance.handing_over import round_queries as queries
from issuance.handing_over.come_back import note_context
from issuance.handing_over.review import note_readings


@dataclass(frozen=True, slots=True)
class Asked:
    """A card that came back for a reason which the desk has to look into."""

    row: RowMapping
    name: str
    note: str


async def available_villages(tx: AsyncConnection, caller: Principal) -> Sequence[RowMapping]:
    """Return the villages whose cards lie at hand, with how many; the largest first."""
    found = await tx.execute(queries.COUNT_AVAILABLE, {"regions": list(caller.regions)})
    return found.mappings().all()


async def count_held(tx: AsyncConnection, caller: Principal) -> int:
    """Return how many hand-overs wait for another person."""
    asked = {"regions": list(caller.regions)}
    return int(await tx.scalar(review_queries.COUNT_HELD, asked) or 0)


async def read_worklist(tx: AsyncConnection, caller: Principal, sealer: Sealer) -> list[Asked]:
    """Return what the desk has to look into in the caller's regions; the readings are noted."""
    found = await tx.execute(queries.SELECT_DESK_ASKED, {"regions": list(caller.regions)})
    rows = found.mappings().all()
    await note_readings(tx, caller, rows)
    return [_asked(sealer, row) for row in rows]


def _asked(sealer: Sealer, row: RowMapping) -> Asked:
    name = sealer.open_text(row["sealed_head_name"], head_name_context(row["household_id"]))
    note = ""
    if row["sealed_note"] is not None:
        note = sealer.open_text(row["sealed_note"], note_context(row["round_id"], row["card_id"]))
    return Asked(row, name, note)
