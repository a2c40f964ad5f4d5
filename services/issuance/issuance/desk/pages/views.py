"""The card desk: find a family, see its card and what comes next; no address is personal."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import StringConstraints

from common.api import new_router
from common.auth.principal import Principal, require
from common.card_number import card_number
from common.database import Transaction
from common.problems import Refused
from common.regions import region_name
from common.web.pages import render
from issuance.cards.find import Found, find_by_name
from issuance.cards.rules import ENDED_STATES
from issuance.cards.waste import note_destroyed, to_destroy
from issuance.desk.lists import read_asking, read_waiting
from issuance.desk.pages.screen import refused, show_family
from issuance.desk.pages.villages import villages_named
from issuance.desk.pages.words import REASON_WORDS, WHYS
from issuance.desk.recognise import Typed, recognise
from issuance.desk.search import Tools, note_attempt, search

router = new_router(include_in_schema=False)

Reader = Annotated[Principal, Depends(require("cards.read"))]
Clerk = Annotated[Principal, Depends(require("cards.manage"))]
CardId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
# A QR's text has at most some 400 characters; a person types far fewer.
Query400 = Annotated[str, Form(max_length=500)]
Village = Annotated[str, Form(max_length=100)]
VILLAGE_COOKIE = "desk_village"
DAY_S = 12 * 60 * 60
TYPED_SHOWN = ("name", "card")


async def desk(
    request: Request, tx: Transaction, caller: Principal, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Show the search, with what was typed and what was found, and the lists below."""
    empty: dict[str, Any] = {"q": "", "village": "", "errors": {}, "found": None, "choices": []}
    given = {**empty, **context}
    waiting = await read_waiting(tx, caller) if given["found"] is None else None
    words: dict[str, Any] = {"reason_words": REASON_WORDS, "card_number": card_number}
    return render(request, "desk/desk.html", status=status, waiting=waiting, **words, **given)


@router.get("/cards")
async def get_cards(request: Request, tx: Transaction, caller: Reader) -> HTMLResponse:
    """Show the empty search, with the village of before."""
    return await desk(request, tx, caller, village=_village_of_the_day(request, caller))


def _village_of_the_day(request: Request, caller: Principal) -> str:
    """Return the village searched before, or the only one that there is for this person."""
    kept = request.cookies.get(VILLAGE_COOKIE, "")
    if villages_named(kept, caller.regions):
        return region_name(kept)
    only = caller.regions[0] if len(caller.regions) == 1 else ""
    return region_name(only) if only.count(".") == 3 else ""


@router.post("/cards")
async def post_search(
    request: Request,
    tx: Transaction,
    caller: Reader,
    q: Query400 = "",
    village: Village = "",
) -> Response:
    """Search by whatever was typed; a single family is opened at once."""
    typed = recognise(q)
    # Numbers are not written back into the page: the family's own are not for the next one's eyes.
    shown: dict[str, Any] = {
        "q": q if typed.kind in TYPED_SHOWN else "",
        "village": typed.village or village,
    }
    tools = Tools(request.app.state.sealer, request.app.state.blind_index)
    code = ""
    if typed.kind == "name":
        named = villages_named(shown["village"], caller.regions)
        if len(named) != 1:
            word = "village_unknown" if shown["village"] else "village_needed"
            errors = {} if named else {"village": refused(request, word)}
            return await desk(
                request, tx, caller, status=422, **shown, errors=errors, choices=named
            )
        code, shown["village"] = named[0].code, named[0].name
    try:
        found = await search(tx, caller, tools, typed, code)
    except Refused as refusal:
        await note_attempt(tx, caller, typed.kind, refusal.code)
        errors = {"q": refused(request, refusal.code, refusal.facts)}
        return await desk(request, tx, caller, status=422, **shown, errors=errors)
    await note_attempt(tx, caller, typed.kind, f"found {len(found)}", code)
    if len(found) == 1:
        answer = _opened(typed, found[0])
    else:
        answer = await desk(request, tx, caller, **shown, found=found)
    return _remembering(request, answer, code)


def _opened(typed: Typed, one: Found) -> Response:
    """Lead to the family; its screen says so when the card that was typed or scanned has ended."""
    is_old_card = typed.kind in ("card", "token") and one.state in ENDED_STATES
    word = "?done=ended" if is_old_card else ""
    return RedirectResponse(f"/cards/families/{one.household_id}{word}", status_code=303)


def _remembering(request: Request, answer: Response, village: str) -> Response:
    """Keep the village for the day: a queue is mostly of one village."""
    if village:
        answer.set_cookie(
            VILLAGE_COOKIE,
            village,
            max_age=DAY_S,
            path="/cards",
            httponly=True,
            samesite="strict",
            secure=request.app.state.settings.public_url.startswith("https"),
        )
    return answer


@router.post("/cards/waiting")
async def post_waiting(
    request: Request, tx: Transaction, caller: Reader, village: Village
) -> Response:
    """Show the families of a village whose cards lie at the desk."""
    found = await find_by_name(
        tx, caller, request.app.state.sealer, village=village, words="", state="at_desk"
    )
    await note_attempt(tx, caller, "at_desk", f"found {len(found)}", village)
    name = region_name(village)
    return _remembering(
        request, await desk(request, tx, caller, village=name, found=found), village
    )


@router.get("/cards/asking")
async def get_asking(request: Request, tx: Transaction, caller: Reader) -> HTMLResponse:
    """Show the families whose card should be replaced or runs out."""
    families = await read_asking(tx, caller, request.app.state.sealer)
    return render(
        request,
        "desk/asking.html",
        families=families,
        whys=WHYS,
        card_number=card_number,
    )


@router.get("/cards/waste")
async def get_waste(request: Request, tx: Transaction, caller: Clerk) -> HTMLResponse:
    """Show the plastic of cards that ended before their families got them."""
    return render(
        request,
        "desk/waste.html",
        cards=await to_destroy(tx, caller),
        reason_words=REASON_WORDS,
        card_number=card_number,
    )


@router.post("/cards/waste")
async def post_waste(
    tx: Transaction, caller: Clerk, card_ids: Annotated[list[CardId] | None, Form()] = None
) -> Response:
    """Note cards that this person saw destroyed."""
    await note_destroyed(tx, caller, card_ids or [])
    return RedirectResponse("/cards/waste", status_code=303)


@router.get("/cards/families/{household_id}")
async def get_family(
    request: Request,
    tx: Transaction,
    caller: Reader,
    household_id: UUID,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show a family, its card and what can be done with it."""
    return await show_family(request, tx, caller, household_id, done=done)
