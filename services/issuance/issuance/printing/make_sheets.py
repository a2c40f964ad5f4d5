"""Make the sheets that people asked for: one file at a time, or many in processes.

Memory: of a long queue, at most PARTS_AHEAD files of 1,000 cards and their orders are held at
once (draw_files), however long it is.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from common.regions import region_name
from common.sealed import Sealer
from issuance.printing import queries
from issuance.printing.card_faces import with_photo
from issuance.printing.draw_files import DrawingFailed, DrawnFile, DrawOrder, draw_part, draw_parts
from issuance.printing.take_part import Taken, give_back, note_failure, store_file, take_part

# Starting processes takes longer than drawing fewer files than this.
POOL_FROM = 3

log = structlog.get_logger()


async def make_next_file(engine: AsyncEngine, sealer: Sealer) -> str | None:
    """Make the file that waits longest; return its name, or None when none waits.

    Drawing takes a second, so it happens between two transactions: one that takes the file, and
    one that stores it. A file that cannot be drawn is noted and does not stop the others.
    """
    while (taken := await take_part(engine, "sheets")) is not None:
        content = await _drawn(engine, sealer, taken)
        if content is not None and await store_file(engine, sealer, taken, content):
            return taken.key
    return None


async def make_all_files(engine: AsyncEngine, sealer: Sealer) -> int:
    """Make every file that waits, several at once; return how many were stored."""
    waiting = {"kind": "sheets", "now": clock.utc_now()}
    many = await in_transaction(engine, lambda tx: tx.scalar(queries.COUNT_QUEUED, waiting))
    if many < POOL_FROM:
        return int(await make_next_file(engine, sealer) is not None)
    held: dict[str, Taken] = {}
    stored = 0
    try:
        drawn = cast("AsyncGenerator[DrawnFile]", draw_parts(_orders(engine, sealer, held)))
        async with aclosing(drawn) as files:
            async for file in files:
                stored += await store_file(engine, sealer, held.pop(file.part_id), file.content)
    except DrawingFailed as failure:
        await note_failure(engine, held.pop(failure.part_id), type(failure).__name__)
        log.error("print file failed", file=failure.part_id, reason=str(failure))
    finally:
        for taken in held.values():
            await _let_go(engine, taken)
    return stored


async def _orders(
    engine: AsyncEngine, sealer: Sealer, held: dict[str, Taken]
) -> AsyncIterator[DrawOrder]:
    while (taken := await take_part(engine, "sheets")) is not None:
        if not taken.cards:
            await store_file(engine, sealer, taken, b"")
            continue
        try:
            order = await asyncio.to_thread(order_of, taken, sealer)
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            await _note(engine, taken, error)
            continue
        held[taken.key] = taken
        yield order


async def _drawn(engine: AsyncEngine, sealer: Sealer, taken: Taken) -> bytes | None:
    """Return the file's bytes, none for no cards; None when it could not be drawn."""
    if not taken.cards:
        return b""

    def draw() -> bytes:
        return draw_part(order_of(taken, sealer)).content

    try:
        return await asyncio.to_thread(draw)
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        await _note(engine, taken, error)
        return None


async def _note(engine: AsyncEngine, taken: Taken, error: Exception) -> None:
    if is_database_away(error):
        raise error
    # What a card says stays out of the log: the kind of the error alone is told.
    log.error("print file failed", file=taken.key, reason=type(error).__name__)
    await note_failure(engine, taken, type(error).__name__)


async def _let_go(engine: AsyncEngine, taken: Taken) -> None:
    try:
        await in_transaction(engine, lambda tx: give_back(tx, taken, until=None))
    except Exception as error:
        if not is_database_away(error):
            raise


def order_of(taken: Taken, sealer: Sealer) -> DrawOrder:
    """Return what is to be drawn of a part; the same cards give the same file."""
    return DrawOrder(
        part_id=taken.key,
        title=title_of(taken.batch, taken.part["part"]),
        ordered_at=taken.batch["requested_at"],
        cards=[with_photo(card, sealer) for card in taken.cards],
        duplex=taken.batch["duplex"],
    )


def title_of(batch: RowMapping, number: int) -> str:
    """Return what stands below the sheets of a file."""
    place, name = region_name(batch["region_code"]), str(batch["batch_id"])[-12:]
    return f"KHBS · {place} · {name} · {number}/{batch['parts']}"
