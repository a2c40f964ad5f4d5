"""The JSON interface to objections: receive, add evidence, examine, decide, count."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.objections import decide, evidence, read, receive
from registry.objections.rules import FILE_BYTES_MAX, FILES_MAX
from registry.objections.schemas import (
    ExaminationRequest,
    LateRequest,
    ObjectionRequest,
    OutcomeRequest,
    WithdrawalRequest,
)

PAGES_MAX = 10_000
FORM_BYTES = 64 * 1024
FILES_BYTES_MAX = FILES_MAX * FILE_BYTES_MAX + FORM_BYTES
CSV = "text/csv; charset=utf-8"

router = new_router(prefix="/v1/objections", tags=["objections"])
Receiver = Annotated[Principal, Depends(require("objections.receive"))]
Decider = Annotated[Principal, Depends(require("objections.decide"))]
Reader = Annotated[Principal, Depends(require("people.read"))]
Counter = Annotated[Principal, Depends(require("reports.read"))]
Page = Annotated[int, Query(ge=0, le=PAGES_MAX)]


@router.post("", status_code=201)
async def post_objection(
    body: ObjectionRequest, request: Request, caller: Receiver, tx: Transaction
) -> dict[str, Any]:
    """Receive an objection; a repeat gets the first answer."""
    state = request.app.state
    one = await receive.receive(tx, caller, state.sealer, state.blind_index, body.receiving())
    return read.as_json(one)


@router.get("")
async def get_objections(
    caller: Reader, tx: Transaction, show: str = "open", page: Page = 0
) -> dict[str, Any]:
    """Return the objections of the caller's regions, what is overdue first."""
    rows = await read.listed(tx, caller, show=show, page=page)
    return {"objections": [{k: row[k] for k in row if k != "head_name"} for row in rows]}


@router.get("/statistics")
async def get_statistics(caller: Counter, tx: Transaction) -> dict[str, Any]:
    """Return how many objections each village has, and how they ended."""
    rows = await read.statistics(tx, caller)
    return {"villages": [{**row, "upheld_percent": read.upheld_percent(row)} for row in rows]}


@router.get("/statistics.csv")
async def get_statistics_csv(caller: Counter, tx: Transaction) -> Response:
    """Return the statistics as a table."""
    rows = await read.statistics(tx, caller)
    headers = {"content-disposition": 'attachment; filename="sanggah.csv"'}
    return Response(read.as_csv(rows), media_type=CSV, headers=headers)


@router.get("/{objection_id}")
async def get_objection(
    objection_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> dict[str, Any]:
    """Return one objection, without the family's words."""
    return read.as_json((await read.show(tx, caller, request.app.state.sealer, objection_id)).one)


@router.post("/{objection_id}/evidence", status_code=201, max_body_size=FILES_BYTES_MAX)
async def post_evidence(
    objection_id: UUID,
    request: Request,
    caller: Receiver,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    file: Annotated[UploadFile, File()],
) -> dict[str, Any]:
    """Add a photo or a paper to an open objection."""
    added = await evidence.add_evidence(
        tx, caller, request.app.state.sealer, objection_id, evidence_id=id, content=file
    )
    return {"id": added["id"], "media_type": added["media_type"], "position": added["position"]}


@router.post("/{objection_id}/examination")
async def post_examination(
    objection_id: UUID,
    body: ExaminationRequest,
    request: Request,
    caller: Receiver,
    tx: Transaction,
) -> dict[str, Any]:
    """Note what a visit or a look at the documents has shown."""
    sealer = request.app.state.sealer
    said = body.model_dump()
    return read.as_json(await decide.examine(tx, caller, sealer, objection_id, **said))


@router.post("/{objection_id}/lateness")
async def post_lateness(
    objection_id: UUID, body: LateRequest, caller: Decider, tx: Transaction
) -> dict[str, Any]:
    """Let a late objection in, or refuse it, with a reason."""
    return read.as_json(await decide.judge_late(tx, caller, objection_id, **body.model_dump()))


@router.post("/{objection_id}/outcome")
async def post_outcome(
    objection_id: UUID, body: OutcomeRequest, caller: Decider, tx: Transaction
) -> dict[str, Any]:
    """Uphold or reject an objection, with reasons in words."""
    return read.as_json(await decide.decide(tx, caller, objection_id, **body.model_dump()))


@router.post("/{objection_id}/withdrawal")
async def post_withdrawal(
    objection_id: UUID, body: WithdrawalRequest, caller: Receiver, tx: Transaction
) -> dict[str, Any]:
    """Note that the family takes its objection back."""
    return read.as_json(await decide.withdraw(tx, caller, objection_id, body.reason))
