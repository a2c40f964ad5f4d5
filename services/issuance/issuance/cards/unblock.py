"""Let a blocked card count again; never by the person who blocked it."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.problems import Refused
from issuance.cards import queries, standing_queries
from issuance.cards.change import Wish, apply, is_repeat, locked_card


async def unblock(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Bring a card back to where it was before it was blocked; returns the card.

    Raises Refused: unblock_needs_another, card_state_impossible, and enrolment_suspended while the
    registry suspends everything that the family is enrolled in.
    """
    card = await locked_card(tx, principal, wish)
    if await is_repeat(tx, wish, "unblocked"):
        return card
    asked = {"household_id": card["household_id"], "now": clock.utc_now()}
    if await tx.scalar(standing_queries.STANDING_OF, asked) == "waits":
        raise Refused("enrolment_suspended")
    found = await tx.execute(
        queries.SELECT_CHANGE, {"id": card["card_id"], "version": card["version"]}
    )
    last = found.mappings().one()
    if last["state"] != "blocked":
        raise Refused("card_state_impossible", state=last["state"], wanted="active")
    if last["actor"] == principal.subject:
        raise Refused("unblock_needs_another")
    return await apply(
        tx,
        principal,
        card,
        last["old_state"],
        reason=wish.reason,
        change_id=wish.change_id,
        place=wish.place,
        unblocks=True,
    )
