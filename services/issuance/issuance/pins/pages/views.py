"""The pad on which a family chooses its PIN: on the clerk's screen, turned round, or on another."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping

from common import clock
from common.api import new_router
from common.auth.principal import Principal, public, require
from common.database import Transaction
from common.problems import Refused, said
from common.web.languages import language
from common.web.pages import render
from issuance.pins.open_pad import (
    code_of,
    household_of,
    own_pad,
    pad_of_screen,
    take_code,
)
from issuance.pins.pages.drawing import picture_of, shuffled_digits
from issuance.pins.set_pin import set_pin

router = new_router(include_in_schema=False)

Clerk = Annotated[Principal, Depends(require("cards.manage"))]
anyone = Depends(public("the family's own screen: who has the code of a pad may use that pad once"))
# Longer than any PIN, so that a slip of the hand is answered by the page and not by the framework.
Typed = Annotated[str, Form(max_length=200)]
# What the family can put right on the pad itself.
ON_THE_PAD = ("pin_not_six_digits", "pins_differ")


@router.get("/pin-pads/{pad_id}")
async def get_pad(request: Request, tx: Transaction, caller: Clerk, pad_id: UUID) -> Response:
    """Show the pad; or, for one on another screen, its code and whether it was used."""
    pad = await own_pad(tx, caller, pad_id)
    back = f"/cards/families/{await household_of(tx, pad['card_id'])}"
    if is_over(pad):
        return show_pad(request, f"/pin-pads/{pad_id}", back=back, is_over=True)
    if is_elsewhere(pad) and pad["set_at"] is None:
        code = code_of(request.app.state.blind_index, pad_id) if pad["code_index"] else ""
        address = request.app.state.settings.public_url.rstrip("/")
        return render(
            request, "pins/elsewhere.html", code=code, address=address, back=back, pad_id=pad_id
        )
    if is_elsewhere(pad):
        return RedirectResponse(f"{back}?done=pin", status_code=303)
    return show_pad(request, f"/pin-pads/{pad_id}", back=back, is_set=pad["set_at"] is not None)


@router.get("/pin-pads/{pad_id}/code.svg")
async def get_code(request: Request, tx: Transaction, caller: Clerk, pad_id: UUID) -> Response:
    """Return the code of a pad as a picture for a phone's camera."""
    pad = await own_pad(tx, caller, pad_id)
    if pad["code_index"] is None:
        raise Refused("not_found")
    code = code_of(request.app.state.blind_index, pad_id)
    address = f"{request.app.state.settings.public_url.rstrip('/')}/pin#{code}"
    return Response(
        picture_of(address), media_type="image/svg+xml", headers={"cache-control": "no-store"}
    )


@router.post("/pin-pads/{pad_id}")
async def post_pin(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    pad_id: UUID,
    pin: Typed = "",
    again: Typed = "",
) -> Response:
    """Take the PIN from the clerk's own screen; never for a pad that is on the family's."""
    pad = await own_pad(tx, caller, pad_id)
    if is_elsewhere(pad):
        # Otherwise a clerk could choose first, and the family's screen would say that it is set.
        raise Refused("not_found")
    back = f"/cards/families/{await household_of(tx, pad['card_id'])}"
    return await _take(
        request, tx, pad, (pin, again), {"action": f"/pin-pads/{pad_id}", "back": back}
    )


@router.get("/pin", dependencies=[anyone])
async def get_other_screen(request: Request) -> HTMLResponse:
    """Ask for the code that the clerk's screen shows."""
    return render(request, "pins/code.html", error="")


@router.post("/pin", dependencies=[anyone])
async def post_code(request: Request, tx: Transaction, code: Typed = "") -> HTMLResponse:
    """Use up a code and show its pad; no address leads to it a second time."""
    taken = await take_code(tx, request.app.state.blind_index, code)
    if taken is None:
        error = refused(request, "pin_code_unknown")
        return render(request, "pins/code.html", status=404, error=error)
    return show_pad(request, "/pin/set", screen=taken[1])


@router.post("/pin/set", dependencies=[anyone])
async def post_pin_elsewhere(
    request: Request, tx: Transaction, screen: Typed = "", pin: Typed = "", again: Typed = ""
) -> Response:
    """Take the PIN from another screen."""
    pad = await pad_of_screen(tx, request.app.state.blind_index, screen)
    return await _take(request, tx, pad, (pin, again), {"action": "/pin/set", "screen": screen})


async def _take(
    request: Request,
    tx: Transaction,
    pad: RowMapping,
    typed: tuple[str, str],
    shown: dict[str, Any],
) -> Response:
    """Set the PIN and say so, or show the pad again with what was wrong, never what was typed."""
    try:
        async with tx.begin_nested():
            pin, again = typed
            await set_pin(tx, request.app.state.pin_receiver, pad, pin=pin, again=again)
    except Refused as refusal:
        if refusal.code not in ON_THE_PAD and not refusal.code.startswith("pin_weak_"):
            raise
        return show_pad(request, **shown, error=refused(request, refusal.code), status=422)
    if shown.get("screen"):
        return show_pad(request, **shown, is_set=True)
    return RedirectResponse(shown["action"], status_code=303)


def refused(request: Request, code: str) -> str:
    """Return a refusal's words in the language of the page."""
    return said(code, {}, request.app.state.refusals, language(request))


def is_elsewhere(pad: RowMapping) -> bool:
    """Tell whether a pad was opened for another screen, used there yet or not."""
    return pad["code_index"] is not None or pad["screen_index"] is not None


def is_over(pad: RowMapping, now: datetime | None = None) -> bool:
    """Tell whether the time of a pad that set nothing has run out."""
    return pad["set_at"] is None and bool(pad["expires_at"] <= (now or clock.utc_now()))


def show_pad(request: Request, action: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with the pad: nothing on it but the digits, in an order of its own each time."""
    empty = {"screen": "", "back": "", "error": "", "is_set": False, "is_over": False}
    return render(
        request,
        "pins/pad.html",
        status=status,
        action=action,
        digits=shuffled_digits(),
        **{**empty, **context},
    )
