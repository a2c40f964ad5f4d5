"""What another person looks at: held and odd hand-overs, conflicts, journals put aside."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from issuance.handing_over.apply_line import Tools
from issuance.handing_over.declare import decide_declaration, waiting_declarations
from issuance.handing_over.pages import words
from issuance.handing_over.pages.views import said
from issuance.handing_over.release import release, settle
from issuance.handing_over.review import judge, mark_seen, waiting

router = new_router(prefix="/handovers", include_in_schema=False)

Reviewer = Annotated[Principal, Depends(require("handovers.review"))]


@router.get("/checks")
async def get_checks(
    request: Request,
    tx: Transaction,
    caller: Reviewer,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show the hand-overs that do not count yet, those that look odd, and changed own numbers."""
    return await _show(request, tx, caller, words.DONE.get(done, ""), {})


async def _show(
    request: Request, tx: Transaction, caller: Principal, done: str, errors: dict[str, str]
) -> HTMLResponse:
    held, flagged = await waiting(tx, caller, request.app.state.sealer)
    return render(
        request,
        "handing_over/checks.html",
        status=422 if errors else 200,
        held=held,
        flagged=flagged,
        declarations=await waiting_declarations(tx),
        me=caller.subject,
        words=words,
        done=done,
        errors=errors,
    )


@router.post("/checks/{handover_id}")
async def post_judgement(
    request: Request,
    tx: Transaction,
    caller: Reviewer,
    handover_id: UUID,
    word: Annotated[Literal["confirmed", "refused"], Form()],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Let a held hand-over count, or block and replace its card."""
    sealer = request.app.state.sealer
    try:
        await judge(tx, caller, sealer, handover_id, word=word, note=note)
    except Refused as refusal:
        if refusal.code != "words_missing":
            raise
        errors = {f"note-{handover_id}": said(request, refusal)}
        return await _show(request, tx, caller, "", errors)
    return RedirectResponse(f"/handovers/checks?done={word}", status_code=303)


@router.post("/checks/{handover_id}/flags")
async def post_flag_seen(
    tx: Transaction,
    caller: Reviewer,
    handover_id: UUID,
    flag: Annotated[str, Form(max_length=20)],
) -> Response:
    """Note that a flag was looked at."""
    await mark_seen(tx, caller, handover_id, flag)
    return RedirectResponse("/handovers/checks?done=seen", status_code=303)


@router.post("/declarations/{declaration_id}")
async def post_decision(
    tx: Transaction,
    caller: Reviewer,
    declaration_id: UUID,
    word: Annotated[Literal["accepted", "refused"], Form()],
) -> Response:
    """Let a colleague's changed own numbers count, or not."""
    await decide_declaration(tx, caller, declaration_id, accept=word == "accepted")
    return RedirectResponse("/handovers/checks?done=decided", status_code=303)


@router.post("/conflicts/{line_id}")
async def post_settlement(
    tx: Transaction,
    caller: Reviewer,
    line_id: UUID,
    round_id: Annotated[UUID, Form()],
    word: Annotated[Literal["returned", "with_family"], Form()],
) -> Response:
    """Say where the card of a refused line is."""
    await settle(tx, caller, line_id, word)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=settled", status_code=303)


@router.post("/quarantines/{quarantine_id}")
async def post_release(
    request: Request,
    tx: Transaction,
    caller: Reviewer,
    quarantine_id: UUID,
    round_id: Annotated[UUID, Form()],
) -> Response:
    """Do the lines of a batch that was put aside."""
    tools = Tools(request.app.state.sealer, request.app.state.blind_index)
    await release(tx, caller, tools, quarantine_id)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=released", status_code=303)
