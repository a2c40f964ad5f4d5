"""The pages of programmes, their criteria, and the decisions about families."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.pages import render
from registry.eligibility import criteria, queries, read
from registry.eligibility.ask import EVALUATE_JOB
from registry.eligibility.letters import files_of_village
from registry.eligibility.pages.benefit_words import BENEFIT_WORDS
from registry.eligibility.pages.words import WORDS
from registry.eligibility.review import review
from registry.jobs.request import waiting
from registry.people.choices import width_below
from registry.people.panels import Panel

ROWS = 50

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("programmes.read"))]
PeopleReader = Annotated[Principal, Depends(require("people.read"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]


@router.get("/programmes")
async def get_programmes(request: Request, caller: Reader, tx: Transaction) -> HTMLResponse:
    """Show the programmes."""
    del caller
    rows = (await tx.execute(queries.PROGRAMMES)).mappings().all()
    benefits = {row["id"]: await read.benefits_of(tx, row["id"]) for row in rows}
    return render(request, "eligibility/programmes.html", rows=rows, benefits=benefits)


@router.get("/programmes/{code}")
async def get_programme(
    code: str, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show a programme: what it gives, when, and by which criteria under which decree."""
    del caller
    programme = await criteria.programme_called(tx, code)
    asked = {"programme_id": programme["id"]}
    versions = (await tx.execute(queries.VERSIONS, asked)).mappings().all()
    rules = {
        one["id"]: (await tx.execute(queries.CRITERIA, {"version_id": one["id"]})).mappings().all()
        for one in versions
    }
    return render(
        request,
        "eligibility/programme.html",
        programme=programme,
        benefits=await read.benefits_of(tx, programme["id"]),
        cycles=(await tx.execute(queries.CYCLES, asked)).mappings().all(),
        versions=versions,
        rules=rules,
        **BENEFIT_WORDS,
    )


@router.get("/decisions")
async def get_decisions(
    request: Request,
    caller: PeopleReader,
    tx: Transaction,
    region: str = "",
    outcome: str = "",
    cycle: UUID | None = None,
    after: UUID | None = None,
) -> HTMLResponse:
    """Show how many families have which decision by region, or one village's families."""
    every = await read.cycles(tx)
    chosen = next((one for one in every if one["id"] == cycle), every[0] if every else None)
    villages: list[RowMapping] = []
    families: list[RowMapping] = []
    if chosen is not None and len(region) == len("62.01.01.1001"):
        families = await _families(
            tx, caller, chosen["id"], region=region, outcome=outcome, after=after
        )
    elif chosen is not None:
        if region:
            caller.demand_region(region)
        scopes = [region] if region else list(caller.regions)
        asked = {"cycle_id": chosen["id"], "scopes": scopes, "width": width_below(scopes)}
        villages = list((await tx.execute(queries.OUTCOMES_BY_REGION, asked)).mappings())
    return render(
        request,
        "eligibility/decisions.html",
        cycles=every,
        cycle=chosen,
        region=region,
        outcome=outcome,
        villages=villages,
        families=families,
        letter_files=await files_of_village(tx, chosen["id"], region) if chosen and families else 0,
        next_after=families[-1]["household_id"] if len(families) == ROWS else None,
        at_work=await waiting(tx, EVALUATE_JOB),
        criteria=await read.criteria_words(tx, chosen["id"]) if chosen is not None else {},
        **WORDS,
    )


async def _families(
    tx: AsyncConnection,
    caller: Principal,
    cycle_id: UUID,
    *,
    region: str,
    outcome: str,
    after: UUID | None,
) -> list[RowMapping]:
    caller.demand_region(region)
    asked = {
        "cycle_id": cycle_id,
        "region_code": region,
        "outcome": outcome or None,
        "after": after,
        "rows": ROWS,
    }
    rows = list((await tx.execute(queries.DECIDED, asked)).mappings())
    details = {"households": [str(row["household_id"]) for row in rows]}
    await audit.record(
        tx, caller, "decisions.read", "cycle", cycle_id, region_code=region, details=details
    )
    return rows


@router.post("/decisions/review")
async def post_review(
    caller: Verifier,
    tx: Transaction,
    cycle_id: Annotated[UUID, Form()],
    outcome: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=500)],
    back: Annotated[str, Form(max_length=200, pattern=r"^/[a-z]")],
    household_id: Annotated[tuple[UUID, ...], Form(max_length=ROWS)] = (),
    shown_id: Annotated[tuple[UUID, ...], Form(max_length=ROWS)] = (),
    everyone: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Judge the chosen families, or all that the page shows, with one reason."""
    await review(
        tx,
        caller,
        cycle_id=cycle_id,
        household_ids=shown_id if everyone else household_id,
        outcome=outcome,
        reason=reason,
    )
    return RedirectResponse(back, status_code=303)


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return a family's decisions with their reasons, for its page."""
    asked = {"household_id": household_id}
    decisions = (await tx.execute(queries.DECISIONS_OF_HOUSEHOLD, asked)).mappings().all()
    versions = {(one["criteria_version_id"], one["overlap_version_id"]) for one in decisions}
    rules = {
        (version, matrix, code): words
        for version, matrix in versions
        for code, words in (await read.words_of_decision(tx, version, matrix)).items()
    }
    values = {"decisions": decisions, "rules": rules, "household_id": household_id, **WORDS}
    return Panel("eligibility/household_panel.html", values)
