"""What a reviewer sees: how many pairs wait, the next one, its two sides beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from registry.matching import queries

ROWS = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair with both sides, the one that is better kept first named."""

    pair: RowMapping
    sides: Sequence[RowMapping]
    keep: UUID
    next_id: UUID | None


async def counts(tx: AsyncConnection, caller: Principal) -> RowMapping:
    """Return how many pairs wait for the caller."""
    return (await tx.execute(queries.COUNT_WAITING, _scopes(caller))).mappings().one()


async def waiting(
    tx: AsyncConnection, caller: Principal, *, after: UUID | None = None, rows: int = ROWS
) -> Sequence[RowMapping]:
    """Return pairs that wait for the caller, the surest first."""
    asked = {**_scopes(caller), "after": after, "rows": rows}
    return (await tx.execute(queries.WAITING, asked)).mappings().all()


async def shown(tx: AsyncConnection, caller: Principal, pairs: Sequence[RowMapping]) -> None:
    """Note whose names a list of pairs has shown."""
    asked = {
        "person_ids": sorted({one[side] for one in pairs for side in ("person_a", "person_b")})
    }
    families = (await tx.execute(queries.FAMILIES_OF, asked)).scalars()
    region = caller.regions[0] if len(caller.regions) == 1 else PROVINCE
    details = {"found": len(pairs), "households": [str(one) for one in families]}
    await audit.record(
        tx, caller, "match.read", "region", region, region_code=region, details=details
    )


async def decided(tx: AsyncConnection, caller: Principal) -> Sequence[RowMapping]:
    """Return the pairs that were decided last."""
    return (await tx.execute(queries.DECIDED, {**_scopes(caller), "rows": ROWS})).mappings().all()


async def compared(tx: AsyncConnection, caller: Principal, candidate_id: UUID) -> Compared:
    """Return a pair with its sides, and note that both were read.

    Raises Refused: not_found, outside_your_regions.
    """
    asked = {"candidate_id": candidate_id}
    pair = (await tx.execute(queries.CANDIDATE, asked)).mappings().one_or_none()
    if pair is None:
        raise Refused("not_found")
    caller.demand_region(pair["region_a"])
    caller.demand_region(pair["region_b"])
    people = {"person_ids": [pair["person_a"], pair["person_b"]]}
    rows = {row["id"]: row for row in (await tx.execute(queries.SIDES, people)).mappings()}
    if len(rows) != len(people["person_ids"]):
        raise Refused("not_found")
    sides = [rows[one] for one in people["person_ids"]]
    for side in sides:
        # A family may have moved since the pair was found.
        caller.demand_region(side["region_code"])
        await audit.record(
            tx, caller, "match.read", "person", side["id"], region_code=side["region_code"]
        )
    following = await waiting(tx, caller, after=candidate_id, rows=1)
    return Compared(pair, sides, better(sides)["id"], following[0]["id"] if following else None)


def better(sides: Sequence[RowMapping]) -> RowMapping:
    """Return the record to keep: with a NIK, alive, and known for longer."""
    return min(
        sides,
        key=lambda one: (one["nik_index"] is None, one["status"] != "alive", str(one["id"])),
    )


async def of_household(tx: AsyncConnection, household_id: UUID) -> Sequence[RowMapping]:
    """Return the pairs that a family's members are in."""
    asked = {"household_id": household_id}
    return (await tx.execute(queries.OF_HOUSEHOLD, asked)).mappings().all()


def _scopes(caller: Principal) -> dict[str, Any]:
    return {"scopes": list(caller.regions)}
