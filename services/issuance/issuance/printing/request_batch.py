"""Ask for print files: of the cards of a region that wait for them, or of one card."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards.move_many import move_many
from issuance.cards.order import head_name_context
from issuance.printing import queries
from issuance.printing.rules import CARDS_PER_FILE_MAX, Kind, PartPlan, plan_parts


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks to be printed. `batch_id` is made by the client."""

    batch_id: UUID
    region_code: str
    # Empty: every card of the region that waits.
    card_id: str = ""
    kind: Kind = "sheets"
    duplex: str = "long_edge"

    def digest(self) -> bytes:
        """Return what tells this wish from another one under the same id."""
        words = (self.region_code, self.card_id, self.kind, self.duplex)
        return hashlib.sha256("\x00".join(words).encode()).digest()


async def request_batch(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, wanted: Wish
) -> RowMapping:
    """Queue print files, claim their cards, and return the batch; a repeat gets the first answer.

    Raises Refused: outside_your_regions, id_reused, nothing_to_print, card_unknown,
    card_not_to_print.
    """
    principal.demand_region(wanted.region_code)
    known = await find_batch(tx, wanted.batch_id)
    if known is not None:
        if known["request_hash"] != wanted.digest():
            raise Refused("id_reused")
        return known
    parts = await _planned(tx, principal, sealer, wanted)
    await _store(tx, principal, wanted, parts)
    await audit.record(
        tx,
        principal,
        "print.requested",
        "print_batch",
        wanted.batch_id,
        region_code=wanted.region_code,
        details={"cards": sum(len(part.card_ids) for part in parts), "kind": wanted.kind},
    )
    made = await find_batch(tx, wanted.batch_id)
    assert made is not None  # noqa: S101 - it was stored above
    return made


async def find_batch(tx: AsyncConnection, batch_id: UUID) -> RowMapping | None:
    """Return a batch, or None."""
    found = await tx.execute(queries.SELECT_BATCH, {"id": batch_id})
    return found.mappings().one_or_none()


async def _planned(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, wanted: Wish
) -> list[PartPlan]:
    """Choose the cards, locked until the end of the transaction, and cut them into files."""
    if wanted.card_id:
        found = await tx.execute(queries.CLAIM_ONE, {"card_id": wanted.card_id})
        card = found.mappings().one_or_none()
        if card is None:
            raise Refused("card_unknown")
        principal.demand_region(card["region_code"])
        if card["state"] != "signed":
            raise Refused("card_not_to_print")
        return [PartPlan(card["region_code"], (card["card_id"],))]
    found = await tx.execute(queries.CLAIM_WAITING, region_values(wanted.region_code))
    # Opening the names of a whole regency takes a second: other requests go on meanwhile.
    ordered = await asyncio.to_thread(_by_village_and_name, found.mappings().all(), sealer)
    if not ordered:
        raise Refused("nothing_to_print")
    return list(plan_parts(ordered, CARDS_PER_FILE_MAX))


def _by_village_and_name(cards: Sequence[RowMapping], sealer: Sealer) -> list[tuple[str, str]]:
    """Return ids and villages in the order in which sheets are handed out in villages."""

    def key(card: RowMapping) -> tuple[str, str, str]:
        context = head_name_context(card["household_id"])
        name = sealer.open_text(card["sealed_head_name"], context)
        return card["region_code"], name, card["card_id"]

    return [(card["card_id"], card["region_code"]) for card in sorted(cards, key=key)]


async def _store(
    tx: AsyncConnection, principal: Principal, wanted: Wish, parts: Sequence[PartPlan]
) -> None:
    batch = {
        "batch_id": wanted.batch_id,
        "region_code": wanted.region_code,
        "request_hash": wanted.digest(),
        "kind": wanted.kind,
        "duplex": wanted.duplex,
        "card_id": wanted.card_id if is_own_print(principal, wanted) else None,
        "cards": sum(len(part.card_ids) for part in parts),
        "parts": len(parts),
        "requested_at": clock.utc_now(),
        "requested_by": principal.subject,
        "requested_by_name": principal.name,
    }
    await tx.execute(queries.INSERT_BATCH, batch)
    planned = {
        "batch_id": wanted.batch_id,
        "parts": list(range(1, len(parts) + 1)),
        "region_codes": [part.region_code for part in parts],
        "cards": [len(part.card_ids) for part in parts],
    }
    await tx.execute(queries.INSERT_PARTS, planned)
    # One file's cards a statement, so that the largest regency stays within a statement's time.
    for number, part in enumerate(parts, 1):
        ids = list(part.card_ids)
        claimed = {"batch_id": wanted.batch_id, "part": number, "card_ids": ids}
        await tx.execute(queries.LEAVE_OTHER_FILES, {"card_ids": ids})
        await tx.execute(queries.INSERT_BATCH_CARDS, claimed)
        await move_many(
            tx,
            principal,
            ids,
            old="signed",
            new="in_print",
            reason="print_batch",
            place=part.region_code,
        )


def is_own_print(principal: Principal, wanted: Wish) -> bool:
    """Tell whether a desk prints one card for itself, on its own printer.

    One card for a print shop or a bureau comes to a desk by count and receipt, like any other.
    """
    at_the_desk = "cards.manage" in principal.permissions
    return bool(wanted.card_id) and wanted.kind == "sheets" and at_the_desk


def region_values(region_code: str) -> dict[str, str]:
    """Return the values with which a statement finds a region and what lies in it."""
    return {"region_code": region_code, "inside": f"{region_code}.%"}
