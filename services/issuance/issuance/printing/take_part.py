"""Take the next file that is to be made, store it when it is, or note why it could not be."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.database import in_transaction
from common.regions import PROVINCE
from common.sealed import Sealer
from issuance.cards.move_many import move_many
from issuance.printing import queries
from issuance.printing.rules import TRIES_MAX, Kind

# A file of 1,000 cards takes about a second; a worker that died loses its file after this.
TAKEN_FOR = timedelta(seconds=60)
STOPPED = "WorkerStopped"


@dataclass(frozen=True, slots=True)
class Taken:
    """A file to be made: whose it is, and the cards that go into it as things stand."""

    batch: RowMapping
    part: RowMapping
    cards: Sequence[RowMapping]

    @property
    def key(self) -> str:
        """The name of the file within this service."""
        return f"{self.batch['batch_id']}/{self.part['part']}"

    @property
    def place(self) -> dict[str, object]:
        """The values with which a statement finds this part."""
        return {"id": self.batch["batch_id"], "number": self.part["part"]}


async def take_part(engine: AsyncEngine, kind: Kind) -> Taken | None:
    """Take the file that waits longest, for a while; None when none waits.

    One that stopped the worker again and again is left for a person to look at.
    """

    async def take(tx: AsyncConnection) -> Taken | None:
        now = clock.utc_now()
        values = {"kind": kind, "now": now, "until": now + TAKEN_FOR}
        part = (await tx.execute(queries.TAKE_PART, values)).mappings().one_or_none()
        if part is None:
            return None
        place = {"id": part["batch_id"], "number": part["part"]}
        batch = (await tx.execute(queries.SELECT_BATCH, place)).mappings().one()
        cards = (await tx.execute(queries.SELECT_CARDS_TO_DRAW, place)).mappings().all()
        return Taken(batch, part, cards)

    while True:
        taken: Taken | None = await in_transaction(engine, take)
        if taken is None or taken.part["tries"] <= TRIES_MAX:
            return taken
        await note_failure(engine, taken, STOPPED)


async def store_file(engine: AsyncEngine, sealer: Sealer, taken: Taken, content: bytes) -> bool:
    """Store a file with its hash and bring its cards to "printed", in one transaction.

    A card that a desk prints by itself comes out of the printer there, so that it is "at_desk" in
    the same transaction; all others are counted and received first.
    False when it is not what it should be any more (a card was blocked or came back meanwhile):
    it is then made anew. Without cards nothing is stored and the part is empty.
    """
    sealed = sealer.seal(content, file_context(taken.batch["batch_id"], taken.part["part"]))
    digest = hashlib.sha256(content).hexdigest()

    async def store(tx: AsyncConnection) -> bool:
        found = await tx.execute(queries.SELECT_PART_FOR_UPDATE, taken.place)
        if found.mappings().one()["state"] != "queued":
            return True
        in_print, others = await _cards_now(tx, taken)
        drawn = [card["card_id"] for card in taken.cards]
        if set(drawn) != in_print:
            await give_back(tx, taken, until=None)
            return False
        await tx.execute(queries.MARK_LEFT_OUT, {**taken.place, "card_ids": others})
        if not drawn:
            await tx.execute(queries.UPDATE_PART_STATE, {**taken.place, "new_state": "empty"})
            return True
        await tx.execute(
            queries.INSERT_FILE,
            {
                "batch_id": taken.batch["batch_id"],
                "part": taken.part["part"],
                "sealed": sealed,
            },
        )
        made = {"at": clock.utc_now(), "digest": digest, "size": len(content)}
        values = {**taken.place, **made, "cards_held": len(drawn)}
        await tx.execute(queries.UPDATE_PRINTED, values)
        await _call_printed(tx, taken, drawn)
        return True

    return bool(await in_transaction(engine, store))


async def _cards_now(tx: AsyncConnection, taken: Taken) -> tuple[set[str], list[str]]:
    """Return the part's cards that go into the file, and those that do not, locked."""
    found = (await tx.execute(queries.LOCK_CARDS_OF_PART, taken.place)).all()
    in_print = {row.card_id for row in found if row.state == "in_print"}
    return in_print, [row.card_id for row in found if row.card_id not in in_print]


async def _call_printed(tx: AsyncConnection, taken: Taken, card_ids: Sequence[str]) -> None:
    await move_many(
        tx,
        printer_of(taken.batch),
        card_ids,
        old="in_print",
        new="printed",
        reason="print_file_made",
        place=taken.batch["region_code"],
    )
    if taken.batch["card_id"] is not None:
        await move_many(
            tx,
            printer_of(taken.batch),
            card_ids,
            old="printed",
            new="at_desk",
            reason="printed_at_desk",
            place=taken.part["region_code"],
        )


def printer_of(batch: RowMapping) -> Principal:
    """Return the person in whose name the worker prints: who asked for the batch."""
    return Principal(
        batch["requested_by"],
        batch["requested_by_name"],
        frozenset(),
        frozenset(),
        regions=(PROVINCE,),
    )


async def note_failure(engine: AsyncEngine, taken: Taken, failure: str) -> None:
    """Note that a file could not be made; after TRIES_MAX times a person has to look."""
    values = {**taken.place, "failure": failure, "tries_max": TRIES_MAX}
    await in_transaction(engine, lambda tx: tx.execute(queries.NOTE_FAILURE, values))


async def give_back(
    tx: AsyncConnection, taken: Taken, *, until: datetime | None, request_id: UUID | None = None
) -> None:
    """Let go of a file that was not made and did not fail; nobody takes it before `until`."""
    values = {**taken.place, "until": until, "request_id": request_id}
    await tx.execute(queries.GIVE_BACK, values)


def file_context(batch_id: UUID, part: int) -> str:
    """Return the place to which a sealed print file is bound.

    The first part has the name of before there were parts, under which old files are sealed.
    """
    return f"print_files.sealed:{batch_id}" + ("" if part == 1 else f":{part}")
