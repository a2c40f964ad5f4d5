"""Compare a typed PIN with the family's, and count what was wrong."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.sealed import Sealer
from redemption.pins import queries
from redemption.pins.rules import PinAnswer, after_attempt

# The cost is in the kept hash; this object's own parameters are not used for comparing.
_HASHER = PasswordHasher()
# Each takes up to 64 MiB and a processor while it runs.
AT_ONCE_MAX = 4
_turns = asyncio.Semaphore(AT_ONCE_MAX)


def hash_context(card_id: str) -> str:
    """Return the place to which a kept hash is bound."""
    return f"card_pins.hash:{card_id}"


async def verify_pin(tx: AsyncConnection, sealer: Sealer, card_id: str, pin: str) -> PinAnswer:
    """Tell whether `pin` is the card's: ok, wrong (with attempts left), locked, or none_set.

    The answer is returned and never raised, and the caller commits whatever it is: an attempt that
    is rolled back was not counted. A locked card is opened by a new PIN at the desk only.
    """
    row = (await tx.execute(queries.LOCK_PIN, {"id": card_id})).mappings().one_or_none()
    if row is None:
        return PinAnswer("none_set")
    if not row["attempts_left"]:
        return PinAnswer("locked")
    kept = sealer.open_text(row["sealed_hash"], hash_context(card_id))
    answer = after_attempt(await _is_right(kept, pin), row["attempts_left"])
    if answer.attempts_left != row["attempts_left"]:
        locked_at = None if answer.attempts_left else clock.utc_now()
        counted = {"id": card_id, "left": answer.attempts_left, "at": locked_at}
        await tx.execute(queries.COUNT, counted)
    return answer


async def _is_right(kept: str, pin: str) -> bool:
    async with _turns:
        try:
            return await asyncio.to_thread(_HASHER.verify, kept, pin)
        except (VerificationError, InvalidHashError):
            return False
