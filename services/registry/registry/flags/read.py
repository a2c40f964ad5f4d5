"""Reading flags: of a family, of a list's families, of a region."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.regions import PROVINCE
from registry.flags import queries

ROWS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which flags a person wants to see; empty means all."""

    region: str = ""
    kind: str = ""
    severity: str = ""
    is_cleared: bool = False
    after: UUID | None = None


async def of_household(
    tx: AsyncConnection, household_id: UUID, *, is_open: bool = False
) -> Sequence[RowMapping]:
    """Return the flags of a family and its members, open and heavy ones first."""
    statement = queries.OPEN_OF_HOUSEHOLD if is_open else queries.OF_HOUSEHOLD
    return (await tx.execute(statement, {"household_id": household_id})).mappings().all()


async def open_blocking_of(tx: AsyncConnection, household_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these families on which a blocking flag is open.

    For sets join with `queries.OPEN_BLOCKING_HOUSEHOLDS` instead.
    """
    asked = {"household_ids": list(household_ids)}
    return set((await tx.execute(queries.OPEN_BLOCKING_OF, asked)).scalars())


async def open_blocking_in(tx: AsyncConnection, region_code: str) -> int:
    """Return how many blocking flags are open in a region."""
    asked = {"region_prefix": f"{region_code}%"}
    return int(await tx.scalar(queries.OPEN_BLOCKING_IN, asked) or 0)


async def counts(tx: AsyncConnection, caller: Principal, region: str) -> Sequence[RowMapping]:
    """Return how many flags of each kind and weight are open."""
    return (await tx.execute(queries.COUNTS, {"scopes": _scopes(caller, region)})).mappings().all()


async def listed(tx: AsyncConnection, caller: Principal, asked: Asked) -> Sequence[RowMapping]:
    """Return a page of flags in the caller's regions, newest first, and note that it was read."""
    values = {
        "scopes": _scopes(caller, asked.region),
        "kind": asked.kind,
        "severity": asked.severity,
        "is_cleared": asked.is_cleared,
        "after": asked.after,
        "rows": ROWS,
    }
    rows = (await tx.execute(queries.LISTED, values)).mappings().all()
    region = asked.region or (caller.regions[0] if len(caller.regions) == 1 else PROVINCE)
    shown = sorted({str(row["person_household_id"] or row["household_id"]) for row in rows})
    await audit.record(
        tx,
        caller,
        "flags.read",
        "region",
        region,
        region_code=region,
        details={"found": len(rows), "households": shown},
    )
    return rows


def _scopes(caller: Principal, region: str) -> list[str]:
    if region:
        caller.demand_region(region)
        return [region]
    return list(caller.regions)
