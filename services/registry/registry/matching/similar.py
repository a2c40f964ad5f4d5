"""Who in the registry is like the person at the desk, while their name is being typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from registry.matching.similar_rules import Likeness, days_around, likeness
from registry.people.queries import IS_RESTRICTED
from registry.people.rules import name_key

CANDIDATES_MAX = 4000
SHOWN_MAX = 6
NAME_CHARACTERS_MIN = 3
_PERSON = f"""
    SELECT p.id, p.household_id, p.name, p.name_key, p.sex, p.born_on, h.region_code
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.status <> 'merged' AND NOT {IS_RESTRICTED}
"""  # noqa: S608
# Each half has its index: the village's families, the day of birth anywhere the caller may look.
CANDIDATES = text(f"""
    ({_PERSON} AND h.region_code = :region_code LIMIT :rows)
    UNION
    ({_PERSON} AND p.born_on = ANY (CAST(:days AS date[])) AND EXISTS (
        SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE h.region_code LIKE s || '%')
     LIMIT :rows)
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Similar:
    """Someone in the registry who may be the one at the desk."""

    person: RowMapping
    likeness: Likeness


async def similar(
    tx: AsyncConnection,
    caller: Principal,
    region_code: str,
    name: str,
    born_on: date | None,
) -> Sequence[Similar]:
    """Return people of the caller's regions who are alike, the likeliest first.

    Raises Refused outside_your_regions.
    """
    caller.demand_region(region_code)
    key = name_key(name)
    if len(key) < NAME_CHARACTERS_MIN:
        return []
    asked = {
        "region_code": region_code,
        "days": days_around(born_on) if born_on else [],
        "scopes": list(caller.regions),
        "rows": CANDIDATES_MAX,
    }
    found = [
        Similar(row, how)
        for row in (await tx.execute(CANDIDATES, asked)).mappings()
        if (how := likeness(key, born_on, row["name_key"], row["born_on"])) is not None
    ]
    found.sort(key=lambda one: (not one.likeness.is_likely, -one.likeness.name, one.person["id"]))
    shown = found[:SHOWN_MAX]
    details = {
        "found": [str(one.person["id"]) for one in shown],
        "households": sorted({str(one.person["household_id"]) for one in shown}),
    }
    await _note(tx, caller, region_code, details)
    return shown


async def _note(
    tx: AsyncConnection, caller: Principal, region: str, details: Mapping[str, list[str]]
) -> None:
    await audit.record(
        tx, caller, "persons.compared", "region", region, region_code=region, details=details
    )
