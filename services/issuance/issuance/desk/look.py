"""All that one screen of the desk shows of a family: its card, what to do next, and the past."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.card_number import card_number
from common.sealed import Sealer
from issuance.cards.read import Family, read_family
from issuance.cards.replacements import Replacements, replacements_of
from issuance.desk import queries
from issuance.desk.rules import Acts, Situation, acts_for
from issuance.photos.read import photo_row
from issuance.pins.read import pin_settings

NO_CARD = Acts("next", ())


@dataclass(frozen=True, slots=True)
class Screen:
    """What is known of a family when it stands at the desk."""

    family: Family
    acts: Acts
    # The last line of the newest card's history.
    last: RowMapping | None
    pin_set: RowMapping | None
    photo: RowMapping | None
    print_file: RowMapping | None
    hand_over: RowMapping | None
    replacements: Replacements | None

    @property
    def number(self) -> str:
        """The number on the newest card."""
        return card_number(self.family.card["card_id"]) if self.family.card else ""

    @property
    def numbers(self) -> dict[str, str]:
        """The number of each card that the family had."""
        return {one["card_id"]: card_number(one["card_id"]) for one in self.family.cards}


async def look_at(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, household_id: UUID
) -> Screen:
    """Return the screen of a family; raises Refused: not_found, outside_your_regions."""
    family = await read_family(tx, caller, sealer, household_id)
    photo = await photo_row(tx, household_id)
    card = family.card
    if card is None:
        return Screen(family, NO_CARD, None, None, photo, None, None, None)
    about = {"card_id": card["card_id"]}
    pins = await pin_settings(tx, card["card_id"])
    last = next(one for one in family.changes if one["card_id"] == card["card_id"])
    replacements = await replacements_of(tx, household_id, card["card_id"], clock.utc_now())
    now = Situation(
        state=card["state"],
        has_pin=bool(pins),
        is_replacement_asked=family.replace_asked_at is not None,
        awaits_another=replacements.waiting is not None,
        is_blocked_by_me=card["state"] == "blocked" and last["actor"] == caller.subject,
        standing=family.standing,
    )
    return Screen(
        family,
        acts_for(now, caller.permissions),
        last,
        pins[0] if pins else None,
        photo,
        await _one(tx, queries.FILE_OF, about),
        await _one(tx, queries.HAND_OVER_OF, about),
        replacements,
    )


async def _one(tx: AsyncConnection, statement: Any, values: dict[str, Any]) -> RowMapping | None:
    return (await tx.execute(statement, values)).mappings().first()
