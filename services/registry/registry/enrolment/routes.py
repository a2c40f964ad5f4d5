"""The JSON interface to beneficiary lists: propose, verify, send back, approve."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Request, Response

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.enrolment import queries
from registry.enrolment.annex_routes import annex_file
from registry.enrolment.approve import ask_approval, budget_of, second_approval
from registry.enrolment.guard import read_guard
from registry.enrolment.propose import get_for, propose
from registry.enrolment.schemas import (
    ApprovalRequest,
    HashRequest,
    ProposalRequest,
    ReturnRequest,
    list_json,
)
from registry.enrolment.verify import count_flagged, outcomes, send_back, verify
from registry.jobs.request import latest

ROWS = 200

router = new_router(prefix="/v1/lists", tags=["lists"])
Reader = Annotated[Principal, Depends(require("people.read"))]
Proposer = Annotated[Principal, Depends(require("lists.propose"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]
Approver = Annotated[Principal, Depends(require("lists.approve"))]


@router.post("", status_code=201)
async def post_list(body: ProposalRequest, caller: Proposer, tx: Transaction) -> dict[str, Any]:
    """Propose a region's families for a cycle; a repeat with the same id is the same list."""
    one = await propose(
        tx,
        caller,
        list_id=body.id,
        cycle_id=body.cycle_id,
        region_code=body.region_code,
        base_cycle_id=body.base_cycle_id,
    )
    return list_json(one)


@router.get("")
async def get_lists(caller: Reader, tx: Transaction, before: UUID | None = None) -> dict[str, Any]:
    """Return the lists of the caller's regions, the newest first."""
    asked = {"scopes": list(caller.regions), "before": before, "rows": ROWS}
    rows = (await tx.execute(queries.LISTS, asked)).mappings().all()
    return {
        "lists": [dict(row) for row in rows],
        "next": rows[-1]["id"] if len(rows) == ROWS else None,
    }


@router.get("/{list_id}")
async def get_list(list_id: UUID, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return a list with its outcomes, its cost against the budget, and what happened to it."""
    one = await get_for(tx, caller, list_id)
    steps = (await tx.execute(queries.STEPS, {"list_id": list_id})).mappings()
    job = await latest(tx, list_id)
    reading = await read_guard(tx, one)
    return {
        **list_json(one),
        "removals": reading.as_json() if reading else None,
        "flagged": await count_flagged(tx, list_id),
        "outcomes": await outcomes(tx, list_id),
        "budget": await budget_of(tx, one),
        "steps": [
            {"step": row["step"], "name": row["person_name"], "note": row["note"], "at": row["at"]}
            for row in steps
        ],
        "job": {key: job[key] for key in ("state", "done", "total")} if job else None,
    }


@router.get("/{list_id}/members")
async def get_members(
    list_id: UUID,
    caller: Reader,
    tx: Transaction,
    outcome: str | None = None,
    action: Literal["enter", "stay", "leave"] | None = None,
    after: UUID | None = None,
) -> dict[str, Any]:
    """Return the families of a list with their decision and whether they enter or leave."""
    one = await get_for(tx, caller, list_id)
    await audit.record(
        tx, caller, "list.read", "beneficiary_list", list_id, region_code=one["region_code"]
    )
    asked = {
        "list_id": list_id,
        "outcome": outcome,
        "action": action,
        "after": after,
        "rows": ROWS,
    }
    rows = (await tx.execute(queries.MEMBERS, asked)).mappings().all()
    return {
        "members": [dict(row) for row in rows],
        "next": rows[-1]["household_id"] if len(rows) == ROWS else None,
    }


@router.post("/{list_id}/verification")
async def post_verification(list_id: UUID, caller: Verifier, tx: Transaction) -> dict[str, Any]:
    """Fix what is on a proposed list as checked."""
    return list_json(await verify(tx, caller, list_id))


@router.post("/{list_id}/return")
async def post_return(
    list_id: UUID, body: ReturnRequest, caller: Verifier, tx: Transaction
) -> dict[str, Any]:
    """Send a list back to the village with a reason."""
    return list_json(await send_back(tx, caller, list_id, body.reason))


@router.post("/{list_id}/approver-return")
async def post_approver_return(
    list_id: UUID, body: ReturnRequest, caller: Approver, tx: Transaction
) -> dict[str, Any]:
    """Send a verified list back instead of approving it."""
    return list_json(await send_back(tx, caller, list_id, body.reason))


@router.post("/{list_id}/approval", status_code=202)
async def post_approval(
    list_id: UUID, body: ApprovalRequest, caller: Approver, tx: Transaction
) -> dict[str, Any]:
    """Approve a verified list under a decree; `content_hash` is what the approver was shown."""
    one = await ask_approval(
        tx,
        caller,
        list_id,
        decree_number=body.decree_number,
        decree_on=body.decree_on,
        content_hash=bytes.fromhex(body.content_hash),
    )
    return list_json(one)


@router.post("/{list_id}/second-approval", status_code=202)
async def post_second_approval(
    list_id: UUID, body: HashRequest, caller: Approver, tx: Transaction
) -> dict[str, Any]:
    """Approve, as a second person, a list that takes off more families than one may."""
    return list_json(await second_approval(tx, caller, list_id, bytes.fromhex(body.content_hash)))


@router.get("/{list_id}/annex", responses={200: {"content": {"text/csv": {}}}})
async def get_annex(
    list_id: UUID,
    request: Request,
    caller: Approver,
    tx: Transaction,
    form: Literal["csv", "xlsx"] = "csv",
) -> Response:
    """Return an approved list as the decree's annex: numbers masked, its hash on top."""
    return await annex_file(request, caller, tx, list_id, form)
