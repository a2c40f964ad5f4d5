"""The pages of those who check a list in the field, on a phone first: sample, visit, strike."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.pages import render
from registry.enrolment import checking_queries as queries
from registry.enrolment.approve import today
from registry.enrolment.pages.words import WORDS
from registry.enrolment.propose import get_for
from registry.enrolment.sample import draw, sample_of, sampled
from registry.enrolment.strike import strike
from registry.enrolment.visit import Visit, keep_family, record_visit
from registry.people.choices import regions_of

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]
Verifier = Annotated[Principal, Depends(require("lists.verify"))]
Reason = Annotated[str, Form(max_length=500)]
# A form sends an empty text for a number that was not given.
Degrees = Annotated[Decimal | Literal[""], Form()]


def back_to(list_id: UUID, household_id: UUID | None = None) -> Response:
    """Return to the visits of a list, at a family."""
    place = f"#k-{household_id}" if household_id else ""
    return RedirectResponse(f"/lists/{list_id}/visits{place}", status_code=303)


@router.post("/lists/{list_id}/sample")
async def post_sample(list_id: UUID, caller: Verifier, tx: Transaction) -> Response:
    """Draw the families to visit."""
    await draw(tx, caller, list_id)
    return back_to(list_id)


@router.get("/lists/{list_id}/visits")
async def get_visits(
    list_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show the families to visit, and what was found."""
    one = await get_for(tx, caller, list_id)
    await audit.record(
        tx, caller, "list.read", "beneficiary_list", list_id, region_code=one["region_code"]
    )
    families = await sampled(tx, list_id)
    return render(
        request,
        "enrolment/visits.html",
        one=one,
        sample=await sample_of(tx, list_id),
        families=families,
        visited=sum(1 for row in families if row["is_visited"]),
        **WORDS,
    )


@router.get("/lists/{list_id}/visits/{household_id}")
async def get_visit(
    list_id: UUID, household_id: UUID, request: Request, caller: Verifier, tx: Transaction
) -> HTMLResponse:
    """Show the form with which a visit to one family is recorded."""
    one = await get_for(tx, caller, list_id)
    family = next(
        (row for row in await sampled(tx, list_id) if row["household_id"] == household_id), None
    )
    if family is None:
        raise Refused("not_found")
    await _note_read(tx, caller, household_id, family["region_code"])
    return render(
        request,
        "enrolment/visit.html",
        id=new_id(),
        one=one,
        family=family,
        places=_places(caller, family["region_code"]),
        today=today(),
        **WORDS,
    )


def _places(caller: Principal, region_code: str) -> list[tuple[str, str]]:
    """Return the villages of the family's district, where a visit may have found it."""
    villages = regions_of(caller, "village")
    return [(one.code, one.name) for one in villages if one.code.startswith(region_code[:8])]


@router.post("/lists/{list_id}/visits/{household_id}")
async def post_visit(
    list_id: UUID,
    household_id: UUID,
    caller: Verifier,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    visited_on: Annotated[date, Form()],
    place_code: Annotated[str, Form(max_length=13)],
    finding: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
    latitude: Degrees = "",
    longitude: Degrees = "",
) -> Response:
    """Record a visit."""
    position = [None if one == "" else one for one in (latitude, longitude)]
    visit = Visit(id, household_id, visited_on, place_code, finding, note, *position)
    await record_visit(tx, caller, list_id, visit)
    return back_to(list_id, household_id)


@router.post("/lists/{list_id}/visits/{household_id}/keep")
async def post_keep(
    list_id: UUID, household_id: UUID, caller: Verifier, tx: Transaction, reason: Reason
) -> Response:
    """Keep a family on the list although a visit spoke against it."""
    await keep_family(tx, caller, list_id, household_id, reason)
    return back_to(list_id, household_id)


@router.get("/lists/{list_id}/strike/{household_id}")
async def get_strike(
    list_id: UUID, household_id: UUID, request: Request, caller: Verifier, tx: Transaction
) -> HTMLResponse:
    """Ask why a family is taken off the list."""
    one = await get_for(tx, caller, list_id)
    asked = {"list_id": list_id, "household_id": household_id}
    member = (await tx.execute(queries.LOCK_MEMBER, asked)).mappings().one_or_none()
    if member is None:
        raise Refused("not_found")
    caller.demand_region(member["region_code"])
    await _note_read(tx, caller, household_id, member["region_code"])
    name = await tx.scalar(queries.HEAD_NAME, {"household_id": household_id})
    return render(request, "enrolment/strike.html", one=one, member=member, head_name=name, **WORDS)


@router.post("/lists/{list_id}/strike/{household_id}")
async def post_strike(
    list_id: UUID, household_id: UUID, caller: Verifier, tx: Transaction, reason: Reason
) -> Response:
    """Take a family off the list."""
    await strike(tx, caller, list_id, household_id, reason)
    return RedirectResponse(f"/lists/{list_id}", status_code=303)


async def _note_read(
    tx: AsyncConnection, caller: Principal, household_id: UUID, region_code: str
) -> None:
    await audit.record(
        tx, caller, "household.read", "household", household_id, region_code=region_code
    )
