"""The one screen of a family, shown by itself and again beside what was refused."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.ids import new_id
from common.problems import said
from common.web.languages import language
from common.web.pages import render
from issuance.cards.rules import REASONS
from issuance.desk.look import look_at
from issuance.desk.pages.words import (
    ACTORS,
    COLLECTORS,
    DOCUMENTS,
    DONE,
    PIN_DOCUMENTS,
    REASON_WORDS,
    RELATIONS,
    SITUATIONS,
    TO_HEED,
)
from issuance.desk.rules import KEYS

# The state changes by itself within seconds: the page looks again.
LOOK_AGAIN_S = 2
CHANGING = ("ordered", "in_print")


async def show_family(
    request: Request,
    tx: AsyncConnection,
    caller: Principal,
    household_id: UUID,
    *,
    done: str = "",
    errors: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    refused_act: str = "",
) -> HTMLResponse:
    """Answer with a family's screen; with errors, what was typed is there again."""
    screen = await look_at(tx, caller, request.app.state.sealer, household_id)
    card = screen.family.card
    _ = request.app.state.pages.gettext(request)
    return render(
        request,
        "desk/family.html",
        status=422 if errors else 200,
        screen=screen,
        family=screen.family,
        card=card,
        acts=screen.acts,
        keys=KEYS,
        situations=SITUATIONS,
        reasons=REASONS,
        reason_words=REASON_WORDS,
        collectors=COLLECTORS,
        relations_shown=[(word, _(label)) for word, label in RELATIONS.items()],
        documents=DOCUMENTS,
        pin_documents=PIN_DOCUMENTS,
        actors=ACTORS,
        done=(DONE.get(done, ""), "wait" if done in TO_HEED else "good"),
        errors=errors or {},
        form=form or {},
        refused_act=refused_act,
        is_changing=bool(card and card["state"] in CHANGING),
        look_again_s=LOOK_AGAIN_S,
        new_id=new_id,
    )


def refused(request: Request, code: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return a refusal's words in the language of the page."""
    return said(code, facts or {}, request.app.state.refusals, language(request))
