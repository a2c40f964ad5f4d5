"""The page that runs a version over the whole registry before anybody approves it."""

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
from common.web.pages import render
from registry.eligibility import criteria, queries, read
from registry.eligibility.evaluate import PROVINCE, Basis, basis_of
from registry.eligibility.pages.criteria_views import version_with_id
from registry.eligibility.pages.words import WORDS
from registry.eligibility.what_if import Money, changing_families, what_if
from registry.people.choices import width_below

VILLAGE_CODE_LENGTH = len("62.01.01.2001")
RUPIAH_MAX = 10**15

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("programmes.read"))]
PeopleReader = Annotated[Principal, Depends(require("people.read"))]
Rupiah = Annotated[int | None, Query(ge=0, le=RUPIAH_MAX)]


async def _basis(tx: AsyncConnection, version: RowMapping) -> Basis:
    return await basis_of(tx, version, clock.utc_now().date())


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
    programme = await criteria.programme_called(tx, code)
    asked = {"programme_id": programme["id"]}
    versions = (await tx.execute(queries.VERSIONS, asked)).mappings().all()
    if not versions:
        raise Refused("criteria_empty")
    chosen = await version_with_id(tx, code, version or versions[0]["id"])
    scope = region or (caller.regions[0] if caller.regions else PROVINCE)
    caller.demand_region(scope)
    basis = await _basis(tx, chosen)
    found = await what_if(tx, basis, scope, width_below([scope]))
    benefits = await read.benefits_of(tx, programme["id"])
    price = sum(one["amount_rupiah"] * one["quantity"] for one in benefits)
    cycles = (await tx.execute(queries.CYCLES, asked)).mappings().all()
    budget = cycles[0]["budget_rupiah"] if cycles else 0
    money = [
        Money(
            families,
            price if amount is None else amount,
            rounds,
            budget if ceiling is None else ceiling,
        )
        for families in (
            found.total.eligible,
            found.total.eligible + found.total.needs_review,
        )
    ]
    details = {"region": scope, "version": chosen["version"]}
    await audit.record(
        tx, caller, "criteria.try", "criteria_version", chosen["id"], details=details
    )
    return render(
        request,
        "eligibility/what_if.html",
        programme=programme,
        versions=versions,
        version=chosen,
        scope=scope,
        found=found,
        rows=_rows(found.regions),
        largest=max((one.eligible + one.needs_review for one in found.regions.values()), default=0),
        money=money[0],
        money_all=money[1],
        rules=read.rule_words(basis),
        fact_words=basis.plan.asked.facts,
        today=clock.utc_now(),
        **WORDS,
    )


def _rows(regions: object) -> list[dict[str, object]]:
    assert isinstance(regions, dict)
    return [
        {
            "region_code": region,
            "eligible": one.eligible,
            "needs_review": one.needs_review,
            "ineligible": one.ineligible,
            "running": one.running,
            "enters": one.enters,
            "leaves": one.leaves,
        }
        for region, one in sorted(regions.items())
    ]


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
    details = {"version": chosen["version"], "change": change}
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
