"""A family uses its right at a partner: once for each id, and never more than there is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, outbox
from common.auth.principal import Principal
from common.events import RedemptionRecordedV1
from common.problems import Refused
from redemption.cards.identify import Presented, TrustedKeys, identify, identify_again
from redemption.cards.rules import why_not_usable
from redemption.redeeming import line_queries, queries
from redemption.redeeming.lines import Redemption
from redemption.redeeming.rules import Attempt, Situation, Wanted, decide, is_answered_by

SOURCE = "redemption"


async def redeem(
    tx: AsyncConnection,
    caller: Principal,
    trusted: TrustedKeys,
    wanted: Wanted,
    now: datetime,
) -> Redemption:
    """Return the line that was written; a repeat gets the first one, for ever.

    Raises Refused. The happy path looks for no earlier line: the statement that writes finds it.
    """
    partner_id = partner_of(caller)
    shown = await _identified(tx, trusted, wanted, now)
    attempt = Attempt(
        wanted=wanted,
        card_id=shown.card_id,
        card_reading=shown.reading,
        partner_id=partner_id,
        operator=caller.subject,
        operator_name=caller.name,
        at=now,
        terminal_id=caller.terminal_id,
    )
    situation = await queries.lock_situation(tx, attempt)
    try:
        redemption = decide(attempt, situation)
    except Refused as refusal:
        return await _earlier_or_refuse(tx, attempt, situation, refusal)
    version = await queries.record(tx, redemption)
    if version is None:
        since = why_not_usable((await queries.lock_situation(tx, attempt)).card, now)
        return await _earlier_or_refuse(tx, attempt, situation, Refused(since or "id_reused"))
    subject = str(redemption.entitlement_id)
    await outbox.publish(tx, recorded(redemption), source=SOURCE, subject=subject, sequence=version)
    return redemption


async def _identified(
    tx: AsyncConnection, trusted: TrustedKeys, wanted: Wanted, now: datetime
) -> Presented:
    """Return the card that was shown; a repeat's card is judged as of its first answer."""
    try:
        return await identify(tx, trusted, wanted.shown, now)
    except Refused:
        earlier = await queries.find(tx, wanted.id)
        if earlier is None:
            raise
        # The card ran out, or its key did, after the first answer was given.
        return identify_again(trusted, wanted.shown, earlier.redeemed_at)


def partner_of(caller: Principal) -> UUID:
    """Return the partner that a caller serves at; raises Refused no_partner."""
    if caller.partner_id is None:
        raise Refused("no_partner")
    return caller.partner_id


async def _earlier_or_refuse(
    tx: AsyncConnection, attempt: Attempt, situation: Situation, refusal: Refused
) -> Redemption:
    """Return the line that an attempt already has; without one, refuse with all there is to say."""
    earlier = await queries.find(tx, attempt.wanted.id)
    if earlier is not None:
        if not is_answered_by(earlier, attempt):
            raise Refused("id_reused")
        return earlier
    if refusal.code == "already_redeemed" and situation.entitlement is not None:
        right = situation.entitlement
        latest = await line_queries.latest_of_household(tx, right.household_id)
        line = latest.get((right.cycle_id, right.benefit_id, right.whose))
        if line is not None:
            raise Refused(refusal.code, **line.facts) from None
    raise refusal


async def note_refusal(tx: AsyncConnection, caller: Principal, refusal: Refused) -> None:
    """Note a refusal: it told the partner something about a family.

    The transaction has to be committed, so the refusal is then answered and not raised.
    """
    await audit.record(
        tx,
        caller,
        "redemption.refused",
        "partner",
        caller.partner_id,
        details={"refusal": refusal.code},
    )


def recorded(redemption: Redemption) -> RedemptionRecordedV1:
    """Return the event that tells of a redemption; a part of a balance counts as one act."""
    return RedemptionRecordedV1(
        redemption_id=redemption.id,
        entitlement_id=redemption.entitlement_id,
        household_id=redemption.household_id,
        subject_id=redemption.subject_id,
        card_id=redemption.card_id,
        cycle_id=redemption.cycle_id,
        benefit_id=redemption.benefit_id,
        benefit_name_id=redemption.benefit_name_id,
        partner_id=redemption.partner_id,
        partner_name=redemption.partner_name,
        quantity=max(1, redemption.quantity),
        amount_rupiah=redemption.amount_rupiah,
        redeemed_at=redemption.redeemed_at,
    )
