"""Take the PIN that a family typed: hash it, seal it to redemption, and forget it."""

import asyncio

from argon2 import PasswordHasher
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, outbox
from common.auth.principal import Principal
from common.events import CardPinSetV1
from common.problems import Refused
from common.sealed_to import SealedTo
from issuance.pins import queries
from issuance.pins.open_pad import locked_card
from issuance.pins.rules import DIGITS, weakness

# Three passes over 32 MiB in one lane: above OWASP's least (19 MiB, two passes; Password Storage
# Cheat Sheet) and some 0.1 s of one processor here, since a counter has people waiting and may
# check four at once. No cost saves six digits from who can try them all: that is what the sealing
# to redemption and its own sealing at rest are for.
HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
AT_ONCE_MAX = 2
_turns = asyncio.Semaphore(AT_ONCE_MAX)


def check_pin(pin: str, again: str, card_id: str) -> None:
    """Refuse a PIN that cannot be taken; raises Refused: pin_not_six_digits, pins_differ,
    pin_weak_<why>. None of them says what was typed."""
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdigit()):
        raise Refused("pin_not_six_digits")
    if pin != again:
        raise Refused("pins_differ")
    why = weakness(pin, card_id)
    if why is not None:
        raise Refused(f"pin_weak_{why}")


async def set_pin(
    tx: AsyncConnection, receiver: SealedTo | None, pad: RowMapping, *, pin: str, again: str
) -> None:
    """Tell redemption the PIN of the pad's card; a pad that has set one does nothing again.

    Raises Refused: pin_pad_expired, card_unknown, pin_card_not_given, pin_not_set_up, and what
    check_pin and a card that changed its state meanwhile raise.
    """
    if receiver is None:
        raise Refused("pin_not_set_up")
    card = await locked_card(tx, pad["card_id"])
    pad = (await tx.execute(queries.PAD, {"pad_id": pad["pad_id"]})).mappings().one()
    if pad["set_at"] is not None:
        return
    now = clock.utc_now()
    if pad["expires_at"] <= now:
        raise Refused("pin_pad_expired")
    check_pin(pin, again, card["card_id"])
    async with _turns:
        kept = await asyncio.to_thread(HASHER.hash, pin)
    count = await tx.scalar(queries.COUNT, {"card_id": card["card_id"]})
    sequence = int(count or 0) + 1
    await _note(tx, pad, card, sequence)
    event = CardPinSetV1(
        card_id=card["card_id"],
        household_id=card["household_id"],
        sealed=receiver.seal_json({"argon2id": kept}, f"card_pin:{card['card_id']}"),
        set_at=now,
    )
    subject = f"card_pin:{card['card_id']}"
    await outbox.publish(tx, event, source="issuance", subject=subject, sequence=sequence)


async def _note(tx: AsyncConnection, pad: RowMapping, card: RowMapping, sequence: int) -> None:
    """Keep that a PIN was set, when and at whose desk: all that stays here."""
    now = clock.utc_now()
    setting = {
        "card_id": card["card_id"],
        "sequence": sequence,
        "pad_id": pad["pad_id"],
        "set_at": now,
        "actor": pad["actor"],
        "actor_name": pad["actor_name"],
        "document_seen": pad["document_seen"],
    }
    await tx.execute(queries.INSERT_SETTING, setting)
    await tx.execute(queries.MARK_SET, {"id": pad["pad_id"], "at": now})
    clerk = Principal(pad["actor"], pad["actor_name"], frozenset(), frozenset())
    await audit.record(
        tx,
        clerk,
        "pin.set",
        "card",
        card["card_id"],
        region_code=card["region_code"],
        details={"sequence": sequence, "document": pad["document_seen"]},
    )
