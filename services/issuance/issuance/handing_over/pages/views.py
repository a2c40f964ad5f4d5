"""Hand-overs in villages, for the desk and for companions: rounds, own numbers, the worklist."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.formats import in_wib
from common.web.languages import language
from common.web.pages import render
from issuance.handing_over.come_back import close_round, desk_done, sign_back
from issuance.handing_over.declare import declare, find_declaration, waits_for_decision
from issuance.handing_over.pages import words
from issuance.handing_over.read_desk import available_villages, count_held, read_worklist
from issuance.handing_over.read_round import (
    list_rounds,
    read_conflicts,
    read_families,
    read_quarantines,
    read_round,
    sees_all,
)
from issuance.handing_over.round_rules import is_overdue
from issuance.handing_over.rounds import NewRound, cancel_round, make_round, take_round

router = new_router(prefix="/handovers", include_in_schema=False)

Giver = Annotated[Principal, Depends(require("handovers.record"))]
Clerk = Annotated[Principal, Depends(require("cards.manage"))]
Done = Annotated[str, Query(max_length=20)]
Number = Annotated[str, Form(max_length=30)]
Count = Annotated[int, Form(ge=0, le=1000)]


def said(request: Request, refusal: Refused) -> str:
    """Return a refusal's words in the language of the page."""
    text = request.app.state.refusals[refusal.code]
    whole = (
        f"{text.title_en}. {text.action_en}"
        if language(request) == "en"
        else f"{text.title_id}. {text.action_id}"
    )
    for name, value in refusal.facts.items():
        whole = whole.replace(f"{{{name}}}", str(value))
    return whole


@router.get("")
async def get_rounds(
    request: Request, tx: Transaction, caller: Giver, done: Done = ""
) -> HTMLResponse:
    """Show the rounds, what lies ready to be carried, and what the desk has to do."""
    is_desk = "cards.manage" in caller.permissions
    held = await count_held(tx, caller) if "handovers.review" in caller.permissions else None
    return render(
        request,
        "handing_over/rounds.html",
        rounds=await list_rounds(tx, caller),
        villages=await available_villages(tx, caller) if is_desk else [],
        worklist=await read_worklist(tx, caller, request.app.state.sealer) if is_desk else [],
        declared=await find_declaration(tx, caller) is not None,
        held=held,
        today=in_wib(clock.utc_now()).date(),
        words=words,
        done=words.DONE.get(done, ""),
        new_id=new_id,
    )


@router.get("/me")
async def get_own_numbers(
    request: Request, tx: Transaction, caller: Giver, family: UUID | None = None
) -> HTMLResponse:
    """Ask for the caller's own NIK and KK number, and say why; `family` waits at the desk."""
    return await _own_numbers(request, tx, caller, {}, family=family)


async def _own_numbers(
    request: Request, tx: Transaction, caller: Principal, errors: dict[str, str], **shown: Any
) -> HTMLResponse:
    return render(
        request,
        "handing_over/me.html",
        status=422 if errors else 200,
        known=await find_declaration(tx, caller),
        waits=await waits_for_decision(tx, caller),
        errors=errors,
        **shown,
        new_id=new_id,
    )


