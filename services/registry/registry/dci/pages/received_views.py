"""The pages on which a person takes in or refuses what another programme has told."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.pages import render
from registry.dci import receive
from registry.dci.pages import texts

Caller = Annotated[Principal, Depends(require("intake.commit"))]
router = new_router(prefix="/received", include_in_schema=False)


@router.get("")
async def get_received(request: Request, caller: Caller, tx: Transaction) -> Response:
    """List what was received for the caller's regions."""
    rows = [dict(row) for row in await receive.batches(tx, caller)]
    return render(request, "dci/received.html", rows=rows)


@router.get("/{batch_id}")
async def get_batch(request: Request, caller: Caller, tx: Transaction, batch_id: UUID) -> Response:
    """Show the rows of a batch beside the families they name."""
    batch, rows, left_out = await receive.read_batch(tx, caller, batch_id)
    return render(
        request,
        "dci/received_batch.html",
        batch=dict(batch),
        rows=[dict(row) for row in rows],
        left_out=[dict(row) for row in left_out],
        is_waiting=any(row["state"] == "waiting" for row in rows),
        words=texts,
    )


@router.post("/{batch_id}/take")
async def post_take(caller: Caller, tx: Transaction, batch_id: UUID) -> Response:
    """Take in the waiting rows of the caller's regions."""
    await receive.decide(tx, caller, batch_id, takes=True, reason="")
    return RedirectResponse(f"/received/{batch_id}", status_code=303)


@router.post("/{batch_id}/refuse")
async def post_refuse(
    caller: Caller,
    tx: Transaction,
    batch_id: UUID,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Refuse the waiting rows of the caller's regions."""
    await receive.decide(tx, caller, batch_id, takes=False, reason=reason)
    return RedirectResponse(f"/received/{batch_id}", status_code=303)
