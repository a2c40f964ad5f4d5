"""A PIN is typed for a redemption: compared, counted once, and noted when it was wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.auth.principal import Principal
from common.events import CardPinLockedV1
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from redemption.pins import queries
from redemption.pins.rules import FAILURES_MAX, FAILURES_WITHIN, PinAnswer
from redemption.pins.verify import verify_pin

SOURCE = "redemption"
Standing = Literal["none", "set", "locked"]


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens a kept PIN, and what tells that a typed one was typed before."""

    sealer: Sealer
    index: BlindIndex


@dataclass(frozen=True, slots=True)
class Typed:
    """A PIN as it was typed at a counter, for which act and whose card."""

    act_id: UUID
    card_id: str
    household_id: UUID
    pin: str
    at: datetime


async def try_pin(tx: AsyncConnection, caller: Principal, keys: Keys, typed: Typed) -> PinAnswer:
    """Return what a typed PIN came to; the caller commits, whatever it is.

    The same PIN for the same act is one attempt however often it is sent: a counter whose network
    failed sends it again, and the family has not tried twice.
    """
    pin_index = keys.index.of(f"pin:{typed.card_id}", typed.pin)
    key = {"act_id": typed.act_id, "card_id": typed.card_id, "pin_index": pin_index}
    # The same attempt that was sent twice at once waits here, and then finds its first answer.
    await tx.execute(queries.LOCK_PIN, {"id": typed.card_id})
    before = await tx.scalar(queries.FAILED_BEFORE, key)
    if before is not None:
        return PinAnswer("wrong" if before else "locked", before)
    if await _is_paused(tx, caller, typed.at):
        return PinAnswer("paused")
    answer = await verify_pin(tx, keys.sealer, typed.card_id, typed.pin)
    if answer.is_failure:
        failure = {
            **key,
            "household_id": typed.household_id,
            "partner_id": caller.partner_id,
            "terminal_id": caller.terminal_id,
            "operator": caller.subject,
            "attempts_left": answer.attempts_left,
            "failed_at": typed.at,
        }
        await tx.execute(queries.ADD_FAILURE, failure)
    if answer.is_failure and answer.word == "locked":
        await _tell_the_desk(tx, typed)
    return answer


async def _is_paused(tx: AsyncConnection, caller: Principal, at: datetime) -> bool:
    """Tell whether too many PINs were wrong at this counter for another one to be looked at."""
    here = {
        "partner_id": caller.partner_id,
        "terminal_id": caller.terminal_id,
        "operator": caller.subject,
        "since": at - FAILURES_WITHIN,
    }
    return int(await tx.scalar(queries.FAILURES_HERE, here) or 0) >= FAILURES_MAX


async def _tell_the_desk(tx: AsyncConnection, typed: Typed) -> None:
    sequence = int(await tx.scalar(queries.SEQUENCE, {"id": typed.card_id}) or 1)
    event = CardPinLockedV1(
        card_id=typed.card_id,
        household_id=typed.household_id,
        pin_sequence=sequence,
        locked_at=typed.at,
    )
    subject = f"card_pin:{typed.card_id}"
    await outbox.publish(tx, event, source=SOURCE, subject=subject, sequence=sequence)


def refusal_of(answer: PinAnswer) -> Refused | None:
    """Return the refusal that an answer is, or None for a right PIN."""
    if answer.word == "ok":
        return None
    if answer.word == "wrong":
        return Refused("pin_wrong", attempts_left=answer.attempts_left)
    if answer.word == "paused":
        return Refused("pin_paused")
    return Refused("pin_locked" if answer.word == "locked" else "pin_not_set")


async def standing_of(tx: AsyncConnection, card_id: str) -> Standing:
    """Tell whether a card has a PIN that can be typed."""
    left = await tx.scalar(queries.STANDING, {"id": card_id})
    if left is None:
        return "none"
    return "set" if left else "locked"
