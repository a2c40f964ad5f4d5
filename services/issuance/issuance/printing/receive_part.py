"""Receive a counted file's cards at a desk: by another person than the one who counted them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import covers
from issuance.cards.move_many import move_many
from issuance.printing import count_queries
from issuance.printing.faulty import (
    Faulty,
    card_ids_of,
    demand_in_file,
    end_and_replace,
    good_cards,
)
from issuance.printing.read_batch import for_the_whole_file, lock_part, read_part
from issuance.printing.rules import difference


@dataclass(frozen=True, slots=True)
class Receipt:
    """What arrived of one file. `receipt_id` is made by the client."""

    receipt_id: UUID
    batch_id: UUID
    part: int
    received: int
    # Card numbers as typed, with their check character.
    missing: Sequence[str] = ()
    # Region whose desk it is; empty: the file's own.
    place: str = ""

    def digest(self, missing: Sequence[str]) -> bytes:
        """Return what tells this receipt from another one under the same id."""
        words = (str(self.batch_id), str(self.part), str(self.received), self.place, *missing)
        return hashlib.sha256("\x00".join(words).encode()).digest()


async def receive_part(tx: AsyncConnection, principal: Principal, arrived: Receipt) -> RowMapping:
    """Note what arrived: those cards are at the desk, the missing ones end and are replaced.

    Returns the part with its story. Raises Refused: receive_before_count, receive_needs_another,
    already_received, receipt_does_not_add_up, place_unknown, faulty_number_wrong,
    faulty_not_in_file, faulty_card_handed_over, id_reused, and those of read_part.
    """
    await lock_part(tx, arrived.batch_id, arrived.part)
    _, part = await read_part(tx, principal, arrived.batch_id, arrived.part)
    missing = card_ids_of(arrived.missing)
    if await _is_repeat(tx, arrived, missing):
        return part
    _demand_receivable(part, principal)
    place = _place(arrived, part)
    good = await good_cards(tx, arrived.batch_id, arrived.part)
    demand_in_file(missing, good)
    gap = difference(part["good"], arrived.received, len(missing))
    if gap or arrived.received < 0:
        facts = {"expected": part["good"], "received": arrived.received, "missing": len(missing)}
        raise Refused("receipt_does_not_add_up", difference=gap, **facts)
    await _store(tx, principal, arrived, part, missing=missing, place=place)
    faulty = Faulty(arrived.batch_id, arrived.part, "missing", missing, place)
    await end_and_replace(tx, principal, faulty)
    await move_many(
        tx,
        for_the_whole_file(principal),
        [card_id for card_id in good if card_id not in set(missing)],
        old="printed",
        new="at_desk",
        reason="print_received",
        place=place,
    )
    _, after = await read_part(tx, principal, arrived.batch_id, arrived.part)
    return after


async def _is_repeat(tx: AsyncConnection, arrived: Receipt, missing: Sequence[str]) -> bool:
    found = await tx.execute(count_queries.SELECT_RECEIPT_BY_ID, {"receipt_id": arrived.receipt_id})
    known = found.mappings().one_or_none()
    if known is not None and known["request_hash"] != arrived.digest(missing):
        raise Refused("id_reused")
    return known is not None


def _demand_receivable(part: RowMapping, principal: Principal) -> None:
    if part["counted_at"] is None:
        raise Refused("receive_before_count")
    if part["received_at"] is not None:
        raise Refused("already_received")
    if principal.subject == part["counted_by"]:
        raise Refused("receive_needs_another")


def _place(arrived: Receipt, part: RowMapping) -> str:
    place = arrived.place or str(part["region_code"])
    if not covers(place, part["region_code"]):
        raise Refused("place_unknown")
    return place


async def _store(
    tx: AsyncConnection,
    principal: Principal,
    arrived: Receipt,
    part: RowMapping,
    *,
    missing: Sequence[str],
    place: str,
) -> None:
    await tx.execute(
        count_queries.INSERT_RECEIPT,
        {
            "batch_id": arrived.batch_id,
            "part": arrived.part,
            "receipt_id": arrived.receipt_id,
            "request_hash": arrived.digest(missing),
            "place": place,
            "expected": part["good"],
            "received": arrived.received,
            "missing": len(missing),
            "counted_by": part["counted_by"],
            "received_at": clock.utc_now(),
            "received_by": principal.subject,
            "received_by_name": principal.name,
        },
    )
    await audit.record(
        tx,
        principal,
        "print.received",
        "print_batch",
        arrived.batch_id,
        region_code=part["region_code"],
        details={"part": arrived.part, "received": arrived.received, "missing": len(missing)},
    )
