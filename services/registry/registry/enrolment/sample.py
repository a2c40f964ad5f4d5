"""The families of a list that are visited: drawn by lot, so that an auditor can draw them again."""

import secrets
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from registry.enrolment import checking_queries as queries
from registry.enrolment.propose import locked_for
from registry.enrolment.rules import ENTER, LEAVE, SAMPLE_RULE, STAY

SEED_BYTES = 16


async def draw(tx: AsyncConnection, caller: Principal, list_id: UUID) -> RowMapping:
    """Draw a proposed list's sample, once; a repeat gets the sample that was drawn.

    The seed is made here, by nobody, and recorded with the rule. Raises Refused:
    outside_your_regions, list_not_proposed, same_person_proposed.
    """
    one = await locked_for(tx, caller, list_id)
    earlier = await sample_of(tx, list_id)
    if earlier is not None:
        return earlier
    if one["state"] != "proposed":
        raise Refused("list_not_proposed")
    if one["proposed_by"] == caller.subject:
        raise Refused("same_person_proposed")
    await _draw(tx, caller, one)
    found = await sample_of(tx, list_id)
    if found is None:
        raise Refused("not_found")
    return found


async def _draw(tx: AsyncConnection, caller: Principal, one: RowMapping) -> None:
    seed = secrets.token_hex(SEED_BYTES)
    families, drawn = await drawn_with(tx, one["id"], seed)
    sizes = {"families": families, "size": len(drawn)}
    sample = {"list_id": one["id"], "seed": seed, "rule": SAMPLE_RULE.words, **sizes}
    who = {
        "drawn_by": caller.subject,
        "drawn_by_name": caller.name,
        "drawn_at": clock.utc_now(),
    }
    await tx.execute(queries.ADD_SAMPLE, {**sample, **who})
    rows = [{**row, "list_id": one["id"]} for row in drawn]
    await tx.execute(queries.ADD_SAMPLE_FAMILIES, rows)
    await audit.record(
        tx,
        caller,
        "list.sampled",
        "beneficiary_list",
        one["id"],
        region_code=one["region_code"],
        details={"seed": seed, **sizes},
    )


async def drawn_with(
    tx: AsyncConnection, list_id: UUID, seed: str
) -> tuple[int, list[dict[str, object]]]:
    """Return how many families a list had when it was put together, and those drawn by a seed."""
    found = await tx.execute(queries.POPULATION_SIZES, {"list_id": list_id})
    families = {row.action: row.families for row in found}
    sizes = {one: SAMPLE_RULE.size(families.get(one, 0)) for one in (ENTER, STAY, LEAVE)}
    rows = await tx.execute(queries.DRAWN, {"list_id": list_id, "seed": seed, **sizes})
    return sum(families.values()), [dict(row) for row in rows.mappings()]


async def sample_of(tx: AsyncConnection, list_id: UUID) -> RowMapping | None:
    """Return how a list's sample was drawn, or None."""
    return (await tx.execute(queries.SAMPLE, {"list_id": list_id})).mappings().one_or_none()


async def sampled(tx: AsyncConnection, list_id: UUID) -> list[RowMapping]:
    """Return the families to visit, each with its newest visit."""
    return list((await tx.execute(queries.SAMPLED, {"list_id": list_id})).mappings())


async def demand_complete(tx: AsyncConnection, list_id: UUID) -> None:
    """Refuse until each sampled family was visited and every finding against it is settled.

    Raises Refused: sample_missing, sample_incomplete, sample_unsettled.
    """
    if await sample_of(tx, list_id) is None:
        raise Refused("sample_missing")
    state = (await tx.execute(queries.SAMPLE_STATE, {"list_id": list_id})).one()
    if state.missing:
        raise Refused("sample_incomplete", count=state.missing, size=state.size)
    if state.unsettled:
        raise Refused("sample_unsettled", count=state.unsettled)
