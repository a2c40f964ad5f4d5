"""Count what came out of the printer: by another person than the one who asked for it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from issuance.printing import count_queries
from issuance.printing.faulty import (
    Faulty,
    card_ids_of,
    demand_in_file,
    end_and_replace,
    good_cards,
)
from issuance.printing.read_batch import lock_part, read_part
from issuance.printing.rules import difference


@dataclass(frozen=True, slots=True)
class Count:
    """What a person counted of one file. `count_id` is made by the client."""

    count_id: UUID
    batch_id: UUID
    part: int
    good: int
    # Card numbers as typed, with their check character.
    spoiled: Sequence[str] = ()

    def digest(self, spoiled: Sequence[str]) -> bytes:
        """Return what tells this count from another one under the same id."""
        words = (str(self.batch_id), str(self.part), str(self.good), *spoiled)
        return hashlib.sha256("\x00".join(words).encode()).digest()


async def count_part(tx: AsyncConnection, principal: Principal, counted: Count) -> RowMapping:
    """Confirm how many cards of a file are good and which are spoiled; the spoiled are replaced.

    Returns the part with its story. Raises Refused: print_not_ready, print_not_taken,
    count_needs_another, already_counted, count_does_not_add_up, faulty_number_wrong,
    faulty_not_in_file, faulty_card_handed_over, id_reused, and those of read_part.
    """
    await lock_part(tx, counted.batch_id, counted.part)
    batch, part = await read_part(tx, principal, counted.batch_id, counted.part)
    spoiled = card_ids_of(counted.spoiled)
    if await _is_repeat(tx, counted, spoiled):
        return part
    _demand_countable(batch, part, principal)
    demand_in_file(spoiled, await good_cards(tx, counted.batch_id, counted.part))
    gap = difference(part["cards_in_file"], counted.good, len(spoiled))
    if gap or counted.good < 0:
        facts = {"in_file": part["cards_in_file"], "good": counted.good, "spoiled": len(spoiled)}
        raise Refused("count_does_not_add_up", difference=gap, **facts)
    await _store(tx, principal, counted, batch, part=part, spoiled=spoiled)
    found = Faulty(counted.batch_id, counted.part, "spoiled", spoiled, part["region_code"])
    await end_and_replace(tx, principal, found)
    _, after = await read_part(tx, principal, counted.batch_id, counted.part)
    return after


async def _store(
    tx: AsyncConnection,
    principal: Principal,
    counted: Count,
    batch: RowMapping,
    *,
    part: RowMapping,
    spoiled: Sequence[str],
) -> None:
    await tx.execute(
        count_queries.INSERT_COUNT,
        {
            "batch_id": counted.batch_id,
            "part": counted.part,
            "count_id": counted.count_id,
            "request_hash": counted.digest(spoiled),
            "cards_in_file": part["cards_in_file"],
            "good": counted.good,
            "spoiled": len(spoiled),
            "requested_by": batch["requested_by"],
            "counted_at": clock.utc_now(),
            "counted_by": principal.subject,
            "counted_by_name": principal.name,
        },
    )
    await audit.record(
        tx,
        principal,
        "print.counted",
        "print_batch",
        counted.batch_id,
        region_code=part["region_code"],
        details={"part": counted.part, "good": counted.good, "spoiled": len(spoiled)},
    )


async def _is_repeat(tx: AsyncConnection, counted: Count, spoiled: Sequence[str]) -> bool:
    found = await tx.execute(count_queries.SELECT_COUNT_BY_ID, {"count_id": counted.count_id})
    known = found.mappings().one_or_none()
    if known is not None and known["request_hash"] != counted.digest(spoiled):
        raise Refused("id_reused")
    return known is not None


def _demand_countable(batch: RowMapping, part: RowMapping, principal: Principal) -> None:
    if part["state"] != "printed":
        raise Refused("print_not_ready")
    if part["counted_at"] is not None:
        raise Refused("already_counted")
    if principal.subject == batch["requested_by"]:
        raise Refused("count_needs_another")
    if part["downloads"] == 0:
        raise Refused("print_not_taken")
