"""The page on which officials see how far the data collection is, drawn and in numbers."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import PROVINCE, all_regions, covers, parent_of
from common.shares import share_of
from common.web.pages import render
from common.web.village_map import draw
from registry.reports.pages.texts import LEGEND, MEASURE_WORDS, STEPS
from registry.reports.pages.trend import trend_of
from registry.reports.progress import Progress, read_progress, villages_in
from registry.reports.rules import SHARES

Reader = Annotated[Principal, Depends(require("reports.read"))]
RegionCode = Annotated[str, Query(alias="in", max_length=13)]
Measure = Annotated[str, Query(max_length=20)]

router = new_router(prefix="/progress", include_in_schema=False)


@router.get("")
async def get_progress_page(
    request: Request,
    caller: Reader,
    tx: Transaction,
    region_code: RegionCode = "",
    show: Measure = "checked",
) -> Response:
    """Show a region: its numbers, its map, the regions in it."""
    shown = await _shown(tx, region_code or home_of(caller), show)
    return render(request, "reports/progress.html", **shown)


@router.get("/live")
async def get_progress_live(
    request: Request,
    caller: Reader,
    tx: Transaction,
    region_code: RegionCode = PROVINCE,
    show: Measure = "checked",
    since: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Answer with the changing part of the page, or 204 while nothing was counted anew."""
    del caller
    shown = await _shown(tx, region_code, show)
    if since and shown["version"] == since:
        return Response(status_code=204)
    return render(request, "reports/live.html", **shown)


def home_of(caller: Principal) -> str:
    """Return the region a reader sees first: the one that holds all of theirs."""
    regions = [code for code in caller.regions if code in all_regions()]
    here = regions[0] if regions else PROVINCE
    while not all(covers(here, code) for code in regions):
        here = parent_of(here) or PROVINCE
    return here


async def _shown(tx: AsyncConnection, region_code: str, show: str) -> dict[str, Any]:
    measure = show if show in SHARES else "checked"
    found = await read_progress(tx, region_code)
    villages = await villages_in(tx, region_code)
    drawn = draw(
        villages,
        measure=measure,
        level=found.level,
        below=[row["code"] for row in found.children],
    )
    return {
        "found": found,
        "map": drawn,
        "measure": measure,
        "measures": SHARES,
        "words": MEASURE_WORDS,
        "legend": LEGEND,
        "way": _way(found),
        "share_of": share_of,
        "parents": _parents(region_code),
        "trend": trend_of(found.days),
        "version": found.refreshed_at.isoformat() if found.refreshed_at else "-",
    }


def _way(found: Progress) -> list[dict[str, Any]]:
    """Return the steps of the families' way with the share of those entered."""
    return [
        {
            "key": name,
            "families": found.sums[name],
            "share": share_of(found.sums[name], found.sums["families"]) or 0,
        }
        for name in STEPS
    ]


def _parents(region_code: str) -> list[str]:
    parents = []
    here = parent_of(region_code)
    while here:
        parents.append(here)
        here = parent_of(here)
    return parents[::-1]
