"""The JSON interface to changes of families: look ahead, record, confirm, send back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.changes import confirm, read, record
from registry.changes.schemas import ChangeRequest, ConfirmationRequest, SendBackRequest

router = new_router(prefix="/v1/changes", tags=["changes"])
Recorder = Annotated[Principal, Depends(require("changes.record"))]
Confirmer = Annotated[Principal, Depends(require("changes.confirm"))]
Reader = Annotated[Principal, Depends(require("people.read"))]


def keys_of(request: Request) -> record.Keys:
    """Return what opens and seals in this process."""
    state = request.app.state
    return record.Keys(state.sealer, state.blind_index, state.event_sealer)


@router.post("/plan")
async def post_plan(
    body: ChangeRequest, request: Request, caller: Recorder, tx: Transaction
) -> dict[str, Any]:
    """Say what a change would do, without recording it."""
    ready = await record.prepare(tx, caller, keys_of(request), body.recording())
    return {"plan": ready.plan.as_json(), "plan_hash": ready.plan.digest().hex()}


@router.post("", status_code=201)
async def post_change(
    body: ChangeRequest, request: Request, caller: Recorder, tx: Transaction
) -> dict[str, Any]:
    """Record a change for another person to confirm; a repeat gets the first answer."""
    return read.as_json(await record.record(tx, caller, keys_of(request), body.recording()))


@router.get("")
async def get_changes(
    caller: Reader, tx: Transaction, state: str = "", before: UUID | None = None
) -> dict[str, Any]:
    """Return the changes of the caller's regions, the newest first."""
    rows = await read.listed(tx, caller, state, before)
    hidden = {"recorded_by", "head_name"}
    shown = [{key: row[key] for key in row if key not in hidden} for row in rows]
    return {"changes": shown, "next": rows[-1]["id"] if len(rows) == read.ROWS else None}


@router.get("/{change_id}")
async def get_change(change_id: UUID, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return one change with its plan."""
    return read.as_json((await read.show(tx, caller, change_id)).change)


@router.post("/{change_id}/confirmation")
async def post_confirmation(
    change_id: UUID,
    body: ConfirmationRequest,
    request: Request,
    caller: Confirmer,
    tx: Transaction,
) -> dict[str, Any]:
    """Do a recorded change as it was shown."""
    digest = bytes.fromhex(body.plan_hash)
    return read.as_json(await confirm.confirm(tx, caller, keys_of(request), change_id, digest))


@router.post("/{change_id}/return")
async def post_return(
    change_id: UUID, body: SendBackRequest, caller: Confirmer, tx: Transaction
) -> dict[str, Any]:
    """Send a recorded change back with the reason."""
    return read.as_json(await confirm.send_back(tx, caller, change_id, body.note))


@router.post("/{change_id}/withdrawal")
async def post_withdrawal(change_id: UUID, caller: Recorder, tx: Transaction) -> dict[str, Any]:
    """Take one's own recorded change back."""
    return read.as_json(await confirm.withdraw(tx, caller, change_id))
