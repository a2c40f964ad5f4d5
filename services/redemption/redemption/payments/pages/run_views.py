"""A run of payment files: one page for all of them, from the drawing up to the last difference."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, File, Form, Request, UploadFile
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from common import audit, clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.payment_reasons import reason_of
from common.problems import Refused
from common.regions import PROVINCE
from common.web.pages import render
from redemption.entitlements.cash_cycles_queries import cycle_name
from redemption.partners import queries as partners
from redemption.payments import run_queries
from redemption.payments.decide_run import approve_run, fetch_run, withdraw_run, zipped
from redemption.payments.pages.run_shown import (
    RUN_WORDS,
    may_withdraw,
    next_act,
    run_state,
    run_steps,
    sums_of,
)
from redemption.payments.pages.show import state_of
from redemption.payments.pages.views import WORDS_MAX
from redemption.payments.result_problems import (
    PROBLEMS_SHOWN_MAX,
    RESULT_BYTES_MAX,
    RowProblem,
    Unreadable,
)
from redemption.payments.rules import number_of
from redemption.payments.take_run_results import take_run_results

router = new_router(prefix="/payments/runs", include_in_schema=False)
Payments = Annotated[Principal, Depends(require("payments.manage"))]


@router.get("/{run_id}")
async def get_run(request: Request, run_id: UUID, caller: Payments, tx: Transaction) -> Response:
    """Show a run: its files with their digests, what the bank did, and what waits for words."""
    return await _show(request, caller, tx, run_id)


@router.post("/{run_id}/approvals")
async def post_run_approval(
    request: Request, run_id: UUID, caller: Payments, tx: Transaction
) -> Response:
    """Approve all files that another person drew up."""
    await approve_run(tx, caller, request.app.state.sealer, run_id, clock.utc_now())
    return RedirectResponse(f"/payments/runs/{run_id}", status_code=303)


@router.post("/{run_id}/withdrawals")
async def post_run_withdrawal(
    run_id: UUID,
    caller: Payments,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=WORDS_MAX)] = "",
) -> Response:
    """Take a run back before the bank has any of it."""
    await withdraw_run(tx, caller, run_id, reason, clock.utc_now())
    return RedirectResponse(f"/payments/runs/{run_id}", status_code=303)


@router.post("/{run_id}/files")
async def post_run_files(
    request: Request,
    run_id: UUID,
    caller: Payments,
    tx: Transaction,
    form: Annotated[Literal["csv", "xml"], Form()],
) -> Response:
    """Hand out all files in one ZIP. A POST, because they are noted as sent from then on."""
    run, batches = await fetch_run(tx, caller, run_id, form=form, now=clock.utc_now())
    headers = {
        "content-disposition": f'attachment; filename="{run.number}-{form}.zip"',
        "cache-control": "no-store",
    }
    state = request.app.state
    content = zipped(state.engine, state.sealer, batches, form)
    return StreamingResponse(content, media_type="application/zip", headers=headers)


@router.post("/{run_id}/results", max_body_size=RESULT_BYTES_MAX)
async def post_run_results(
    request: Request,
    run_id: UUID,
    caller: Payments,
    tx: Transaction,
    file_id: Annotated[UUID, Form(alias="id")],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take in an answer of the bank, about whichever of the files; a script sends several."""
    content = await file.read()
    try:
        is_new = await take_run_results(
            tx,
            caller,
            request.app.state.sealer,
            run_id=run_id,
            file_id=file_id,
            content=content,
            now=clock.utc_now(),
        )
    except Unreadable as unreadable:
        if wants_json(request):
            return _said(request, unreadable.problems[0])
        return await _show(request, caller, tx, run_id, problems=unreadable.problems)
    if wants_json(request):
        return JSONResponse({"is_new": is_new})
    return RedirectResponse(f"/payments/runs/{run_id}#hasil", status_code=303)


def wants_json(request: Request) -> bool:
    """Tell whether the page's script asks, which shows the answer beside the file's name."""
    return "application/json" in request.headers.get("accept", "")


def _said(request: Request, problem: RowProblem) -> Response:
    translated = request.app.state.pages.gettext(request)
    words = translated(problem.words) % {"what": problem.what}
    title = f"{problem.position}: {words}" if problem.position else words
    return JSONResponse({"title": title}, status_code=422, media_type="application/problem+json")


async def _show(
    request: Request,
    caller: Principal,
    tx: AsyncConnection,
    run_id: UUID,
    *,
    problems: list[RowProblem] | None = None,
) -> Response:
    caller.demand_region(PROVINCE)
    run = await run_queries.find(tx, run_id)
    if run is None:
        raise Refused("not_found")
    asked = {"run_id": run_id}
    files = [
        {**row, "number": number_of(row["id"]), "shown": state_of(row)}
        for row in (await tx.execute(run_queries.WITH_COUNTS, asked)).mappings()
    ]
    failures = (await tx.execute(run_queries.FAILURES, asked)).mappings()
    sums = sums_of(files)
    await audit.record(tx, caller, "payment_run.read", "payment_run", run_id)
    return render(
        request,
        "payments/run.html",
        status=422 if problems else 200,
        run=run,
        state=RUN_WORDS[run_state(run, sums)],
        files=files,
        sums=sums,
        steps=run_steps(run, sums),
        act=next_act(run, sums, caller),
        may_withdraw=may_withdraw(run, sums),
        failures=[{**row, "why": reason_of(row["reason_code"])} for row in failures],
        problems=(problems or [])[:PROBLEMS_SHOWN_MAX],
        problem_count=len(problems or []),
        new_id=ids.new_id(),
        **await _names(tx, run.cycle_id, run.bank_id),
    )


async def _names(tx: AsyncConnection, cycle_id: UUID, bank_id: UUID) -> dict[str, Any]:
    bank = await partners.find(tx, bank_id)
    return {"cycle": await cycle_name(tx, cycle_id), "bank_name": bank.name if bank else ""}
