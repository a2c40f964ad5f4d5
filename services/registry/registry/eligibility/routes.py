"""The JSON interface to programmes, criteria and decisions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.eligibility import criteria, queries, read
from registry.eligibility.evaluate import criteria_of
from registry.eligibility.examples import add_example
from registry.eligibility.review import review
from registry.eligibility.schemas import CriteriaVersionRequest, ReviewRequest

ROWS = 200

router = new_router(prefix="/v1", tags=["programmes"])
Reader = Annotated[Principal, Depends(require("programmes.read"))]
PeopleReader = Annotated[Principal, Depends(require("people.read"))]
Manager = Annotated[Principal, Depends(require("programmes.manage"))]
Approver = Annotated[Principal, Depends(require("criteria.approve"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]


def _version_json(version: Any) -> dict[str, Any]:
    digest = version["content_hash"]
    return {**version, "content_hash": bytes(digest).hex() if digest else None}


@router.get("/programmes")
async def get_programmes(caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return every programme with what it gives and its cycles."""
    del caller
    found = []
    for row in (await tx.execute(queries.PROGRAMMES)).mappings().all():
        asked = {"programme_id": row["id"]}
        cycles = (await tx.execute(queries.CYCLES, asked)).mappings()
        benefits = await read.benefits_of(tx, row["id"])
        found.append(
            {**row, "benefits": [dict(b) for b in benefits], "cycles": [dict(c) for c in cycles]}
        )
    return {"programmes": found}


@router.get("/programmes/{code}/criteria-versions")
async def get_criteria_versions(code: str, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return the versions of a programme's criteria with their decree and every criterion."""
    del caller
    programme = await criteria.programme_called(tx, code)
    asked = {"programme_id": programme["id"]}
    versions = (await tx.execute(queries.VERSIONS, asked)).mappings().all()
    shown = []
    for version in versions:
        rules = (await tx.execute(queries.CRITERIA, {"version_id": version["id"]})).mappings()
        shown.append({**_version_json(version), "criteria": [dict(rule) for rule in rules]})
    return {"versions": shown}


@router.post("/programmes/{code}/criteria-versions", status_code=201)
async def post_criteria_version(
    code: str, body: CriteriaVersionRequest, caller: Manager, tx: Transaction
) -> dict[str, Any]:
    """Write a draft of criteria under a decree."""
    rules = [one.criterion() for one in body.criteria]
    version = await criteria.draft(
        tx, caller, code, body.id, version=body.model_dump(), criteria=rules
    )
    for example in body.examples:
        await add_example(
            tx, caller, body.id, example.id,
            name=example.name, inputs=example.inputs, expected=example.expected,
        )  # fmt: skip
    return _version_json(version)


@router.post("/criteria-versions/{version_id}/approval")
async def post_criteria_approval(
    version_id: UUID, caller: Approver, tx: Transaction
) -> dict[str, Any]:
    """Fix a draft that someone else wrote; families are then decided by it."""
    digest = await criteria.approve(tx, caller, version_id)
    return {"id": version_id, "state": "approved", "content_hash": digest.hex()}


@router.get("/cycles/{cycle_id}/decisions")
async def get_decisions(
    cycle_id: UUID,
    caller: PeopleReader,
    tx: Transaction,
    region_code: str,
    outcome: str | None = None,
    after: UUID | None = None,
) -> dict[str, Any]:
    """Return the families of a village with their decision in a cycle."""
    caller.demand_region(region_code)
    asked = {
        "cycle_id": cycle_id,
        "region_code": region_code,
        "outcome": outcome,
        "after": after,
        "rows": ROWS,
    }
    rows = (await tx.execute(queries.DECIDED, asked)).mappings().all()
    details = {"households": [str(row["household_id"]) for row in rows]}
    await audit.record(
        tx, caller, "decisions.read", "cycle", cycle_id, region_code=region_code, details=details
    )
    return {
        "decisions": [dict(row) for row in rows],
        "next": rows[-1]["household_id"] if len(rows) == ROWS else None,
    }


@router.get("/cycles/{cycle_id}/criteria")
async def get_criteria_in_force(cycle_id: UUID, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return the criteria by which a cycle's families are decided now."""
    del caller
    version = await read.version_in_force(tx, cycle_id)
    if version is None:
        return {"version": None, "criteria": []}
    rules = await criteria_of(tx, version["id"])
    return {
        "version": _version_json(version),
        "criteria": [{"code": one.code, "expression": one.expression} for one in rules],
    }


@router.post("/cycles/{cycle_id}/reviews")
async def post_reviews(
    cycle_id: UUID, body: ReviewRequest, caller: Verifier, tx: Transaction
) -> dict[str, Any]:
    """Judge families that the criteria could not decide, with a reason."""
    decided = await review(
        tx,
        caller,
        cycle_id=cycle_id,
        household_ids=body.household_ids,
        outcome=body.outcome,
        reason=body.reason,
    )
    return {"decided": decided}
