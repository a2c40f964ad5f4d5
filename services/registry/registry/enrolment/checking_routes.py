"""The JSON interface to the checking of lists: samples, visits, strikes, and the removal guard."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.enrolment.guard import approve_guard, guards_of, propose_guard
from registry.enrolment.propose import get_for
from registry.enrolment.sample import draw, sample_of, sampled
from registry.enrolment.schemas import FamilyRequest, GuardRequest, VisitRequest, guard_json
from registry.enrolment.strike import strike
from registry.enrolment.visit import keep_family, record_visit

router = new_router(prefix="/v1", tags=["lists"])
Reader = Annotated[Principal, Depends(require("people.read"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]
Approver = Annotated[Principal, Depends(require("lists.approve"))]
Owner = Annotated[Principal, Depends(require("programmes.manage"))]
GuardReader = Annotated[Principal, Depends(require("programmes.read"))]


@router.post("/lists/{list_id}/sample", status_code=201)
async def post_sample(list_id: UUID, caller: Verifier, tx: Transaction) -> dict[str, Any]:
    """Draw the families to visit, once; a repeat returns those that were drawn."""
    await draw(tx, caller, list_id)
    return await _sample_json(tx, caller, list_id)


@router.get("/lists/{list_id}/sample")
async def get_sample(list_id: UUID, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return how the sample was drawn, its families, and what was found at each."""
    return await _sample_json(tx, caller, list_id)


async def _sample_json(tx: Transaction, caller: Principal, list_id: UUID) -> dict[str, Any]:
    one = await get_for(tx, caller, list_id)
    sample = await sample_of(tx, list_id)
    families = await sampled(tx, list_id)
    await audit.record(
        tx, caller, "list.read", "beneficiary_list", list_id, region_code=one["region_code"]
    )
    drawn = {key: value for key, value in (sample or {}).items() if key != "drawn_by"}
    return {"sample": drawn or None, "families": [dict(row) for row in families]}


@router.post("/lists/{list_id}/visits", status_code=201)
async def post_visit(
    list_id: UUID, body: VisitRequest, caller: Verifier, tx: Transaction
) -> dict[str, Any]:
    """Record a visit to a sampled family; the newest visit of a family counts."""
    row = await record_visit(tx, caller, list_id, body.visit())
    return {key: value for key, value in row.items() if key != "recorded_by"}


@router.post("/lists/{list_id}/kept", status_code=204)
async def post_kept(list_id: UUID, body: FamilyRequest, caller: Verifier, tx: Transaction) -> None:
    """Keep a family on the list although a visit spoke against it."""
    await keep_family(tx, caller, list_id, body.household_id, body.reason)


@router.post("/lists/{list_id}/strikes", status_code=201)
async def post_strike(
    list_id: UUID, body: FamilyRequest, caller: Verifier, tx: Transaction
) -> dict[str, Any]:
    """Take a family off a proposed list, with a reason that the family will be shown."""
    row = await strike(tx, caller, list_id, body.household_id, body.reason)
    return {key: value for key, value in row.items() if key != "struck_by"}


@router.get("/programmes/{programme_id}/removal-guards")
async def get_guards(
    programme_id: UUID,
    caller: GuardReader,  # noqa: ARG001 - the permission is what is asked for
    tx: Transaction,
) -> dict[str, Any]:
    """Return a programme's removal guards, the newest first."""
    return {"guards": [guard_json(one) for one in await guards_of(tx, programme_id)]}


@router.post("/removal-guards", status_code=201)
async def post_guard(body: GuardRequest, caller: Owner, tx: Transaction) -> dict[str, Any]:
    """Write a removal guard; it holds once somebody else has approved it."""
    figures = body.model_dump(exclude={"id", "programme_id"})
    return guard_json(await propose_guard(tx, caller, body.id, body.programme_id, figures))


@router.post("/removal-guards/{guard_id}/approval")
async def post_guard_approval(guard_id: UUID, caller: Approver, tx: Transaction) -> dict[str, Any]:
    """Let a removal guard hold."""
    return guard_json(await approve_guard(tx, caller, guard_id))
