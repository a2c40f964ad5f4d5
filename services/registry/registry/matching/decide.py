"""A person decides what two records are: one person, two people, or a question for later."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.matching import queries
from registry.matching.flagging import put_flags
from registry.matching.merge import merge

SAME, DIFFERENT, LATER = "same", "different", "later"
OUTCOMES = (SAME, DIFFERENT, LATER)
REASON_CHARACTERS_MAX = 500


async def decide(
    tx: AsyncConnection,
    caller: Principal,
    candidate_id: UUID,
    outcome: str,
    *,
    keep: UUID | None = None,
    reason: str = "",
) -> RowMapping:
    """Decide a pair; `same` joins the records, `keep` being the one that stays.

    A repeat by the same person changes nothing; of two people at once the second is told who was
    first. Raises Refused: not_found, outside_your_regions, pair_decided, invalid_input, and those
    of `merge`.
    """
    if outcome not in OUTCOMES:
        raise Refused("invalid_input")
    found = await locked_candidate(tx, caller, candidate_id)
    if found["state"] == outcome and found["decided_by"] == caller.subject:
        return found
    if found["state"] not in {"open", LATER}:
        raise Refused("pair_decided", name=found["decided_by_name"] or "-")
    if outcome == SAME:
        if keep not in {found["person_a"], found["person_b"]}:
            raise Refused("invalid_input")
        await merge(tx, caller, found, keep)
    await _write(tx, caller, found, outcome, reason)
    return (await tx.execute(queries.CANDIDATE, {"candidate_id": candidate_id})).mappings().one()


async def _write(
    tx: AsyncConnection, caller: Principal, found: RowMapping, outcome: str, reason: str
) -> None:
    candidate_id = found["id"]
    said = {
        "candidate_id": candidate_id,
        "to_state": outcome,
        "person": caller.subject,
        "person_name": caller.name,
        "why": " ".join(reason.split())[:REASON_CHARACTERS_MAX] or None,
    }
    await tx.execute(queries.DECIDE, said)
    await put_flags(tx, caller, {found["person_a"], found["person_b"]})
    await audit.record(
        tx,
        caller,
        "match.decided",
        "match_candidate",
        candidate_id,
        region_code=found["region_a"],
        details={"outcome": outcome, "rule": found["rule"]},
    )


async def locked_candidate(
    tx: AsyncConnection, caller: Principal, candidate_id: UUID
) -> RowMapping:
    """Return a pair, held until the transaction ends; both sides must be the caller's.

    Raises Refused: not_found, outside_your_regions.
    """
    asked = {"candidate_id": candidate_id}
    found = (await tx.execute(queries.LOCK_CANDIDATE, asked)).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    people = {"person_ids": [found["person_a"], found["person_b"]]}
    sides = (await tx.execute(queries.SIDES, people)).mappings().all()
    # Whose data are restricted is not there; and a family may have moved since the pair was found.
    if len(sides) != len(people["person_ids"]):
        raise Refused("not_found")
    for region in (found["region_a"], found["region_b"], *(one["region_code"] for one in sides)):
        caller.demand_region(region)
    return found
