"""One change of one card: history, state, status list and event in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, outbox
from common.auth.principal import Principal
from common.events import CardStatusChangedV1
from common.problems import Refused
from issuance.cards import queries
from issuance.cards.rules import REASONS, check_transition, in_use, status_of
from issuance.status.set_status import set_status


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of a card. `change_id` is made by the client: a repeat has one effect."""

    change_id: UUID
    card_id: str
    act: str
    reason: str


async def locked_card(tx: AsyncConnection, principal: Principal, wish: Wish) -> RowMapping:
    """Return the card, locked.

    Raises Refused: card_unknown, outside_your_regions, reason_unknown.
    """
    if wish.reason not in REASONS[wish.act]:
        raise Refused("reason_unknown", act=wish.act)
    found = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": wish.card_id})
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("card_unknown")
    principal.demand_region(card["region_code"])
    return card


async def is_repeat(tx: AsyncConnection, wish: Wish, new_state: str) -> bool:
    """Tell whether this very wish was fulfilled before; raises Refused id_reused for another one.

    Asked after the card is locked, so that two repeats at once cannot both be the first.
    """
    found = await tx.execute(queries.SELECT_CHANGE_BY_ID, {"change_id": wish.change_id})
    known = found.mappings().one_or_none()
    if known is None:
        return False
    was = (
        "unblocked"
        if known["old_state"] == "blocked" and in_use(known["state"])
        else known["state"]
    )
    if (wish.card_id, wish.reason, new_state) != (known["card_id"], known["reason"], was):
        raise Refused("id_reused")
    return True


async def apply(
    tx: AsyncConnection,
    principal: Principal,
    card: RowMapping,
    new_state: str,
    *,
    reason: str,
    change_id: UUID | None,
) -> RowMapping:
    """Bring a locked card to its next state and return it; raises Refused card_state_impossible."""
    check_transition(card["state"], new_state)
    version, now = card["version"] + 1, clock.utc_now()
    line = {
        "card_id": card["card_id"],
        "version": version,
        "state": new_state,
        "old_state": card["state"],
        "at": now,
        "actor": principal.subject,
        "actor_name": principal.name,
        "reason": reason,
        "change_id": change_id,
    }
    await tx.execute(queries.INSERT_CHANGE, line)
    values = {"id": card["card_id"], "new_state": new_state, "new_version": version}
    changed = (await tx.execute(queries.UPDATE_STATE, values)).mappings().one()
    await audit.record(
        tx,
        principal,
        f"card.{new_state}",
        "card",
        card["card_id"],
        region_code=card["region_code"],
        details={"reason": reason, "version": version},
    )
    await _tell(tx, card, changed, reason=reason, changed_at=now)
    return changed


async def _tell(
    tx: AsyncConnection,
    old: RowMapping,
    new: RowMapping,
    *,
    reason: str,
    changed_at: datetime,
) -> None:
    """Bring a signed card's new status to the status list and to those who hear events."""
    if new["list_number"] is None:
        return
    status = status_of(new["state"])
    has_changed = status != status_of(old["state"])
    if has_changed:
        await set_status(tx, new["list_number"], new["status_index"], status)
    if has_changed or new["state"] == "active":
        event = CardStatusChangedV1(
            card_id=new["card_id"],
            household_id=new["household_id"],
            status=status,
            reason=reason,
            changed_at=changed_at,
        )
        subject = f"card:{new['card_id']}"
        await outbox.publish(tx, event, source="issuance", subject=subject, sequence=new["version"])
