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
    """Order the card that follows the family's last one, which ran out; a repeat gets the same.

    A card that was revoked is not followed by another here, also not by way of an older one that
    ran out: whoever revoked it would get around the count of replacements. Raises Refused:
    card_state_impossible, and not_enrolled for a family of which no enrolment runs.
    """
    old = await locked_card(tx, principal, wish)
    whose = {"household_id": old["household_id"]}
    last = (await tx.execute(queries.SELECT_CARDS_OF, whose)).mappings().first() or old
    if old["state"] != "expired" or last["state"] in {"revoked", "replaced"}:
        raise Refused("card_state_impossible", state=last["state"], wanted="ordered")
    orders = {"household_ids": [old["household_id"]], "now": clock.utc_now()}
    if await tx.scalar(standing_queries.STANDING_OF, {**whose, "now": orders["now"]}) != "runs":
        raise Refused("not_enrolled")
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
    found = await tx.execute(queries.SELECT_CARDS_OF, whose)
    return found.mappings().first() or old
