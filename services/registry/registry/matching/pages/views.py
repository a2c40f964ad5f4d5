"""The pages of pairs that may be one person: what waits, two records side by side, the decision."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.languages import N_
from common.web.pages import render
from registry.jobs.request import waiting as jobs_waiting
from registry.matching import queries, review
from registry.matching.ask import MATCH_JOB
from registry.matching.decide import decide, locked_candidate
from registry.matching.merge import undo
from registry.people.panels import Panel
from registry.people.words import LIFE, SEXES

router = new_router(include_in_schema=False)
Reviewer = Annotated[Principal, Depends(require("matching.review"))]
Text = Annotated[str, Form(max_length=500)]

# Each field that was compared, with the words for what was found in it and its colour.
FIELDS = {
    "name": N_("Nama"),
    "birth": N_("Tanggal lahir"),
    "sex": N_("Jenis kelamin"),
    "place": N_("Tempat lahir"),
    "nik": N_("NIK"),
    "father": N_("Nama ayah"),
    "mother": N_("Nama ibu"),
    "region": N_("Desa"),
}
FOUND = {
    "same": (N_("sama"), "good"),
    "sound": (N_("sama bunyinya"), "good"),
    "cut_short": (N_("disingkat"), "wait"),
    "slip": (N_("beda satu huruf"), "wait"),
    "alike": (N_("mirip"), "wait"),
    "swapped": (N_("tanggal dan bulan tertukar"), "wait"),
    "year_off": (N_("beda satu tahun"), "wait"),
    "one_part": (N_("beda hari, bulan, atau tahun"), "bad"),
    "typed": (N_("beda satu atau dua angka"), "wait"),
    "district": (N_("satu kecamatan"), "wait"),
    "regency": (N_("satu kabupaten"), "wait"),
    "different": (N_("berbeda"), "bad"),
    "unknown": (N_("salah satu kosong"), "plain"),
}
RULES = {
    "same_card": N_("Nama dan tanggal lahir sama pada satu KK"),
    "same_parents": N_("Nama, tanggal lahir, dan orang tua sama pada dua KK"),
    "nik_mistyped": N_("Nama dan tanggal lahir sama, NIK hampir sama"),
    "model": N_("Keseluruhan isinya mirip"),
}
STRENGTHS = {"high": (N_("Hampir pasti"), "bad"), "low": (N_("Perlu dilihat"), "wait")}
OUTCOMES = {
    "same": (N_("Orang yang sama"), "good"),
    "different": (N_("Orang yang berbeda"), "plain"),
    "later": (N_("Nanti"), "wait"),
    "open": (N_("Belum diputuskan"), "wait"),
    "gone": (N_("Tidak mirip lagi"), "plain"),
}
WORDS: dict[str, Any] = {
    "fields": FIELDS,
    "found_words": FOUND,
    "rules": RULES,
    "strengths": STRENGTHS,
    "outcomes": OUTCOMES,
    "sexes": SEXES,
    "life": {state: words for state, (words, _) in LIFE.items()},
}


@router.get("/matches")
async def get_matches(request: Request, caller: Reviewer, tx: Transaction) -> HTMLResponse:
    """Show the pairs that wait for the caller, and the last decisions."""
    rows, decided = await review.waiting(tx, caller), await review.decided(tx, caller)
    await review.shown(tx, caller, [*rows, *decided])
    return render(
        request,
        "matching/matches.html",
        counts=await review.counts(tx, caller),
        rows=rows,
        decided=decided,
        run=(await tx.execute(queries.LAST_RUN)).mappings().one_or_none(),
        at_work=await jobs_waiting(tx, MATCH_JOB),
        **WORDS,
    )


@router.get("/matches/{candidate_id}")
async def get_match(
    candidate_id: UUID, request: Request, caller: Reviewer, tx: Transaction
) -> HTMLResponse:
    """Show two records beside each other."""
    found = await review.compared(tx, caller, candidate_id)
    return render(
        request,
        "matching/pair.html",
        found=found,
        pair=found.pair,
        sides=[(letter, side) for letter, side in zip("AB", found.sides, strict=True)],
        counts=await review.counts(tx, caller),
        **WORDS,
    )


@router.post("/matches/{candidate_id}")
async def post_match(
    candidate_id: UUID,
    caller: Reviewer,
    tx: Transaction,
    outcome: Text,
    keep: Annotated[UUID | None, Form()] = None,
    reason: Text = "",
) -> Response:
    """Decide a pair, and go on to the next."""
    await decide(tx, caller, candidate_id, outcome, keep=keep, reason=reason)
    return RedirectResponse(await _next(tx, caller, candidate_id), status_code=303)


async def _next(tx: AsyncConnection, caller: Principal, candidate_id: UUID) -> str:
    following: list[RowMapping] = list(await review.waiting(tx, caller, after=candidate_id, rows=1))
    if not following or following[0]["state"] != "open":
        return "/matches"
    return f"/matches/{following[0]['id']}"


@router.post("/matches/{candidate_id}/undo")
async def post_undo(
    candidate_id: UUID, caller: Reviewer, tx: Transaction, reason: Text = ""
) -> Response:
    """Part what a decision had joined."""
    found = await locked_candidate(tx, caller, candidate_id)
    await undo(tx, caller, found, reason)
    return RedirectResponse(f"/matches/{candidate_id}", status_code=303)


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return the pairs that members of a family are in, for its page."""
    return Panel(
        "matching/household_panel.html",
        {"pairs": await review.of_household(tx, household_id), "household_id": household_id}
        | WORDS,
    )
