"""What is kept of an operator's PIN, and whether a typed one is it."""

import asyncio
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from common.sealed import Sealer

# OWASP's choice for small servers (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
# A PIN has few possibilities: what keeps it is the limit of tries and the seal around the hash.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each takes 19 MiB and a processor while it runs.
AT_ONCE_MAX = 4
_turns = asyncio.Semaphore(AT_ONCE_MAX)


async def kept_pin(sealer: Sealer, terminal_id: UUID, operator_id: UUID, pin: str) -> bytes:
    """Return the sealed hash of a PIN, good for this operator on this terminal only."""
    async with _turns:
        kept = await asyncio.to_thread(_HASHER.hash, pin)
    return sealer.seal_text(kept, _context(terminal_id, operator_id))


async def is_right_pin(
    sealer: Sealer, terminal_id: UUID, operator_id: UUID, *, kept: bytes, pin: str
) -> bool:
    """Tell whether a PIN is the one that was kept."""
    opened = sealer.open_text(kept, _context(terminal_id, operator_id))
    async with _turns:
        try:
            return await asyncio.to_thread(_HASHER.verify, opened, pin)
        except (VerificationError, InvalidHashError):
            return False


def _context(terminal_id: UUID, operator_id: UUID) -> str:
    return f"terminal_operators.pin:{terminal_id}:{operator_id}"
