"""The pages of signals: what waits to be judged, one with its evidence, how often it was right."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.pages import render
from redemption.oversight import judge, queries, read
from redemption.oversight.rules import (
    LATITUDE,
    LONGITUDE,
    REASON_MAX,
    REASON_MIN,
    STRIP_WIDTH,
)
from redemption.oversight.words import KINDS, WORDS
from redemption.partners import queries as partners

router = new_router(prefix="/signals", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("signals.read"))]
Judge = Annotated[Principal, Depends(require("signals.judge"))]
PAGE_MAX = 1000
LIMITS = {"least": REASON_MIN, "most": REASON_MAX}


@router.get("")
async def get_signals(
    request: Request,
    caller: Reader,
    tx: Transaction,
    show: Annotated[str, Query(max_length=10)] = "open",
    kind: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=0, le=PAGE_MAX)] = 0,
) -> Response:
    """List what waits to be judged, grave ones first."""
    chosen = kind if kind in KINDS else ""
    is_all = show == "all"
    rows, counts = await read.listed(tx, caller, is_all=is_all, kind=chosen, page=page)
    return render(
        request,
        "oversight/list.html",
        rows=rows,
        counts=counts,
        show=show,
        kind=chosen,
        next_page=page + 1 if len(rows) == read.ROWS else None,
        **WORDS,
    )


@router.get("/statistics")
async def get_statistics(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show how often each kind was right, so that its threshold can be tuned."""
    rows = await read.statistics(tx, caller)
    return render(request, "oversight/statistics.html", rows=rows, **WORDS)


@router.get("/places")
async def get_places(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show where the partners are, as far as it was noted."""
    places = {row["partner_id"]: row for row in (await tx.execute(queries.PLACES)).mappings()}
    return render(
        request,
        "oversight/places.html",
        partners=await partners.find_seen_by(tx, caller),
        places=places,
        villages=await partners.villages_of_all(tx),
        may_note="signals.judge" in caller.permissions,
        latitude=LATITUDE,
        longitude=LONGITUDE,
    )


@router.post("/places")
async def post_place(
    caller: Judge,
    tx: Transaction,
    partner_id: Annotated[UUID, Form()],
    latitude: Annotated[float, Form()],
    longitude: Annotated[float, Form()],
) -> Response:
    """Note where a partner is."""
    await judge.set_place(tx, caller, partner_id, latitude=latitude, longitude=longitude)
    return RedirectResponse("/signals/places", status_code=303)


@router.get("/{signal_id}")
async def get_signal(
    signal_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> Response:
    """Show a signal with its evidence, and the form to who may judge it."""
    shown = await read.show(tx, caller, request.app.state.sealer, signal_id)
    looked = [row["judged_by"] for row in shown.judgements]
    return render(
        request,
        "oversight/signal.html",
        shown=shown,
        strip_width=STRIP_WIDTH,
        may_judge="signals.judge" in caller.permissions and shown.one["state"] != "closed",
        looked_already=caller.subject in looked,
        grew=bool(looked) and len(shown.one["evidence"]) > shown.judgements[-1]["evidence_count"],
        limits=LIMITS,
        **WORDS,
    )


@router.post("/{signal_id}/judgements")
async def post_judgement(
    signal_id: UUID,
    caller: Judge,
    tx: Transaction,
    outcome: Annotated[str, Form(max_length=30)] = "",
    reason: Annotated[str, Form(max_length=REASON_MAX)] = "",
) -> Response:
    """Judge it."""
    await judge.judge(tx, caller, signal_id, outcome=outcome, reason=reason)
    return RedirectResponse(f"/signals/{signal_id}", status_code=303)
