"""Who calls from another agency: their agreement, and how often they may."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from registry.accounts.pace import Pace
from registry.dci import profiles
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import REQUESTS_PER_MINUTE

Caller = Annotated[Principal, Depends(require("registry.query"))]


@dataclass(frozen=True, slots=True)
class Calling:
    """A system whose agreement runs, and the tools with which it is served."""

    profile: Profile
    tools: Tools


def add_exchange(app: FastAPI) -> None:
    """Make the registry's app ready to be asked by other systems."""
    app.state.exchange_pace = Pace(REQUESTS_PER_MINUTE)


async def calling(request: Request, caller: Caller, tx: Transaction) -> Calling:
    """Return who calls.

    Raises Refused: exchange_not_agreed, exchange_ended, too_many_requests.
    """
    profile = await profiles.of_caller(tx, caller)
    pace: Pace = request.app.state.exchange_pace
    wait_s = pace.wait_s(profile.client_id)
    if wait_s:
        raise Refused("too_many_requests", wait_s=wait_s)
    pace.count(profile.client_id)
    state = request.app.state
    return Calling(profile, Tools(state.sealer, state.blind_index))


System = Annotated[Calling, Depends(calling, scope="function")]
