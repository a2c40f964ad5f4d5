"""A person's own copy: everything held about them, with sources, and who saw it, when and why.

The same content is a page to print and JSON for a program (UU 27/2022 art. 7, 13, 32).
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE, parent_of
from common.sealed import Sealer
from registry.people.reveal import opened
from registry.privacy import copy_queries as queries
from registry.privacy.copy_rules import SECTIONS
from registry.privacy.requests import one_for, person_for

STATEMENTS: dict[str, TextClause] = {
    "versions": queries.VERSIONS,
    "facts": queries.FACTS,
    "decisions": queries.DECISIONS,
    "enrolments": queries.ENROLMENTS,
    "cards": queries.CARDS,
    "redemptions": queries.REDEMPTIONS,
    "flags": queries.FLAGS,
    "objections": queries.OBJECTIONS,
    "changes": queries.CHANGES,
    "requests": queries.REQUESTS,
}
HELD = ("name", "sex", "born_on", "birth_place", "relation", "marital", "status",
        "father_name", "mother_name")  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """What one person gets to read; the lists by the names of `SECTIONS`."""

    made_at: str
    identity: dict[str, Any]
    source: dict[str, Any]
    region_code: str
    other_members: int
    sections: dict[str, list[dict[str, Any]]]
    who_saw: list[dict[str, Any]]


async def own_copy(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, request_id: UUID
) -> OwnCopy:
    """Return the copy that a request asks for; noted.

    Raises Refused: not_found, outside_your_regions, not_a_copy_request, person_erased.
    """
    request = await one_for(tx, caller, request_id)
    if request["kind"] != "copy":
        raise Refused("not_a_copy_request")
    person = await person_for(tx, caller, request["person_id"])
    if person["is_erased"]:
        raise Refused("person_erased")
    ids = {"person_id": person["id"], "household_id": person["household_id"]}
    await audit.record(
        tx,
        caller,
        "person.copied",
        "person",
        person["id"],
        region_code=person["region_code"],
        details={"household_id": str(person["household_id"]), "request": str(request_id)},
    )
    source = await tx.execute(queries.SOURCE, {"import_id": person["import_id"]})
    return OwnCopy(
        made_at=clock.utc_now().isoformat(timespec="seconds"),
        identity=_identity(sealer, person),
        source=dict(source.mappings().one_or_none() or {}),
        region_code=person["region_code"],
        other_members=int(await tx.scalar(queries.OTHERS, ids) or 0),
        sections={
            name: [dict(row) for row in (await tx.execute(STATEMENTS[name], ids)).mappings()]
            for name in SECTIONS
        },
        who_saw=await _who_saw(tx, ids, person["region_code"]),
    )


def _identity(sealer: Sealer, person: RowMapping) -> dict[str, Any]:
    numbers = opened(sealer, person, [person])
    return {
        **{name: person[name] for name in HELD},
        "nik": numbers.niks.get(person["id"], person["temporary_number"]),
        "phone": numbers.phones.get(person["id"], ""),
        "kk": numbers.kk,
        "address": numbers.address,
    }


async def _who_saw(
    tx: AsyncConnection, ids: dict[str, Any], region_code: str
) -> list[dict[str, Any]]:
    places, here = [], parent_of(region_code)
    while here is not None:
        places.append(here)
        here = parent_of(here) if here != PROVINCE else None
    asked = {**ids, "places": [region_code, *places], "rows": queries.WHO_SAW_ROWS}
    return [dict(row) for row in (await tx.execute(queries.WHO_SAW, asked)).mappings()]
