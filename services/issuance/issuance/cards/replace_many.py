"""What a stolen key costs, and replacing every card that was signed under one."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.database import in_transaction, is_database_away
from common.events import BATCH_MAX
from common.regions import PROVINCE
from issuance.cards import replace_many_queries as queries
from issuance.cards.move_many import move_many
from issuance.cards.order import new_card_id
from issuance.cards.rules import ENDED_STATES, IN_USE, ON_ITS_WAY
from issuance.cards.tell import Change, tell_steps
from issuance.signing.queries import all_keys

REASON = "key_compromised"
LOOK_EVERY_S = 10.0
# It ends and orders cards of the whole province; nobody's own act.
ACTOR = Principal(REASON, REASON, frozenset(), frozenset(), (PROVINCE,))

log = structlog.get_logger()


@dataclass(slots=True)
class CardsOfKey:
    """How many cards one key has signed, by what they are now and by regency."""

    states: Counter[str] = field(default_factory=Counter)
    active: Counter[str] = field(default_factory=Counter)
    on_their_way: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)

    @property
    def signed(self) -> int:
        """All that were ever signed under the key."""
        return self.states.total()

    @property
    def living(self) -> int:
        """Those that have not ended."""
        return sum(count for state, count in self.states.items() if state not in ENDED_STATES)

    @property
    def regencies(self) -> list[str]:
        """Where cards live that the theft touches."""
        return sorted({*self.active, *self.on_their_way, *self.blocked})


async def cards_of_key(tx: AsyncConnection, kid: str) -> CardsOfKey:
    """Return what would be touched if this key were stolen."""
    found = CardsOfKey()
    for regency, state, cards in await tx.execute(queries.COUNT_BY_REGENCY, {"kid": kid}):
        found.states[state] += cards
        if state == "active":
            found.active[regency] += cards
        elif state in ON_ITS_WAY:
            found.on_their_way[regency] += cards
        elif state == "blocked":
            found.blocked[regency] += cards
    return found


async def living_cards(tx: AsyncConnection, kid: str) -> int:
    """Return how many cards under this key have not ended."""
    return int(await tx.scalar(queries.COUNT_LIVING, {"kid": kid}) or 0)


async def cards_by_key(tx: AsyncConnection) -> Mapping[str, Mapping[str, Any]]:
    """Return for each key that has signed how many cards it signed, active and living ones."""
    rows = (await tx.execute(queries.COUNT_BY_KEY)).mappings()
    return {row["kid"]: dict(row) for row in rows}


async def replace_batch(tx: AsyncConnection, *, limit: int = BATCH_MAX) -> int:
    """Replace up to `limit` cards that were signed under stolen keys; return how many.

    Old cards end and new ones are ordered in one transaction, so that a process that dies leaves no
    family without; what is left is what the next call finds. Blocked cards stay blocked.
    """
    kids = [key["kid"] for key in await all_keys(tx) if key["state"] == "compromised"]
    if not kids:
        return 0
    found = await tx.execute(queries.SELECT_TO_REPLACE, {"kids": kids, "limit": limit})
    homes = {row.card_id: row.household_id for row in found}
    if not homes:
        return 0
    ended = await move_many(
        tx, ACTOR, list(homes), old=IN_USE, new="replaced", reason=REASON, place=PROVINCE
    )
    orders = {
        "card_ids": [new_card_id() for _ in ended],
        "old_card_ids": ended,
        "now": clock.utc_now(),
        "actor": ACTOR.subject,
        "actor_name": ACTOR.name,
        "reason": REASON,
    }
    made = (await tx.execute(queries.INSERT_REPLACEMENTS, orders)).mappings().all()
    await tell_steps(tx, made, Change("", REASON, "", clock.utc_now()))
    await tx.execute(queries.UPDATE_ASKED, {"household_ids": [homes[one] for one in ended]})
    return len(ended)


async def replace_cards_of_stolen_keys(engine: AsyncEngine) -> None:
    """Look for ever for cards under stolen keys, and replace them a batch at a time.

    The cards themselves say what is left to do: begun anew after a crash, it goes on.
    """
    while True:
        wait_s = LOOK_EVERY_S
        try:
            if done := await in_transaction(engine, replace_batch):
                log.info("cards of a stolen key replaced", cards=done)
                wait_s = 0.0
        except Exception as error:
            if not is_database_away(error):
                raise
            log.warning("replacing waits for the database", error=type(error).__name__)
        await asyncio.sleep(wait_s)
