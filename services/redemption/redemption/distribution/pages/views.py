"""Distribution days: the list, one day while it runs, and its report."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import region_name
from common.shares import share_of
from common.web.formats import in_wib
from common.web.pages import render
from redemption.distribution import queries
from redemption.distribution.close import StockNote, hash_of, note_stock, report_of, sign
from redemption.distribution.follow import Day, follow
from redemption.distribution.pages.hours import hours_of
from redemption.distribution.plan import may_act, set_state, visible
from redemption.distribution.rules import NAME_MAX, REASON_MAX
from redemption.partners import queries as partners

router = new_router(prefix="/distributions", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("distributions.read"))]
Manager = Annotated[Principal, Depends(require("distributions.manage"))]
Signer = Annotated[Principal, Depends(require("distributions.sign"))]


@router.get("")
async def get_distributions(request: Request, caller: Reader, tx: Transaction) -> Response:
    """List the days: of the own partner, or of the own regions."""
    if caller.partner_id is not None:
        found = await queries.rows(tx, queries.OF_PARTNER, partner_id=caller.partner_id)
    else:
        every = await queries.rows(tx, queries.ALL)
        found = [one for one in every if any(caller.covers(code) for code in one["region_codes"])]
    names = {one.id: one.name for one in await partners.find_seen_by(tx, caller)}
    today = in_wib(clock.utc_now()).date()
    return render(
        request,
        "distribution/list.html",
        rows=[{**one, "partner": names.get(one["partner_id"], "")} for one in found],
        today=today,
        may_plan="distributions.manage" in caller.permissions,
    )


@router.get("/{distribution_id}")
async def get_distribution(
    request: Request, distribution_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show how a day goes, and what is to be done next."""
    return await _show(request, caller, tx, distribution_id)


@router.get("/{distribution_id}/live")
async def get_live(
    request: Request, distribution_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Answer with the changing part of the page."""
    day = await follow(tx, await visible(tx, caller, distribution_id))
    return render(request, "distribution/live.html", **_drawn(day))


@router.get("/{distribution_id}/report")
async def get_report(
    request: Request, distribution_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show the report, to be printed and signed on paper as well."""
    day = await follow(tx, await visible(tx, caller, distribution_id))
    partner = await partners.find(tx, day.found["partner_id"])
    report = day.found["report"] or report_of(day, "")
    villages = ", ".join(region_name(code) for code in day.found["region_codes"])
    return render(
        request,
        "distribution/report.html",
        day=day,
        report=report,
        partner=partner,
        villages=villages,
    )


@router.post("/{distribution_id}/state")
async def post_state(
    distribution_id: UUID,
    caller: Manager,
    tx: Transaction,
    state: Annotated[str, Form(pattern="^(open|cancelled)$")],
    reason: Annotated[str, Form(max_length=REASON_MAX)] = "",
) -> Response:
    """Open a day, or call it off with a reason."""
    await set_state(tx, caller, distribution_id, state, reason.strip())
    return _back(distribution_id)


@router.post("/{distribution_id}/stock")
async def post_stock(
    distribution_id: UUID,
    caller: Signer,
    tx: Transaction,
    note_id: Annotated[UUID, Form(alias="id")],
    benefit_id: Annotated[UUID, Form()],
    kind: Annotated[str, Form()],
    quantity: Annotated[int, Form()],
    note: Annotated[str, Form(max_length=NAME_MAX)] = "",
) -> Response:
    """Note what came, went back or was damaged."""
    noted = StockNote(note_id, benefit_id, kind, quantity, note.strip())
    await note_stock(tx, caller, distribution_id, noted, clock.utc_now())
    return _back(distribution_id, "#barang")


@router.post("/{distribution_id}/signatures")
async def post_signature(
    distribution_id: UUID,
    caller: Signer,
    tx: Transaction,
    seen_hash: Annotated[str, Form(max_length=64)],
    explanation: Annotated[str, Form(max_length=REASON_MAX)] = "",
) -> Response:
    """Sign the report as it was shown."""
    await sign(
        tx,
        caller,
        distribution_id,
        seen_hash=seen_hash,
        explanation=explanation,
        now=clock.utc_now(),
    )
    return _back(distribution_id, "#laporan")


def _back(distribution_id: UUID, part: str = "") -> Response:
    return RedirectResponse(f"/distributions/{distribution_id}{part}", status_code=303)


def _drawn(day: Day) -> dict[str, Any]:
    return {"day": day, "hours": hours_of(day.hours), "share_of": share_of}


async def _show(
    request: Request, caller: Principal, tx: Transaction, distribution_id: UUID
) -> Response:
    day = await follow(tx, await visible(tx, caller, distribution_id))
    partner = await partners.find(tx, day.found["partner_id"])
    signer = "partner" if caller.partner_id is not None else "witness"
    has_signed = any(
        one["signer"] == signer or one["signed_by"] == caller.subject for one in day.signatures
    )
    is_within = may_act(caller, day.found)
    may_sign = is_within and "distributions.sign" in caller.permissions
    report = day.found["report"] or report_of(day, "")
    return render(
        request,
        "distribution/day.html",
        partner=partner,
        report=report,
        seen_hash=day.found["report_hash"] or hash_of(report),
        note_id=ids.new_id(),
        may_manage=is_within and "distributions.manage" in caller.permissions,
        may_note=may_sign and day.found["report"] is None,
        may_sign=may_sign and not has_signed and day.found["state"] == "open",
        **_drawn(day),
    )
