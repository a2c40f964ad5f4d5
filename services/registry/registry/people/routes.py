"""The JSON interface to families: search, one family, its numbers for a stated reason."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.people import household, reveal, search
from registry.people.schemas import RevealRequest, SearchRequest

router = new_router(prefix="/v1/households", tags=["households"])
Reader = Annotated[Principal, Depends(require("people.read"))]


@router.post("/search")
async def post_search(
    body: SearchRequest, request: Request, caller: Reader, tx: Transaction
) -> dict[str, Any]:
    """Find families of the caller's regions by name, or by NIK, KK number or card number."""
    found = await search.search(
        tx,
        caller,
        request.app.state.blind_index,
        search.Asked(
            region_code=body.region_code or "",
            name=body.name or "",
            number=body.number or "",
            text=body.text or "",
            after=body.after,
        ),
    )
    return {
        "households": [dict(row) for row in found.rows],
        "next": found.next_after,
        "is_alike": found.is_alike,
    }


@router.get("/{household_id}")
async def get_household(household_id: UUID, caller: Reader, tx: Transaction) -> dict[str, Any]:
    """Return a family with its members and facts; numbers are masked."""
    found = await household.read(tx, caller, household_id)
    return household.as_json(found)


@router.post("/{household_id}/reveal")
async def post_reveal(
    household_id: UUID, body: RevealRequest, request: Request, caller: Reader, tx: Transaction
) -> dict[str, Any]:
    """Open the sealed numbers and address of a family, for a reason that is recorded."""
    opened = await reveal.reveal(tx, caller, request.app.state.sealer, household_id, body.reason)
    return {
        "kk": opened.kk,
        "address": opened.address,
        "niks": opened.niks,
        "phones": opened.phones,
    }
