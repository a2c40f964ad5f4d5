"""The JSON interface to flags."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from registry.flags import clear, raise_flag, read
from registry.flags.schemas import ClearRequest, FlagRequest
from registry.people.household import find_for

router = new_router(prefix="/v1", tags=["flags"])
Reader = Annotated[Principal, Depends(require("people.read"))]
Maker = Annotated[Principal, Depends(require("flags.manage"))]
Clearer = Annotated[Principal, Depends(require("flags.clear"))]


@router.get("/flags")
async def get_flags(
    caller: Reader,
    tx: Transaction,
    region_code: str = "",
    kind: str = "",
    severity: str = "",
    is_cleared: bool = False,
    after: UUID | None = None,
) -> dict[str, Any]:
    """Return flags of the caller's regions, newest first, with how many are open of each kind."""
    asked = read.Asked(region_code, kind, severity, is_cleared, after)
    rows = await read.listed(tx, caller, asked)
    counts = await read.counts(tx, caller, region_code)
    return {
        "open": [dict(one) for one in counts],
        "flags": [dict(row) for row in rows],
        "next": rows[-1]["id"] if len(rows) == read.ROWS else None,
    }


@router.get("/households/{household_id}/flags")
async def get_flags_of_household(
    household_id: UUID, caller: Reader, tx: Transaction
) -> dict[str, Any]:
    """Return the flags of a family and its members."""
    await find_for(tx, caller, household_id)
    return {"flags": [dict(row) for row in await read.of_household(tx, household_id)]}


@router.post("/flags", status_code=201)
async def post_flag(body: FlagRequest, caller: Maker, tx: Transaction) -> dict[str, Any]:
    """Raise a flag on a person or family; a repeat with the same id gets the first answer."""
    said = body.model_dump(exclude={"id"})
    return dict(await raise_flag.raise_by_hand(tx, caller, body.id, **said))


@router.post("/flags/{flag_id}/clearance")
async def post_clearance(
    flag_id: UUID, body: ClearRequest, caller: Clearer, tx: Transaction
) -> dict[str, Any]:
    """Clear a flag with a reason; a blocking one of a person is cleared by somebody else."""
    return dict(await clear.clear_flag(tx, caller, flag_id, body.reason))
