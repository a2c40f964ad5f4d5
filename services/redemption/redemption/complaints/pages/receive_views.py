"""A complaint is taken down at a counter, and the family gets its receipt or asks what became."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from common import audit, clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.card_token import WrongCardNumber, card_number, parse_card_number
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, problem
from common.web.languages import language
from common.web.pages import render
from redemption.cards import queries as cards
from redemption.cards.rules import Card
from redemption.complaints import read
from redemption.complaints.receive import Keys, Receiving, lines_of, receive
from redemption.complaints.rules import NAME_MAX, WORDS_MAX, WORDS_MIN
from redemption.complaints.words import WORDS
from redemption.partners import queries as partners

router = new_router(prefix="/complaints", include_in_schema=False)
Receiver = Annotated[Principal, Depends(require("complaints.receive"))]
NUMBER_MAX = 40
ELSEWHERE = frozenset({"not_found", "outside_your_regions", "id_reused"})
LIMITS = {"name": NAME_MAX, "least": WORDS_MIN, "most": WORDS_MAX, "number": NUMBER_MAX}


@dataclass(frozen=True, slots=True)
class _Sent:
    """What stands in the form when it is shown again."""

    id: str
    card: str = ""
    kind: str = ""
    complainant: str = ""
    words: str = ""
    redemption_id: str = ""
    partner_id: str = ""


@router.get("/new")
async def get_new(request: Request, _caller: Receiver) -> Response:
    """Ask for the family's card, where it has one."""
    return render(request, "complaints/card.html", error="", typed="", limits=LIMITS)


@router.post("/form")
async def post_form(
    request: Request,
    caller: Receiver,
    tx: Transaction,
    card: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
) -> Response:
    """Show the form, with what the family of a card has collected lately."""
    _ = request.app.state.pages.gettext(request)
    try:
        await _card_of(tx, card)
    except Refused:
        said = _("Nomor kartu ini salah ketik atau belum dikenal. Kosongkan bila tidak ada kartu.")
        values: dict[str, Any] = {"error": said, "typed": card, "limits": LIMITS}
        return render(request, "complaints/card.html", status=422, **values)
    return await _form(request, caller, tx, _Sent(str(new_id()), card))


async def _card_of(tx: Transaction, number: str) -> Card | None:
    """Return the card of a typed number, None for an empty one; raises Refused card_unknown."""
    if not number.strip():
        return None
    try:
        found = await cards.find(tx, parse_card_number(number))
    except WrongCardNumber:
        found = None
    if found is None:
        raise Refused("card_unknown")
    return found[0]


async def _form(
    request: Request, caller: Principal, tx: Transaction, sent: _Sent, error: str = ""
) -> Response:
    card = await _card_of(tx, sent.card)
    lines = await lines_of(tx, card.household_id) if card else []
    if card is not None:
        await audit.record(
            tx,
            caller,
            "redemptions.read",
            "household",
            card.household_id,
            region_code=card.region_code,
            details={"rows": len(lines)},
        )
    return render(
        request,
        "complaints/new.html",
        status=422 if error else 200,
        sent=sent,
        card_shown=card_number(card.card_id) if card else "",
        lines=lines,
        partners=[] if caller.partner_id else await partners.find_seen_by(tx, caller),
        error=error,
        limits=LIMITS,
        **WORDS,
    )


@router.post("")
async def post_complaint(
    request: Request,
    caller: Receiver,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    card: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
    kind: Annotated[str, Form(max_length=40)] = "",
    complainant: Annotated[str, Form(max_length=NAME_MAX)] = "",
    words: Annotated[str, Form(max_length=WORDS_MAX)] = "",
    redemption_id: Annotated[str, Form(max_length=40)] = "",
    partner_id: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Keep the complaint and go to its receipt."""
    sent = _Sent(str(id), card, kind, complainant, words, redemption_id, partner_id)
    try:
        async with tx.begin_nested():
            await _receive(request, caller, tx, sent)
    except Refused as refusal:
        if refusal.code in ELSEWHERE:
            raise
        return await _form(request, caller, tx, sent, _said(request, refusal))
    return RedirectResponse(f"/complaints/{id}/receipt", status_code=303)


async def _receive(request: Request, caller: Principal, tx: Transaction, sent: _Sent) -> None:
    try:
        redemption_id = UUID(sent.redemption_id) if sent.redemption_id else None
        partner_id = UUID(sent.partner_id) if sent.partner_id else None
    except ValueError:
        raise Refused("invalid_input") from None
    receiving = Receiving(
        id=UUID(sent.id),
        kind=sent.kind,
        complainant=sent.complainant,
        words=sent.words,
        region_code=caller.regions[0] if caller.regions else "",
        redemption_id=redemption_id,
        partner_id=partner_id,
    )
    keys = Keys(request.app.state.sealer, request.app.state.blind_index)
    card = await _card_of(tx, sent.card)
    await receive(tx, caller, keys, receiving, card=card, now=clock.utc_now())


def _said(request: Request, refusal: Refused) -> str:
    known = request.app.state.refusals
    _, said = problem(refusal.code, refusal.facts, known, language(request), "")
    return f"{said['title']}. {said['detail']}"


@router.get("/lookup")
async def get_lookup(request: Request, _caller: Receiver) -> Response:
    """Ask for the number on a receipt and the family's card."""
    return render(request, "complaints/lookup.html", found=None, error="", typed="", **WORDS)


@router.post("/lookup")
async def post_lookup(
    request: Request,
    caller: Receiver,
    tx: Transaction,
    number: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
    card: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
) -> Response:
    """Tell a family at any counter what became of its complaint."""
    _ = request.app.state.pages.gettext(request)
    try:
        card_id = parse_card_number(card)
    except WrongCardNumber:
        card_id = ""
    sealer, now = request.app.state.sealer, clock.utc_now()
    found = await read.looked_up(tx, caller, sealer, number=number, card_id=card_id, now=now)
    error = "" if found else _("Nomor pengaduan dan nomor kartu ini tidak cocok. Periksa keduanya.")
    return render(
        request,
        "complaints/lookup.html",
        status=200 if found else 422,
        found=found,
        error=error,
        typed=number,
        **WORDS,
    )


@router.get("/{complaint_id}/receipt")
async def get_receipt(
    complaint_id: UUID, request: Request, caller: Receiver, tx: Transaction
) -> Response:
    """Show the receipt, to be printed or photographed."""
    shown = await read.show(tx, caller, request.app.state.sealer, complaint_id)
    return render(request, "complaints/receipt.html", shown=shown, **WORDS)
