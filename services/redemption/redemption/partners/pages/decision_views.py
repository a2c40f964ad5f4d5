"""What waits for a second person, and the decision; suspension and end by one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import RedirectResponse, Response

from common import audit, clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.languages import N_
from common.web.pages import render
from redemption.partners import decide as decisions
from redemption.partners import propose
from redemption.partners.changes import Asked, find_whole
from redemption.partners.look import account_asked, find_change, waiting_for
from redemption.partners.pages.forms import told_as
from redemption.partners.pages.views import shown
from redemption.partners.pages.words import KINDS
from redemption.partners.schemas import NUMBER_MAX, REASON_MAX, REASON_MIN

router = new_router(prefix="/partners", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("partners.read"))]
Proposer = Annotated[Principal, Depends(require("partners.manage"))]
Decider = Annotated[Principal, Depends(require("partners.activate"))]
Reason = Annotated[str, Form(max_length=REASON_MAX)]
# Told on the form instead of on a page of their own: the person can type again.
AT_THE_FORM = frozenset({"account_differs"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something that needs a reason and one click."""

    act: Callable[[AsyncConnection, Principal, Asked, datetime], Awaitable[None]]
    heading: str
    text: str
    label: str
    is_danger: bool


STEPS = {
    "suspend": Step(
        decisions.suspend,
        N_("Tangguhkan mitra"),
        N_("Mulai saat ini mitra tidak dapat menyerahkan apa pun. Dua orang dapat mengakhirinya."),
        N_("Tangguhkan sekarang"),
        True,
    ),
    "lift": Step(
        propose.ask_to_lift,
        N_("Usulkan akhir penangguhan"),
        N_("Mitra melayani lagi sesudah orang lain menyetujuinya."),
        N_("Usulkan"),
        False,
    ),
    "end": Step(
        decisions.end,
        N_("Akhiri kerja sama"),
        N_("Mitra tidak melayani lagi, untuk seterusnya. Penyerahan yang sudah dicatat tetap."),
        N_("Akhiri kerja sama"),
        True,
    ),
}


@router.get("/waiting")
async def get_waiting(request: Request, caller: Decider, tx: Transaction) -> Response:
    """List what waits for a second person, oldest first."""
    found = [shown(request, one) for one in await waiting_for(tx, caller)]
    return render(request, "partners/waiting.html", waiting=found, kinds=KINDS)


@router.get("/changes/{change_id}")
async def get_change(
    request: Request, change_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show one change and, to whoever may decide it, the decision."""
    return await _decision(request, caller, tx, change_id, {})


@router.post("/changes/{change_id}/decision")
async def post_decision(
    request: Request,
    change_id: UUID,
    caller: Decider,
    tx: Transaction,
    decision: Annotated[str, Form(max_length=20)] = "",
    reason: Reason = "",
    account_number: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
) -> Response:
    """Approve or refuse; a refusal has a reason."""
    is_approved = decision == "approved"
    if not is_approved and len(reason.strip()) < REASON_MIN:
        errors = {"reason": told_as(request, "reason_needed")}
        return await _decision(request, caller, tx, change_id, errors)
    try:
        partner_id = await decisions.decide(
            tx,
            caller,
            request.app.state.sealer,
            change_id=change_id,
            is_approved=is_approved,
            reason=reason.strip(),
            account_number=account_number,
            now=clock.utc_now(),
        )
    except Refused as refusal:
        if refusal.code not in AT_THE_FORM:
            raise
        errors = {"account_number": told_as(request, refusal.code)}
        return await _decision(request, caller, tx, change_id, errors)
    return RedirectResponse(f"/partners/{partner_id}", status_code=303)


@router.post("/changes/{change_id}/withdrawal")
async def post_withdrawal(change_id: UUID, caller: Proposer, tx: Transaction) -> Response:
    """Take back what one has asked for oneself."""
    partner_id = await decisions.withdraw(tx, caller, change_id, clock.utc_now())
    return RedirectResponse(f"/partners/{partner_id}", status_code=303)


@router.get("/{partner_id}/{step}")
async def get_step(
    request: Request, partner_id: UUID, step: str, caller: Proposer, tx: Transaction
) -> Response:
    """Ask for the reason of a suspension, its end, or the end."""
    return await _reason_form(
        request, caller, tx, partner_id=partner_id, step=step, change_id=ids.new_id()
    )


@router.post("/{partner_id}/{step}")
async def post_step(
    request: Request,
    partner_id: UUID,
    step: str,
    caller: Proposer,
    tx: Transaction,
    change_id: Annotated[UUID, Form()],
    reason: Reason = "",
) -> Response:
    """Suspend, ask for the end of a suspension, or end."""
    if step not in STEPS:
        raise Refused("not_found")
    given = reason.strip()
    if len(given) < REASON_MIN:
        error = told_as(request, "reason_needed")
        return await _reason_form(
            request,
            caller,
            tx,
            partner_id=partner_id,
            step=step,
            change_id=change_id,
            given=given,
            error=error,
        )
    asked = Asked(partner_id, change_id, given)
    await STEPS[step].act(tx, caller, asked, clock.utc_now())
    return RedirectResponse(f"/partners/{partner_id}", status_code=303)


async def _decision(
    request: Request, caller: Principal, tx: Transaction, change_id: UUID, errors: dict[str, str]
) -> Response:
    change = await find_change(tx, caller, change_id)
    is_own = change.proposed_by == caller.subject
    may_decide = "partners.activate" in caller.permissions and not is_own
    account = None
    if may_decide and change.kind == "account" and change.outcome is None:
        account = await account_asked(tx, request.app.state.sealer, change_id)
        await audit.record(tx, caller, "partner.account_seen", "partner", change.partner_id)
    return render(
        request,
        "partners/decision.html",
        status=422 if errors else 200,
        kinds=KINDS,
        errors=errors,
        is_own=is_own,
        may_decide=may_decide,
        holder=account.holder if account else "",
        **shown(request, change),
    )


async def _reason_form(
    request: Request,
    caller: Principal,
    tx: Transaction,
    *,
    partner_id: UUID,
    step: str,
    change_id: UUID,
    given: str = "",
    error: str = "",
) -> Response:
    whole = await find_whole(tx, partner_id)
    if step not in STEPS or whole is None or not whole.partner.is_managed_by(caller):
        raise Refused("not_found")
    return render(
        request,
        "partners/reason.html",
        status=422 if error else 200,
        whole=whole,
        step=step,
        words=STEPS[step],
        change_id=change_id,
        given=given,
        error=error,
    )