@router.post("/me")
async def post_own_numbers(
    request: Request,
    tx: Transaction,
    caller: Giver,
    declaration_id: Annotated[UUID, Form()],
    nik: Number = "",
    kk: Number = "",
    family: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Note the caller's own numbers as blind indexes; they are never shown again."""
    index = request.app.state.blind_index
    try:
        made = await declare(tx, caller, index, declaration_id=declaration_id, nik=nik, kk=kk)
    except Refused as wrong:
        if wrong.code != "own_numbers_wrong":
            raise
        errors = {"nik": said(request, wrong)}
        return await _own_numbers(request, tx, caller, errors, family=family)
    word = "declared" if made["is_first"] else "waits"
    back = f"cards/families/{family}" if family else "handovers"
    return RedirectResponse(f"/{back}?done={word}", status_code=303)


@router.post("/rounds")
async def post_round(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    round_id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
    planned_on: Annotated[date, Form()],
) -> Response:
    """Make a round of a village."""
    state = request.app.state
    wish = NewRound(round_id, region_code, planned_on)
    await make_round(tx, caller, state.sealer, state.blind_index, wish)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=made", status_code=303)


@router.get("/rounds/{round_id}")
async def get_round(
    request: Request, tx: Transaction, caller: Giver, round_id: UUID, done: Done = ""
) -> HTMLResponse:
    """Show a round: how it stands, its families, and what has to be decided."""
    return await show_round(request, tx, caller, round_id, done=words.DONE.get(done, ""))


async def show_round(
    request: Request,
    tx: Transaction,
    caller: Principal,
    round_id: UUID,
    *,
    done: str = "",
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    """Answer with a round's page; with errors when an act was refused."""
    one = await read_round(tx, caller, round_id)
    sealer = request.app.state.sealer
    families = await read_families(tx, caller, sealer, one)
    outcomes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for family in families:
        outcomes[family.row["outcome"]] = outcomes.get(family.row["outcome"], 0) + 1
        if family.row["return_reason"]:
            reasons[family.row["return_reason"]] = reasons.get(family.row["return_reason"], 0) + 1
    return render(
        request,
        "handing_over/round.html",
        status=422 if errors else 200,
        round=one,
        families=families,
        outcomes=outcomes,
        reasons=reasons,
        conflicts=await read_conflicts(tx, sealer, families, round_id),
        quarantines=await read_quarantines(tx, round_id),
        refusals=request.app.state.refusals,
        is_carrier=one["companion"] == caller.subject,
        is_desk="cards.manage" in caller.permissions,
        may_review="handovers.review" in caller.permissions and sees_all(caller),
        words=words,
        done=done,
        errors=errors or {},
        **_late(one),
    )


def _late(one: Any) -> dict[str, bool]:
    today = in_wib(clock.utc_now()).date()
    return {"is_overdue": is_overdue(one["planned_on"], today, one["state"])}


@router.post("/rounds/{round_id}/takings")
async def post_taking(
    request: Request, tx: Transaction, caller: Giver, round_id: UUID, counted: Count = 0
) -> Response:
    """Let the caller carry the round, after counting its cards."""
    try:
        await take_round(tx, caller, round_id, counted=counted)
    except Refused as refusal:
        if refusal.code != "count_differs":
            raise
        errors = {"counted": said(request, refusal)}
        return await show_round(request, tx, caller, round_id, errors=errors)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=taken", status_code=303)


@router.post("/rounds/{round_id}/cancellations")
async def post_cancellation(tx: Transaction, caller: Clerk, round_id: UUID) -> Response:
    """Give up a round that nobody has taken."""
    await cancel_round(tx, caller, round_id)
    return RedirectResponse("/handovers?done=cancelled", status_code=303)


@router.post("/rounds/{round_id}/signatures")
async def post_signature(
    request: Request, tx: Transaction, caller: Giver, round_id: UUID
) -> Response:
    """Let the companion sign for what was given and what is brought back."""
    try:
        await sign_back(tx, caller, round_id)
    except Refused as refusal:
        if refusal.code not in {"round_not_finished", "round_has_conflicts"}:
            raise
        errors = {"": said(request, refusal)}
        return await show_round(request, tx, caller, round_id, errors=errors)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=back", status_code=303)


@router.post("/rounds/{round_id}/closings")
async def post_closing(
    request: Request, tx: Transaction, caller: Clerk, round_id: UUID, counted: Count = 0
) -> Response:
    """Close a round after another person has counted what came back."""
    try:
        await close_round(tx, caller, round_id, counted=counted)
    except Refused as refusal:
        if refusal.code != "count_differs":
            raise
        errors = {"counted": said(request, refusal)}
        return await show_round(request, tx, caller, round_id, errors=errors)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=closed", status_code=303)


@router.post("/rounds/{round_id}/cards/{card_id}/settlements")
async def post_desk_done(tx: Transaction, caller: Clerk, round_id: UUID, card_id: str) -> Response:
    """Note that the desk has dealt with a card that came back for a reason."""
    await desk_done(tx, caller, round_id, card_id)
    return RedirectResponse("/handovers?done=desk_done", status_code=303)
