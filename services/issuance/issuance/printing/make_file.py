"""Make the file of a print batch, and only then call its cards printed."""

import asyncio
import hashlib
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.database import in_transaction
from common.regions import region_name
from common.sealed import Sealer
from issuance.cards.mark_printed import mark_printed
from issuance.printing import queries
from issuance.printing.card_faces import card_face
from issuance.printing.design.sheets import draw_sheets


async def make_next_file(engine: AsyncEngine, sealer: Sealer) -> UUID | None:
    """Make the file of the batch that waits longest; return its id, or None when none waits.

    The drawing takes seconds, so it happens between two transactions: one that reads, and one
    that stores the file, its hash and the cards' new state together. Two workers may draw the
    same batch; one of them stores it.
    """
    async with engine.begin() as tx:
        batch = (await tx.execute(queries.SELECT_QUEUED)).mappings().one_or_none()
        if batch is None:
            return None
        found = await tx.execute(queries.SELECT_BATCH_CARDS, {"id": batch["batch_id"]})
        cards = list(found.mappings().all())
    content = await asyncio.to_thread(draw, batch, cards, sealer) if cards else b""
    card_ids = [card["card_id"] for card in cards]
    await in_transaction(engine, lambda tx: _store(tx, batch, card_ids, content, sealer))
    batch_id: UUID = batch["batch_id"]
    return batch_id


def draw(batch: RowMapping, cards: list[RowMapping], sealer: Sealer) -> bytes:
    """Return the PDF file of these cards; the same batch gives the same bytes."""
    return draw_sheets(
        [card_face(card, sealer) for card in cards],
        title=f"KHBS · {region_name(batch['region_code'])} · {str(batch['batch_id'])[-12:]}",
        ordered_at=batch["requested_at"],
    )


async def _store(
    tx: AsyncConnection, batch: RowMapping, card_ids: list[str], content: bytes, sealer: Sealer
) -> None:
    batch_id = batch["batch_id"]
    now = (await tx.execute(queries.SELECT_BATCH_FOR_UPDATE, {"id": batch_id})).mappings().one()
    if now["state"] != "queued":
        return
    if not card_ids:
        values = {"id": batch_id, "new_state": "failed", "new_cards": now["cards"]}
        await tx.execute(queries.UPDATE_BATCH, {**values, "at": None, "digest": None, "size": None})
        return
    await tx.execute(
        queries.INSERT_FILE,
        {"batch_id": batch_id, "sealed": sealer.seal(content, file_context(batch_id))},
    )
    await tx.execute(
        queries.UPDATE_BATCH,
        {
            "id": batch_id,
            "new_state": "printed",
            "new_cards": len(card_ids),
            "at": clock.utc_now(),
            "digest": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        },
    )
    await mark_printed(
        tx, card_ids, actor=batch["requested_by"], actor_name=batch["requested_by_name"]
    )


def file_context(batch_id: UUID) -> str:
    """Return the place to which a sealed print file is bound."""
    return f"print_files.sealed:{batch_id}"
