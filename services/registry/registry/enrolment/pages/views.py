"""The pages of beneficiary lists: propose, check, send back, approve under a decree."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.web.languages import N_, language
from common.web.pages import render
from registry.eligibility import read
from registry.eligibility.ask import EVALUATE_JOB
from registry.enrolment import difference_queries, queries
from registry.enrolment.approve import ask_approval, budget_of, today
from registry.enrolment.propose import get_for, propose
from registry.enrolment.verify import outcomes, send_back, verify
from registry.jobs.failure import failure_words
from registry.jobs.request import latest, waiting
from registry.people.choices import larger_regions, village_choice, width_below
from registry.people.panels import Panel

ROWS = 50

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]
Proposer = Annotated[Principal, Depends(require("lists.propose"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]
Approver = Annotated[Principal, Depends(require("lists.approve"))]

STATES = {
    "proposing": (N_("Sedang disusun"), "wait"),
    "proposed": (N_("Menunggu verifikasi"), "wait"),
    "verified": (N_("Menunggu persetujuan"), "wait"),
    "approving": (N_("Sedang ditetapkan"), "wait"),
    "approved": (N_("Disetujui"), "good"),
    "returned": (N_("Dikembalikan"), "bad"),
}
STEPS = {
    "proposed": N_("Diusulkan"),
    "verified": N_("Diverifikasi"),
    "returned": N_("Dikembalikan"),
    "approved": N_("Disetujui"),
}
# What the worker does to a list, which its page watches.
AT_WORK = {
    "proposing": N_("Keluarganya sedang didaftar"),
    "approving": N_("Keluarga sedang ditetapkan"),
}
FOUND = {"not_met": N_("Tidak terpenuhi"), "unknown": N_("Belum diketahui")}
WORDS: dict[str, Any] = {
    "states": STATES,
    "step_words": STEPS,
    "found_words": FOUND,
    "at_work": AT_WORK,
}


@router.get("/lists")
async def get_lists(
    request: Request, caller: Reader, tx: Transaction, before: UUID | None = None
) -> HTMLResponse:
    """Show the lists of the caller's regions."""
    asked = {"scopes": list(caller.regions), "before": before, "rows": ROWS}
    rows = (await tx.execute(queries.LISTS, asked)).mappings().all()
    after = rows[-1]["id"] if len(rows) == ROWS else None
    return render(request, "enrolment/lists.html", rows=rows, next_before=after, **WORDS)


@router.get("/lists/new")
async def get_new(
    request: Request, caller: Proposer, tx: Transaction, regency: str = ""
) -> HTMLResponse:
    """Show the form with which a region's families are proposed."""
    return render(
        request,
        "enrolment/new.html",
        id=new_id(),
        cycles=await read.cycles(tx),
        choice=village_choice(caller, regency),
        larger=larger_regions(caller),
    )


@router.post("/lists")
async def post_list(
    caller: Proposer,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    cycle_id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
) -> Response:
    """Propose the families and go to the list."""
    await propose(tx, caller, list_id=id, cycle_id=cycle_id, region_code=region_code)
    return RedirectResponse(f"/lists/{id}", status_code=303)


@router.get("/lists/{list_id}")
async def get_list(
    list_id: UUID,
    request: Request,
    caller: Reader,
    tx: Transaction,
    outcome: str = "",
    after: UUID | None = None,
) -> HTMLResponse:
    """Show what is on a list, what it costs, and what the caller may do about it."""
    one = await get_for(tx, caller, list_id)
    found = await outcomes(tx, list_id)
    # The families that wait for a person come first.
    if not outcome and found.get("needs_review") and "lists.verify" in caller.permissions:
        outcome = "needs_review"
    asked = {
        "list_id": list_id,
        "outcome": outcome or None,
        "action": None,
        "after": after,
        "rows": ROWS,
    }
    members = (await tx.execute(queries.MEMBERS, asked)).mappings().all()
    await audit.record(
        tx, caller, "list.read", "beneficiary_list", list_id, region_code=one["region_code"]
    )
    return render(
        request,
        "enrolment/list.html",
        **await _history(request, tx, list_id),
        one=one,
        cycle=await read.cycle_with_id(tx, one["cycle_id"]),
        programme=await read.programme_with_id(tx, one["programme_id"]),
        found=found,
        budget=await budget_of(tx, one),
        regions=await _by_region(tx, one),
        members=members,
        outcome=outcome,
        next_after=members[-1]["household_id"] if len(members) == ROWS else None,
        decisions_at_work=await waiting(tx, EVALUATE_JOB),
        criteria=await read.criteria_words(tx, one["cycle_id"]),
        today=today(),
        **WORDS,
    )


