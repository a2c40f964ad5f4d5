"""Conflicts: the queue with its reasons, one with its evidence, and the judgement."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.card_number import card_number
from common.database import Transaction
from common.web.languages import language
from common.web.pages import render
from redemption.journal import conflict_queries
from redemption.journal.answer_words import conflict_title
from redemption.journal.judge_conflict import Judging, judge_conflict
from redemption.journal.pages import words
from redemption.journal.read_conflict import read_conflict, read_queue
from redemption.leases.rule_words import RULE, RULE_VERSION
from redemption.redeeming.lines import receipt_number

router = new_router(prefix="/conflicts", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("conflicts.read"))]
Judge = Annotated[Principal, Depends(require("conflicts.judge"))]
State = Annotated[str, Query(pattern="^(open|judged|all)$")]


@router.get("")
async def get_conflicts(
    request: Request,
    caller: Reader,
    tx: Transaction,
    state: State = "open",
    partner: UUID | None = None,
    code: Annotated[str | None, Query(pattern="^[a-z_]{1,60}$")] = None,
) -> Response:
    """Show what could not be accepted, by partner and reason, newest first."""
    found = await read_queue(tx, caller, conflict_queries.Filter(partner, code, state))
    return render(
        request,
        "journal/list.html",
        queue=found,
        title_of=titles(request),
        card_number=card_number,
        words=words,
        rule=RULE[language(request)],
        rule_version=RULE_VERSION,
        chosen={"state": state, "partner": partner, "code": code},
    )


@router.get("/{conflict_id}")
async def get_conflict(
    request: Request, conflict_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show a conflict with its evidence, and the form by which it is judged."""
    case = await read_conflict(tx, caller, conflict_id)
    card_id, undoes = case.conflict["card_id"], case.conflict["evidence"].get("undoes")
    return render(
        request,
        "journal/conflict.html",
        case=case,
        one=case.conflict,
        title_of=titles(request),
        words=words,
        card=card_number(card_id) if card_id else None,
        receipt=receipt_number(UUID(undoes)) if undoes else None,
        judgement_id=ids.new_id(),
        rule=RULE[language(request)],
        rule_version=RULE_VERSION,
        may_judge="conflicts.judge" in caller.permissions
        and caller.partner_id is None
        and caller.subject != case.conflict["operator"],
    )


@router.post("/{conflict_id}/judgement")
async def post_judgement(
    conflict_id: UUID,
    caller: Judge,
    tx: Transaction,
    judgement_id: Annotated[UUID, Form(alias="id")],
    outcome: Annotated[str, Form(pattern="^(owed|not_owed|written_off)$")],
    reason: Annotated[str, Form(min_length=5, max_length=500)],
) -> Response:
    """Judge a conflict."""
    judging = Judging(judgement_id, conflict_id, outcome, reason)
    await judge_conflict(tx, caller, judging, clock.utc_now())
    return RedirectResponse(f"/conflicts/{conflict_id}", status_code=303)


def titles(request: Request) -> Callable[..., str]:
    """Return what says in words, on a page, why a line was not accepted."""
    texts, spoken = request.app.state.refusals, language(request)

    def title_of(code: str, facts: Mapping[str, Any] | None = None) -> str:
        return conflict_title(code, facts or {}, texts, spoken)

    return title_of
