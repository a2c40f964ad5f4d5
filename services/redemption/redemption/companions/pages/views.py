"""The pages on which a village sees who collects for whom, and writes down who may."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.card_token import WrongCardNumber, card_number, parse_card_number
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, problem
from common.web.formats import in_wib
from common.web.languages import language
from common.web.pages import render
from redemption.companions import authorise, queries, read
from redemption.companions.known import Keys, Person
from redemption.companions.rules import ACTS_MAX, NAME_MAX, PHONE_MAX, REASON_MAX
from redemption.companions.words import RELATIONS

router = new_router(prefix="/companions", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("companions.read"))]
Recorder = Annotated[Principal, Depends(require("companions.record"))]
NUMBER_MAX = 40
# Refusals that have a page of their own; the others are shown above the form.
ELSEWHERE = frozenset({"not_found", "outside_your_regions", "id_reused"})


@router.get("")
async def get_companions(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show who collects for whom in the own regions."""
    return await _list(request, caller, tx)


async def _list(
    request: Request, caller: Principal, tx: Transaction, *, error: str = "", number: str = ""
) -> Response:
    sealer, now = request.app.state.sealer, clock.utc_now()
    return render(
        request,
        "companions/list.html",
        status=422 if error else 200,
        seen=await read.of_regions(tx, caller, sealer, now),
        relations=RELATIONS,
        error=error,
        typed=number,
    )


@router.post("/family")
async def post_family(
    request: Request,
    caller: Reader,
    tx: Transaction,
    number: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
) -> Response:
    """Go to the family of a card number."""
    _ = request.app.state.pages.gettext(request)
    try:
        card_id = parse_card_number(number)
    except WrongCardNumber:
        said = _("Nomor kartu ini salah ketik. Periksa setiap huruf dan angka.")
        return await _list(request, caller, tx, error=said, number=number)
    family = (await tx.execute(queries.FAMILY_OF_CARD, {"card_id": card_id})).one_or_none()
    if family is None or not caller.covers(family.region_code):
        said = _("Kartu ini tidak ada di wilayah Anda.")
        return await _list(request, caller, tx, error=said, number=number)
    return RedirectResponse(f"/companions/families/{family.household_id}", status_code=303)


@router.get("/families/{household_id}")
async def get_family(
    household_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> Response:
    """Show a family's companions, and the form of a standing authorisation to who may record."""
    return await _family(request, caller, tx, household_id, sent={"id": str(new_id())})


async def _family(
    request: Request,
    caller: Principal,
    tx: Transaction,
    household_id: UUID,
    *,
    sent: dict[str, str],
    error: str = "",
) -> Response:
    now = clock.utc_now()
    family, seen = await read.of_family(tx, caller, request.app.state.sealer, household_id, now)
    return render(
        request,
        "companions/family.html",
        status=422 if error else 200,
        household_id=household_id,
        family=family,
        card_shown=card_number(family["card_id"]),
        seen=seen,
        sent=sent,
        error=error,
        today=in_wib(now).date(),
        relations=RELATIONS,
        may_record="companions.record" in caller.permissions,
        limits={"name": NAME_MAX, "phone": PHONE_MAX, "reason": REASON_MAX, "acts": ACTS_MAX},
    )


def _said(request: Request, refusal: Refused) -> str:
    known = request.app.state.refusals
    _, said = problem(refusal.code, refusal.facts, known, language(request), "")
    return f"{said['title']}. {said['detail']}"


@router.post("/families/{household_id}")
async def post_authorisation(
    household_id: UUID,
    request: Request,
    caller: Recorder,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    name: Annotated[str, Form(max_length=NAME_MAX)] = "",
    phone: Annotated[str, Form(max_length=PHONE_MAX)] = "",
    relation: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=REASON_MAX)] = "",
    from_on: Annotated[str, Form(max_length=10)] = "",
    to_on: Annotated[str, Form(max_length=10)] = "",
    acts_max: Annotated[str, Form(max_length=4)] = "",
) -> Response:
    """Record a standing authorisation."""
    sent = {
        "id": str(id),
        "name": name,
        "phone": phone,
        "relation": relation,
        "reason": reason,
        "from_on": from_on,
        "to_on": to_on,
        "acts_max": acts_max,
    }
    try:
        async with tx.begin_nested():
            await _authorise(request, caller, tx, household_id, sent)
    except Refused as refusal:
        if refusal.code in ELSEWHERE:
            raise
        said = _said(request, refusal)
        return await _family(request, caller, tx, household_id, sent=sent, error=said)
    return RedirectResponse(f"/companions/families/{household_id}", status_code=303)


async def _authorise(
    request: Request,
    caller: Principal,
    tx: Transaction,
    household_id: UUID,
    sent: dict[str, str],
) -> None:
    found = await tx.execute(queries.FAMILY, {"household_id": household_id})
    family = found.mappings().one_or_none()
    if family is None:
        raise Refused("not_found")
    try:
        from_on, to_on = date.fromisoformat(sent["from_on"]), date.fromisoformat(sent["to_on"])
        acts_max = int(sent["acts_max"])
    except ValueError:
        raise Refused("invalid_input") from None
    state = request.app.state
    asked = authorise.Authorising(
        id=UUID(sent["id"]),
        household_id=household_id,
        card_id=family["card_id"],
        region_code=family["region_code"],
        person=Person(sent["name"], sent["phone"]),
        relation=sent["relation"],
        reason=sent["reason"],
        from_on=from_on,
        to_on=to_on,
        acts_max=acts_max,
    )
    keys = Keys(state.sealer, state.blind_index)
    await authorise.authorise(tx, caller, keys, asked, clock.utc_now())


@router.post("/authorisations/{authorisation_id}/end")
async def post_end(
    authorisation_id: UUID,
    caller: Recorder,
    tx: Transaction,
    household_id: Annotated[UUID, Form()],
    end_reason: Annotated[str, Form(max_length=REASON_MAX)],
) -> Response:
    """End an authorisation before its date."""
    await authorise.end(tx, caller, authorisation_id, end_reason)
    return RedirectResponse(f"/companions/families/{household_id}", status_code=303)
