"""Order a card for every household of an approved list that has no valid one."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.sealed import BlindIndex, Sealer
from issuance.cards import queries
from issuance.cards.expire import expire_of
from issuance.cards.tell import Change, tell_steps

CARD_ID_BYTES = 8
KK_PURPOSE = "kk"
PSEUDONYM_BYTES = 8


@dataclass(frozen=True, slots=True)
class ApprovedHousehold:
    household_id: UUID
    enrolment_id: UUID
    region_code: str
    head_name: str
    # Of the KK number; None when the registry did not tell it.
    kk_index: bytes | None = None


def new_card_id() -> str:
    """Return the id of a new card: 64 random bits, so that numbers cannot be guessed in a row."""
    return secrets.token_hex(CARD_ID_BYTES)


def new_pseudonym() -> str:
    """Return what a household is called in tokens: 13 letters and digits that mean nothing."""
    return base64.b32encode(secrets.token_bytes(PSEUDONYM_BYTES)).decode().rstrip("=")


async def order_for_households(
    tx: AsyncConnection,
    sealer: Sealer,
    households: Sequence[ApprovedHousehold],
    *,
    list_id: UUID,
    told_at: datetime,
    actor: str,
) -> int:
    """Note the households and order cards for those without one; return how many were ordered."""
    ids = [one.household_id for one in households]
    homes = {
        "household_ids": ids,
        "pseudonyms": [new_pseudonym() for _ in households],
        "region_codes": [one.region_code for one in households],
        "sealed_names": [
            sealer.seal_text(one.head_name, head_name_context(one.household_id))
            for one in households
        ],
        "told_at": [told_at] * len(households),
        "kk_indices": [one.kk_index for one in households],
    }
    grounds = {
        "list_id": list_id,
        "household_ids": ids,
        "enrolment_ids": [one.enrolment_id for one in households],
    }
    orders = {"household_ids": ids, "now": told_at}
    await tx.execute(queries.UPSERT_HOUSEHOLDS, homes)
    await tx.execute(queries.INSERT_GROUNDS, grounds)
    # A card that is over, but not yet ended, would keep the new one away.
    await expire_of(tx, ids, clock.utc_now())
    return await insert_orders(tx, orders, actor=actor, reason="enrolled")


async def insert_orders(
    tx: AsyncConnection,
    orders: Mapping[str, Any],
    *,
    actor: str,
    reason: str,
    actor_name: str = "",
) -> int:
    """Order cards where none is valid and tell of them; return how many were ordered.

    `orders` has household_ids, all of them noted before, and now.
    """
    card_ids = [new_card_id() for _ in orders["household_ids"]]
    by = {"actor": actor, "actor_name": actor_name or actor}
    values = {**orders, "card_ids": card_ids, **by, "reason": reason}
    made = (await tx.execute(queries.INSERT_ORDERS, values)).mappings().all()
    await tell_steps(tx, made, Change("", reason, "", clock.utc_now()))
    return len(made)


def kk_index_of(index: BlindIndex, opened: Mapping[str, Any]) -> bytes | None:
    """Return by what the desk finds a family of which this was told; the number is not kept."""
    number = str(opened.get("kk_number") or "")
    return index.of(KK_PURPOSE, number) if number else None


def head_name_context(household_id: UUID) -> str:
    """Return the place to which a household's sealed name is bound."""
    return f"card_households.head_name:{household_id}"
