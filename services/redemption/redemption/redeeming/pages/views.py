"""Lines that were given, and undoing one of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from starlette.responses import Response

from common import audit, clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.card_token import card_number
from common.database import Transaction
from common.problems import Refused
from common.web.formats import in_wib
from common.web.pages import render
from redemption.entitlements.persons import name_of
from redemption.redeeming import line_queries, queries
from redemption.redeeming.lines import Redemption, Window, bounds_of, receipt_number
from redemption.redeeming.reverse import find_visible, reverse
from redemption.redeeming.rules import why_not_reversible
from redemption.redeeming.schemas import REASON_MAX, REASON_MIN, said

router = new_router(prefix="/redemptions", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("redemptions.read"))]
Reverser = Annotated[Principal, Depends(require("redemptions.reverse"))]
PAGE = 100
LAST = UUID(int=2**128 - 1)


@router.get("")
async def get_redemptions(
    request: Request,
    caller: Reader,
    tx: Transaction,
    on: date | None = None,
    before: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """List one day's lines, newest first: of the own partner, or of the own regions."""
    day = on or in_wib(clock.utc_now()).date()
    since, until = bounds_of(day, day)
    moment, last_id = _cursor(before, until)
    window = Window(since, until, moment, last_id, PAGE + 1)
    found = await line_queries.lines(tx, caller, window)
    await audit.record(tx, caller, "redemptions.read", "day", day, details={"rows": len(found)})
    shown = found[:PAGE]
    more = ""
    if len(found) > PAGE:
        last = shown[-1]
        more = f"/redemptions?on={day}&before={last.redeemed_at.timestamp()}_{last.id}"
    return render(
        request,
        "redeeming/redemptions.html",
        day=day,
        rows=shown,
        more=more,
        first=f"/redemptions?on={day}" if before else "",
    )


@router.get("/{redemption_id}")
async def get_redemption(
    request: Request, redemption_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show one line, and the form that undoes it to who may."""
    line = await find_visible(tx, caller, redemption_id)
    return await _show(request, caller, tx, line)


@router.post("/{redemption_id}/reversals")
async def post_reversal(
    request: Request,
    redemption_id: UUID,
    caller: Reverser,
    tx: Transaction,
    reversal_id: UUID = Form(alias="id"),
    reason: str = Form(default="", max_length=REASON_MAX),
) -> Response:
    """Undo a line, with a reason."""
    if len(reason.strip()) < REASON_MIN:
        line = await find_visible(tx, caller, redemption_id)
        _ = request.app.state.pages.gettext(request)
        errors = {"reason": _("Tulis alasannya, paling sedikit 5 huruf.")}
        return await _show(request, caller, tx, line, errors=errors, reason=reason)
    await reverse(
        tx,
        caller,
        redemption_id=redemption_id,
        reversal_id=reversal_id,
        reason=reason.strip(),
        now=clock.utc_now(),
    )
    return Response(status_code=303, headers={"location": f"/redemptions/{redemption_id}"})


async def _show(
    request: Request,
    caller: Principal,
    tx: Transaction,
    line: Redemption,
    *,
    errors: dict[str, str] | None = None,
    reason: str = "",
) -> Response:
    await audit.record(
        tx, caller, "redemption.read", "redemption", line.id, region_code=line.region_code
    )
    undone = await queries.find_reversals(tx, line.id, line)
    may = "redemptions.reverse" in caller.permissions
    sealer = request.app.state.sealer
    # The room of journals tells it (see app.py).
    marks = await request.app.state.marks_of_lines(tx, [one.id for one in undone])
    code = why_not_reversible(line, caller.subject, clock.utc_now())
    return render(
        request,
        "redeeming/redemption.html",
        status=422 if errors else 200,
        line=line,
        receipt_number=receipt_number(line.id),
        card_number=card_number(line.card_id),
        whose=await name_of(tx, sealer, line.household_id, line.subject_id),
        reversal=undone[0] if undone else None,
        is_phones_word=any("undone_on_phone" in one for one in marks.values()),
        may_reverse=may and not undone and code is None,
        why_not=said(request, Refused(code)) if may and not undone and code else None,
        reversal_id=ids.new_id(),
        errors=errors or {},
        reason=reason,
    )


def _cursor(text: str, until: datetime) -> tuple[datetime, UUID]:
    try:
        moment, last_id = text.split("_")
        return datetime.fromtimestamp(float(moment), UTC), UUID(last_id)
    except (ValueError, OverflowError, OSError):
        return until + timedelta(seconds=1), LAST
