"""The page that runs a version over the whole registry before anybody approves it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.formats import in_wib
from common.web.pages import render
from registry.eligibility import criteria, queries, read
from registry.eligibility.evaluate import PROVINCE, Basis, basis_of
from registry.eligibility.pages.criteria_views import version_with_id
from registry.eligibility.pages.words import WORDS
from registry.eligibility.what_if import Money, changing_families, what_if
from registry.people.choices import width_below

RUPIAH_MAX = 10**15

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("programmes.read"))]
PeopleReader = Annotated[Principal, Depends(require("people.read"))]
Rupiah = Annotated[int | None, Query(ge=0, le=RUPIAH_MAX)]


async def _usual_money(tx: AsyncConnection, programme_id: UUID) -> tuple[int, int]:
    """Return what a family gets in a round, and the budget of the newest cycle."""
    benefits = await read.benefits_of(tx, programme_id)
    cycles = await tx.execute(queries.CYCLES, {"programme_id": programme_id})
    newest = cycles.mappings().first()
    # What members have of their own depends on who they are, not on the criteria of families.
    of_families = (one for one in benefits if one["subject"] == "household")
    price = sum(one["amount_rupiah"] * one["quantity"] for one in of_families)
    return price, newest["budget_rupiah"] if newest else 0


async def _basis(tx: AsyncConnection, version: RowMapping) -> Basis:
    return await basis_of(tx, version, in_wib(clock.utc_now()).date())


async def _note(tx: AsyncConnection, caller: Principal, version: RowMapping, region: str) -> None:
    details = {"region": region}
    await audit.record(
        tx, caller, "criteria.try", "criteria_version", version["id"], details=details
    )


async def _versions(tx: AsyncConnection, code: str) -> tuple[RowMapping, Sequence[RowMapping]]:
    programme = await criteria.programme_called(tx, code)
    asked = {"programme_id": programme["id"]}
    versions = (await tx.execute(queries.VERSIONS, asked)).mappings().all()
    if not versions:
        raise Refused("criteria_empty")
    return programme, versions


@router.get("/programmes/{code}/what-if")
async def get_what_if(
    code: str,
    request: Request,
    caller: Reader,
    tx: Transaction,
    version: UUID | None = None,
    region: Annotated[str, Query(pattern=r"^(62(\.\d\d(\.\d\d)?)?)?$")] = "",
    rounds: Annotated[int, Query(ge=1, le=24)] = 1,
    amount: Rupiah = None,
    ceiling: Rupiah = None,
) -> HTMLResponse:
    """Show what a version would mean: families, money, who enters and who leaves, by region."""
    programme, versions = await _versions(tx, code)
    chosen = await version_with_id(tx, code, version or versions[0]["id"])
    scope = region or (caller.regions[0] if caller.regions else PROVINCE)
    caller.demand_region(scope)
    basis = await _basis(tx, chosen)
    found = await what_if(tx, basis, scope, width_below([scope]))
    usual = await _usual_money(tx, programme["id"])
    price = usual[0] if amount is None else amount
    budget = usual[1] if ceiling is None else ceiling
    sure = found.total.eligible
    await _note(tx, caller, chosen, scope)
    return render(
        request,
        "eligibility/what_if.html",
        programme=programme,
        versions=versions,
        version=chosen,
        scope=scope,
        found=found,
        rows=[{"region_code": at, **asdict(one)} for at, one in sorted(found.regions.items())],
        largest=max((one.eligible + one.needs_review for one in found.regions.values()), default=0),
        money=Money(sure, price, rounds, budget),
        money_all=Money(sure + found.total.needs_review, price, rounds, budget),
        rules=read.rule_words(basis),
        fact_words=basis.plan.asked.facts,
        today=clock.utc_now(),
        **WORDS,
    )


@router.get("/programmes/{code}/what-if/families")
async def get_families(
    code: str,
    request: Request,
    caller: PeopleReader,
    tx: Transaction,
    version: UUID,
    region: Annotated[str, Query(pattern=r"^62\.\d\d\.\d\d\.\d{4}$")],
    change: Annotated[str, Query(pattern=r"^(enters|leaves|review)$")] = "enters",
) -> HTMLResponse:
    """Show which families of a village would enter, leave, or wait for a person."""
    caller.demand_region(region)
    chosen = await version_with_id(tx, code, version)
    basis = await _basis(tx, chosen)
    rows = await changing_families(tx, basis, region, change)
    shown = [str(row["household_id"]) for row in rows]
    details = {"version": chosen["version"], "change": change, "households": shown}
    await audit.record(
        tx, caller, "decisions.read", "region", region, region_code=region, details=details
    )
    return render(
        request,
        "eligibility/what_if_families.html",
        programme=await criteria.programme_called(tx, code),
        version=chosen,
        region=region,
        change=change,
        rows=rows,
        plan=basis.plan,
        **WORDS,
    )
