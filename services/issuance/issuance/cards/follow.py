"""Do to a family's card what a change in the family's life asks for (`family_rules`)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import HouseholdChangedV1
from issuance.cards import standing_queries
from issuance.cards.change import apply
from issuance.cards.family_rules import action_for, need_of
from issuance.cards.replace import order_replacement
from issuance.cards.settle import REGISTRY

# Why a card is replaced, by what the change asks for.
WHY = {"new_name": "name_changed", "new_place": "moved_in_province"}


async def follow(tx: AsyncConnection, event: HouseholdChangedV1, now: datetime) -> None:
    """See to the card of a family whose life changed; its name and place are noted already."""
    household_id = event.household_id
    asked = {"household_id": household_id}
    found = await tx.execute(standing_queries.VALID_CARD_OF, asked)
    card = found.mappings().one_or_none()
    if card is not None:
        has_moved = card["region_code"] != event.region_code
        need = need_of(event.kind, event.card_action, has_moved=has_moved)
        action = action_for(need, card["state"])
        if action == "replaced":
            await apply(tx, REGISTRY, card, "replaced", reason=WHY[need], change_id=None)
            await order_replacement(tx, REGISTRY, card, WHY[need])
        elif action == "asked":
            await tx.execute(standing_queries.ASK_REPLACEMENT, {"id": household_id, "at": now})
    # A card that was replaced stays where its plastic is; the one that counts goes along.
    place = {"household_id": household_id, "region_code": event.region_code}
    await tx.execute(standing_queries.FOLLOW, place)
