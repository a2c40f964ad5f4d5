"""How far a cycle is, for somebody who has one minute."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import PROVINCE, all_regions, covers, parent_of
from common.shares import share_of
from common.web.formats import in_wib
from common.web.pages import render
from common.web.village_map import draw
from redemption.cycles.pages.bars import bars_of
from redemption.cycles.pages.texts import LEGEND
from redemption.cycles.read_cycle import list_cycles, read_cycle, villages_of

Reader = Annotated[Principal, Depends(require("cycles.read"))]
RegionCode = Annotated[str, Query(alias="in", max_length=13)]

router = new_router(prefix="/cycles", include_in_schema=False)


@router.get("")
async def get_cycles_page(request: Request, caller: Reader, tx: Transaction) -> Response:
    """List the cycles, those that run first."""
    here = home_of(caller)
    today = in_wib(clock.utc_now()).date()
    rows = await list_cycles(tx, here)
    running = [one for one in rows if one["opens_on"] <= today <= one["closes_on"]]
    others = [one for one in rows if one not in running]
    return render(
        request,
        "cycles/list.html",
        groups=[("running", running), ("others", others)],
        region_code=here,
        share_of=share_of,
        today=today,
    )


@router.get("/{cycle_id}")
async def get_cycle_page(
    request: Request,
    cycle_id: UUID,
    caller: Reader,
    tx: Transaction,
    region_code: RegionCode = "",
    benefit: UUID | None = None,
) -> Response:
    """Show a cycle in a region: its numbers, its days, its map, the regions in it."""
    shown = await _shown(tx, cycle_id, region_code or home_of(caller), benefit)
    return render(request, "cycles/cycle.html", **shown)


@router.get("/{cycle_id}/live")
async def get_cycle_live(
    request: Request,
    cycle_id: UUID,
    caller: Reader,
    tx: Transaction,
    region_code: RegionCode = PROVINCE,
    benefit: UUID | None = None,
    since: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Answer with the changing part of the page, or 204 while nothing was counted anew."""
    del caller
    shown = await _shown(tx, cycle_id, region_code, benefit)
    if since and shown["version"] == since:
        return Response(status_code=204)
    return render(request, "cycles/live.html", **shown)


def home_of(caller: Principal) -> str:
    """Return the region a reader sees first: the one that holds all of theirs."""
    regions = [code for code in caller.regions if code in all_regions()]
    here = regions[0] if regions else PROVINCE
    while not all(covers(here, code) for code in regions):
        here = parent_of(here) or PROVINCE
    return here


async def _shown(
    tx: Any, cycle_id: UUID, region_code: str, benefit_id: UUID | None
) -> dict[str, Any]:
    found = await read_cycle(tx, cycle_id, region_code, benefit_id)
    villages = await villages_of(tx, cycle_id, region_code, benefit_id)
    below = [row["code"] for row in found.below]
    return {
        "found": found,
        "query": f"in={region_code}" + (f"&benefit={benefit_id}" if benefit_id else ""),
        "map": draw(villages, measure="collected", level=found.level, below=below),
        "legend": LEGEND,
        "bars": bars_of(found.days),
        "share_of": share_of,
        "parents": _parents(region_code),
        "today": in_wib(clock.utc_now()).date(),
        "version": found.counted_at.isoformat() if found.counted_at else "-",
    }


def _parents(region_code: str) -> list[str]:
    parents = []
    here = parent_of(region_code)
    while here:
        parents.append(here)
        here = parent_of(here)
    return parents[::-1]
