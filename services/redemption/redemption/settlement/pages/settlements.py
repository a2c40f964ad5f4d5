"""Settlements: what each partner is owed, whose turn it is, and what became of the payment."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import RedirectResponse, Response

from common import audit, clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.payment_reasons import reason_of
from common.regions import PROVINCE
from common.web import words as states
from common.web.formats import in_wib
from common.web.languages import language
from common.web.pages import render
from redemption.payments.draw_up import Payer, Wanted
from redemption.redeeming.lines import bounds_of, receipt_number
from redemption.settlement import line_queries, settlement_queries
from redemption.settlement.act import act, visible
from redemption.settlement.act_rules import NEEDS_WORDS, OF_PARTNER, WORDS_MAX, next_acts
from redemption.settlement.draw import AFTER_MIDNIGHT, draw
from redemption.settlement.pages.shown import ACT_WORDS, BUTTONS, KIND_WORDS, TURNS, steps
from redemption.settlement.pay import pay
from redemption.settlement.settlement_pdf import PRINTED_MAX, Printed, settlement_pdf
from redemption.settlement.settlement_routes import csv_answer

router = new_router(prefix="/settlements", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("settlement.read"))]
Keeper = Annotated[Principal, Depends(require("settlement.manage"))]
Partner = Annotated[Principal, Depends(require("settlement.agree"))]
Payments = Annotated[Principal, Depends(require("payments.manage"))]
LISTED, SHOWN, TO_DRAW = 50, 200, 300


@router.get("")
async def get_settlements(
    request: Request, caller: Reader, tx: Transaction, before: UUID | None = None
) -> Response:
    """List settlements, the newest first: of the own partner, or of all."""
    if caller.partner_id is None:
        caller.demand_region(PROVINCE)
    found = await settlement_queries.listed(tx, caller.partner_id, before, LISTED)
    rows = [
        {"one": one, "id": one.id, "shown_state": one.shown_state, "owed": one.owed_rupiah}
        for one in map(settlement_queries.settlement_of, found)
    ]
    may_draw = caller.partner_id is None and "settlement.manage" in caller.permissions
    last_on = _last_day(clock.utc_now())
    _, until = bounds_of(last_on, last_on)
    asked = {"until": until, "rows": TO_DRAW}
    waiting = (await tx.execute(line_queries.TO_DRAW, asked)).mappings().all() if may_draw else []
    due = (await tx.execute(settlement_queries.TO_PAY, {"rows": TO_DRAW})) if may_draw else None
    rows_due = due.mappings().all() if due else []
    to_pay = [settlement_queries.settlement_of(row) for row in rows_due if row["has_account"]]
    return render(
        request,
        "settlement/settlements.html",
        rows=rows,
        more=f"/settlements?before={found[-1]['id']}" if len(found) == LISTED else "",
        may_draw=may_draw,
        may_pay=caller.partner_id is None and "payments.manage" in caller.permissions,
        waiting=waiting,
        to_pay=to_pay,
        without_account=[row["partner_name"] for row in rows_due if not row["has_account"]],
        to_pay_rupiah=sum(one.owed_rupiah for one in to_pay),
        last_on=last_on,
        today=in_wib(clock.utc_now()).date(),
        new_id=ids.new_id(),
        is_partner=caller.partner_id is not None,
        turns=TURNS,
    )


@router.post("")
async def post_settlement(
    caller: Keeper,
    tx: Transaction,
    settlement_id: Annotated[UUID, Form(alias="id")],
    partner_id: Annotated[UUID, Form()],
    last_on: Annotated[date, Form()],
) -> Response:
    """Draw up a settlement of one partner."""
    made = await draw(
        tx,
        caller,
        settlement_id=settlement_id,
        partner_id=partner_id,
        last_on=last_on,
        now=clock.utc_now(),
    )
    return RedirectResponse(f"/settlements/{made}", status_code=303)


@router.post("/payments")
async def post_settlement_payment(
    request: Request,
    caller: Payments,
    tx: Transaction,
    batch_id: Annotated[UUID, Form(alias="id")],
    pay_on: Annotated[date, Form()],
) -> Response:
    """Draw up payment orders for all that is approved."""
    wanted = Wanted(batch_id, "settlement", pay_on)
    payer = Payer.of(request.app.state.settings, request.app.state.sealer)
    batch = await pay(tx, caller, payer, wanted, clock.utc_now())
    return RedirectResponse(f"/payments/{batch.id}", status_code=303)


@router.get("/{settlement_id}")
async def get_settlement(
    request: Request, settlement_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show one settlement: its sums, its lines, who did what, and what can be done now."""
    one = await visible(tx, caller, settlement_id)
    asked = {"settlement_id": settlement_id}
    row = (await tx.execute(settlement_queries.ONE, asked)).mappings().one()
    lines = (await tx.execute(line_queries.LINES, {**asked, "rows": SHOWN})).mappings().all()
    acts = (await tx.execute(settlement_queries.ACTS, asked)).mappings().all()
    await audit.record(tx, caller, "settlement.read", "settlement", settlement_id)
    return render(
        request,
        "settlement/settlement.html",
        one=one,
        totals=(await tx.execute(line_queries.TOTALS, asked)).mappings().all(),
        kinds=(await tx.execute(line_queries.KINDS, asked)).mappings().all(),
        lines=lines,
        acts=acts,
        steps=steps(one, [dict(row) for row in acts]),
        may=[(word, ids.new_id()) for word in next_acts(one, caller)],
        is_maker=one.drawn_up_by == caller.subject,
        is_partner=caller.partner_id is not None,
        may_see_batch="payments.manage" in caller.permissions,
        why=reason_of(one.payment_reason),
        lacks_account=one.can_be_paid and not row["has_account"],
        needs_words=NEEDS_WORDS,
        of_partner=OF_PARTNER,
        buttons=BUTTONS,
        act_words=ACT_WORDS,
        kind_words=KIND_WORDS,
        turns=TURNS,
        words_max=WORDS_MAX,
        receipt_number=receipt_number,
    )


