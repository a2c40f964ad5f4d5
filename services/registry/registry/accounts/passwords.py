"""Passwords: argon2id, a few at a time, and as slow for a name that does not exist."""

import asyncio
import secrets
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP's choice for small servers (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
# Each takes 19 MiB and a processor while it runs.
AT_ONCE_MAX = 4
# Crockford's alphabet: nothing in it is mistaken for anything else when it is read out.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
GROUPS = 4
GROUP_CHARACTERS = 5

_turns = asyncio.Semaphore(AT_ONCE_MAX)


@cache
def nobodys_hash() -> str:
    """Return what the password of a name that does not exist is compared with."""
    return HASHER.hash(secrets.token_urlsafe(32))


async def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    async with _turns:
        return await asyncio.to_thread(HASHER.hash, password)


async def is_right(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; takes as long when none was."""
    against = kept or nobodys_hash()
    async with _turns:
        found = await asyncio.to_thread(HASHER.verify, password, against)
    return found and kept is not None


def one_time_password() -> str:
    """Return a random password of 100 bits that can be read out over a bad line."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_CHARACTERS)) for _ in range(GROUPS)
    )
    return "-".join(groups)
