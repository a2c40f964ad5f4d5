"""The pages of beneficiary lists: all of them, one of them, and how a new one is proposed."""

from typing import Annotated, Any, Literal
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
from common.web.languages import language
from common.web.pages import render
from registry.eligibility import read
from registry.eligibility.ask import EVALUATE_JOB
from registry.enrolment import checking_queries, difference_queries, queries, state_queries
from registry.enrolment.approve import budget_of, today
from registry.enrolment.guard import read_guard
from registry.enrolment.pages.words import AT_WORK, WORDS
from registry.enrolment.propose import get_for, propose
from registry.enrolment.sample import sample_of
from registry.enrolment.state_rules import REASONS
from registry.enrolment.verify import count_flagged, outcomes
from registry.jobs.failure import failure_words
from registry.jobs.request import latest, waiting
from registry.people.choices import larger_regions, village_choice, width_below
from registry.people.panels import Panel

ROWS = 50

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]
Proposer = Annotated[Principal, Depends(require("lists.propose"))]


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
    request: Request,
    caller: Proposer,
    tx: Transaction,
    regency: str = "",
    kind: Literal["full", "difference"] = "full",
) -> HTMLResponse:
    """Show the form with which a region's families are proposed."""
    return render(
        request,
        "enrolment/new.html",
        id=new_id(),
        cycles=await read.cycles(tx),
        choice=village_choice(caller, regency),
        larger=larger_regions(caller),
        kind=kind,
    )


@router.post("/lists")
async def post_list(
    caller: Proposer,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    cycle_id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
    base_cycle_id: Annotated[UUID | Literal[""], Form()] = "",
) -> Response:
    """Propose the families and go to the list."""
    base = base_cycle_id or None
    await propose(
        tx, caller, list_id=id, cycle_id=cycle_id, region_code=region_code, base_cycle_id=base
    )
    return RedirectResponse(f"/lists/{id}", status_code=303)


@router.get("/lists/{list_id}")
async def get_list(
    list_id: UUID,
    request: Request,
    caller: Reader,
    tx: Transaction,
    outcome: str = "",
    action: Literal["", "enter", "stay", "leave"] = "",
    after: UUID | None = None,
) -> HTMLResponse:
    """Show what is on a list, what it costs, who leaves, and what the caller may do about it."""
    one = await get_for(tx, caller, list_id)
    found = await outcomes(tx, list_id)
    is_verifier = "lists.verify" in caller.permissions
    # The families that wait for a person come first; on a difference list, those who leave.
    if not outcome and not action and found.get("needs_review") and is_verifier:
        outcome = "needs_review"
    elif not outcome and not action and one["leaving"]:
        action = "leave"
    wanted = {"outcome": outcome or None, "action": action or None}
    asked = {"list_id": list_id, **wanted, "after": after, "rows": ROWS}
    members = (await tx.execute(queries.MEMBERS, asked)).mappings().all()
    await audit.record(
        tx, caller, "list.read", "beneficiary_list", list_id, region_code=one["region_code"]
    )
    return render(
        request,
        "enrolment/list.html",
        **await _history(request, tx, list_id),
        **await _checks(tx, one),
        one=one,
        found=found,
        budget=await budget_of(tx, one),
        regions=await _by_region(tx, one),
        members=members,
        outcome=outcome,
        action=action,
        next_after=members[-1]["household_id"] if len(members) == ROWS else None,
        today=today(),
        **WORDS,
    )


async def _checks(tx: AsyncConnection, one: RowMapping) -> dict[str, Any]:
    """Return what stands between a list and its decree, and what its words need."""
    list_id = {"list_id": one["id"]}
    reading = await read_guard(tx, one)
    is_open = one["state"] in {"proposed", "verified", "awaiting_second"}
    flagged = {**list_id, "rows": ROWS}
    strikes = (await tx.execute(checking_queries.STRIKES, list_id)).mappings().all()
    base_id = one["base_cycle_id"] or one["cycle_id"]
    return {
        # Once it is signed, what the guard said then; until then, what it says now.
        "removals": one["guard"] or (reading.as_json() if reading else None),
        "flag_count": await count_flagged(tx, one["id"]) if is_open else 0,
        "flagged": (await tx.execute(checking_queries.FLAGGED, flagged)).mappings().all()
        if is_open
        else [],
        "sample": await sample_of(tx, one["id"]),
        "sample_state": (await tx.execute(checking_queries.SAMPLE_STATE, list_id)).one(),
        "strikes": strikes,
        "entering": (await tx.execute(difference_queries.COUNTS, list_id)).one().entering,
        "cycle": await read.cycle_with_id(tx, one["cycle_id"]),
        "base_cycle": await read.cycle_with_id(tx, base_id),
        "programme": await read.programme_with_id(tx, one["programme_id"]),
        "decisions_at_work": await waiting(tx, EVALUATE_JOB),
        "criteria": await read.criteria_words(tx, one["cycle_id"]),
    }


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


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return under which decrees a family is enrolled or not any more, for its page."""
    asked = {"household_id": household_id}
    rows = (await tx.execute(queries.ENROLMENTS_OF_HOUSEHOLD, asked)).mappings().all()
    strikes = (await tx.execute(checking_queries.STRIKES_OF_HOUSEHOLD, asked)).mappings().all()
    steps = (await tx.execute(state_queries.STEPS_OF, asked)).mappings().all()
    shown = {"enrolments": rows, "strikes": strikes, "steps": steps, "reasons": REASONS}
    return Panel("enrolment/household_panel.html", shown)
