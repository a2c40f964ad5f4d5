"""Order a card at the desk for a family whose last one has run out."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from issuance.cards import queries, standing_queries
from issuance.cards.change import Wish, locked_card
from issuance.cards.order import insert_orders


async def issue(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Order the card that follows an expired one; returns it, a repeat the same.

    A card that was revoked is not followed by another here: whoever revoked it would get around
    the count of replacements. Raises Refused: card_state_impossible, and not_enrolled for a family
    of which no enrolment runs.
    """
    old = await locked_card(tx, principal, wish)
    if old["state"] != "expired":
        raise Refused("card_state_impossible", state=old["state"], wanted="ordered")
    asked = {"household_id": old["household_id"], "now": clock.utc_now()}
    if await tx.scalar(standing_queries.STANDING_OF, asked) != "runs":
        raise Refused("not_enrolled")
    home = await tx.execute(queries.SELECT_HOUSEHOLD, {"household_id": old["household_id"]})
    orders = {
        "household_ids": [old["household_id"]],
        "region_codes": [home.mappings().one()["region_code"]],
        "now": asked["now"],
    }
    by = {"actor": principal.subject, "actor_name": principal.name}
    if await insert_orders(tx, orders, **by, reason=wish.reason):
        await audit.record(
            tx,
            principal,
            "card.ordered",
            "household",
            old["household_id"],
            region_code=old["region_code"],
            details={"reason": wish.reason},
        )
    found = await tx.execute(queries.SELECT_CARDS_OF, {"household_id": old["household_id"]})
    return found.mappings().first() or old
