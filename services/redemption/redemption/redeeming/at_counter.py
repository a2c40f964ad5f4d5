"""A counter's request to redeem, on its way to the till that it shares with all others."""

import asyncio
from datetime import datetime

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.datastructures import State

from common import clock
from common.auth.principal import Principal
from common.database import in_transaction
from common.problems import Refused
from redemption.cards import queries as cards
from redemption.cards.identify import Presented, identify_beside
from redemption.partners import queries as partners
from redemption.pins.try_pin import Keys, Typed, refusal_of, try_pin
from redemption.pins.verify import AT_ONCE_MAX
from redemption.redeeming import queries
from redemption.redeeming.lines import Redemption
from redemption.redeeming.redeem import Act, partner_of
from redemption.redeeming.rules import Wanted, why_not_here
from redemption.redeeming.till import Till

BY_PIN = "pin_right"


def prepare(app: FastAPI) -> None:
    """Give the process its till; it uses the engine that the process has when it is asked."""

    def engine() -> AsyncEngine:
        made: AsyncEngine = app.state.engine
        return made

    app.state.till = Till(engine, app.state.trusted_keys)
    # Comparing takes a while: whoever waits for it holds no connection meanwhile.
    app.state.pin_turns = asyncio.Semaphore(AT_ONCE_MAX)


async def redeem(
    state: State, caller: Principal, wanted: Wanted, *, pin: str | None = None
) -> Redemption:
    """Return the line of an act once it is committed; a repeat gets the first one, for ever.

    `pin` is compared, and counted, before the act and by itself. Raises Refused; what was refused
    of a family has been noted by then.
    """
    partner_of(caller)
    now = clock.utc_now()
    shown: Presented | Refused
    try:
        shown = await identify_beside(state.engine, state.trusted_keys, wanted.shown, now)
    except Refused as refusal:
        shown = refusal
    if wanted.holder_check == BY_PIN and isinstance(shown, Presented):
        shown = await _with_right_pin(state, caller, wanted, shown, now=now, pin=pin)
    till: Till = state.till
    return await till.redeem(Act(caller, wanted, now, shown))


async def _with_right_pin(
    state: State,
    caller: Principal,
    wanted: Wanted,
    shown: Presented,
    *,
    now: datetime,
    pin: str | None,
) -> Presented | Refused:
    """Return the card when its PIN was typed, or a refusal for the till to note.

    Nothing is counted for an act that was answered before, nor for one that is refused anyway.
    """

    async def compare(tx: AsyncConnection) -> Presented | Refused:
        found = await cards.find(tx, shown.card_id)
        card = found[0] if found else None
        partner = await partners.find(tx, partner_of(caller))
        is_answered = await queries.find(tx, wanted.id) is not None
        if is_answered or card is None or why_not_here(partner, card, now) is not None:
            return shown
        if not pin:
            return Refused("pin_needed")
        typed = Typed(wanted.id, card.card_id, card.household_id, pin, now)
        answer = await try_pin(tx, caller, Keys(state.sealer, state.blind_index), typed)
        return refusal_of(answer) or shown

    async with state.pin_turns:
        answer: Presented | Refused = await in_transaction(state.engine, compare)
        return answer
