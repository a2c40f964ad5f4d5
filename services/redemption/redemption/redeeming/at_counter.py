"""A counter's request to redeem, on its way to the till that it shares with all others."""

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import State

from common import clock
from common.auth.principal import Principal
from common.problems import Refused
from redemption.cards.identify import Presented, identify_beside
from redemption.redeeming.lines import Redemption
from redemption.redeeming.redeem import Act, partner_of
from redemption.redeeming.rules import Wanted
from redemption.redeeming.till import Till


def prepare(app: FastAPI) -> None:
    """Give the process its till; it uses the engine that the process has when it is asked."""

    def engine() -> AsyncEngine:
        made: AsyncEngine = app.state.engine
        return made

    app.state.till = Till(engine, app.state.trusted_keys)


async def redeem(state: State, caller: Principal, wanted: Wanted) -> Redemption:
    """Return the line of an act once it is committed; a repeat gets the first one, for ever.

    Raises Refused; what was refused of a family has been noted by then.
    """
    partner_of(caller)
    now = clock.utc_now()
    shown: Presented | Refused
    try:
        shown = await identify_beside(state.engine, state.trusted_keys, wanted.shown, now)
    except Refused as refusal:
        shown = refusal
    till: Till = state.till
    return await till.redeem(Act(caller, wanted, now, shown))
