"""The JSON interface to pairs that may be one person, and to people alike."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.matching import review
from registry.matching.decide import decide, locked_candidate
from registry.matching.enter import enter
from registry.matching.merge import undo
from registry.matching.schemas import (
    DecisionRequest,
    PersonRequest,
    SimilarRequest,
    UndoRequest,
)
from registry.matching.similar import similar
from registry.people.add_person import NewPerson

router = new_router(prefix="/v1", tags=["matching"])
Reader = Annotated[Principal, Depends(require("people.read"))]
Reviewer = Annotated[Principal, Depends(require("matching.review"))]
Recorder = Annotated[Principal, Depends(require("changes.record"))]


@router.get("/matches")
async def get_matches(caller: Reviewer, tx: Transaction) -> dict[str, Any]:
    """Return the pairs that wait for the caller, the surest first, and how many there are."""
    rows = await review.waiting(tx, caller)
    counts = await review.counts(tx, caller)
    return {"counts": dict(counts), "pairs": [_pair(row) for row in rows]}


@router.get("/matches/{candidate_id}")
async def get_match(candidate_id: UUID, caller: Reviewer, tx: Transaction) -> dict[str, Any]:
    """Return a pair with both records, without their numbers."""
    found = await review.compared(tx, caller, candidate_id)
    shown = ("id", "household_id", "region_code", "name", "sex", "born_on", "birth_place")
    more = ("relation", "status", "father_name", "mother_name", "version")
    return {
        **_pair(found.pair),
        "sides": [{key: side[key] for key in (*shown, *more)} for side in found.sides],
        "keep": found.keep,
    }


@router.post("/matches/{candidate_id}/decision")
async def post_decision(
    candidate_id: UUID, body: DecisionRequest, caller: Reviewer, tx: Transaction
) -> dict[str, Any]:
    """Decide a pair: one person (the records are joined), two people, or later."""
    said = body.model_dump(exclude={"outcome"})
    return _pair(await decide(tx, caller, candidate_id, body.outcome, **said))


@router.post("/matches/{candidate_id}/undo")
async def post_undo(
    candidate_id: UUID, body: UndoRequest, caller: Reviewer, tx: Transaction
) -> dict[str, Any]:
    """Part what the decision of a pair had joined; the pair is open again."""
    found = await locked_candidate(tx, caller, candidate_id)
    await undo(tx, caller, found, body.reason)
    return {"id": candidate_id, "state": "open"}


@router.post("/persons/similar")
async def post_similar(body: SimilarRequest, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return people of the caller's regions who are like one at the desk, the likeliest first."""
    found = await similar(tx, caller, body.region_code, body.name, body.born_on)
    return {
        "persons": [
            {
                **{key: value for key, value in one.person.items() if key != "name_key"},
                "name_likeness": one.likeness.name,
                "birth": one.likeness.birth,
                "is_likely": one.likeness.is_likely,
            }
            for one in found
        ]
    }


@router.post("/households/{household_id}/persons", status_code=201)
async def post_person(
    household_id: UUID, body: PersonRequest, request: Request, caller: Recorder, tx: Transaction
) -> dict[str, Any]:
    """Write a person into a family; when someone alike is recorded, only with a reason."""
    keys = (request.app.state.sealer, request.app.state.blind_index)
    person = NewPerson(**body.model_dump(exclude={"reason"}))
    return dict(await enter(tx, caller, keys, household_id, person, reason=body.reason))


def _pair(row: Any) -> dict[str, Any]:
    hidden = {"name_a", "name_b"}
    return {key: value for key, value in row.items() if key not in hidden}
