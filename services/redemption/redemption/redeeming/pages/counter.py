"""The counter: scan or type a card, compare the name, give the benefit, show the receipt.

Every step is a form that works without script; counter.js adds the camera, and trying again with
the same id when the network fails.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import Response

from common import clock, ids
from common.api import answer_problem, new_router
from common.auth.principal import Principal, require
from common.card_token import card_number
from common.database import Transaction
from common.problems import Refused
from common.web.assets import COMMON_STATIC
from common.web.headers import content_security_policy
from common.web.pages import Pages, render
from redemption.partners import queries as partners
from redemption.redeeming.at_counter import redeem
from redemption.redeeming.check_card import Answer, check_card
from redemption.redeeming.lines import receipt_number
from redemption.redeeming.redeem import note_refusal, partner_of
from redemption.redeeming.reverse import find_visible
from redemption.redeeming.rules import Wanted
from redemption.redeeming.schemas import AMOUNT_MAX_RUPIAH, CARD_TEXT_MAX, QUANTITY_MAX, said

router = new_router(prefix="/counter", include_in_schema=False)
Redeemer = Annotated[Principal, Depends(require("redemptions.redeem"))]
Shown = Annotated[str, Form(max_length=CARD_TEXT_MAX)]
HOLDER_CHECKS = {"name_compared", "photo_compared"}
SCANNER = (COMMON_STATIC / "scanner.js").read_bytes()


@router.get("")
async def get_counter(request: Request, caller: Redeemer, tx: Transaction) -> Response:
    """Ask for a card: camera, photo, or typed number."""
    partner = await partners.find(tx, partner_of(caller))
    return render(request, "redeeming/counter.html", wasm=True, partner=partner, refusal=None)


@router.get("/scanner.js")
async def get_scanner(request: Request, caller: Redeemer) -> Response:  # noqa: ARG001
    """Return the worker that reads codes. A worker's policy is its own answer's, not the page's."""
    policy = content_security_policy(request.app.state.settings, wasm=True)
    headers = {"content-security-policy": policy, "cache-control": "no-cache"}
    return Response(SCANNER, media_type="text/javascript", headers=headers)


@router.post("/cards")
async def post_card(request: Request, caller: Redeemer, tx: Transaction, card: Shown) -> Response:
    """Show whose card it is and what may be given, or why not."""
    shown = card.strip()
    answer = await _look(request, caller, tx, shown)
    if answer.why_not is not None or answer.card is None:
        return await _refuse(request, caller, tx, answer.why_not or Refused("card_unknown"))
    return render(
        request,
        "redeeming/card.html",
        shown=shown,
        shown_number=card_number(answer.card.card_id),
        name=answer.printed_name,
        offers=[
            {"right": offer.entitlement, "why_not": said(request, offer.why_not)}
            for offer in answer.offers
        ],
    )


@router.post("/confirmations")
async def post_confirmation(
    request: Request, caller: Redeemer, tx: Transaction, card: Shown, entitlement_id: UUID = Form()
) -> Response:
    """Ask whether the holder was looked at; the id of the act to come is made here, once."""
    answer = await _look(request, caller, tx, card)
    chosen = [one for one in answer.offers if one.entitlement.id == entitlement_id]
    if answer.why_not is not None or not chosen:
        return await _refuse(request, caller, tx, answer.why_not or Refused("not_entitled"))
    if chosen[0].why_not is not None:
        return await _refuse(request, caller, tx, chosen[0].why_not)
    return _ask(request, answer, card, chosen[0].entitlement, act_id=ids.new_id())


@router.post("/redemptions")
async def post_redemption(
    request: Request,
    caller: Redeemer,
    card: Shown,
    act_id: UUID = Form(alias="id"),
    entitlement_id: UUID = Form(),
    holder_check: str = Form(default=""),
    quantity: int | None = Form(default=None, ge=1, le=QUANTITY_MAX),
    amount_rupiah: int | None = Form(default=None, ge=1, le=AMOUNT_MAX_RUPIAH),
) -> Response:
    """Give the benefit; the same form sent twice counts once."""
    if holder_check not in HOLDER_CHECKS:
        raise Refused("invalid_input", fields=[{"field": "holder_check", "problem": "choose"}])
    wanted = Wanted(
        id=act_id,
        shown=card,
        entitlement_id=entitlement_id,
        benefit_id=None,
        cycle_id=None,
        quantity=quantity,
        amount_rupiah=amount_rupiah,
        holder_check=holder_check,
    )
    try:
        line = await redeem(request.app.state, caller, wanted)
    except Refused as refusal:
        return _show_refusal(request, refusal)
    return Response(status_code=303, headers={"location": f"/counter/receipts/{line.id}"})


@router.get("/receipts/{redemption_id}")
async def get_receipt(
    request: Request, redemption_id: UUID, caller: Redeemer, tx: Transaction
) -> Response:
    """Show a receipt, to be read out, printed or kept."""
    line = await find_visible(tx, caller, redemption_id)
    return render(
        request, "redeeming/receipt.html", line=line, receipt_number=receipt_number(line.id)
    )


async def _look(request: Request, caller: Principal, tx: Transaction, shown: str) -> Answer:
    state = request.app.state
    return await check_card(
        tx,
        caller,
        trusted=state.trusted_keys,
        sealer=state.sealer,
        shown=shown,
        now=clock.utc_now(),
    )


def _ask(request: Request, answer: Answer, shown: str, right: Any, *, act_id: UUID) -> Response:
    return render(
        request, "redeeming/confirm.html", name=answer.printed_name, shown=shown, right=right,
        act_id=act_id,
    )  # fmt: skip


async def _refuse(
    request: Request, caller: Principal, tx: Transaction, refusal: Refused
) -> Response:
    """Show why not; the note of it is kept."""
    if refusal.code in request.app.state.refusals:
        await note_refusal(tx, caller, refusal)
    return _show_refusal(request, refusal)


def _show_refusal(request: Request, refusal: Refused) -> Response:
    """Show why not, and what the counter does now."""
    if refusal.code not in request.app.state.refusals:
        return answer_problem(request, refusal.code, refusal.facts)
    pages: Pages = request.app.state.pages
    status = request.app.state.refusals[refusal.code].status
    why = said(request, refusal)
    return pages.render(request, "redeeming/refused.html", status=status, why=why)
