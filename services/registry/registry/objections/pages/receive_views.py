"""The form with which an objection is taken down, and the receipt that the family gets."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, problem
from common.web.languages import language
from common.web.pages import render
from registry.objections import evidence, queries, read, receive
from registry.objections.pages.words import WORDS
from registry.objections.routes import FILES_BYTES_MAX
from registry.objections.rules import WORDS_CHARACTERS_MAX
from registry.objections.schemas import NAME_CHARACTERS_MAX
from registry.people.household import find_for

router = new_router(prefix="/objections", include_in_schema=False)
Receiver = Annotated[Principal, Depends(require("objections.receive"))]
Reader = Annotated[Principal, Depends(require("people.read"))]
# Refusals that have a page of their own; the others are shown above the form.
ELSEWHERE = frozenset({"not_found", "outside_your_regions", "id_reused"})


@router.get("/new")
async def get_new(
    household_id: UUID, request: Request, caller: Receiver, tx: Transaction
) -> HTMLResponse:
    """Show the form for an objection of a family."""
    return await _form(request, caller, tx, household_id, sent={"id": str(new_id())})


async def _form(
    request: Request,
    caller: Principal,
    tx: Transaction,
    household_id: UUID,
    *,
    sent: dict[str, str],
    refusal: Refused | None = None,
) -> HTMLResponse:
    record = await find_for(tx, caller, household_id)
    region = {"region_code": record["region_code"]}
    await audit.record(tx, caller, "household.read", "household", household_id, **region)
    asked = {"household_id": household_id}
    decisions = (await tx.execute(queries.CONTESTABLE, asked)).mappings().all()
    return render(
        request,
        "objections/new.html",
        status=422 if refusal else 200,
        household_id=household_id,
        region_code=record["region_code"],
        head_name=await tx.scalar(queries.HEAD_NAME, asked) or "",
        decisions=decisions,
        criteria=await read.criteria_words(tx, decisions),
        sent=sent,
        error=_said(request, refusal),
        today=read.today(),
        words_max=WORDS_CHARACTERS_MAX,
        **WORDS,
    )


def _said(request: Request, refusal: Refused | None) -> str:
    if refusal is None:
        return ""
    known, lang = request.app.state.refusals, language(request)
    _, said = problem(refusal.code, refusal.facts, known, lang, "")
    return f"{said['title']}. {said['detail']}"


@router.post("", max_body_size=FILES_BYTES_MAX)
async def post_objection(
    request: Request,
    caller: Receiver,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    household_id: Annotated[UUID, Form()],
    decision_id: Annotated[str, Form(max_length=40)] = "",
    criterion_code: Annotated[str, Form(max_length=60)] = "",
    letter_on: Annotated[str, Form(max_length=10)] = "",
    came_by: Annotated[str, Form(max_length=10)] = "",
    objector: Annotated[str, Form(max_length=NAME_CHARACTERS_MAX)] = "",
    words: Annotated[str, Form(max_length=WORDS_CHARACTERS_MAX)] = "",
    files: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Keep the objection with its evidence and go to its receipt; all of it, or nothing."""
    sent = {
        "id": str(id),
        "decision_id": decision_id,
        "criterion_code": criterion_code,
        "letter_on": letter_on,
        "came_by": came_by,
        "objector": objector,
        "words": words,
    }
    try:
        async with tx.begin_nested():
            await _receive(request, caller, tx, sent, files or [])
    except Refused as refusal:
        if refusal.code in ELSEWHERE:
            raise
        return await _form(request, caller, tx, household_id, sent=sent, refusal=refusal)
    return RedirectResponse(f"/objections/{id}/receipt", status_code=303)


async def _receive(
    request: Request,
    caller: Principal,
    tx: Transaction,
    sent: dict[str, str],
    files: list[UploadFile],
) -> None:
    state = request.app.state
    try:
        objection_id, decision_id = UUID(sent["id"]), UUID(sent["decision_id"])
        letter_on = date.fromisoformat(sent["letter_on"]) if sent["letter_on"] else None
    except ValueError:
        raise Refused("invalid_input") from None
    receiving = receive.Receiving(
        id=objection_id,
        decision_id=decision_id,
        objector=sent["objector"],
        words=sent["words"],
        came_by=sent["came_by"],
        criterion_code=sent["criterion_code"],
        letter_on=letter_on,
    )
    await receive.receive(tx, caller, state.sealer, state.blind_index, receiving)
    for file in files:
        # A browser sends an empty part when no file was chosen.
        if file.filename:
            await evidence.add_evidence(
                tx, caller, state.sealer, receiving.id, evidence_id=new_id(), content=file
            )


@router.get("/{objection_id}/receipt")
async def get_receipt(
    objection_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show the receipt, to be printed or copied by hand."""
    shown = await read.show(tx, caller, request.app.state.sealer, objection_id)
    return render(request, "objections/receipt.html", shown=shown, **WORDS)


@router.get("/{objection_id}/answer")
async def get_answer(
    objection_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show the answer to the family, to be printed."""
    shown = await read.show(tx, caller, request.app.state.sealer, objection_id)
    if shown.one["state"] not in {"upheld", "rejected", "late_refused"}:
        raise Refused("objection_not_examined")
    return render(request, "objections/answer.html", shown=shown, **WORDS)
