"""The page of one print file: take it, count it, receive it, destroy what came out spoiled."""

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.card_number import card_number
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, fill
from common.regions import PROVINCE, parent_of
from common.web.languages import language
from common.web.pages import render
from issuance.printing.count_part import Count, count_part
from issuance.printing.faulty import confirm_destruction
from issuance.printing.pages.words import AGAIN_WORDS, DONE
from issuance.printing.read_batch import cards_of_part, read_part
from issuance.printing.read_file import Download, downloads_of, take_file
from issuance.printing.receive_part import Receipt, receive_part
from issuance.printing.routes import file_answer
from issuance.printing.rules import CARDS_PER_BATCH_MAX, CARDS_PER_FILE_MAX

router = new_router(include_in_schema=False)

Printer = Annotated[Principal, Depends(require("cards.print"))]
Clerk = Annotated[Principal, Depends(require("cards.manage"))]
PartNumber = Annotated[int, Path(ge=1, le=CARDS_PER_BATCH_MAX)]
Many = Annotated[int, Form(ge=0, le=CARDS_PER_FILE_MAX)]
Numbers = Annotated[str, Form(max_length=CARDS_PER_FILE_MAX * 40)]
Chosen = Annotated[list[str], Form()]
PART = "/prints/{batch_id}/parts/{part}"
CARDS_PER_SHEET = 10
# What a person can correct in the form itself, and at which field.
CORRECTABLE = {
    "count_does_not_add_up": "good",
    "receipt_does_not_add_up": "received",
    "faulty_number_wrong": "numbers",
    "faulty_not_in_file": "numbers",
    "faulty_card_handed_over": "numbers",
    "place_unknown": "place",
    "nothing_to_destroy": "musnah",
}


async def part_context(
    tx: AsyncConnection, caller: Principal, batch: RowMapping, part: RowMapping
) -> dict[str, Any]:
    """Return everything that the page of a file shows; of its cards the numbers only."""
    cards = await cards_of_part(tx, batch["batch_id"], part["part"])
    in_file = [card for card in cards if not card["left_out"]]
    is_printed = part["state"] == "printed"
    return {
        "part": part,
        "sheets": _sheets(in_file if is_printed else []),
        "numbers": {card["card_id"]: card_number(card["card_id"]) for card in cards},
        "left_out": [card for card in cards if card["left_out"]],
        "faults": [card for card in cards if card["fault"]],
        # In the file, and not to be given to anybody since.
        "aside": [
            card
            for card in in_file
            if not card["fault"] and card["state"] in {"blocked", "replaced", "revoked", "expired"}
        ],
        "downloads": await downloads_of(tx, batch["batch_id"], part["part"]),
        "is_requester": caller.subject == batch["requested_by"],
        "is_counter": part["counted_by"] == caller.subject,
        "may_receive": "cards.manage" in caller.permissions,
        "desks": _desks(part["region_code"]),
        "again_words": AGAIN_WORDS,
        "new_id": new_id,
        "typed": {},
        "errors": {},
    }


def _sheets(cards: list[RowMapping]) -> list[list[RowMapping]]:
    return [cards[at : at + CARDS_PER_SHEET] for at in range(0, len(cards), CARDS_PER_SHEET)]


def _desks(region_code: str) -> list[str]:
    """Return the regions whose desk may receive these cards, the nearest first."""
    found: list[str] = []
    here: str | None = region_code
    while here and here != PROVINCE:
        found.append(here)
        here = parent_of(here)
    return found


async def _page(
    request: Request,
    tx: AsyncConnection,
    caller: Principal,
    place: tuple[UUID, int],
    *,
    status: int = 200,
    **more: Any,
) -> HTMLResponse:
    batch, part = await read_part(tx, caller, *place)
    context = await part_context(tx, caller, batch, part)
    return render(
        request,
        "printing/part.html",
        status=status,
        batch=batch,
        **{**context, "done": "", **more},
    )


