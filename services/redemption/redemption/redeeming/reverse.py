"""A redemption is undone: the same day, by somebody else, with a reason."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.auth.principal import Principal
from common.events import RedemptionReversedV1
from common.problems import Refused
from redemption.entitlements import queries as entitlements
from redemption.redeeming import queries
from redemption.redeeming.lines import Redemption, Reversal
from redemption.redeeming.rules import why_not_reversible
from redemption.redeeming.tell import SOURCE


async def reverse(
    tx: AsyncConnection,
    caller: Principal,
    *,
    redemption_id: UUID,
    reversal_id: UUID,
    reason: str,
    now: datetime,
) -> Reversal:
    """Give back what a redemption took; a repeat of the same id gets the first answer.

    Raises Refused: not_found, another_partner, id_reused, already_reversed, same_person,
    reversal_too_late.
    """
    redemption = await find_visible(tx, caller, redemption_id)
    key = entitlements.key_of(
        redemption.household_id, redemption.cycle_id, redemption.benefit_id, redemption.subject_id
    )
    await entitlements.lock(tx, key)
    for earlier in await queries.find_reversals(tx, reversal_id, redemption):
        if earlier.id == reversal_id:
            return _same_or_refuse(earlier, redemption_id, caller, reason)
        raise Refused("already_reversed")
    refusal = why_not_reversible(redemption, caller.subject, now)
    if refusal is not None:
        raise Refused(refusal)
    reversal = _line(redemption, caller, reversal_id, reason, now)
    await queries.add_reversal(tx, reversal)
    version = await entitlements.give_back(tx, key, redemption.quantity, redemption.amount_rupiah)
    subject = str(redemption.entitlement_id)
    event = reversed_event(redemption, reversal)
    await outbox.publish(tx, event, source=SOURCE, subject=subject, sequence=version)
    return reversal


def _line(
    redemption: Redemption, caller: Principal, reversal_id: UUID, reason: str, now: datetime
) -> Reversal:
    return Reversal(
        id=reversal_id,
        household_id=redemption.household_id,
        redemption_id=redemption.id,
        quantity=redemption.quantity,
        amount_rupiah=redemption.amount_rupiah,
        reason=reason,
        redeemed_by=redemption.redeemed_by,
        reversed_by=caller.subject,
        reversed_by_name=caller.name,
        reversed_at=now,
    )


def reversed_event(redemption: Redemption, reversal: Reversal) -> RedemptionReversedV1:
    """Return the event that tells of a reversal."""
    return RedemptionReversedV1(
        reversal_id=reversal.id,
        redemption_id=redemption.id,
        entitlement_id=redemption.entitlement_id,
        household_id=redemption.household_id,
        reversed_at=reversal.reversed_at,
    )


async def find_visible(tx: AsyncConnection, caller: Principal, redemption_id: UUID) -> Redemption:
    """Return a redemption that this person may see; another partner's does not exist for it."""
    redemption = await queries.find(tx, redemption_id)
    if redemption is None:
        raise Refused("not_found")
    if caller.partner_id is not None:
        if caller.partner_id != redemption.partner_id:
            raise Refused("not_found")
    else:
        caller.demand_region(redemption.region_code)
    return redemption


def _same_or_refuse(
    earlier: Reversal, redemption_id: UUID, caller: Principal, reason: str
) -> Reversal:
    is_same = (
        earlier.redemption_id == redemption_id
        and earlier.reversed_by == caller.subject
        and earlier.reason == reason
    )
    if not is_same:
        raise Refused("id_reused")
    return earlier
