"""Read a family with its cards, or one card; every reading is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import cbor2
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.base45 import encode_base45
from common.card_token import CardRefused, parse
from common.cose import SIGN1_TAG
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards import queries, standing_queries
from issuance.cards.order import head_name_context
from issuance.cards.sign import token_context


@dataclass(frozen=True, slots=True)
class Family:
    """A family as the card desk sees it: its name, why it has a card, and every card it had."""

    household_id: UUID
    name: str
    region_code: str
    grounds: Sequence[RowMapping]
    cards: Sequence[RowMapping]
    changes: Sequence[RowMapping]
    # Since when the card waits to be replaced, because the family's head is another now.
    replace_asked_at: datetime | None = None
    # runs, waits or over: whether what the family is enrolled in holds.
    standing: str = "runs"

    @property
    def card(self) -> RowMapping | None:
        """The newest card."""
        return self.cards[0] if self.cards else None


async def read_family(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, household_id: UUID
) -> Family:
    """Return a family; raises Refused: not_found, outside_your_regions."""
    values = {"household_id": household_id}
    home = (await tx.execute(queries.SELECT_HOUSEHOLD, values)).mappings().one_or_none()
    if home is None:
        raise Refused("not_found")
    principal.demand_region(home["region_code"])
    await audit.record(
        tx,
        principal,
        "household.read",
        "household",
        household_id,
        region_code=home["region_code"],
    )
    return Family(
        household_id,
        sealer.open_text(home["sealed_head_name"], head_name_context(household_id)),
        home["region_code"],
        (await tx.execute(queries.SELECT_GROUNDS, values)).mappings().all(),
        (await tx.execute(queries.SELECT_CARDS_OF, values)).mappings().all(),
        (await tx.execute(queries.SELECT_CHANGES_OF, values)).mappings().all(),
        await _replace_asked_at(tx, household_id),
        str(await tx.scalar(standing_queries.STANDING_OF, {**values, "now": clock.utc_now()})),
    )


async def _replace_asked_at(tx: AsyncConnection, household_id: UUID) -> datetime | None:
    found = await tx.execute(standing_queries.CHANGE_OF, {"household_id": household_id})
    last = found.mappings().one_or_none()
    return last["replace_asked_at"] if last else None


async def region_of(tx: AsyncConnection, principal: Principal, household_id: UUID) -> str:
    """Return where a family lives; raises Refused: not_found, outside_your_regions."""
    found = await tx.execute(queries.SELECT_HOUSEHOLD, {"household_id": household_id})
    home = found.mappings().one_or_none()
    if home is None:
        raise Refused("not_found")
    principal.demand_region(home["region_code"])
    return str(home["region_code"])


async def read_card(tx: AsyncConnection, principal: Principal, card_id: str) -> RowMapping:
    """Return one card without its family's name; raises Refused: card_unknown,
    outside_your_regions."""
    found = await tx.execute(queries.SELECT_CARD_WITH_HOUSEHOLD, {"id": card_id})
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("card_unknown")
    principal.demand_region(card["region_code"])
    await audit.record(tx, principal, "card.read", "card", card_id, region_code=card["region_code"])
    return card


def open_token(sealer: Sealer, card: RowMapping) -> str:
    """Return the text of a signed card's QR.

    What is kept is the COSE_Sign1 in it. Of cards of before that, it is the text itself, whose
    first character is never the tag's byte.
    """
    kept = sealer.open(card["sealed_token"], token_context(card["card_id"]))
    return encode_base45(kept) if kept.startswith(SIGN1_TAG) else kept.decode()


def card_id_in(text: str) -> str:
    """Return the id in a scanned text; for finding the card, not for trusting it.

    Raises CardRefused for what has not the form of a card.
    """
    try:
        return bytes(cbor2.loads(parse(text).message.payload)[7]).hex()
    except CardRefused:
        raise
    except Exception as error:  # The decoder's failures are many.
        raise CardRefused("malformed") from error


def name_in(text: str) -> str:
    """Return the name that one of our own tokens carries; for drawing, not for trusting."""
    claims = cbor2.loads(parse(text).message.payload)
    return str(claims[169][4])
