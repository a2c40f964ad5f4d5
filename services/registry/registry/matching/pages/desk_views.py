"""The page on which a person is added to a family, with those alike shown while it is filled in."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.languages import N_
from common.web.pages import render
from registry.matching.enter import enter, likely
from registry.matching.similar import Similar, similar
from registry.people.add_person import NewPerson
from registry.people.household import find_for
from registry.people.rules import RELATIONS
from registry.people.words import RELATIONS as RELATION_WORDS

router = new_router(prefix="/households", include_in_schema=False)
Recorder = Annotated[Principal, Depends(require("changes.record"))]
Text = Annotated[str, Form(max_length=500)]

ERRORS = {
    "number_not_16_digits": ("nik", N_("NIK terdiri dari 16 angka.")),
    "nik_known": ("nik", N_("NIK ini sudah dipakai warga lain.")),
    "invalid_input": ("name", N_("Periksa nama, jenis kelamin, dan tanggal lahir.")),
    "maybe_known": ("reason", N_("Tulis mengapa ini orang lain, paling sedikit 10 huruf.")),
}
BIRTHS = {
    "same": N_("tanggal lahir sama"),
    "swapped": N_("tanggal dan bulan lahir tertukar"),
    "year_off": N_("tahun lahir beda satu"),
    "unknown": N_("tanggal lahir belum diisi"),
}
SHOWN = ("name", "nik", "sex", "born_on", "birth_place", "relation", "reason")


@router.get("/{household_id}/persons/new")
async def get_new(
    household_id: UUID, request: Request, caller: Recorder, tx: Transaction
) -> HTMLResponse:
    """Show the empty form."""
    home = await find_for(tx, caller, household_id)
    return _form(request, household_id, home["region_code"], {"id": str(new_id())})


def _form(
    request: Request,
    household_id: UUID,
    region_code: str,
    given: dict[str, str],
    *,
    refused: str = "",
    alike: Sequence[Similar] = (),
) -> HTMLResponse:
    status = 200 if not refused else 409 if refused == "maybe_known" else 422
    field, text = ERRORS.get(refused, ("", ""))
    return render(
        request,
        "matching/new_person.html",
        status=status,
        household_id=household_id,
        region_code=region_code,
        given={**dict.fromkeys(SHOWN, ""), **given},
        refused=refused,
        error_field=field,
        error_text=text,
        alike=alike,
        births=BIRTHS,
        relations=[(code, RELATION_WORDS[code]) for code in RELATIONS],
        today=clock.utc_now().date(),
    )


@router.post("/{household_id}/persons/similar")
async def post_similar(
    household_id: UUID,
    request: Request,
    caller: Recorder,
    tx: Transaction,
    name: Text = "",
    born_on: Text = "",
) -> HTMLResponse:
    """Show those alike, as a piece of the form's page."""
    home = await find_for(tx, caller, household_id)
    day = _day(born_on)
    found = await similar(tx, caller, home["region_code"], name, day)
    return render(request, "matching/similar.html", alike=found, births=BIRTHS)


@router.post("/{household_id}/persons")
async def post_person(
    household_id: UUID,
    request: Request,
    caller: Recorder,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    name: Text,
    sex: Text = "",
    born_on: Text = "",
    relation: Text = "",
    nik: Text = "",
    birth_place: Text = "",
    reason: Text = "",
) -> Response:
    """Add the person, or show who is alike and ask why this is someone else."""
    given: dict[str, Any] = {
        "id": str(id),
        "name": name,
        "sex": sex,
        "born_on": born_on,
        "relation": relation,
        "nik": nik,
        "birth_place": birth_place,
    }
    home = await find_for(tx, caller, household_id)
    region, day = home["region_code"], _day(born_on)
    if day is None:
        return _form(request, household_id, region, given, refused="invalid_input")
    person = NewPerson(**{**given, "id": id, "born_on": day})
    keys = (request.app.state.sealer, request.app.state.blind_index)
    try:
        await enter(tx, caller, keys, household_id, person, reason=reason)
    except Refused as refusal:
        if refusal.code not in ERRORS:
            raise
        alike = await likely(tx, caller, region, person)
        given["reason"] = reason
        return _form(request, household_id, region, given, refused=refusal.code, alike=alike)
    return RedirectResponse(f"/households/{household_id}", status_code=303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
