"""Settlements for partners' and finance's programs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response, StreamingResponse

from common import audit, clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.regions import PROVINCE
from redemption.settlement import line_queries, settlement_queries
from redemption.settlement.act import act, visible
from redemption.settlement.act_rules import SETTLEMENTS, Settlement, why_not
from redemption.settlement.lines import Place, csv_of, page_of
from redemption.settlement.settlement_schemas import (
    AgreementRequest,
    BenefitSum,
    KindSum,
    SettlementAct,
    SettlementAnswer,
    SettlementLines,
    SettlementPage,
    SettlementSummary,
)

router = new_router(prefix=SETTLEMENTS, tags=["settlement"])
Reader = Annotated[Principal, Depends(require("settlement.read"))]
Agreer = Annotated[Principal, Depends(require("settlement.agree"))]
PAGE, PAGE_MAX, LINES_PAGE, LINES_PAGE_MAX = 50, 200, 500, 2000
CURSOR_MAX = 100
CSV = "text/csv"
CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page of lines, or with `Accept: text/csv` all of them.",
        "content": {CSV: {"schema": {"type": "string"}}},
    }
}


@router.get("", response_model=SettlementPage)
async def get_settlements(
    caller: Reader,
    tx: Transaction,
    before: UUID | None = None,
    rows: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> SettlementPage:
    """Return settlements, the newest first: of the own partner once they were sent, or of all."""
    if caller.partner_id is None:
        caller.demand_region(PROVINCE)
    found = await settlement_queries.listed(tx, caller.partner_id, before, rows)
    shown = [SettlementSummary.of(settlement_queries.settlement_of(row)) for row in found]
    return SettlementPage(settlements=shown, next=shown[-1].id if len(shown) == rows else None)


@router.get("/{settlement_id}", response_model=SettlementAnswer)
async def get_settlement(settlement_id: UUID, caller: Reader, tx: Transaction) -> SettlementAnswer:
    """Return one settlement; another partner's is not found."""
    one = await visible(tx, caller, settlement_id)
    await audit.record(tx, caller, "settlement.read", "settlement", settlement_id)
    return await _answer(tx, caller, one)


@router.get("/{settlement_id}/lines", response_model=SettlementLines, responses=CSV_ANSWER)
async def get_settlement_lines(
    request: Request,
    settlement_id: UUID,
    caller: Reader,
    tx: Transaction,
    after: Annotated[str, Query(max_length=CURSOR_MAX)] = "",
    rows: Annotated[int, Query(ge=1, le=LINES_PAGE_MAX)] = LINES_PAGE,
) -> SettlementLines | Response:
    """Return its lines by time, a page at a time; all of them as CSV where that is accepted."""
    one = await visible(tx, caller, settlement_id)
    await audit.record(tx, caller, "settlement.downloaded", "settlement", settlement_id)
    if CSV in request.headers.get("accept", ""):
        return csv_answer(request, one)
    place = Place.read(after) if after else None
    return SettlementLines.of(*await page_of(tx, settlement_id, place, rows))


@router.post("/{settlement_id}/agreement", status_code=201, response_model=SettlementAnswer)
async def post_agreement(
    settlement_id: UUID, body: AgreementRequest, caller: Agreer, tx: Transaction
) -> SettlementAnswer:
    """Agree, for the partner, to what it is owed; the same request again changes nothing."""
    one = await visible(tx, caller, settlement_id)
    if one.owed_rupiah != body.owed_rupiah:
        raise Refused("settlement_sum_differs", rupiah=one.owed_rupiah)
    now = clock.utc_now()
    one = await act(tx, caller, settlement_id, act_id=body.id, word="agreed", words="", now=now)
    return await _answer(tx, caller, one)


def csv_answer(request: Request, one: Settlement) -> Response:
    """Return all lines of a settlement as a file that is written while it is read."""
    headers = {
        "content-disposition": f'attachment; filename="{one.number}.csv"',
        "cache-control": "no-store",
    }
    content = csv_of(request.app.state.engine, one.id)
    return StreamingResponse(content, media_type=f"{CSV}; charset=utf-8", headers=headers)


async def _answer(tx: AsyncConnection, caller: Principal, one: Settlement) -> SettlementAnswer:
    asked = {"settlement_id": one.id}
    totals = (await tx.execute(line_queries.TOTALS, asked)).mappings()
    kinds = (await tx.execute(line_queries.KINDS, asked)).mappings()
    acts = (await tx.execute(settlement_queries.ACTS, asked)).mappings()
    return SettlementAnswer.of(
        one,
        benefits=[BenefitSum(**row) for row in totals],
        kinds=[KindSum(**row) for row in kinds],
        acts=[SettlementAct(**row) for row in acts],
        may_agree=why_not(one, "agreed", caller) is None,
        payment_reason=one.payment_reason if one.shown_state == "payment_failed" else "",
    )
