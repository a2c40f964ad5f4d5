"""The pages about families: search, one family, its numbers for a stated reason."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from registry.people import household, reveal, search
from registry.people.choices import search_places, village_choice
from registry.people.panels import MakePanel
from registry.people.words import FACT_VALUES, FACTS, LIFE, RELATIONS

router = new_router(prefix="/households", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]
Text = Annotated[str, Form(max_length=300)]

# Which refusal of a search is said at which field.
SAID_AT_FIELD = {
    "search_incomplete": "region_code",
    "number_not_16_digits": "text",
    "card_number_mistyped": "text",
}
WORDS: dict[str, Any] = {
    "relations": RELATIONS,
    "life": LIFE,
    "fact_names": FACTS,
    "fact_values": FACT_VALUES,
}


@router.get("")
async def get_households(
    request: Request, caller: Reader, tx: Transaction, regency: str = ""
) -> HTMLResponse:
    """Show the search."""
    choice = village_choice(caller, regency)
    return render(
        request,
        "people/search.html",
        choice=choice,
        places=search_places(caller, choice),
        count=await search.count_households(tx, caller),
        asked=search.Asked(),
        found=None,
        errors={},
        **WORDS,
    )


@router.post("/search")
async def post_search(
    request: Request,
    caller: Reader,
    tx: Transaction,
    region_code: Text = "",
    name: Text = "",
    number: Text = "",
    text: Text = "",
    after: Annotated[UUID | None, Form()] = None,
    regency: Text = "",
) -> HTMLResponse:
    """Show the families that were searched for; numbers never stand in an address."""
    asked = search.Asked(region_code, name, number, text, after)
    found, errors = None, {}
    try:
        found = await search.search(tx, caller, request.app.state.blind_index, asked)
    except Refused as refusal:
        if refusal.code not in SAID_AT_FIELD:
            raise
        errors[SAID_AT_FIELD[refusal.code]] = refusal.code
    choice = village_choice(caller, regency or region_code[:5])
    return render(
        request,
        "people/search.html",
        status=422 if errors else 200,
        choice=choice,
        places=search_places(caller, choice),
        count=None,
        asked=asked,
        found=found,
        errors=errors,
        **WORDS,
    )


async def _page(
    request: Request,
    caller: Principal,
    tx: Transaction,
    household_id: UUID,
    *,
    opened: reveal.Opened | None = None,
    error: str = "",
) -> HTMLResponse:
    family = await household.read(tx, caller, household_id)
    makers: list[MakePanel] = request.app.state.household_panels
    head = next((one for one in family.members if one["relation"] == "head"), None)
    return render(
        request,
        "people/household.html",
        status=422 if error else 200,
        family=family,
        head=head,
        panels=[await make(tx, household_id) for make in makers],
        opened=opened,
        error=error,
        **WORDS,
    )


@router.get("/{household_id}")
async def get_household(
    household_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show a family with its members, facts, decisions, cards and what it received."""
    return await _page(request, caller, tx, household_id)


@router.post("/{household_id}/reveal")
async def post_reveal(
    household_id: UUID, request: Request, caller: Reader, tx: Transaction, reason: Text = ""
) -> HTMLResponse:
    """Show the family with its numbers open, this once."""
    try:
        opened = await reveal.reveal(tx, caller, request.app.state.sealer, household_id, reason)
    except Refused as refusal:
        if refusal.code != "reason_too_short":
            raise
        return await _page(request, caller, tx, household_id, error=refusal.code)
    return await _page(request, caller, tx, household_id, opened=opened)
