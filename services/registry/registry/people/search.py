"""Finding families: by village and name, or by a NIK or KK number."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex
from registry.people import queries, rules

ROWS = 25
NAME_CHARACTERS_MIN = 2
FIRST_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Asked:
    region_code: str = ""
    name: str = ""
    number: str = ""
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Families, and the id after which the next page begins, when there is one."""

    rows: Sequence[RowMapping]
    next_after: UUID | None = None


async def search(tx: AsyncConnection, caller: Principal, index: BlindIndex, asked: Asked) -> Found:
    """Return families within the caller's regions. What was searched for is not logged, that is.

    Raises Refused: search_incomplete, number_not_16_digits, outside_your_regions.
    """
    number = "".join(asked.number.split())
    if number:
        found = await _by_number(tx, caller, index, number)
        how = "number"
    else:
        found = await _by_name(tx, caller, asked)
        how = "village"
    region = asked.region_code if how == "village" else None
    details = {"by": how, "found": len(found.rows)}
    await audit.record(
        tx, caller, "household.search", "region", region or "-", region_code=region, details=details
    )
    return found


async def _by_number(
    tx: AsyncConnection, caller: Principal, index: BlindIndex, number: str
) -> Found:
    if not rules.DIGITS_16.fullmatch(number):
        raise Refused("number_not_16_digits")
    rows: list[RowMapping] = []
    for statement, purpose in ((queries.BY_NIK, "nik"), (queries.BY_KK, "kk")):
        asked = {"number_index": index.of(purpose, number)}
        rows += (await tx.execute(statement, asked)).mappings().all()
    # A family elsewhere is not told apart from none: that it exists is a fact about it.
    return Found([row for row in rows if caller.covers(row["region_code"])])


async def _by_name(tx: AsyncConnection, caller: Principal, asked: Asked) -> Found:
    key = rules.name_key(asked.name)
    if not asked.region_code or (key and len(key) < NAME_CHARACTERS_MIN):
        raise Refused("search_incomplete")
    caller.demand_region(asked.region_code)
    values = {
        "region_code": asked.region_code,
        "name_key": key,
        "name_like": f"%{key}%",
        "after": asked.after or FIRST_ID,
        "rows": ROWS + 1,
    }
    rows = (await tx.execute(queries.BY_VILLAGE_AND_NAME, values)).mappings().all()
    more = rows[ROWS - 1]["id"] if len(rows) > ROWS else None
    return Found(rows[:ROWS], more)


async def count_households(tx: AsyncConnection, caller: Principal) -> int:
    """Return how many families the caller's regions have."""
    return int(await tx.scalar(queries.COUNT_IN, {"scopes": list(caller.regions)}) or 0)
