"""The JSON interface to cards."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from issuance.cards.acts import ACTS
from issuance.cards.change import Wish
from issuance.cards.find import find_by_name, find_by_number
from issuance.cards.read import read_card
from issuance.cards.replace import confirm_replacement
from issuance.cards.replacements import ask_replacement
from issuance.cards.schemas import (
    CARD_ID,
    CardOut,
    CardSearchIn,
    FoundOut,
    ReplacementIn,
    ReplacementRequestOut,
    StatusChangeIn,
)

router = new_router(prefix="/v1/cards", tags=["cards"])

Reader = Annotated[Principal, Depends(require("cards.read"))]
Clerk = Annotated[Principal, Depends(require("cards.manage"))]
CardId = Annotated[str, Path(pattern=CARD_ID)]


@router.get("/{card_id}")
async def get_card(tx: Transaction, caller: Reader, card_id: CardId) -> CardOut:
    """Return one card."""
    return CardOut.of(await read_card(tx, caller, card_id))


@router.post("/searches")
async def post_search(
    request: Request, tx: Transaction, caller: Reader, wanted: CardSearchIn
) -> list[FoundOut]:
    """Find families by card number, or by village and name; posted, so that no name is in a URL."""
    sealer = request.app.state.sealer
    if wanted.card_number:
        return [FoundOut.of(await find_by_number(tx, caller, sealer, wanted.card_number))]
    found = await find_by_name(tx, caller, sealer, village=wanted.village, words=wanted.name)
    return [FoundOut.of(one) for one in found]


@router.post("/{card_id}/status-changes")
async def post_status_change(
    tx: Transaction, caller: Clerk, card_id: CardId, change: StatusChangeIn
) -> CardOut:
    """Block, unblock, replace, revoke or order anew; a replacement answers with the new card."""
    wish = Wish(change.change_id, card_id, change.act, change.reason)
    return CardOut.of(await ACTS[change.act](tx, caller, wish))


@router.post("/{card_id}/replacement-requests")
async def post_replacement_request(
    tx: Transaction, caller: Clerk, card_id: CardId, wanted: ReplacementIn
) -> ReplacementRequestOut:
    """Ask another clerk to confirm a replacement that one alone may not give."""
    wish = Wish(wanted.change_id, card_id, "replace", wanted.reason)
    return ReplacementRequestOut.of(await ask_replacement(tx, caller, wish))


@router.post("/replacement-requests/{request_id}/confirmations")
async def post_confirmation(tx: Transaction, caller: Clerk, request_id: UUID) -> CardOut:
    """Confirm what another clerk has asked for; answers with the new card."""
    return CardOut.of(await confirm_replacement(tx, caller, request_id))
