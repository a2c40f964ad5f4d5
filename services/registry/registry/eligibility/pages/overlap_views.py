"""The pages of the overlap matrix, and of exceptions that a family has from it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.pages import render
from registry.eligibility import overlap, overlap_queries, queries
from registry.eligibility.evaluate import pairs_of
from registry.eligibility.overlap_rules import OUTCOMES, OUTSIDE_NAMES, Pair
from registry.eligibility.pages.words import WORDS

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("programmes.read"))]
Manager = Annotated[Principal, Depends(require("programmes.manage"))]
Approver = Annotated[Principal, Depends(require("criteria.approve"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]
Day = Annotated[date, Form()]


async def _others(tx: AsyncConnection) -> dict[str, tuple[str, str]]:
    """Return the names of all programmes that a pair may name: ours, then those of others."""
    ours = (await tx.execute(queries.PROGRAMMES)).mappings()
    return {one["code"]: (one["name_id"], one["name_en"]) for one in ours} | OUTSIDE_NAMES


@router.get("/overlap")
async def get_overlap(
    request: Request, caller: Reader, tx: Transaction, version: UUID | None = None
) -> HTMLResponse:
    """Show the matrix as a table: what each programme goes together with, and why."""
    del caller
    versions = (await tx.execute(overlap_queries.VERSIONS)).mappings().all()
    approved = next((one for one in versions if one["state"] == "approved"), None)
    newest = approved or (versions[0] if versions else None)
    shown = next((one for one in versions if one["id"] == version), newest)
    pairs = await pairs_of(tx, shown["id"]) if shown else []
    return render(
        request,
        "eligibility/overlap.html",
        versions=versions,
        shown=shown,
        pairs=pairs,
        programmes=(await tx.execute(queries.PROGRAMMES)).mappings().all(),
        others=await _others(tx),
        by_pair={(one.programme_code, one.other_code): one for one in pairs},
        **WORDS,
    )


@router.get("/overlap/new")
async def get_new(request: Request, caller: Manager, tx: Transaction) -> HTMLResponse:
    """Show the form of a new matrix, beginning as a copy of the newest one."""
    del caller
    versions = (await tx.execute(overlap_queries.VERSIONS)).mappings().all()
    pairs = await pairs_of(tx, versions[0]["id"]) if versions else []
    return render(
        request,
        "eligibility/overlap_form.html",
        id=new_id(),
        programmes=(await tx.execute(queries.PROGRAMMES)).mappings().all(),
        others=await _others(tx),
        by_pair={(one.programme_code, one.other_code): one for one in pairs},
        **WORDS,
    )


@router.post("/overlap")
async def post_draft(
    request: Request,
    caller: Manager,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    decree_number: Annotated[str, Form(min_length=3, max_length=100)],
    decree_on: Day,
    valid_from: Day,
) -> Response:
    """Save a draft of the whole matrix."""
    form = await request.form()
    ours = [one["code"] for one in (await tx.execute(queries.PROGRAMMES)).mappings()]
    pairs = []
    for programme in ours:
        for other in await _others(tx):
            outcome = str(form.get(f"outcome_{programme}_{other}", ""))
            if outcome in OUTCOMES and other != programme:
                reason_id = str(form.get(f"reason_id_{programme}_{other}", "")).strip()[:300]
                reason_en = str(form.get(f"reason_en_{programme}_{other}", "")).strip()[:300]
                pairs.append(Pair(programme, other, outcome, reason_id, reason_en or reason_id))
    version = {"decree_number": decree_number, "decree_on": decree_on, "valid_from": valid_from}
    await overlap.draft_matrix(tx, caller, id, version=version, pairs=pairs)
    return RedirectResponse(f"/overlap?version={id}", status_code=303)


@router.post("/overlap/{version_id}/approve")
async def post_approve(version_id: UUID, caller: Approver, tx: Transaction) -> Response:
    """Approve a matrix that someone else drafted; families are then decided by it."""
    await overlap.approve_matrix(tx, caller, version_id)
    return RedirectResponse(f"/overlap?version={version_id}", status_code=303)


@router.get("/households/{household_id}/exceptions")
async def get_exceptions(
    household_id: UUID, request: Request, caller: Verifier, tx: Transaction
) -> HTMLResponse:
    """Show a family's exceptions from the matrix, and the form for another."""
    region = await tx.scalar(overlap_queries.REGION_OF_HOUSEHOLD, {"household_id": household_id})
    if region is None:
        raise Refused("not_found")
    caller.demand_region(region)
    asked = {"household_id": household_id}
    rows = await tx.execute(overlap_queries.EXCEPTIONS_OF_HOUSEHOLD, asked)
    return render(
        request,
        "eligibility/exceptions.html",
        household_id=household_id,
        rows=rows.mappings().all(),
        id=new_id(),
        programmes=(await tx.execute(queries.PROGRAMMES)).mappings().all(),
        others=await _others(tx),
    )


@router.post("/households/{household_id}/exceptions")
async def post_exception(
    household_id: UUID,
    caller: Verifier,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    programme_code: Annotated[str, Form(max_length=60)],
    other_code: Annotated[str, Form(max_length=60)],
    reason: Annotated[str, Form(max_length=500)],
    valid_to: Annotated[str, Form(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
) -> Response:
    """Let the family pass one pair of the matrix, with the reason."""
    await overlap.grant_exception(
        tx,
        caller,
        id,
        household_id,
        programme_code=programme_code,
        other_code=other_code,
        reason=reason,
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
    )
    return RedirectResponse(f"/households/{household_id}/exceptions", status_code=303)


@router.post("/exceptions/{exception_id}/end")
async def post_end(
    exception_id: UUID,
    caller: Verifier,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=500)],
) -> Response:
    """End an exception, with the reason."""
    household_id = await overlap.end_exception(tx, caller, exception_id, reason)
    return RedirectResponse(f"/households/{household_id}/exceptions", status_code=303)
