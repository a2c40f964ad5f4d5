"""A family tried out at the desk, and letters about decisions: on screen, and as PDF."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.languages import language
from common.web.pages import render
from registry.eligibility import letters, queries, read
from registry.eligibility.letter_pdf import letters_pdf
from registry.eligibility.letter_words import Letter, letter_words
from registry.eligibility.pages.words import WORDS
from registry.eligibility.try_out import sources, try_family

router = new_router(include_in_schema=False)
PeopleReader = Annotated[Principal, Depends(require("people.read"))]
NO_STORE = {"cache-control": "no-store"}


@router.get("/households/{household_id}/try")
async def get_try(
    household_id: UUID,
    request: Request,
    caller: PeopleReader,
    tx: Transaction,
    version: UUID | None = None,
) -> HTMLResponse:
    """Judge a family by any version, here and now, and show each criterion; nothing is kept."""
    versions = (await tx.execute(queries.EVERY_VERSION)).mappings().all()
    if not versions:
        raise Refused("criteria_empty")
    running = next((one for one in versions if one["state"] == "approved"), versions[0])
    tried = await try_family(tx, caller, household_id, version or running["id"])
    return render(
        request,
        "eligibility/try.html",
        household_id=household_id,
        versions=versions,
        tried=tried,
        rules={one.code: one for one in tried.plan.criteria},
        fact_words=tried.plan.asked.facts,
        **WORDS,
    )


async def _written(tx: AsyncConnection, rows: Any, lang: str) -> list[Letter]:
    words: dict[Any, Any] = {}
    written = []
    for row in rows:
        by = (row["criteria_version_id"], row["overlap_version_id"])
        if by not in words:
            words[by] = await read.words_of_decision(tx, *by)
        facts = [dict(one) for one in await sources(tx, row)]
        written.append(letter_words(row, words[by], facts, lang))
    return written


@router.get("/households/{household_id}/decisions/{decision_id}/letter")
async def get_letter(
    household_id: UUID, decision_id: UUID, request: Request, caller: PeopleReader, tx: Transaction
) -> HTMLResponse:
    """Show a letter; one that was not issued yet is asked for with a button."""
    rows = await letters.letter(tx, caller, household_id, decision_id)
    written = await _written(tx, rows, language(request))
    return render(
        request,
        "eligibility/letter.html",
        household_id=household_id,
        decision_id=decision_id,
        letter=written[0] if written else None,
    )


@router.post("/households/{household_id}/decisions/{decision_id}/letter")
async def post_letter(
    household_id: UUID, decision_id: UUID, caller: PeopleReader, tx: Transaction
) -> Response:
    """Issue the letter; the month for an objection counts from now."""
    await letters.issue_letter(tx, caller, household_id, decision_id)
    address = f"/households/{household_id}/decisions/{decision_id}/letter"
    return RedirectResponse(address, status_code=303)


@router.get("/households/{household_id}/decisions/{decision_id}/letter.pdf")
async def get_letter_pdf(
    household_id: UUID, decision_id: UUID, request: Request, caller: PeopleReader, tx: Transaction
) -> Response:
    """Return the letter on paper's size."""
    rows = await letters.letter(tx, caller, household_id, decision_id)
    if not rows:
        raise Refused("not_found")
    return await _pdf(tx, rows, language(request))


async def _pdf(tx: AsyncConnection, rows: Any, lang: str) -> Response:
    written = await _written(tx, rows, lang)
    content = await asyncio.to_thread(letters_pdf, written, lang)
    headers = {**NO_STORE, "content-disposition": 'inline; filename="surat-keputusan.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@router.post("/decisions/letters")
async def post_letters(
    caller: PeopleReader,
    tx: Transaction,
    cycle_id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
) -> Response:
    """Issue letters to every decided family of a village that has none, and go to the file."""
    await letters.issue_for_village(tx, caller, cycle_id, region_code)
    return RedirectResponse(f"/decisions?region={region_code}&cycle={cycle_id}", status_code=303)


@router.get("/decisions/letters.pdf")
async def get_letters_pdf(
    request: Request,
    caller: PeopleReader,
    tx: Transaction,
    cycle: UUID,
    region: str,
    part: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """Return a file of a village's letters, by name, ready to be printed."""
    rows = await letters.letters_of_village(tx, caller, cycle, region, part)
    if not rows:
        raise Refused("not_found")
    return await _pdf(tx, rows, language(request))
