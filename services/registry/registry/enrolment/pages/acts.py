"""What a person does about a list from its page: verify, send back, approve, take the annex."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.enrolment.annex_routes import annex_file
from registry.enrolment.approve import ask_approval, second_approval
from registry.enrolment.verify import send_back, verify

router = new_router(include_in_schema=False)
Verifier = Annotated[Principal, Depends(require("lists.verify"))]
Approver = Annotated[Principal, Depends(require("lists.approve"))]
Reason = Annotated[str, Form(max_length=500)]
Hash = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")]


def back_to(list_id: UUID) -> Response:
    """Return to the list's page."""
    return RedirectResponse(f"/lists/{list_id}", status_code=303)


@router.post("/lists/{list_id}/verify")
async def post_verify(list_id: UUID, caller: Verifier, tx: Transaction) -> Response:
    """Fix the list as checked."""
    await verify(tx, caller, list_id)
    return back_to(list_id)


@router.post("/lists/{list_id}/return")
async def post_return(list_id: UUID, caller: Verifier, tx: Transaction, reason: Reason) -> Response:
    """Send the list back to the village."""
    await send_back(tx, caller, list_id, reason)
    return back_to(list_id)


@router.post("/lists/{list_id}/approver-return")
async def post_approver_return(
    list_id: UUID, caller: Approver, tx: Transaction, reason: Reason
) -> Response:
    """Send the list back instead of approving it."""
    await send_back(tx, caller, list_id, reason)
    return back_to(list_id)


@router.post("/lists/{list_id}/approve")
async def post_approve(
    list_id: UUID,
    caller: Approver,
    tx: Transaction,
    decree_number: Annotated[str, Form(max_length=100)],
    decree_on: Annotated[date, Form()],
    content_hash: Hash,
) -> Response:
    """Approve the list as it was shown, under a decree."""
    await ask_approval(
        tx,
        caller,
        list_id,
        decree_number=decree_number,
        decree_on=decree_on,
        content_hash=bytes.fromhex(content_hash),
    )
    return back_to(list_id)


@router.post("/lists/{list_id}/second-approve")
async def post_second_approve(
    list_id: UUID, caller: Approver, tx: Transaction, content_hash: Hash
) -> Response:
    """Approve, as a second person, what the removal guard has stopped."""
    await second_approval(tx, caller, list_id, bytes.fromhex(content_hash))
    return back_to(list_id)


@router.get("/lists/{list_id}/annex")
async def get_annex(
    list_id: UUID,
    request: Request,
    caller: Approver,
    tx: Transaction,
    form: Literal["csv", "xlsx"] = "xlsx",
) -> Response:
    """Hand out the decree's annex as a file."""
    return await annex_file(request, caller, tx, list_id, form)
