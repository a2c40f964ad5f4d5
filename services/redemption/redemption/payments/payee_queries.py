"""The SQL statements that find by which card the bank knows a family."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, RowMapping, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.cards.queries import CARD

# The one that is good for longest, where a family has several.
PAYEE_CARDS = (
    select(CARD.c.household_id, CARD.c.card_id, CARD.c.printed_name)
    .ext(distinct_on(CARD.c.household_id))
    .where(
        CARD.c.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid))),
        CARD.c.card_status == "valid",
        ~CARD.c.is_key_compromised,
        CARD.c.expires_at > bindparam("at", type_=DateTime(timezone=True)),
    )
    .order_by(CARD.c.household_id, CARD.c.expires_at.desc(), CARD.c.card_id)
)


async def payee_cards(
    tx: AsyncConnection, household_ids: Sequence[UUID], at: datetime
) -> dict[UUID, RowMapping]:
    """Return the card of each family that has one which counts, with its sealed name."""
    asked = {"household_ids": list(household_ids), "at": at}
    found = (await tx.execute(PAYEE_CARDS, asked)).mappings()
    return {row["household_id"]: row for row in found}
