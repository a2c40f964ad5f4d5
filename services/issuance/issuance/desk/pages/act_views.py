"""What a clerk does to a family's card; each act shows the family again, with the next at hand."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from issuance.cards.acts import ACTS
from issuance.cards.change import Wish
from issuance.cards.replace import confirm_replacement
from issuance.cards.replacements import ask_replacement
from issuance.desk.pages.forms import HandOverForm
from issuance.desk.pages.screen import refused, show_family
from issuance.handing_over.hand_over import hand_over
from issuance.pins.open_pad import OpenPad, open_pad
from issuance.printing.request_batch import Wish as PrintWish
from issuance.printing.request_batch import request_batch

router = new_router(include_in_schema=False, prefix="/cards/families/{household_id}")

Clerk = Annotated[Principal, Depends(require("cards.manage"))]
Giver = Annotated[Principal, Depends(require("handovers.record"))]
# What is refused is shown beside the family: to nobody who may not look families up.
shows_family = Depends(require("cards.read"))
at_the_desk = Depends(require("cards.manage"))
Printer = Annotated[Principal, Depends(require("cards.print"))]
CardId = Annotated[str, Form(pattern=r"^[0-9a-f]{16}$")]
Word = Annotated[str, Form(max_length=40)]

# Of a hand-over that was refused; a NIK is typed again.
SHOWN_AGAIN = {"collector", "document", "relation", "collector_name"}
# Which field of the hand-over's form a refusal is about.
FIELDS = {
    "collector_unknown": "collector",
    "relation_missing": "relation",
    "collector_name_missing": "collector_name",
    "collector_nik_wrong": "collector_nik",
    "document_missing": "document",
    "mandate_missing": "document",
    "own_collector": "collector_nik",
}
# These belong to whoever may see the family at all; every other refusal is shown on its screen.
NOT_HERE = ("not_found", "outside_your_regions", "card_unknown")


@router.post("/changes")
async def post_change(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    household_id: UUID,
    act: Word,
    card_id: CardId,
    change_id: Annotated[UUID, Form()],
    reason: Word = "",
) -> Response:
    """Do one thing to the family's card and show the family again."""
    if act not in ACTS or act == "hand_over":
        raise Refused("not_found")
    try:
        async with tx.begin_nested():
            await ACTS[act](tx, caller, Wish(change_id, card_id, act, reason))
    except Refused as refusal:
        if refusal.code in NOT_HERE:
            raise
        if refusal.code == "replacement_needs_another":
            await ask_replacement(tx, caller, Wish(change_id, card_id, act, reason))
            return RedirectResponse(f"/cards/families/{household_id}?done=asked", status_code=303)
        errors = {f"{act}-reason": refused(request, refusal.code, refusal.facts)}
        return await show_family(request, tx, caller, household_id, errors=errors, refused_act=act)
    return RedirectResponse(f"/cards/families/{household_id}?done={act}", status_code=303)


@router.post("/replacement")
async def post_confirmed_replacement(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    household_id: UUID,
    request_id: Annotated[UUID, Form()],
) -> Response:
    """Replace the card as a colleague has asked."""
    try:
        async with tx.begin_nested():
            await confirm_replacement(tx, caller, request_id)
    except Refused as refusal:
        if refusal.code in NOT_HERE:
            raise
        errors = {"": refused(request, refusal.code, refusal.facts)}
        return await show_family(request, tx, caller, household_id, errors=errors)
    return RedirectResponse(f"/cards/families/{household_id}?done=replace", status_code=303)


@router.post("/hand-over", dependencies=[at_the_desk])
async def post_hand_over(
    request: Request,
    tx: Transaction,
    caller: Giver,
    household_id: UUID,
    told: Annotated[HandOverForm, Form()],
) -> Response:
    """Note to whom the card was given; from then on it counts, unless it is held for checking."""
    state = request.app.state
    try:
        async with tx.begin_nested():
            given = await hand_over(tx, caller, state.sealer, told.wish(), index=state.blind_index)
    except Refused as refusal:
        if refusal.code in NOT_HERE:
            raise
        field = FIELDS.get(refusal.code, "hand_over")
        is_stranger = refusal.code == "declare_yourself_first"
        return await show_family(
            request,
            tx,
            caller,
            household_id,
            errors={field: refused(request, refusal.code, refusal.facts)},
            form=told.model_dump(include=SHOWN_AGAIN),
            refused_act=refusal.code if is_stranger else "hand_over",
        )
    done = "held" if given["held_because"] else "hand_over"
    return RedirectResponse(f"/cards/families/{household_id}?done={done}", status_code=303)


@router.post("/print", dependencies=[shows_family])
async def post_print(
    request: Request,
    tx: Transaction,
    caller: Printer,
    household_id: UUID,
    batch_id: Annotated[UUID, Form()],
    card_id: CardId,
    region_code: Annotated[str, Form(max_length=13)],
) -> Response:
    """Have this one card printed and stay with the family."""
    wish = PrintWish(batch_id, region_code, card_id)
    try:
        async with tx.begin_nested():
            await request_batch(tx, caller, request.app.state.sealer, wish)
    except Refused as refusal:
        if refusal.code in NOT_HERE:
            raise
        errors = {"print": refused(request, refusal.code, refusal.facts)}
        return await show_family(
            request, tx, caller, household_id, errors=errors, refused_act="print"
        )
    return RedirectResponse(f"/cards/families/{household_id}?done=print", status_code=303)


@router.post("/pin")
async def post_pad(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    household_id: UUID,
    pad_id: Annotated[UUID, Form()],
    card_id: CardId,
    where: Word = "here",
    document: Word = "",
) -> Response:
    """Open a pad for the family, on this screen or on another."""
    wish = OpenPad(pad_id, card_id, document, where == "there")
    try:
        async with tx.begin_nested():
            await open_pad(tx, caller, request.app.state.blind_index, wish)
    except Refused as refusal:
        if refusal.code in NOT_HERE:
            raise
        errors = {"pin_document": refused(request, refusal.code, refusal.facts)}
        return await show_family(
            request, tx, caller, household_id, errors=errors, refused_act="pin"
        )
    return RedirectResponse(f"/pin-pads/{pad_id}", status_code=303)
