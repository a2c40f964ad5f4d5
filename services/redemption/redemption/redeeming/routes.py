"""Redeeming for partners' programs, and for the script of the counter page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.card_token import card_number
from common.database import Transaction
from common.lean_route import LeanRoute
from common.web.formats import in_wib
from redemption.redeeming.at_counter import redeem
from redemption.redeeming.check_card import Offer, check_card
from redemption.redeeming.reverse import find_visible, reverse
from redemption.redeeming.schemas import (
    CardCheck,
    CardCheckRequest,
    OfferedBenefit,
    Receipt,
    RedemptionRequest,
    ReversalReceipt,
    ReversalRequest,
    said,
)

router = new_router(prefix="/v1", tags=["redeeming"])
counter_router = APIRouter(route_class=LeanRoute)
Redeemer = Annotated[Principal, Depends(require("redemptions.redeem"))]
Reader = Annotated[Principal, Depends(require("redemptions.read"))]
Reverser = Annotated[Principal, Depends(require("redemptions.reverse"))]


@router.post("/card-checks", response_model=CardCheck)
async def post_card_check(
    request: Request, body: CardCheckRequest, caller: Redeemer, tx: Transaction
) -> CardCheck:
    """Say whether a card counts here and now, and what it can be used for."""
    state = request.app.state
    answer = await check_card(
        tx,
        caller,
        trusted=state.trusted_keys,
        sealer=state.sealer,
        shown=body.card,
        now=clock.utc_now(),
    )
    card = answer.card if answer.why_not is None else None
    return CardCheck(
        is_valid=answer.why_not is None,
        why_not=said(request, answer.why_not),
        card_number=card_number(card.card_id) if card else None,
        printed_name=answer.printed_name,
        expires_on=in_wib(card.expires_at).date() if card else None,
        pin=answer.pin,
        benefits=[offered(request, offer) for offer in answer.offers],
    )


@counter_router.post("/redemptions", status_code=201, response_model=Receipt)
async def post_redemption(request: Request, body: RedemptionRequest, caller: Redeemer) -> Response:
    """Use a right, once for each id; a repeat gets the first answer."""
    pin = body.pin.get_secret_value() if body.pin else None
    line = await redeem(request.app.state, caller, body.wanted(), pin=pin)
    return Response(
        Receipt.of(line).model_dump_json(), status_code=201, media_type="application/json"
    )


@router.get("/redemptions/{redemption_id}", response_model=Receipt)
async def get_redemption(redemption_id: UUID, caller: Reader, tx: Transaction) -> Receipt:
    """Return a redemption; another partner's is not found."""
    return Receipt.of(await find_visible(tx, caller, redemption_id))


@router.post(
    "/redemptions/{redemption_id}/reversals", status_code=201, response_model=ReversalReceipt
)
async def post_reversal(
    redemption_id: UUID, body: ReversalRequest, caller: Reverser, tx: Transaction
) -> ReversalReceipt:
    """Undo a redemption of today that somebody else made."""
    return ReversalReceipt.of(
        await reverse(
            tx,
            caller,
            redemption_id=redemption_id,
            reversal_id=body.id,
            reason=body.reason,
            now=clock.utc_now(),
        )
    )


def offered(request: Request, offer: Offer) -> OfferedBenefit:
    """Return a right as the counter sees it."""
    right = offer.entitlement
    return OfferedBenefit(
        entitlement_id=right.id,
        cycle_id=right.cycle_id,
        benefit_id=right.benefit_id,
        subject=right.subject,
        subject_id=right.whose,
        subject_name=offer.subject_name,
        kind=right.kind,
        name_id=right.name_id,
        name_en=right.name_en,
        opens_on=right.opens_on,
        closes_on=right.closes_on,
        unit_rupiah=right.unit_rupiah,
        remaining_quantity=right.remaining_quantity,
        remaining_rupiah=right.remaining_rupiah,
        goods_categories=list(right.goods_categories),
        can_be_given=offer.why_not is None,
        why_not=said(request, offer.why_not),
    )


router.include_router(counter_router)
