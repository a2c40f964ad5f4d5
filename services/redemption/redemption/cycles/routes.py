"""The JSON and CSV interface to how far a cycle is."""

import csv
import io
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import PROVINCE
from redemption.cycles.queries import MEASURES
from redemption.cycles.read_cycle import CycleProgress, read_cycle

router = new_router(prefix="/v1/cycles", tags=["cycles"])
Reader = Annotated[Principal, Depends(require("cycles.read"))]
RegionCode = Annotated[str, Query(alias="in", max_length=13, examples=["62.03"])]


@router.get("/{cycle_id}.csv")
async def get_cycle_csv(
    cycle_id: UUID,
    caller: Reader,
    tx: Transaction,
    region_code: RegionCode = PROVINCE,
    benefit: UUID | None = None,
) -> Response:
    """Return the regions just below one as a table."""
    del caller
    found = await read_cycle(tx, cycle_id, region_code, benefit)
    headers = {"Content-Disposition": f'attachment; filename="tahap-{region_code}.csv"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{cycle_id}")
async def get_cycle(
    cycle_id: UUID,
    caller: Reader,
    tx: Transaction,
    region_code: RegionCode = PROVINCE,
    benefit: UUID | None = None,
) -> dict[str, Any]:
    """Return how many rights of a cycle there are in a region, and how many were collected."""
    del caller
    found = await read_cycle(tx, cycle_id, region_code, benefit)
    return {
        "cycle": found.cycle,
        "region_code": found.region_code,
        "level": found.level,
        "counted_at": found.counted_at,
        "sums": found.sums,
        "benefits": found.benefits,
        "regions": found.below,
        "days": found.days,
    }


def as_csv(found: CycleProgress) -> str:
    """Return the table as text; names of regions are ours, so no cell can be a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = ("code", "name", *MEASURES)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in found.below)
    return out.getvalue()
