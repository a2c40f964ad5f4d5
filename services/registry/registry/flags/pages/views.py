"""The pages of flags: which are open where, clearing one, and adding one on a family's page."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.formats import in_wib
from common.web.pages import render
from registry.flags import queries, read, rules
from registry.flags.clear import clear_flag, is_cleared_by_hand
from registry.flags.raise_flag import raise_by_hand
from registry.people.choices import larger_regions, village_choice
from registry.people.panels import Panel

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]
Maker = Annotated[Principal, Depends(require("flags.manage"))]
Clearer = Annotated[Principal, Depends(require("flags.clear"))]
Text = Annotated[str, Form(max_length=500)]

WORDS: dict[str, Any] = {
    "kinds": rules.KINDS,
    "severities": rules.SEVERITIES,
    "is_cleared_by_hand": is_cleared_by_hand,
    "reason_min": rules.REASON_CHARACTERS_MIN,
}


@router.get("/flags")
async def get_flags(
    request: Request,
    caller: Reader,
    tx: Transaction,
    region: str = "",
    kind: str = "",
    severity: str = "",
    cleared: str = "",
    after: UUID | None = None,
) -> HTMLResponse:
    """Show the flags of the caller's regions, open ones unless others are asked for."""
    asked = read.Asked(region, kind, severity, bool(cleared), after)
    return await _page(request, caller, tx, asked)


async def _page(
    request: Request,
    caller: Principal,
    tx: AsyncConnection,
    asked: read.Asked,
    *,
    refused: UUID | None = None,
) -> HTMLResponse:
    rows = await read.listed(tx, caller, asked)
    villages = village_choice(caller, asked.region[:5]).villages
    return render(
        request,
        "flags/flags.html",
        status=422 if refused else 200,
        rows=rows,
        counts=await read.counts(tx, caller, asked.region),
        asked=asked,
        regions=[*larger_regions(caller)[:40], *villages],
        next_after=rows[-1]["id"] if len(rows) == read.ROWS else None,
        refused=refused,
        **WORDS,
    )


@router.post("/flags")
async def post_flag(
    caller: Maker,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    household_id: Annotated[UUID, Form()],
    subject_id: Annotated[UUID, Form()],
    kind: Text,
    source: Text,
    source_on: Annotated[date, Form()],
    note: Text = "",
) -> Response:
    """Add a flag from a family's page."""
    subject_kind = rules.HOUSEHOLD if subject_id == household_id else rules.PERSON
    await raise_by_hand(
        tx,
        caller,
        id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=kind,
        source=source,
        source_on=source_on,
        note=note,
    )
    return RedirectResponse(f"/households/{household_id}", status_code=303)


@router.post("/flags/{flag_id}/clear")
async def post_clear(
    flag_id: UUID,
    request: Request,
    caller: Clearer,
    tx: Transaction,
    reason: Text = "",
    back: Annotated[str, Form(max_length=200, pattern=r"^/[a-z]")] = "/flags",
) -> Response:
    """Clear a flag and go back to where it was shown."""
    try:
        await clear_flag(tx, caller, flag_id, reason)
    except Refused as refusal:
        if refusal.code != "reason_too_short" or not back.startswith("/flags"):
            raise
        return await _page(request, caller, tx, read.Asked(), refused=flag_id)
    return RedirectResponse(back, status_code=303)


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return the flags of a family and its members, for its page."""
    flags = await read.of_household(tx, household_id)
    members = (await tx.execute(queries.MEMBERS, {"household_id": household_id})).mappings().all()
    return Panel(
        "flags/household_panel.html",
        {
            "flags": flags,
            "members": members,
            "household_id": household_id,
            "new_id": new_id(),
            "today": in_wib(clock.utc_now()).date(),
            "kinds_by_hand": {code: kind for code, kind in rules.KINDS.items() if kind.by_hand},
            **WORDS,
        },
    )
