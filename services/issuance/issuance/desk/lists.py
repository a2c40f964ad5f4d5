"""The lists of the desk's first page: what was done today, and what waits here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.sealed import Sealer
from issuance.cards.replacements import open_requests
from issuance.cards.worklist import Asked, families_that_ask
from issuance.desk import queries
from issuance.desk.rules import day_began


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a clerk of these regions finds when the day begins. Without names."""

    at_desk: Sequence[RowMapping]
    blocked: Sequence[RowMapping]
    # Replacements that one clerk asked for and another has to confirm.
    asked: Sequence[RowMapping]
    own_work: Sequence[RowMapping]
    own_count: int


async def read_waiting(tx: AsyncConnection, caller: Principal) -> Waiting:
    """Return the lists, each of the caller's regions."""
    here = {"scopes": list(caller.regions)}
    mine = {"actor": caller.subject, "since": day_began(clock.utc_now())}
    return Waiting(
        (await tx.execute(queries.AT_DESK, here)).mappings().all(),
        (await tx.execute(queries.BLOCKED, here)).mappings().all(),
        [row for scope in caller.regions for row in await open_requests(tx, caller, scope)],
        (await tx.execute(queries.OWN_WORK, mine)).mappings().all(),
        int(await tx.scalar(queries.OWN_COUNT, mine) or 0),
    )


async def read_asking(tx: AsyncConnection, caller: Principal, sealer: Sealer) -> list[Asked]:
    """Return the families whose card asks for something, who waits longest first."""
    found = [
        one
        for scope in caller.regions
        for one in await families_that_ask(tx, caller, sealer, scope)
    ]
    return sorted(found, key=lambda one: one.since)
