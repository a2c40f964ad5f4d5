"""Payment orders to the bank: what is drawn up, approved, fetched, answered and to be explained."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, File, Form, Query, Request, UploadFile
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.regions import PROVINCE
from common.web.formats import in_wib
from common.web.pages import render
from redemption.entitlements.cash_cycles_queries import cash_cycles
from redemption.partners import queries as partners
from redemption.payments import decide, queries, run_queries
from redemption.payments.draw_up import Payer, Wanted
from redemption.payments.draw_up_cash import draw_up_cash
from redemption.payments.explain import Said, explain
from redemption.payments.pages.run_shown import RUN_WORDS, run_state
from redemption.payments.pages.show import show_batch, state_of
from redemption.payments.pages.shown import PURPOSE_WORDS
from redemption.payments.result_problems import RESULT_BYTES_MAX, Unreadable
from redemption.payments.rules import BATCH_LINES_MAX, DECISIONS, number_of
from redemption.payments.run_queries import run_of
from redemption.payments.start_run import start_run
from redemption.payments.take_results import take_results

router = new_router(prefix="/payments", include_in_schema=False)
Payments = Annotated[Principal, Depends(require("payments.manage"))]
# Each run's orders are counted for the list: a province has one run a cycle.
BATCHES, RUNS, CYCLES = 50, 12, 100
POSITION = re.compile(r"[0-9]{1,9}")
WORDS_MAX = 1000


@router.get("")
async def get_payments(
    request: Request,
    caller: Payments,
    tx: Transaction,
    before: UUID | None = None,
    runs_before: UUID | None = None,
) -> Response:
    """List the batches, the newest first, and ask for what a new one is drawn up."""
    caller.demand_region(PROVINCE)
    found = (await tx.execute(queries.LIST, {"before": before, "rows": BATCHES})).mappings().all()
    rows = [{**row, "number": number_of(row["id"]), "shown": state_of(row)} for row in found]
    runs = await _runs(tx, runs_before)
    today = in_wib(clock.utc_now()).date()
    banks = [one for one in await partners.find_seen_by(tx, caller) if one.kind == "bank"]
    return render(
        request,
        "payments/list.html",
        rows=rows,
        runs=runs,
        more_runs=f"/payments?runs_before={runs[-1]['id']}" if len(runs) == RUNS else "",
        run_words=RUN_WORDS,
        more=f"/payments?before={found[-1]['id']}" if len(found) == BATCHES else "",
        cycles=await cash_cycles(tx, today, CYCLES),
        banks=[(one.id, one.name) for one in banks if one.is_active],
        today=today,
        batch_id=ids.new_id(),
        most=request.app.state.settings.payment_file_lines,
        purposes=PURPOSE_WORDS,
    )


async def _runs(tx: AsyncConnection, before: UUID | None) -> list[dict[str, Any]]:
    found = (await tx.execute(run_queries.LATEST, {"before": before, "rows": RUNS})).mappings()
    return [
        {**row, "number": run_of(row).number, "shown": run_state(run_of(row), dict(row))}
        for row in found
    ]


@router.post("")
async def post_payment(
    request: Request,
    caller: Payments,
    tx: Transaction,
    batch_id: Annotated[UUID, Form(alias="id")],
    cycle_id: Annotated[UUID, Form()],
    bank_id: Annotated[UUID, Form()],
    pay_on: Annotated[date, Form()],
) -> Response:
    """Draw up families' cash: a batch, or a run of them where one does not hold all."""
    wanted = Wanted(batch_id, "family_cash", pay_on, cycle_id, bank_id)
    payer = Payer.of(request.app.state.settings, request.app.state.sealer)
    run = await start_run(tx, caller, payer, wanted, clock.utc_now())
    if run is not None:
        return RedirectResponse(f"/payments/runs/{run.id}", status_code=303)
    batch = await draw_up_cash(tx, caller, payer, wanted, clock.utc_now())
    return RedirectResponse(f"/payments/{batch.id}", status_code=303)


@router.get("/{batch_id}")
async def get_payment(
    request: Request,
    batch_id: UUID,
    caller: Payments,
    tx: Transaction,
    state: Annotated[str, Query(pattern="^(|waiting|paid|failed|withdrawn)$")] = "",
    after: Annotated[int, Query(ge=0, le=BATCH_LINES_MAX)] = 0,
) -> Response:
    """Show a batch: how far it is, what failed and why, and what waits for words."""
    return await show_batch(request, caller, tx, batch_id, state=state, after=after)


@router.post("/{batch_id}/approvals")
async def post_approval(
    request: Request, batch_id: UUID, caller: Payments, tx: Transaction
) -> Response:
    """Approve what another person drew up."""
    sealer = request.app.state.sealer
    await decide.approve(tx, caller, sealer, batch_id, clock.utc_now())
    return RedirectResponse(f"/payments/{batch_id}", status_code=303)


@router.post("/{batch_id}/withdrawals")
async def post_withdrawal(
    batch_id: UUID,
    caller: Payments,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=WORDS_MAX)] = "",
) -> Response:
    """Take a batch back before the bank has it."""
    await decide.withdraw(tx, caller, batch_id, reason, clock.utc_now())
    return RedirectResponse(f"/payments/{batch_id}", status_code=303)


@router.post("/{batch_id}/files")
async def post_file(
    request: Request,
    batch_id: UUID,
    caller: Payments,
    tx: Transaction,
    form: Annotated[Literal["csv", "xml"], Form()],
) -> Response:
    """Hand out the file for the bank. A POST, because it is noted as sent from then on."""
    batch, content = await decide.fetch_file(
        tx, caller, request.app.state.sealer, batch_id, form=form, now=clock.utc_now()
    )
    headers = {
        "content-disposition": f'attachment; filename="{batch.number}.{form}"',
        "cache-control": "no-store",
    }
    media_type = "text/csv; charset=utf-8" if form == "csv" else "application/xml"
    return Response(content, media_type=media_type, headers=headers)


@router.post("/{batch_id}/results", max_body_size=RESULT_BYTES_MAX)
async def post_results(
    request: Request,
    batch_id: UUID,
    caller: Payments,
    tx: Transaction,
    file_id: Annotated[UUID, Form(alias="id")],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take in the bank's answer."""
    content = await file.read()
    try:
        await take_results(
            tx,
            caller,
            request.app.state.sealer,
            batch_id=batch_id,
            file_id=file_id,
            content=content,
            now=clock.utc_now(),
        )
    except Unreadable as unreadable:
        return await show_batch(request, caller, tx, batch_id, problems=unreadable.problems)
    return RedirectResponse(f"/payments/{batch_id}#hasil", status_code=303)


@router.post("/{batch_id}/explanations")
async def post_explanation(
    caller: Payments,
    tx: Transaction,
    batch_id: UUID,
    explanation_id: Annotated[UUID, Form(alias="id")],
    line: Annotated[str, Form(max_length=50)],
    decision: Annotated[str, Form(max_length=10)] = "",
    words: Annotated[str, Form(max_length=WORDS_MAX)] = "",
) -> Response:
    """Keep a person's words about a difference."""
    file_id, _, position = line.partition(":")
    if decision not in DECISIONS or POSITION.fullmatch(position) is None:
        raise Refused("invalid_input", fields=[{"field": "decision", "problem": "choose"}])
    said = Said(explanation_id, decision, words.strip(), clock.utc_now())
    await explain(tx, caller, _id(file_id), int(position), said)
    return RedirectResponse(f"/payments/{batch_id}#selisih", status_code=303)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("not_found") from None
