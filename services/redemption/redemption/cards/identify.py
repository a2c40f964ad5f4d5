"""Which card was shown: from the text of its QR, or from the number that a person typed."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import card_token
from common.card_token import CardRefused, VerifyKey, WrongCardNumber
from common.problems import Refused
from redemption.cards import queries
from redemption.cards.rules import SCAN_REFUSALS

# A card number has 14 characters and some spaces or dashes; no card's QR is that short.
NUMBER_LENGTH_MAX = 24
KEYS_FRESH_S = 10.0

Ring = Mapping[bytes, tuple[VerifyKey, ...]]


@dataclass(frozen=True, slots=True)
class Presented:
    """A card of ours that was shown. Whether it may be used is another question."""

    card_id: str
    # "scanned" when the signature was checked, "typed" when only the number is known.
    reading: str


@dataclass
class TrustedKeys:
    """This process's copy of the published keys.

    A copy that is some seconds old cannot let a stolen key pass: statements about a card ask the
    database for its key's state each time.
    """

    ring: Ring = field(default_factory=dict)
    _read_at: float = float("-inf")

    @property
    def is_old(self) -> bool:
        """Whether the copy should be read again before it is used."""
        return time.monotonic() - self._read_at > KEYS_FRESH_S

    async def read(self, tx: AsyncConnection) -> None:
        """Read the keys again."""
        self.ring = card_token.key_ring(await queries.keys(tx))
        self._read_at = time.monotonic()


async def identify(
    tx: AsyncConnection, trusted: TrustedKeys, shown: str, now: datetime
) -> Presented:
    """Return which card a text or number names; raises Refused with the reason when it is none."""

    async def read() -> None:
        await trusted.read(tx)

    return await _identified(trusted, read, shown, now)


async def identify_beside(
    engine: AsyncEngine, trusted: TrustedKeys, shown: str, now: datetime
) -> Presented:
    """Do what identify does before any transaction; only keys that are old take a connection."""

    async def read() -> None:
        async with engine.connect() as tx:
            await trusted.read(tx)

    return await _identified(trusted, read, shown, now)


async def _identified(
    trusted: TrustedKeys, read: Callable[[], Awaitable[None]], shown: str, now: datetime
) -> Presented:
    if len(shown) <= NUMBER_LENGTH_MAX:
        return _typed(shown)
    if trusted.is_old:
        await read()
    try:
        return _scanned(shown, trusted.ring, now)
    except Refused as refusal:
        if refusal.code != "card_key_unknown":
            raise
    # Perhaps it was published since we looked.
    await read()
    return _scanned(shown, trusted.ring, now)


def identify_again(trusted: TrustedKeys, shown: str, then: datetime) -> Presented:
    """Return which card a text or number named at an earlier moment, whatever became of it."""
    if len(shown) <= NUMBER_LENGTH_MAX:
        return _typed(shown)
    ring = {
        kid: tuple(replace(key, state="active") for key in keys)
        for kid, keys in trusted.ring.items()
    }
    return _scanned(shown, ring, then)


def _typed(shown: str) -> Presented:
    try:
        return Presented(card_token.parse_card_number(shown), "typed")
    except WrongCardNumber as wrong:
        code = "card_number_mistyped" if wrong.mistyped else "card_number_malformed"
        raise Refused(code) from None


def _scanned(shown: str, ring: Ring, now: datetime) -> Presented:
    try:
        return Presented(card_token.verify(shown, ring, now).card_id, "scanned")
    except CardRefused as refusal:
        raise Refused(SCAN_REFUSALS[refusal.code]) from None
