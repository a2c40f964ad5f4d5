"""Distribution days for terminals and for partners' programs."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.formats import in_wib
from redemption.distribution import queries
from redemption.distribution.follow import follow
from redemption.distribution.plan import visible

router = new_router(prefix="/v1", tags=["distribution"])
SHOWN_SINCE = timedelta(days=1)


class OwnShare(BaseModel):
    """A day that a terminal takes part in: what to ask a lease for."""

    id: UUID
    name: str
    place: str
    held_on: date
    state: str
    region_codes: list[str]
    card_ends: str


@router.get("/terminal/distributions", response_model=list[OwnShare])
async def get_own_distributions(
    caller: Annotated[Principal, Depends(require("terminals.use"))], tx: Transaction
) -> list[OwnShare]:
    """Return the days that the calling terminal takes part in, from yesterday on."""
    if caller.terminal_id is None:
        raise Refused("not_found")
    since = in_wib(clock.utc_now()).date() - SHOWN_SINCE
    found = await queries.rows(tx, queries.OF_TERMINAL, terminal_id=caller.terminal_id, since=since)
    return [OwnShare(**row) for row in found]


@router.get("/distributions/{distribution_id}")
async def get_distribution(
    distribution_id: UUID,
    caller: Annotated[Principal, Depends(require("distributions.read"))],
    tx: Transaction,
) -> dict[str, Any]:
    """Return how a day stands: expected, served and left by benefit, acts by hour and terminal."""
    day = await follow(tx, await visible(tx, caller, distribution_id))
    names = ("id", "partner_id", "name", "place", "held_on", "region_codes", "state", "report",
             "report_hash")  # fmt: skip
    return {
        **{name: day.found[name] for name in names},
        "benefits": [
            {
                "benefit_id": one.benefit_id,
                "cycle_id": one.cycle_id,
                "name_id": one.name_id,
                "expected": one.expected,
                "served": one.served,
                "left": one.left,
                "rupiah": one.rupiah,
            }
            for one in day.benefits
        ],
        "hours": day.hours,
        "terminals": day.terminals,
        "unsent": day.unsent,
        "after_closing": day.after_closing,
    }
