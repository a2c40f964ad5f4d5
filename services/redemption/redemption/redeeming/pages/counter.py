"""The counter: scan or type a card, see what may be given; afterwards, the receipt.

Every step is a form that works without script; counter.js adds the camera. The step in between,
where the holder is looked at and the benefit given, is in `giving`.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import Response

from common import audit, clock
from common.api import answer_problem, new_router
from common.auth.principal import Principal, require
from common.card_token import card_number
from common.database import Transaction
from common.problems import Refused
from common.web.assets import COMMON_STATIC
from common.web.headers import content_security_policy
from common.web.languages import language
from common.web.pages import Pages, render
from redemption.cards import queries as cards
from redemption.cards.printed_name import open_name
from redemption.entitlements.persons import name_of
from redemption.partners import queries as partners
from redemption.redeeming.check_card import Answer, check_card
from redemption.redeeming.lines import FORMATS, Redemption, receipt_number
from redemption.redeeming.receipt_picture import Picture, draw, initials_of
from redemption.redeeming.redeem import note_refusal, partner_of
from redemption.redeeming.reverse import find_visible
from redemption.redeeming.schemas import CARD_TEXT_MAX, said

router = new_router(prefix="/counter", include_in_schema=False)
Redeemer = Annotated[Principal, Depends(require("redemptions.redeem"))]
Shown = Annotated[str, Form(max_length=CARD_TEXT_MAX)]
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
    answer = await look(request, caller, tx, shown)
    if answer.why_not is not None or answer.card is None:
        return await refuse(request, caller, tx, answer.why_not or Refused("card_unknown"))
    return render(
        request,
        "redeeming/card.html",
        shown=shown,
        shown_number=card_number(answer.card.card_id),
        name=answer.printed_name,
        offers=[
            {
                "right": offer.entitlement,
                "whose": offer.subject_name,
                "why_not": said(request, offer.why_not),
            }
            for offer in answer.offers
        ],
    )


@router.get("/receipts/{redemption_id}")
async def get_receipt(
    request: Request, redemption_id: UUID, caller: Redeemer, tx: Transaction
) -> Response:
    """Show a receipt, to be read out, printed or kept."""
    line = await find_visible(tx, caller, redemption_id)
    whose = await name_of(tx, request.app.state.sealer, line.household_id, line.subject_id)
    if whose is not None:
        await audit.record(
            tx, caller, "receipt.read", "redemption", line.id, region_code=line.region_code
        )
    return render(
        request,
        "redeeming/receipt.html",
        line=line,
        receipt_number=receipt_number(line.id),
        whose=whose,
    )


@router.get("/receipts/{redemption_id}/picture")
async def get_receipt_picture(
    request: Request, redemption_id: UUID, caller: Redeemer, tx: Transaction
) -> Response:
    """Return a receipt as a picture, for the family's phone; it names nobody."""
    line = await find_visible(tx, caller, redemption_id)
    found = await cards.find(tx, line.card_id)
    name = open_name(request.app.state.sealer, line.card_id, found[1]) if found else ""
    await audit.record(
        tx, caller, "receipt.kept", "redemption", line.id, region_code=line.region_code
    )
    whose = await name_of(tx, request.app.state.sealer, line.household_id, line.subject_id)
    content = await asyncio.to_thread(draw, _picture(request, line, name, whose))
    number = receipt_number(line.id)
    headers = {
        "content-disposition": f'attachment; filename="bukti-{number}.png"',
        "cache-control": "private, no-store",
    }
    return Response(content, media_type="image/png", headers=headers)


def _picture(request: Request, line: Redemption, name: str, whose: str | None) -> Picture:
    chosen = language(request)
    formats = FORMATS[chosen]
    _ = request.app.state.pages.gettext(request)
    worth = formats.rupiah(line.amount_rupiah)
    said_of = (
        _("%(count)s, senilai %(amount)s") if line.amount_rupiah else _("%(count)s, tanpa biaya")
    )
    given = said_of % {"count": line.quantity, "amount": worth}
    is_balance = line.benefit_kind == "balance"
    left = formats.rupiah(line.remaining_rupiah) if is_balance else str(line.remaining_quantity)
    ending = card_number(line.card_id)[-4:]
    return Picture(
        heading=_("Sudah diserahkan"),
        number_label=_("Nomor bukti"),
        number=receipt_number(line.id),
        facts=[
            (_("Bantuan"), line.benefit_name_en if chosen == "en" else line.benefit_name_id),
            *([(_("Untuk"), initials_of(whose))] if whose else []),
            (_("Diserahkan"), given if line.quantity else worth),
            (_("Sisa hak"), left),
            (_("Waktu"), formats.datetime(line.redeemed_at)),
            (_("Tempat"), line.partner_name),
            (_("Kartu"), f"{initials_of(name)} · … {ending}".strip(" ·")),
        ],
        foot=_("Simpan gambar ini. Sebutkan nomor buktinya jika ada yang ingin ditanyakan."),
    )


async def look(request: Request, caller: Principal, tx: Transaction, shown: str) -> Answer:
    """Return what this partner may know of a card."""
    state = request.app.state
    return await check_card(
        tx,
        caller,
        trusted=state.trusted_keys,
        sealer=state.sealer,
        shown=shown,
        now=clock.utc_now(),
    )


async def refuse(
    request: Request, caller: Principal, tx: Transaction, refusal: Refused
) -> Response:
    """Show why not; the note of it is kept."""
    if refusal.code in request.app.state.refusals:
        await note_refusal(tx, caller, refusal)
    return show_refusal(request, refusal)


def show_refusal(request: Request, refusal: Refused) -> Response:
    """Show why not, and what the counter does now."""
    if refusal.code not in request.app.state.refusals:
        return answer_problem(request, refusal.code, refusal.facts)
    pages: Pages = request.app.state.pages
    status = request.app.state.refusals[refusal.code].status
    why = said(request, refusal)
    return pages.render(request, "redeeming/refused.html", status=status, why=why)
