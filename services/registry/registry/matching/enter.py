"""A person is added at the desk, unless someone very like them is recorded already."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from registry.eligibility.ask import ask_evaluation
from registry.matching.ask import ask_matching
from registry.matching.similar import Similar, similar
from registry.people.add_person import NewPerson, add_person
from registry.people.household import find_for

REASON_CHARACTERS_MIN = 10


async def enter(
    tx: AsyncConnection,
    caller: Principal,
    keys: tuple[Sealer, BlindIndex],
    household_id: UUID,
    person: NewPerson,
    *,
    reason: str = "",
) -> RowMapping:
    """Add a person to a family. Someone likely the same asks for a reason, which stays on record.

    Raises Refused: maybe_known, and those of `add_person`.
    """
    home = await find_for(tx, caller, household_id)
    reason = " ".join(reason.split())
    alike = await likely(tx, caller, home["region_code"], person)
    if alike and len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("maybe_known")
    written = await add_person(tx, caller, keys, household_id, person)
    if alike:
        details = {"added": str(person.id), "unlike": [str(one.person["id"]) for one in alike]}
        await audit.record(
            tx,
            caller,
            "person.held_apart",
            "person",
            person.id,
            region_code=home["region_code"],
            details={**details, "reason": reason},
        )
    await ask_matching(tx, caller, home["region_code"])
    await ask_evaluation(tx, caller, home["region_code"])
    return written


async def likely(
    tx: AsyncConnection, caller: Principal, region_code: str, person: NewPerson
) -> Sequence[Similar]:
    """Return those who are most likely the same as a person to be added, but not that one."""
    found = await similar(tx, caller, region_code, person.name, person.born_on)
    return [one for one in found if one.likeness.is_likely and one.person["id"] != person.id]
