"""The pages of complaints: what waits for an answer, and one of them with all that happened."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.card_token import card_number
from common.database import Transaction
from common.web.formats import in_wib
from common.web.pages import render
from redemption.complaints import decide, read
from redemption.complaints.receive import Keys
from redemption.complaints.rules import ANSWER_MAX, ANSWER_MIN, WORDS_MAX, WORDS_MIN
from redemption.complaints.words import WORDS

router = new_router(prefix="/complaints", include_in_schema=False)
Receiver = Annotated[Principal, Depends(require("complaints.receive"))]
Decider = Annotated[Principal, Depends(require("complaints.decide"))]
PAGE_MAX = 1000
LIMITS = {"least": ANSWER_MIN, "most": ANSWER_MAX, "words_least": WORDS_MIN, "words": WORDS_MAX}


@router.get("")
async def get_complaints(
    request: Request,
    caller: Receiver,
    tx: Transaction,
    show: Annotated[str, Query(max_length=10)] = "open",
    page: Annotated[int, Query(ge=0, le=PAGE_MAX)] = 0,
) -> Response:
    """List complaints, what is overdue first."""
    today = in_wib(clock.utc_now()).date()
    rows, overdue = await read.listed(tx, caller, today=today, is_all=show == "all", page=page)
    return render(
        request,
        "complaints/list.html",
        rows=rows,
        overdue=overdue,
        show=show,
        today=in_wib(clock.utc_now()).date(),
        next_page=page + 1 if len(rows) == read.ROWS else None,
        **WORDS,
    )


@router.get("/{complaint_id}")
async def get_complaint(
    complaint_id: UUID, request: Request, caller: Receiver, tx: Transaction
) -> Response:
    """Show a complaint, and what the caller may do about it."""
    shown = await read.show(tx, caller, request.app.state.sealer, complaint_id)
    one = shown.one
    return render(
        request,
        "complaints/complaint.html",
        shown=shown,
        card_shown=card_number(one["card_id"]) if one["card_id"] else "",
        may_decide="complaints.decide" in caller.permissions and not shown.is_involved,
        is_overdue=one["state"] != "answered" and one["due_on"] < in_wib(clock.utc_now()).date(),
        is_mine=one["assigned_to"] == caller.subject,
        limits=LIMITS,
        **WORDS,
    )


def _keys(request: Request) -> Keys:
    return Keys(request.app.state.sealer, request.app.state.blind_index)


def _back(complaint_id: UUID) -> Response:
    return RedirectResponse(f"/complaints/{complaint_id}", status_code=303)


@router.post("/{complaint_id}/taking")
async def post_taking(complaint_id: UUID, caller: Decider, tx: Transaction) -> Response:
    """Take it up."""
    await decide.take(tx, caller, complaint_id)
    return _back(complaint_id)


@router.post("/{complaint_id}/answer")
async def post_answer(
    complaint_id: UUID,
    request: Request,
    caller: Decider,
    tx: Transaction,
    outcome: Annotated[str, Form(max_length=20)] = "",
    answer: Annotated[str, Form(max_length=ANSWER_MAX)] = "",
) -> Response:
    """Answer the family."""
    said = {"outcome": outcome, "words": answer}
    await decide.answer(tx, caller, _keys(request), complaint_id, **said)
    return _back(complaint_id)


@router.post("/{complaint_id}/reopening")
async def post_reopening(
    complaint_id: UUID,
    request: Request,
    caller: Receiver,
    tx: Transaction,
    words: Annotated[str, Form(max_length=WORDS_MAX)] = "",
) -> Response:
    """Open it once more for the family."""
    now = clock.utc_now()
    await decide.reopen(tx, caller, _keys(request), complaint_id, words=words, now=now)
    return _back(complaint_id)
