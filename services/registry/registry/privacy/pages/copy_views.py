"""A person's own copy: a page to print, and JSON for a program."""

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import HTMLResponse, JSONResponse

from common.api import new_router
from common.database import Transaction
from common.web.pages import render
from registry.changes.words import CORRECTION
from registry.changes.words import KINDS as CHANGE_KINDS
from registry.changes.words import STATES as CHANGE_STATES
from registry.flags.rules import KINDS as FLAG_KINDS
from registry.people.words import FACTS, LIFE, MARITAL, RELATIONS, SEXES
from registry.privacy.copy_rules import IDENTITY, SECTIONS, SOURCES
from registry.privacy.own_copy import OwnCopy, own_copy
from registry.privacy.pages.personal_views import WORDS, Officer
from registry.privacy.pages.words import ACTIONS

router = new_router(prefix="/personal-data", include_in_schema=False)


@router.get("/requests/{request_id}/copy")
async def get_copy(
    request_id: UUID, request: Request, caller: Officer, tx: Transaction
) -> HTMLResponse:
    """Show a person's own copy, to be printed and handed over."""
    copy = await own_copy(tx, caller, request.app.state.sealer, request_id)
    return render(
        request,
        "privacy/own_copy.html",
        copy=copy,
        request_id=request_id,
        identity=IDENTITY,
        sections=SECTIONS,
        sources=SOURCES,
        actions=ACTIONS,
        facts=FACTS,
        life={state: words for state, (words, _) in LIFE.items()},
        relations=RELATIONS,
        sexes=SEXES,
        marital=MARITAL,
        changes={"correction": CORRECTION, **{code: two[0] for code, two in CHANGE_KINDS.items()}},
        change_states=CHANGE_STATES,
        flag_words={code: kind.words for code, kind in FLAG_KINDS.items()},
        **WORDS,
    )


@router.get("/requests/{request_id}/copy.json")
async def get_copy_json(
    request_id: UUID, request: Request, caller: Officer, tx: Transaction
) -> JSONResponse:
    """Return a person's own copy in a form that programs read."""
    copy = await own_copy(tx, caller, request.app.state.sealer, request_id)
    disposition = f'attachment; filename="data-pribadi-{request_id}.json"'
    headers = {"cache-control": "no-store", "content-disposition": disposition}
    return JSONResponse(jsonable_encoder(_as_json(copy)), headers=headers)


def _as_json(copy: OwnCopy) -> dict[str, Any]:
    return {
        "format": "khbs.own-copy.v1",
        "made_at": copy.made_at,
        "identity": copy.identity,
        "source": copy.source,
        "region_code": copy.region_code,
        "other_members": copy.other_members,
        **copy.sections,
        "who_saw": copy.who_saw,
    }
