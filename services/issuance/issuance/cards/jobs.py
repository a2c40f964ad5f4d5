"""The signer's loop that signs orders as they come."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from common.sealed import SealBroken, Sealer
from issuance.cards import sign_queries
from issuance.cards.sign import CARDS_AT_ONCE_MAX, CardSigner, sign_batch
from issuance.settings import Settings
from issuance.signing.open_signer import KeyRoom, NoSigningKey
from issuance.status.allocate import allocate
from issuance.status.set_status import Place

IDLE_POLL_S = 0.25
NO_KEY_WAIT_S = 5.0
# Batches in hand at once: while PostgreSQL stores two, the third is being made. Each is a
# transaction and about 8 MB of this process; more would only wait for each other.
LANES = 3

log = structlog.get_logger()


def card_signer(settings: Settings) -> CardSigner:
    """Return what signs cards; raises NoSigningKey in a process without the master key."""
    return CardSigner(
        KeyRoom(settings),
        sealer=Sealer(settings.sealing_key.get_secret_value()),
        event_sealer=Sealer(settings.event_sealing_key.get_secret_value()),
        status_list_address=settings.status_list_address,
        card_valid_years=settings.card_valid_years,
    )


class Orders:
    """What is ordered, signed in lanes that do not wait for each other."""

    def __init__(self, engine: AsyncEngine, tools: CardSigner) -> None:
        self.engine = engine
        self.tools = tools
        # Places in the status lists for the batches to come. Each lane would otherwise hold the
        # list's row until its commit, and the next would wait for it.
        self._places: list[list[Place]] = [[] for _ in range(LANES)]
        # What is loaded by now stays. Without this, the collector looks at all of it again with
        # every few batches: a tenth of the time that cards take.
        gc.freeze()

    async def sign_all(self) -> int:
        """Sign until nothing is ordered; return how many cards that were."""
        waiting = await self._waiting(LANES * CARDS_AT_ONCE_MAX)
        lanes = self._places[: -(-waiting // CARDS_AT_ONCE_MAX)]
        done = await asyncio.gather(
            *(self._sign_in(lane) for lane in lanes), return_exceptions=True
        )
        for one in done:
            if isinstance(one, BaseException):
                raise one
        return sum(one for one in done if isinstance(one, int))

    async def _sign_in(self, places: list[Place]) -> int:
        total = 0
        while waiting := await self._waiting(CARDS_AT_ONCE_MAX):
            await self._stock_up(places, waiting)
            signed = await self._sign_one_batch(places)
            if not signed:
                break
            total += signed
        return total

    async def _stock_up(self, places: list[Place], wanted: int) -> None:
        missing = wanted - len(places)
        if missing > 0:
            places += await in_transaction(self.engine, lambda tx: allocate(tx, missing))

    async def _sign_one_batch(self, places: list[Place]) -> int:
        signed: int = await in_transaction(
            self.engine, lambda tx: sign_batch(tx, self.tools, clock.utc_now(), stock=places)
        )
        return signed

    async def _waiting(self, at_most: int) -> int:
        async with self.engine.connect() as connection:
            asked = {"limit": at_most}
            return int(await connection.scalar(sign_queries.COUNT_ORDERS, asked) or 0)


def sign_orders(settings: Settings) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
    """Return the loop that signs whatever is ordered, some batches at a time."""
    tools = card_signer(settings)

    async def forever(engine: AsyncEngine) -> None:
        orders = Orders(engine, tools)
        while True:
            wait_s = IDLE_POLL_S
            try:
                wait_s = 0.0 if await orders.sign_all() else IDLE_POLL_S
            except NoSigningKey as error:
                log.warning("orders wait for a key", reason=str(error))
                wait_s = NO_KEY_WAIT_S
            except SealBroken as error:
                # What else the signer does, such as telling of a blocked card, goes on.
                log.error("orders wait for a seal that opens", reason=str(error))
                wait_s = NO_KEY_WAIT_S
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("signing waits for the database", error=type(error).__name__)
                wait_s = NO_KEY_WAIT_S
            await asyncio.sleep(wait_s)

    return forever
