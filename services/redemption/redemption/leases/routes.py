"""Leases for terminals."""

import gzip
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic_core import to_json
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from redemption.leases import queries
from redemption.leases.end_lease import give_back
from redemption.leases.schemas import (
    LeaseAnswer,
    LeaseHead,
    LeaseRequest,
    ReturnAnswer,
    answer_of,
)
from redemption.leases.take import take

router = new_router(prefix="/v1", tags=["terminals"])
# Rights are set aside by somebody who has signed in on a terminal.
Server = Annotated[Principal, Depends(require("redemptions.redeem"))]
# Much smaller already at the lowest level, and a phone's line is slower than any of them.
GZIP_LEVEL = 5


@router.post("/leases", status_code=201, response_model=LeaseAnswer)
async def post_lease(
    request: Request, body: LeaseRequest, caller: Server, tx: Transaction
) -> Response:
    """Set the rights of families aside for this terminal; once for each id."""
    if body.wrong_regions():
        problems = [{"field": "region_codes", "problem": code} for code in body.wrong_regions()]
        raise Refused("invalid_input", fields=problems)
    asked = body.asked(terminal_of(caller))
    taken = await take(tx, caller, request.app.state.sealer, asked, clock.utc_now())
    return _packed(request, to_json(answer_of(taken)))


@router.get("/leases", response_model=list[LeaseHead])
async def get_leases(caller: Server, tx: Transaction) -> list[LeaseHead]:
    """Return the leases of this terminal that stand."""
    found = await queries.open_of(tx, terminal_of(caller), clock.utc_now())
    return [LeaseHead.of(row) for row in found]


@router.post("/leases/{lease_id}/return", response_model=ReturnAnswer)
async def post_return(lease_id: UUID, caller: Server, tx: Transaction) -> ReturnAnswer:
    """Give back what is left of a lease, once the journal has been sent."""
    terminal_of(caller)
    return ReturnAnswer(
        id=lease_id, ended_at=await give_back(tx, caller, lease_id, clock.utc_now())
    )


def terminal_of(caller: Principal) -> UUID:
    """Return the terminal that asks; raises Refused terminal_needed."""
    if caller.terminal_id is None:
        raise Refused("terminal_needed")
    return caller.terminal_id


def _packed(request: Request, content: bytes) -> Response:
    headers = {"vary": "accept-encoding", "cache-control": "no-store"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, GZIP_LEVEL)
        headers["content-encoding"] = "gzip"
    return Response(content, 201, headers, "application/json")
