"""The JSON and CSV interface to the progress of data collection."""

import csv
import io
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import PROVINCE
from registry.reports.progress import Progress, read_progress
from registry.reports.rules import MEASURES

router = new_router(prefix="/v1/progress", tags=["reports"])
Reader = Annotated[Principal, Depends(require("reports.read"))]
RegionCode = Annotated[str, Query(alias="in", max_length=13, examples=["62.03"])]


@router.get("")
async def get_progress(
    caller: Reader, tx: Transaction, region_code: RegionCode = PROVINCE
) -> dict[str, Any]:
    """Return how many families of a region are entered, complete, checked, decided, approved."""
    del caller
    found = await read_progress(tx, region_code)
    return {
        "region_code": found.region_code,
        "level": found.level,
        "refreshed_at": found.refreshed_at,
        "sums": found.sums,
        "regions": [dict(row) for row in found.children],
        "days": [dict(row) for row in found.days],
    }


@router.get(".csv")
async def get_progress_csv(
    caller: Reader, tx: Transaction, region_code: RegionCode = PROVINCE
) -> Response:
    """Return the regions just below one as a table."""
    del caller
    found = await read_progress(tx, region_code)
    headers = {"Content-Disposition": f'attachment; filename="kemajuan-{region_code}.csv"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(found: Progress) -> str:
    """Return the table as text; names of regions are ours, so no cell can be a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = ("code", "name", "villages", "villages_entered", *MEASURES)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in found.children)
    return out.getvalue()
