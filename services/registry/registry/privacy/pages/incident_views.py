"""The pages of a breach: whose data was seen, the record of it, and the letters."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common import audit
from common.api import new_router
from common.auth.principal import Principal, require
from common.clock import utc_now
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.pages import render
from registry.privacy import incidents
from registry.privacy import request_rules as rules
from registry.privacy.pages.words import ACTIONS, SUBJECTS
from registry.privacy.rules import WIB
from registry.privacy.seen import FILE_ROWS_MAX, PAGE_ROWS, Culprit, as_csv

router = new_router(prefix="/personal-data/incidents", include_in_schema=False)
Officer = Annotated[Principal, Depends(require("privacy.manage"))]
Text = Annotated[str, Form(max_length=rules.TEXT_CHARACTERS_MAX)]
Day = Annotated[date, Form()]
Hour = Annotated[time | None, Form()]
OptionalDay = Annotated[str, Form(max_length=10)]


@router.get("")
async def get_incidents(request: Request, caller: Officer, tx: Transaction) -> HTMLResponse:
    """Show the incidents and the form for a new one."""
    return await _page(request, caller, tx)


async def _page(
    request: Request, caller: Principal, tx: Transaction, given: dict[str, str] | None = None
) -> HTMLResponse:
    rows = await incidents.listed(tx, caller)
    await audit.record(tx, caller, "incidents.read", "incident", "-")
    now = utc_now()
    return render(
        request,
        "privacy/incidents.html",
        status=422 if given else 200,
        rows=rows,
        clocks={row["id"]: rules.clock(row["due_at"], now) for row in rows},
        given=given or {},
        incident_id=new_id(),
        now=now.astimezone(WIB),
    )


@router.post("")
async def post_incident(
    request: Request,
    caller: Officer,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    since_on: Day,
    until_on: Day,
    discovered_on: Day,
    since_time: Hour = None,
    until_time: Hour = None,
    discovered_time: Hour = None,
    actor: Annotated[str, Form(max_length=80)] = "",
    request_ref: Annotated[str, Form(max_length=80)] = "",
    data_exposed: Text = "",
    how_it_happened: Text = "",
    remedy: Text = "",
) -> Response:
    """Record an incident and count whom it touched."""
    culprit = Culprit(
        datetime.combine(since_on, since_time or time(), WIB),
        datetime.combine(until_on, until_time or time.max, WIB),
        actor.strip() or None,
        request_ref.strip() or None,
    )
    discovered = datetime.combine(discovered_on, discovered_time or time(), WIB)
    new = incidents.NewIncident(id, culprit, discovered, data_exposed, how_it_happened, remedy)
    try:
        async with tx.begin_nested():
            await incidents.record_incident(tx, caller, new)
    except Refused as refusal:
        if refusal.code not in {"invalid_input", "received_in_future"}:
            raise
        given = {
            "actor": actor, "request_ref": request_ref, "data_exposed": data_exposed,
            "how_it_happened": how_it_happened, "remedy": remedy, "refusal": refusal.code,
        }  # fmt: skip
        return await _page(request, caller, tx, given)
    return RedirectResponse(f"/personal-data/incidents/{id}", status_code=303)


@router.get("/{incident_id}")
async def get_incident(
    incident_id: UUID, request: Request, caller: Officer, tx: Transaction, after: UUID | None = None
) -> HTMLResponse:
    """Show whom an incident touched: families by id and village, how and when they were seen."""
    incident = await incidents.one(tx, caller, incident_id)
    found = await incidents.touched(tx, caller, incident, after=after, rows=PAGE_ROWS)
    more = found.rows[-1]["household_id"] if len(found.rows) == PAGE_ROWS else None
    return render(
        request,
        "privacy/incident.html",
        incident=incident,
        clock=rules.clock(incident["due_at"], utc_now()),
        found=found,
        more=more,
        is_first=after is None,
        actions=ACTIONS,
        subjects=SUBJECTS,
    )


@router.get("/{incident_id}/families.csv")
async def get_csv(incident_id: UUID, caller: Officer, tx: Transaction) -> Response:
    """Return the families as a file: ids and villages, no number and no name."""
    incident = await incidents.one(tx, caller, incident_id)
    found = await incidents.touched(tx, caller, incident, rows=FILE_ROWS_MAX)
    disposition = f'attachment; filename="insiden-{incident_id}.csv"'
    headers = {"cache-control": "no-store", "content-disposition": disposition}
    return Response(as_csv(found.rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{incident_id}/letters")
async def get_letters(
    incident_id: UUID, request: Request, caller: Officer, tx: Transaction, after: UUID | None = None
) -> HTMLResponse:
    """Show the notices to the families, to be printed, some at a time."""
    incident = await incidents.one(tx, caller, incident_id)
    heads, more = await incidents.letters(tx, caller, incident, after)
    return render(
        request,
        "privacy/letters.html",
        incident=incident,
        heads=heads,
        more=more,
        today=utc_now().astimezone(WIB).date(),
    )


@router.post("/{incident_id}/told")
async def post_told(
    incident_id: UUID,
    caller: Officer,
    tx: Transaction,
    agency_told_on: OptionalDay = "",
    people_told_on: OptionalDay = "",
) -> Response:
    """Note when the agency and the people were told."""
    await incidents.note_told(
        tx,
        caller,
        incident_id,
        agency_told_on=_day(agency_told_on),
        people_told_on=_day(people_told_on),
    )
    return RedirectResponse(f"/personal-data/incidents/{incident_id}", status_code=303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused("invalid_input") from error
