"""Ask for a print file: of the cards of a region that wait for it, or of one card."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards.order import head_name_context
from issuance.printing import queries

# Two people who ask at once must not get the same cards.
REQUEST_LOCK = 620_011


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks to be printed. `batch_id` is made by the client."""

    batch_id: UUID
    region_code: str
    # Empty: every card of the region that waits, up to a file's limit.
    card_id: str = ""

    def digest(self) -> bytes:
        """Return what tells this wish from another one under the same id."""
        return hashlib.sha256(f"{self.region_code}\x00{self.card_id}".encode()).digest()


async def request_batch(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, wanted: Wish
) -> RowMapping:
    """Queue a print file and return its batch; a repeat gets the first answer.

    Raises Refused: outside_your_regions, id_reused, nothing_to_print, card_unknown.
    """
    principal.demand_region(wanted.region_code)
    await tx.execute(text(f"SELECT pg_advisory_xact_lock({REQUEST_LOCK})"))
    known = await find_batch(tx, wanted.batch_id)
    if known is not None:
        if known["request_hash"] != wanted.digest():
            raise Refused("id_reused")
        return known
    cards = await _chosen(tx, principal, sealer, wanted)
    batch = {
        "batch_id": wanted.batch_id,
        "region_code": wanted.region_code,
        "request_hash": wanted.digest(),
        "state": "queued",
        "cards": len(cards),
        "requested_at": clock.utc_now(),
        "requested_by": principal.subject,
        "requested_by_name": principal.name,
    }
    made = (await tx.execute(queries.INSERT_BATCH, batch)).mappings().one()
    card_ids = [card["card_id"] for card in cards]
    await tx.execute(
        queries.INSERT_BATCH_CARDS, {"batch_id": wanted.batch_id, "card_ids": card_ids}
    )
    await audit.record(
        tx,
        principal,
        "print.requested",
        "print_batch",
        wanted.batch_id,
        region_code=wanted.region_code,
        details={"cards": len(cards)},
    )
    return made


async def find_batch(tx: AsyncConnection, batch_id: UUID) -> RowMapping | None:
    """Return a batch, or None."""
    found = await tx.execute(queries.SELECT_BATCH, {"id": batch_id})
    return found.mappings().one_or_none()


async def _chosen(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, wanted: Wish
) -> Sequence[RowMapping]:
    if wanted.card_id:
        found = await tx.execute(queries.SELECT_ONE_TO_PRINT, {"card_id": wanted.card_id})
        cards = found.mappings().all()
        if not cards:
            raise Refused("card_unknown")
        principal.demand_region(cards[0]["region_code"])
        return cards
    found = await tx.execute(queries.SELECT_TO_PRINT, region_values(wanted.region_code))
    cards = found.mappings().all()
    if not cards:
        raise Refused("nothing_to_print")

    def by_village_and_name(card: RowMapping) -> tuple[str, str]:
        context = head_name_context(card["household_id"])
        return card["region_code"], sealer.open_text(card["sealed_head_name"], context)

    # Sheets are handed out in villages by name, so they are printed in that order.
    return sorted(cards, key=by_village_and_name)


def region_values(region_code: str) -> dict[str, str]:
    """Return the values with which a statement finds a region and what lies in it."""
    return {"region_code": region_code, "inside": f"{region_code}.%"}