@router.get(PART)
async def get_part(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: UUID,
    part: PartNumber,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show one file and what is to be done with it."""
    return await _page(request, tx, caller, (batch_id, part), done=DONE.get(done, ""))


@router.post(f"{PART}/file")
async def post_file(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: UUID,
    part: PartNumber,
    download_id: Annotated[UUID, Form()],
    reason: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Hand out the file and note who took it."""
    wanted = Download(download_id, batch_id, part, reason)
    return file_answer(await take_file(tx, caller, request.app.state.sealer, wanted))


@router.post(f"{PART}/count")
async def post_count(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: UUID,
    part: PartNumber,
    count_id: Annotated[UUID, Form()],
    good: Many,
    numbers: Numbers = "",
    chosen: Chosen = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Confirm the count of a file's cards."""
    spoiled = _named(numbers, chosen)
    try:
        # What a refusal leaves half done is undone here: the page is shown in the same transaction.
        async with tx.begin_nested():
            await count_part(tx, caller, Count(count_id, batch_id, part, good, spoiled))
    except Refused as refusal:
        typed = {"good": good, "numbers": numbers, "chosen": chosen}
        here = (batch_id, part)
        return await _corrected(request, tx, caller, here, refusal=refusal, typed=typed)
    return RedirectResponse(f"/prints/{batch_id}/parts/{part}?done=counted", status_code=303)


@router.post(f"{PART}/receipt")
async def post_receipt(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    batch_id: UUID,
    part: PartNumber,
    receipt_id: Annotated[UUID, Form()],
    received: Many,
    place: Annotated[str, Form(max_length=13)] = "",
    numbers: Numbers = "",
    chosen: Chosen = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Confirm what arrived at a desk."""
    missing = _named(numbers, chosen)
    arrived = Receipt(receipt_id, batch_id, part, received, missing, place)
    try:
        async with tx.begin_nested():
            await receive_part(tx, caller, arrived)
    except Refused as refusal:
        typed = {"received": received, "numbers": numbers, "chosen": chosen, "place": place}
        here = (batch_id, part)
        return await _corrected(request, tx, caller, here, refusal=refusal, typed=typed)
    return RedirectResponse(f"/prints/{batch_id}/parts/{part}?done=received", status_code=303)


@router.post(f"{PART}/destruction")
async def post_destruction(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: UUID,
    part: PartNumber,
    card_ids: Annotated[list[Annotated[str, Form(pattern=r"^[0-9a-f]{16}$")]], Form()] = [],  # noqa: B006
) -> Response:
    """Note which spoiled cards were destroyed."""
    try:
        async with tx.begin_nested():
            await confirm_destruction(tx, caller, batch_id, part, card_ids)
    except Refused as refusal:
        here = (batch_id, part)
        return await _corrected(request, tx, caller, here, refusal=refusal, typed={})
    return RedirectResponse(f"/prints/{batch_id}/parts/{part}?done=destroyed", status_code=303)


def _named(numbers: str, chosen: list[str]) -> tuple[str, ...]:
    """Return the card numbers that were typed, one a line or with commas, and those clicked."""
    typed = (one.strip() for one in re.split(r"[\n,;]", numbers))
    return (*(one for one in typed if one), *chosen)


async def _corrected(
    request: Request,
    tx: AsyncConnection,
    caller: Principal,
    place: tuple[UUID, int],
    *,
    refusal: Refused,
    typed: dict[str, Any],
) -> Response:
    """Show the form again with what was typed and what is wrong; nothing was stored."""
    field = CORRECTABLE.get(refusal.code)
    if field is None:
        raise refusal
    text = request.app.state.refusals[refusal.code]
    words = (
        (text.title_en, text.action_en)
        if language(request) == "en"
        else (text.title_id, text.action_id)
    )
    said = fill(". ".join(words), refusal.facts)
    return await _page(request, tx, caller, place, status=422, typed=typed, errors={field: said})