async def _history(request: Request, tx: AsyncConnection, list_id: UUID) -> dict[str, Any]:
    """Return what was done to a list by people, and how far the worker is, in words."""
    known, lang = request.app.state.refusals, language(request)
    job = await latest(tx, list_id)
    code, facts = (job["failure_code"], job["failure_facts"]) if job is not None else (None, None)
    steps = (await tx.execute(queries.STEPS, {"list_id": list_id})).mappings().all()
    # The worker notes why it could not go on as the refusal's code.
    said = {one["note"]: failure_words(known, one["note"], {}, lang) for one in steps}
    return {
        "job": job,
        "failure": failure_words(known, code, facts, lang),
        "steps": steps,
        "step_notes": {note: words[0] for note, words in said.items() if words},
    }


async def _by_region(tx: AsyncConnection, one: RowMapping) -> list[RowMapping]:
    asked = {"list_id": one["id"], "width": width_below([one["region_code"]])}
    return list((await tx.execute(difference_queries.BY_REGION, asked)).mappings())


@router.get("/lists/{list_id}/progress")
async def get_progress(
    list_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show how far the worker is with a list; the page reloads itself when that is over."""
    one = await get_for(tx, caller, list_id)
    job = await latest(tx, list_id)
    answer = render(
        request,
        "enrolment/progress.html",
        one=one,
        job=job,
        decisions_at_work=await waiting(tx, EVALUATE_JOB),
        **WORDS,
    )
    if one["state"] not in AT_WORK:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/lists/{list_id}/verify")
async def post_verify(list_id: UUID, caller: Verifier, tx: Transaction) -> Response:
    """Fix the list as checked."""
    await verify(tx, caller, list_id)
    return RedirectResponse(f"/lists/{list_id}", status_code=303)


@router.post("/lists/{list_id}/return")
async def post_return(
    list_id: UUID,
    caller: Verifier,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=500)],
) -> Response:
    """Send the list back to the village."""
    await send_back(tx, caller, list_id, reason)
    return RedirectResponse(f"/lists/{list_id}", status_code=303)


@router.post("/lists/{list_id}/approver-return")
async def post_approver_return(
    list_id: UUID,
    caller: Approver,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=500)],
) -> Response:
    """Send the list back instead of approving it."""
    await send_back(tx, caller, list_id, reason)
    return RedirectResponse(f"/lists/{list_id}", status_code=303)


@router.post("/lists/{list_id}/approve")
async def post_approve(
    list_id: UUID,
    caller: Approver,
    tx: Transaction,
    decree_number: Annotated[str, Form(max_length=100)],
    decree_on: Annotated[date, Form()],
    content_hash: Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")],
) -> Response:
    """Approve the list as it was shown, under a decree."""
    await ask_approval(
        tx,
        caller,
        list_id,
        decree_number=decree_number,
        decree_on=decree_on,
        content_hash=bytes.fromhex(content_hash),
    )
    return RedirectResponse(f"/lists/{list_id}", status_code=303)


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return under which decrees a family is enrolled, for its page."""
    asked = {"household_id": household_id}
    rows = (await tx.execute(queries.ENROLMENTS_OF_HOUSEHOLD, asked)).mappings().all()
    return Panel("enrolment/household_panel.html", {"enrolments": rows})
