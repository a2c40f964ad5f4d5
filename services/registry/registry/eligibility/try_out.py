"""One family under one version, here and now: each criterion with its facts; kept nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from registry.eligibility import bulk, overlap_queries, queries
from registry.eligibility.evaluate import basis_of
from registry.eligibility.family_facts import BY_ID, family_facts
from registry.eligibility.plan import Plan
from registry.eligibility.rules import Finding, decide


@dataclass(frozen=True, slots=True)
class TriedOut:
    """What a version says about a family, with what it was read from."""

    version: RowMapping
    plan: Plan
    finding: Finding
    inputs: Mapping[str, Any]
    sources: list[RowMapping]


async def try_family(
    tx: AsyncConnection, caller: Principal, household_id: UUID, version_id: UUID
) -> TriedOut:
    """Judge a family by any version, draft or approved, by its facts of today.

    Raises Refused: not_found, outside_your_regions.
    """
    region = await tx.scalar(overlap_queries.REGION_OF_HOUSEHOLD, {"household_id": household_id})
    found = (await tx.execute(queries.VERSION, {"version_id": version_id})).mappings()
    version = found.one_or_none()
    if region is None or version is None:
        raise Refused("not_found")
    caller.demand_region(region)
    await audit.record(tx, caller, "decision.try", "household", household_id, region_code=region)
    basis = await basis_of(tx, version, in_wib(clock.utc_now()).date())
    statement = text(family_facts(basis.plan.asked, BY_ID))
    values = {"household_id": household_id, "programme_id": basis.programme_id, **basis.dates()}
    row = (await tx.execute(statement, bulk.bound(statement, values))).mappings().one()
    inputs = {name: row[name] for name in basis.plan.asked.names}
    used = {"fact_ids": row["fact_ids"], "roster_load_ids": row["roster_load_ids"]}
    return TriedOut(
        version, basis.plan, decide(basis.plan.criteria, inputs), inputs, await sources(tx, used)
    )


async def sources(tx: AsyncConnection, used: Mapping[str, Any]) -> list[RowMapping]:
    """Return the facts and rosters with these ids: what each says, for when, and who said so."""
    asked = {name: list(used[name]) for name in ("fact_ids", "roster_load_ids")}
    return list((await tx.execute(queries.SOURCES, asked)).mappings())