@router.post("/{settlement_id}/acts")
async def post_act(
    settlement_id: UUID,
    caller: Keeper,
    tx: Transaction,
    act_id: Annotated[UUID, Form(alias="id")],
    word: Annotated[str, Form(max_length=20)],
    words: Annotated[str, Form(max_length=WORDS_MAX)] = "",
) -> Response:
    """Do finance's part: send, answer, approve, withdraw."""
    return await _act(tx, caller, settlement_id, act_id, (word, words))


@router.post("/{settlement_id}/answers")
async def post_answer(
    settlement_id: UUID,
    caller: Partner,
    tx: Transaction,
    act_id: Annotated[UUID, Form(alias="id")],
    word: Annotated[str, Form(max_length=20)],
    words: Annotated[str, Form(max_length=WORDS_MAX)] = "",
) -> Response:
    """Do the partner's part: agree or dispute."""
    return await _act(tx, caller, settlement_id, act_id, (word, words))


async def _act(
    tx: AsyncConnection,
    caller: Principal,
    settlement_id: UUID,
    act_id: UUID,
    said: tuple[str, str],
) -> Response:
    word, words = said
    await act(tx, caller, settlement_id, act_id=act_id, word=word, words=words, now=clock.utc_now())
    return RedirectResponse(f"/settlements/{settlement_id}", status_code=303)


@router.get("/{settlement_id}/lines.csv")
async def get_settlement_csv(
    request: Request, settlement_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Download every line."""
    one = await visible(tx, caller, settlement_id)
    await audit.record(tx, caller, "settlement.downloaded", "settlement", settlement_id)
    return csv_answer(request, one)


@router.get("/{settlement_id}/statement.pdf")
async def get_settlement_pdf(
    request: Request, settlement_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Download the statement as paper."""
    one = await visible(tx, caller, settlement_id)
    lines = await _lines(tx, caller, settlement_id, PRINTED_MAX)
    asked = {"settlement_id": settlement_id}
    acts = (await tx.execute(settlement_queries.ACTS, asked)).mappings()
    totals = (await tx.execute(line_queries.TOTALS, asked)).mappings()
    said = request.app.state.pages.gettext(request)
    printed = Printed(
        one,
        said(states.state_label(one.shown_state)),
        [dict(row) for row in totals],
        [line for line in lines if line["kind"] != "carried"],
        [(said(ACT_WORDS[row["act"]]), row["by_name"], row["at"], row["words"]) for row in acts],
    )
    content = settlement_pdf(printed, language(request))
    return _file(content, "application/pdf", f"{one.number}.pdf")


async def _lines(
    tx: AsyncConnection, caller: Principal, settlement_id: UUID, rows: int
) -> list[dict[str, Any]]:
    asked = {"settlement_id": settlement_id, "rows": rows}
    found = (await tx.execute(line_queries.LINES, asked)).mappings()
    await audit.record(tx, caller, "settlement.downloaded", "settlement", settlement_id)
    return [dict(row) for row in found]


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def _last_day(now: datetime) -> date:
    """Return the latest day that can be a settlement's last."""
    return in_wib(now - AFTER_MIDNIGHT).date() - timedelta(days=1)
