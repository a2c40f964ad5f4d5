"""The counter's middle step: look at the holder, give the benefit, or say why not and go on.

A form that works without script; confirm.js adds sending again with the same id when the network
fails. What can be put right at the counter (a wrong PIN, a missing amount) is shown on the same
form, for the same act.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction, in_transaction
from common.problems import Refused
from common.web.languages import language
from common.web.pages import render
from redemption.companions.words import RELATIONS
from redemption.partners import queries as partners
from redemption.redeeming.at_counter import redeem
from redemption.redeeming.check_card import Answer, Offer
from redemption.redeeming.collector import Collector, note_collector
from redemption.redeeming.pages.counter import look, refuse, show_refusal
from redemption.redeeming.rules import Wanted
from redemption.redeeming.schemas import (
    AMOUNT_MAX_RUPIAH,
    CARD_TEXT_MAX,
    CATEGORY_MAX,
    PIN_MAX,
    QUANTITY_MAX,
    said,
)

router = new_router(prefix="/counter", include_in_schema=False)
Redeemer = Annotated[Principal, Depends(require("redemptions.redeem"))]
Shown = Annotated[str, Form(max_length=CARD_TEXT_MAX)]
HOLDER_CHECKS = {"name_compared", "photo_compared", "pin_right"}
# What whoever stands at the counter can put right now; the form is shown again, for the same act.
CAN_BE_PUT_RIGHT = frozenset(
    {
        "pin_needed",
        "pin_wrong",
        "pin_locked",
        "pin_paused",
        "pin_not_set",
        "amount_needed",
        "insufficient_entitlement",
        "goods_category_needed",
        "goods_not_allowed",
        "companion_relation_unknown",
        "companion_limit_reached",
        "invalid_input",
    }
)


class Given:
    """What the form says of one act."""

    def __init__(
        self,
        *,
        card: Shown,
        act_id: UUID = Form(alias="id"),
        entitlement_id: UUID = Form(),
        holder_check: str = Form(default=""),
        quantity: int | None = Form(default=None, ge=1, le=QUANTITY_MAX),
        amount_rupiah: int | None = Form(default=None, ge=1, le=AMOUNT_MAX_RUPIAH),
        goods_category: str = Form(default="", max_length=CATEGORY_MAX),
        pin: str = Form(default="", max_length=PIN_MAX),
    ) -> None:
        self.card, self.act_id, self.entitlement_id = card, act_id, entitlement_id
        self.holder_check, self.pin = holder_check, pin
        self.quantity, self.amount_rupiah = quantity, amount_rupiah
        self.goods_category = goods_category or None

    def wanted(self, companion_id: UUID | None) -> Wanted:
        """Return what is asked for, in the words of the rules."""
        return Wanted(
            id=self.act_id,
            shown=self.card,
            entitlement_id=self.entitlement_id,
            benefit_id=None,
            cycle_id=None,
            quantity=self.quantity,
            amount_rupiah=self.amount_rupiah,
            holder_check=self.holder_check,
            companion_id=companion_id,
            goods_category=self.goods_category,
        )


class Came:
    """What the form says of somebody who collects for the holder; no name means nobody does."""

    def __init__(
        self,
        companion_name: str = Form(default="", max_length=200),
        companion_phone: str = Form(default="", max_length=40),
        companion_relation: str = Form(default="", max_length=40),
        companion_reason: str = Form(default="", max_length=600),
    ) -> None:
        self.collector = Collector(
            companion_name.strip(), companion_phone, companion_relation, companion_reason.strip()
        )


@router.post("/confirmations")
async def post_confirmation(
    request: Request, caller: Redeemer, tx: Transaction, card: Shown, entitlement_id: UUID = Form()
) -> Response:
    """Ask whether the holder was looked at; the id of the act to come is made here, once."""
    answer = await look(request, caller, tx, card)
    offer = _chosen(answer, entitlement_id)
    if answer.why_not is not None or offer is None:
        return await refuse(request, caller, tx, answer.why_not or Refused("not_entitled"))
    if offer.why_not is not None:
        return await refuse(request, caller, tx, offer.why_not)
    return _ask(request, answer, offer, shown=card, act_id=ids.new_id())


@router.post("/redemptions")
async def post_redemption(
    request: Request,
    caller: Redeemer,
    given: Annotated[Given, Depends()],
    came: Annotated[Came, Depends()],
) -> Response:
    """Give the benefit; the same form sent twice counts once."""
    try:
        if given.holder_check not in HOLDER_CHECKS:
            raise Refused("invalid_input", fields=[{"field": "holder_check", "problem": "choose"}])
        companion_id = await _companion(request, caller, given, came.collector)
        wanted = given.wanted(companion_id)
        line = await redeem(request.app.state, caller, wanted, pin=given.pin or None)
    except Refused as refusal:
        return await _say_no(request, caller, given, came.collector, refusal)
    return Response(status_code=303, headers={"location": f"/counter/receipts/{line.id}"})


async def _companion(
    request: Request, caller: Principal, given: Given, collector: Collector
) -> UUID | None:
    if not collector.name:
        return None

    async def note(tx: Transaction) -> UUID:
        answer = await look(request, caller, tx, given.card)
        offer = _chosen(answer, given.entitlement_id)
        partner = await partners.find(tx, caller.partner_id) if caller.partner_id else None
        if offer is None or partner is None:
            raise answer.why_not or Refused("not_entitled")
        return await note_collector(
            tx,
            caller,
            request.app.state,
            collector=collector,
            act_id=given.act_id,
            looked=answer,
            cycle_id=offer.entitlement.cycle_id,
            partner_name=partner.name,
            now=clock.utc_now(),
        )

    companion_id: UUID = await in_transaction(request.app.state.engine, note)
    return companion_id


async def _say_no(
    request: Request, caller: Principal, given: Given, collector: Collector, refusal: Refused
) -> Response:
    """Show the form again where the counter can put it right, else why not."""
    if refusal.code not in CAN_BE_PUT_RIGHT:
        return show_refusal(request, refusal)
    async with request.app.state.engine.begin() as tx:
        answer = await look(request, caller, tx, given.card)
    offer = _chosen(answer, given.entitlement_id)
    if offer is None or offer.why_not is not None:
        return show_refusal(request, refusal)
    return _ask(
        request, answer, offer, shown=given.card, act_id=given.act_id,
        refusal=refusal, given=given, collector=collector,
    )  # fmt: skip


def _chosen(answer: Answer, entitlement_id: UUID) -> Offer | None:
    found = [one for one in answer.offers if one.entitlement.id == entitlement_id]
    return found[0] if found else None


def _ask(
    request: Request,
    answer: Answer,
    offer: Offer,
    *,
    shown: str,
    act_id: UUID,
    refusal: Refused | None = None,
    given: Given | None = None,
    collector: Collector | None = None,
) -> Response:
    words = request.app.state.refusals
    values: dict[str, Any] = {
        "name": answer.printed_name,
        "pin": answer.pin,
        "shown": shown,
        "right": offer.entitlement,
        "whose": offer.subject_name,
        "act_id": act_id,
        "relations": [
            (code, names[language(request) == "en"]) for code, names in RELATIONS.items()
        ],
        "why": said(request, refusal),
        "code": refusal.code if refusal else "",
        "given": given,
        "collector": collector,
    }
    status = words[refusal.code].status if refusal and refusal.code in words else 200
    return render(request, "redeeming/confirm.html", status=status, **values)
