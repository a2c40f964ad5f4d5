"""Finding families from what a person types: a name in a region, or a number of any kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import LEVELS
from common.sealed import BlindIndex
from registry.people import queries, rules
from registry.people.rules import Typed

ROWS = 25
FIRST_ID = UUID(int=0)
# Who looks after restricted data sees whose they are.
SEES_RESTRICTED = "privacy.manage"


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is the one box: anything. `name` and `number` say which it is."""

    region_code: str = ""
    name: str = ""
    number: str = ""
    text: str = ""
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Families, and the id after which the next page begins, when there is one.

    `is_alike`: nothing is spelled as it was typed; these are spelled a little differently.
    """

    rows: Sequence[RowMapping]
    next_after: UUID | None = None
    is_alike: bool = False
    by: str = ""


async def search(tx: AsyncConnection, caller: Principal, index: BlindIndex, asked: Asked) -> Found:
    """Return families within the caller's regions, and note which were shown to whom.

    What was searched for is not logged. Raises Refused: search_incomplete, number_not_16_digits,
    card_number_mistyped, outside_your_regions.
    """
    found = await find(tx, caller, index, asked)
    if found.by == "name":
        await _note_shown(tx, caller, asked.region_code, found)
    else:
        await _note_found(tx, caller, found)
    return found


async def find(tx: AsyncConnection, caller: Principal, index: BlindIndex, asked: Asked) -> Found:
    """Return what `search` does and note nothing: for callers that note it themselves."""
    typed = _understood(asked)
    if typed.kind == "name":
        return await _by_name(tx, caller, asked, typed.value)
    return await _by_number(tx, caller, index, typed)


def _understood(asked: Asked) -> Typed:
    typed = rules.understand(asked.number or asked.text)
    if asked.number and typed.kind == "name":
        raise Refused("number_not_16_digits")
    if typed.kind == "wrong_number":
        raise Refused("number_not_16_digits")
    if typed.kind == "mistyped_card":
        raise Refused("card_number_mistyped")
    return typed if typed.kind != "nothing" else Typed("name", rules.name_key(asked.name))


async def _by_number(
    tx: AsyncConnection, caller: Principal, index: BlindIndex, typed: Typed
) -> Found:
    ways: dict[str, list[tuple[TextClause, dict[str, object]]]] = {
        "number": [
            (statement, {"number_index": index.of(purpose, typed.value)})
            for statement, purpose in ((queries.BY_NIK, "nik"), (queries.BY_KK, "kk"))
        ],
        "card": [(queries.BY_CARD, {"card_id": typed.value})],
        "temporary": [(queries.BY_TEMPORARY_NUMBER, {"number": typed.value})],
    }
    rows: list[RowMapping] = []
    sees = {"sees_restricted": SEES_RESTRICTED in caller.permissions}
    for statement, values in ways[typed.kind]:
        rows += (await tx.execute(statement, {**values, **sees})).mappings().all()
    # A family elsewhere is not told apart from none: that it exists is a fact about it.
    return Found([row for row in rows if caller.covers(row["region_code"])], by=typed.kind)


async def _by_name(tx: AsyncConnection, caller: Principal, asked: Asked, key: str) -> Found:
    level = LEVELS.get(len(asked.region_code), "")
    is_village = level == "village"
    shortest = rules.NAME_CHARACTERS_MIN if is_village else rules.NAME_CHARACTERS_MIN_WIDE
    # The names of the whole province are too many to compare.
    if level in {"", "province"} or len(key) < (shortest if key or not is_village else 0):
        raise Refused("search_incomplete")
    caller.demand_region(asked.region_code)
    values = {
        "name_key": key,
        "name_like": f"%{key}%",
        "after": asked.after or FIRST_ID,
        "rows": ROWS + 1,
        "sees_restricted": SEES_RESTRICTED in caller.permissions,
    }
    values |= _place(asked.region_code, is_village=is_village)
    statement = queries.BY_VILLAGE_AND_NAME if is_village else queries.BY_REGION_AND_NAME
    rows = (await tx.execute(statement, values)).mappings().all()
    more = rows[ROWS - 1]["id"] if len(rows) > ROWS else None
    if rows or not key or asked.after is not None:
        return Found(rows[:ROWS], more, by="name")
    values = {name: value for name, value in values.items() if name not in {"name_like", "after"}}
    statement = queries.ALIKE_IN_VILLAGE if is_village else queries.ALIKE_IN_REGION
    rows = (await tx.execute(statement, {**values, "rows": ROWS})).mappings().all()
    return Found(rows, is_alike=True, by="name")


def _place(region_code: str, *, is_village: bool) -> dict[str, str]:
    if is_village:
        return {"region_code": region_code}
    # Everything that begins with the code and a dot: a slash is the next character.
    return {"region_from": f"{region_code}.", "region_to": f"{region_code}/"}


async def _note_shown(
    tx: AsyncConnection, caller: Principal, region_code: str, found: Found
) -> None:
    shown = [str(row["id"]) for row in found.rows]
    details = {"by": found.by, "found": len(shown), "households": shown}
    await audit.record(
        tx,
        caller,
        "household.search",
        "region",
        region_code,
        region_code=region_code,
        details=details,
    )


async def _note_found(tx: AsyncConnection, caller: Principal, found: Found) -> None:
    details = {"by": found.by}
    for row in found.rows:
        await audit.record(
            tx,
            caller,
            "household.found",
            "household",
            row["id"],
            region_code=row["region_code"],
            details=details,
        )
    if not found.rows:
        await audit.record(
            tx, caller, "household.search", "region", "-", details={**details, "found": 0}
        )


async def count_households(tx: AsyncConnection, caller: Principal) -> int:
    """Return how many families the caller's regions have."""
    return int(await tx.scalar(queries.COUNT_IN, {"scopes": list(caller.regions)}) or 0)
