"""The card desk: find a family, see its card, act on it. Nothing personal is in an address."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.card_number import card_number
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.languages import language
from common.web.pages import render
from issuance.cards.acts import ACTS
from issuance.cards.change import Wish
from issuance.cards.find import find_by_name, find_by_number
from issuance.cards.read import read_family
from issuance.cards.rules import REASONS, in_use
from issuance.desk.pages.villages import villages_named
from issuance.desk.pages.words import DONE, REASON_WORDS

router = new_router(include_in_schema=False)

Reader = Annotated[Principal, Depends(require("cards.read"))]
Clerk = Annotated[Principal, Depends(require("cards.manage"))]
Text = Annotated[str, Form(max_length=100)]

# What a person can correct in the form itself, without leaving the page.
CORRECTABLE = {
    "card_number_mistyped": "number",
    "card_number_malformed": "number",
    "card_unknown": "number",
    "outside_your_regions": "village",
}


def desk(request: Request, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Show the search, with what was typed and what was found."""
    empty: dict[str, Any] = {
        "name": "",
        "village": "",
        "number": "",
        "errors": {},
        "found": None,
        "choices": [],
    }
    return render(request, "desk/desk.html", status=status, **{**empty, **context})


@router.get("/cards")
async def get_cards(request: Request, caller: Reader) -> HTMLResponse:
    """Show the empty search; someone of a single village finds it filled in."""
    only = caller.regions[0] if len(caller.regions) == 1 else ""
    return desk(request, village=only if only.count(".") == 3 else "")


@router.post("/cards")
async def post_search(
    request: Request,
    tx: Transaction,
    caller: Reader,
    name: Text = "",
    village: Text = "",
    number: Text = "",
) -> Response:
    """Search by card number, or by name in a village; a single family is opened at once."""
    typed: dict[str, Any] = {"name": name, "village": village, "number": number}
    sealer = request.app.state.sealer
    try:
        if number.strip():
            one = await find_by_number(tx, caller, sealer, number)
            return RedirectResponse(f"/cards/families/{one.household_id}", status_code=303)
        named = villages_named(village, caller.regions)
        if len(named) != 1:
            errors = {} if named else {"village": refused(request, "village_unknown")}
            return desk(request, status=422, **typed, errors=errors, choices=named)
        code = named[0].code
        found = await find_by_name(tx, caller, sealer, village=code, words=name)
    except Refused as refusal:
        field = CORRECTABLE.get(refusal.code)
        if field is None:
            raise
        errors = {field: refused(request, refusal.code)}
        return desk(request, status=422, **typed, errors=errors)
    if len(found) == 1:
        return RedirectResponse(f"/cards/families/{found[0].household_id}", status_code=303)
    return desk(request, **{**typed, "village": code}, found=found)


def refused(request: Request, code: str) -> str:
    """Return a refusal's words in the language of the page."""
    text = request.app.state.refusals[code]
    if language(request) == "en":
        return f"{text.title_en}. {text.action_en}"
    return f"{text.title_id}. {text.action_id}"


@router.get("/cards/families/{household_id}")
async def get_family(
    request: Request,
    tx: Transaction,
    caller: Reader,
    household_id: UUID,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show a family, its card and what can be done with it."""
    family = await read_family(tx, caller, request.app.state.sealer, household_id)
    card = family.card
    last = next(
        (
            c
            for c in family.changes
            if card and c["version"] == card["version"] and c["card_id"] == card["card_id"]
        ),
        None,
    )
    blocked_by_me = bool(
        last and card and card["state"] == "blocked" and last["actor"] == caller.subject
    )
    return render(
        request,
        "desk/family.html",
        family=family,
        card=card,
        number=card_number(card["card_id"]) if card else "",
        numbers={one["card_id"]: card_number(one["card_id"]) for one in family.cards},
        is_in_use=bool(card and in_use(card["state"])),
        blocked_by_me=blocked_by_me,
        may_manage="cards.manage" in caller.permissions,
        may_print="cards.print" in caller.permissions,
        reasons=REASONS,
        reason_words=REASON_WORDS,
        done=DONE.get(done, ""),
        new_id=new_id,
    )


@router.post("/cards/families/{household_id}/changes")
async def post_change(
    tx: Transaction,
    caller: Clerk,
    household_id: UUID,
    act: Annotated[str, Form(max_length=20)],
    card_id: Annotated[str, Form(pattern=r"^[0-9a-f]{16}$")],
    change_id: Annotated[UUID, Form()],
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Do one thing to the family's card and show the family again."""
    if act not in ACTS:
        raise Refused("not_found")
    await ACTS[act](tx, caller, Wish(change_id, card_id, act, reason))
    return RedirectResponse(f"/cards/families/{household_id}?done={act}", status_code=303)
