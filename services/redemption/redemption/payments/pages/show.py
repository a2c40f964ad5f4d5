"""The page of one batch."""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from common import audit, ids
from common.auth.principal import Principal
from common.payment_reasons import reason_of
from common.problems import Refused
from common.regions import PROVINCE
from common.web.pages import render
from redemption.payments import queries, result_queries
from redemption.payments.pages.shown import (
    DECISION_WORDS,
    DIFFERENCE_WORDS,
    INSTRUCTION_WORDS,
    PURPOSE_WORDS,
    next_act,
    steps,
)
from redemption.payments.result_problems import PROBLEMS_SHOWN_MAX, RowProblem
from redemption.payments.rules import DECIDABLE

ORDERS, DIFFERENCES = 100, 100
WORDS: dict[str, Any] = {
    "purposes": PURPOSE_WORDS,
    "decisions": DECISION_WORDS,
    "difference_words": DIFFERENCE_WORDS,
    "instruction_words": INSTRUCTION_WORDS,
}


async def show_batch(
    request: Request,
    caller: Principal,
    tx: AsyncConnection,
    batch_id: UUID,
    *,
    state: str = "",
    after: int = 0,
    problems: list[RowProblem] | None = None,
) -> Response:
    """Answer with a batch, and with what is wrong in a file that was refused."""
    caller.demand_region(PROVINCE)
    batch = await queries.find(tx, batch_id)
    if batch is None:
        raise Refused("not_found")
    asked = {"batch_id": batch_id}
    counts = (await tx.execute(queries.COUNTS, asked)).mappings().one()
    page = {**asked, "state": state, "after": after, "rows": ORDERS}
    orders = (await tx.execute(queries.OF_BATCH, page)).mappings().all()
    next_orders = f"/payments/{batch_id}?state={state}&after="
    await audit.record(tx, caller, "payment.read", "payment_batch", batch_id)
    return render(
        request,
        "payments/batch.html",
        status=422 if problems else 200,
        batch=batch,
        counts=counts,
        steps=steps(batch, dict(counts)),
        act=next_act(batch, dict(counts), caller),
        orders=orders,
        order_state=state,
        more=f"{next_orders}{orders[-1]['position']}" if len(orders) == ORDERS else "",
        files=(await tx.execute(result_queries.FILES, asked)).mappings().all(),
        problems=(problems or [])[:PROBLEMS_SHOWN_MAX],
        problem_count=len(problems or []),
        new_id=ids.new_id(),
        **await _answers(tx, batch_id, caller),
        **WORDS,
    )


async def _answers(tx: AsyncConnection, batch_id: UUID, caller: Principal) -> dict[str, Any]:
    """Return what failed, and what is not as it was ordered."""
    asked = {"batch_id": batch_id}
    failures = (await tx.execute(queries.FAILURES, asked)).mappings()
    wanted = {**asked, "rows": DIFFERENCES}
    differences = (await tx.execute(result_queries.DIFFERENCES, wanted)).mappings()
    return {
        "failures": [{**row, "why": reason_of(row["reason_code"])} for row in failures],
        "differences": [_difference(dict(row), caller) for row in differences],
    }


def _difference(row: dict[str, Any], caller: Principal) -> dict[str, Any]:
    return {
        **row,
        "id": ids.new_id(),
        "can_decide": row["outcome"] in DECIDABLE,
        "may_explain": row["received_by"] != caller.subject,
    }


def state_of(row: Any) -> str:
    """Return a batch's state as people read it."""
    if row["state"] != "approved":
        return str(row["state"])
    if row["sent_at"] is None:
        return "approved"
    if row["waiting"]:
        return "sent" if not row["paid"] + row["failed"] else "partial"
    return "completed"
