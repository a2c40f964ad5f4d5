"""Planning a distribution day: the partner and district first, then villages and terminals."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.regions import LEVELS, all_regions, place_of
from common.web.formats import in_wib
from common.web.pages import render
from redemption.distribution import queries
from redemption.distribution.plan import Plan, plan
from redemption.distribution.rules import NAME_MAX, PLACE_MAX
from redemption.partners import queries as partners
from redemption.partners.rules import Partner

router = new_router(prefix="/distributions", include_in_schema=False)
Manager = Annotated[Principal, Depends(require("distributions.manage"))]


@router.get("/new")
async def get_new(
    request: Request,
    caller: Manager,
    tx: Transaction,
    partner: Annotated[str, Query(max_length=36)] = "",
    district: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    """Ask for a plan; villages and terminals are shown once partner and district are chosen."""
    return await _ask(request, caller, tx, partner, district)


@router.post("/new")
async def post_new(
    request: Request,
    caller: Manager,
    tx: Transaction,
    plan_id: Annotated[UUID, Form(alias="id")],
    partner: Annotated[UUID, Form()],
    district: Annotated[str, Form(max_length=8)],
    name: Annotated[str, Form(max_length=NAME_MAX)] = "",
    place: Annotated[str, Form(max_length=PLACE_MAX)] = "",
    held_on: Annotated[str, Form(max_length=10)] = "",
    villages: Annotated[list[str] | None, Form()] = None,
    terminals: Annotated[list[UUID] | None, Form()] = None,
) -> Response:
    """Plan a day."""
    _ = request.app.state.pages.gettext(request)
    errors = {}
    if not name.strip():
        errors["name"] = _("Beri nama, misalnya tempatnya.")
    if not place.strip():
        errors["place"] = _("Tulis tempatnya, agar keluarga menemukannya.")
    try:
        day = date.fromisoformat(held_on)
    except ValueError:
        errors["held_on"] = _("Pilih tanggalnya.")
    if not villages:
        errors["villages"] = _("Tandai paling sedikit satu desa.")
    if not terminals:
        errors["terminals"] = _("Tandai paling sedikit satu terminal.")
    if errors:
        given = {"name": name, "place": place, "held_on": held_on, "villages": villages or [],
                 "terminals": [str(one) for one in terminals or []]}  # fmt: skip
        return await _ask(request, caller, tx, str(partner), district, errors=errors, given=given)
    wanted = Plan(
        plan_id, partner, name.strip(), place.strip(), day, villages or [], terminals or []
    )
    made = await plan(tx, caller, wanted, clock.utc_now())
    return RedirectResponse(f"/distributions/{made}", status_code=303)


async def _ask(
    request: Request,
    caller: Principal,
    tx: Transaction,
    partner_id: str,
    district: str,
    *,
    errors: dict[str, str] | None = None,
    given: dict[str, Any] | None = None,
) -> Response:
    known = [one for one in await partners.find_seen_by(tx, caller) if one.is_active]
    chosen = next((one for one in known if str(one.id) == partner_id), None)
    villages, terminals = [], []
    if chosen is not None and district:
        if LEVELS.get(len(district)) != "district" or district not in all_regions():
            raise Refused("invalid_input", fields=[{"field": "district", "problem": "region"}])
        villages = await _villages(tx, caller, chosen, district)
        terminals = await queries.rows(tx, queries.TERMINALS_OF_PARTNER, partner_id=chosen.id)
    return render(
        request,
        "distribution/new.html",
        status=422 if errors else 200,
        partners=[(str(one.id), one.name) for one in known],
        partner=chosen,
        district=district,
        districts=_districts(caller, chosen),
        villages=villages,
        terminals=terminals,
        plan_id=ids.new_id(),
        today=in_wib(clock.utc_now()).date(),
        errors=errors or {},
        given=given or {},
    )


def _districts(caller: Principal, partner: Partner | None) -> list[tuple[str, str]]:
    if partner is None:
        return []
    found = [code for code, one in all_regions().items() if one.level == "district"]
    seen = [code for code in found if caller.covers(code) and _meets(partner, code)]
    return sorted(((code, place_of(code)) for code in seen), key=lambda pair: pair[1])


def _meets(partner: Partner, district: str) -> bool:
    """Tell whether a partner serves a district or something in it."""
    return partner.serves(district) or any(
        code.startswith(f"{district}.") for code in partner.region_codes
    )


async def _villages(
    tx: Transaction, caller: Principal, partner: Partner, district: str
) -> list[dict[str, Any]]:
    codes = [
        code
        for code in all_regions()
        if code.startswith(f"{district}.") and caller.covers(code) and partner.serves(code)
    ]
    families = await queries.families_of(tx, codes)
    return [{"code": code, "families": families[code]} for code in codes]
