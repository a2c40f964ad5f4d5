"""One card of a round without the phone: the paper list, and a form for what happened."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import qrcode
from fastapi import Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.formats import WIB, in_wib
from common.web.pages import render
from issuance.handing_over.come_back import Return, return_card
from issuance.handing_over.hand_over import HandOver, hand_over
from issuance.handing_over.pages import words
from issuance.handing_over.pages.views import said
from issuance.handing_over.read_round import OnRound, read_families, read_round
from issuance.handing_over.rounds import demand_carrier, demand_on_round

router = new_router(prefix="/handovers/rounds/{round_id}", include_in_schema=False)

Giver = Annotated[Principal, Depends(require("handovers.record"))]
CardId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
Word = Annotated[str, Form(max_length=40)]
Text = Annotated[str, Form(max_length=200)]
FIELDS = {
    "collector_unknown": "collector",
    "relation_missing": "relation",
    "collector_name_missing": "collector_name",
    "collector_nik_wrong": "collector_nik",
    "document_missing": "document",
    "mandate_missing": "document",
    "reason_unknown": "reason",
    "words_missing": "note",
}


class GivenForm(BaseModel):
    """What was written on paper about a card that was given."""

    handover_id: UUID
    handed_at: datetime
    collector: str = Field(default="", max_length=40)
    relation: str = Field(default="", max_length=40)
    collector_name: str = Field(default="", max_length=200)
    collector_nik: str = Field(default="", max_length=40)
    document: str = Field(default="", max_length=40)

    def wish(self, round_id: UUID, card_id: str) -> HandOver:
        """Return the hand-over that the form tells of."""
        at = self.handed_at
        return HandOver(
            handover_id=self.handover_id,
            card_id=card_id,
            collector=self.collector,
            document=self.document,
            # What stands in the form is by the clock of Kalimantan Tengah.
            handed_at=at if at.tzinfo else at.replace(tzinfo=WIB),
            relation=self.relation,
            collector_name=self.collector_name,
            collector_nik=self.collector_nik.replace(" ", ""),
            round_id=round_id,
        )


@router.get("/list")
async def get_list(
    request: Request, tx: Transaction, caller: Giver, round_id: UUID
) -> HTMLResponse:
    """Show the paper list: number, name, a code that opens the family's form, room to sign."""
    one = await read_round(tx, caller, round_id)
    families = await read_families(tx, caller, request.app.state.sealer, one)
    origin = request.app.state.settings.public_url.rstrip("/")
    codes = {
        family.row["card_id"]: code_path(
            f"{origin}/handovers/rounds/{round_id}/cards/{family.row['card_id']}"
        )
        for family in families
    }
    return render(
        request, "handing_over/list.html", round=one, families=families, codes=codes, words=words
    )


def code_path(text: str) -> tuple[int, str]:
    """Return a QR code as its side in modules and the `d` of one SVG path."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    drawn = [
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    ]
    return len(rows), "".join(drawn)


@router.get("/cards/{card_id}")
async def get_card(
    request: Request, tx: Transaction, caller: Giver, round_id: UUID, card_id: CardId
) -> HTMLResponse:
    """Ask what happened to one card."""
    return await _show(request, tx, caller, place=(round_id, card_id), typed={}, errors={})


async def _show(
    request: Request,
    tx: Transaction,
    caller: Principal,
    *,
    place: tuple[UUID, str],
    typed: dict[str, Any],
    errors: dict[str, str],
) -> HTMLResponse:
    round_id, card_id = place
    one = await demand_carrier(tx, caller, round_id)
    families = await read_families(tx, caller, request.app.state.sealer, one)
    family = next((each for each in families if each.row["card_id"] == card_id), None)
    if family is None:
        raise Refused("card_not_on_round")
    return render(
        request,
        "handing_over/card.html",
        status=422 if errors else 200,
        round=one,
        family=family,
        typed=typed,
        errors=errors,
        words=words,
        new_id=new_id,
        following=_next(families, family),
        now=in_wib(clock.utc_now()).strftime("%Y-%m-%dT%H:%M"),
    )


def _next(families: list[OnRound], family: OnRound) -> OnRound | None:
    later = [one for one in families if one.row["position"] > family.row["position"]]
    return next((one for one in later if one.row["outcome"] == "waiting"), None)


@router.post("/cards/{card_id}/handovers")
async def post_hand_over(
    request: Request,
    tx: Transaction,
    caller: Giver,
    round_id: UUID,
    card_id: CardId,
    form: Annotated[GivenForm, Form()],
) -> Response:
    """Note a hand-over that was written on paper."""
    await demand_carrier(tx, caller, round_id)
    await demand_on_round(tx, round_id, card_id)
    wish = form.wish(round_id, card_id)
    state = request.app.state
    try:
        row = await hand_over(tx, caller, state.sealer, wish, index=state.blind_index)
    except Refused as refusal:
        if refusal.code not in FIELDS:
            raise
        errors = {FIELDS[refusal.code]: said(request, refusal)}
        # A NIK that was typed is not shown again.
        shown = ("collector", "relation", "document", "collector_name")
        typed = {name: getattr(wish, name) for name in shown}
        place = (round_id, card_id)
        return await _show(request, tx, caller, place=place, typed=typed, errors=errors)
    done = "held" if row["held_because"] else "given"
    return RedirectResponse(f"/handovers/rounds/{round_id}?done={done}", status_code=303)


@router.post("/cards/{card_id}/returns")
async def post_return(
    request: Request,
    tx: Transaction,
    caller: Giver,
    round_id: UUID,
    card_id: CardId,
    reason: Word = "",
    note: Text = "",
) -> Response:
    """Note that a card was not given, and why."""
    told = Return(card_id, reason, note)
    try:
        await return_card(tx, caller, request.app.state.sealer, round_id, told)
    except Refused as refusal:
        if refusal.code not in FIELDS:
            raise
        errors = {FIELDS[refusal.code]: said(request, refusal)}
        typed = {"reason": reason, "note": note}
        place = (round_id, card_id)
        return await _show(request, tx, caller, place=place, typed=typed, errors=errors)
    return RedirectResponse(f"/handovers/rounds/{round_id}?done=returned", status_code=303)
