"""Journals of terminals."""

from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import AwareDatetime
from pydantic_core import to_json
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.languages import language
from redemption.journal import answer_words, queries
from redemption.journal.chain_rules import START
from redemption.journal.later_outcomes import later_outcomes
from redemption.journal.missing_acts import missing_acts
from redemption.journal.receive import Answer, Outcome, Tools, receive
from redemption.journal.schemas import (
    AnsweredActs,
    JournalStart,
    JournalState,
    LaterOutcomes,
    MissingActs,
    SegmentAnswer,
    SegmentRequest,
)
from redemption.journal.start_journal import start_journal
from redemption.redeeming.lines import receipt_number

router = new_router(prefix="/v1", tags=["terminals"])
# A terminal sends by itself, whoever is signed in on it.
Device = Annotated[Principal, Depends(require("terminals.use"))]


@router.get("/journal", response_model=JournalState)
async def get_journal(caller: Device, tx: Transaction) -> JournalState:
    """Say where this terminal's journal stands here: it sends what comes after."""
    if caller.terminal_id is None:
        raise Refused("terminal_needed")
    found = await queries.latest(tx, caller.terminal_id)
    return JournalState.of(found, START, clock.utc_now())


@router.get("/journal/outcomes", response_model=LaterOutcomes)
async def get_later_outcomes(
    caller: Device, tx: Transaction, since: AwareDatetime | None = None
) -> LaterOutcomes:
    """Say what people decided since about lines of this terminal that were not accepted."""
    if caller.terminal_id is None:
        raise Refused("terminal_needed")
    now = clock.utc_now()
    found = await later_outcomes(tx, caller.terminal_id, since)
    return LaterOutcomes.of(found, now)


@router.post("/journal/missing-acts", response_model=MissingActs)
async def post_missing_acts(body: AnsweredActs, caller: Device, tx: Transaction) -> MissingActs:
    """Say which acts of this terminal a restored backup has lost: it sends them in its journal."""
    if caller.terminal_id is None:
        raise Refused("terminal_needed")
    return MissingActs(missing=await missing_acts(tx, caller.terminal_id, body.ids))


@router.post("/journals", status_code=201, response_model=JournalState)
async def post_journal(body: JournalStart, caller: Device, tx: Transaction) -> JournalState:
    """Begin a journal: the first, or the next one after a quarantine."""
    now = clock.utc_now()
    begun = await start_journal(tx, caller, body.id, now, replaces=body.replaces)
    return JournalState.of(begun, START, now)


@router.post("/journal/segments", response_model=SegmentAnswer)
async def post_segment(
    request: Request, body: SegmentRequest, caller: Device, tx: Transaction
) -> Response:
    """Take in lines that were written without network; sent again, they get their first answers."""
    state = request.app.state
    tools = Tools(state.trusted_keys, state.sealer, state.blind_index)
    answer = await receive(tx, caller, tools, body.segment(), clock.utc_now())
    headers = {"cache-control": "no-store"}
    return Response(to_json(_said(request, answer)), 200, headers, "application/json")


def _said(request: Request, answer: Answer) -> dict[str, Any]:
    """Return an answer in the form of SegmentAnswer, unchecked: it has hundreds of parts."""
    return {
        "journal_id": answer.journal_id,
        "state": answer.state,
        "last_sequence": answer.last_sequence,
        "last_hash": answer.last_hash,
        "quarantine_id": answer.quarantine_id,
        "outcomes": [_outcome(request, one) for one in answer.outcomes],
    }


def _outcome(request: Request, one: Outcome) -> dict[str, Any]:
    spoken = language(request)
    code, is_owed, receipt = None, None, None
    if one.word == "quarantined" or one.judged is None:
        words = answer_words.quarantined_words(spoken)
    elif one.word == "accepted":
        words = answer_words.accepted_words(one.judged.marks, spoken)
        receipt = receipt_number(one.id) if one.id else None
    else:
        code, is_owed = one.judged.code, one.judged.is_owed
        words = answer_words.conflict_words(
            code,
            one.judged.facts,
            is_owed=is_owed,
            texts=request.app.state.refusals,
            language=spoken,
        )
    return {
        "sequence": one.sequence,
        "id": one.id,
        "outcome": one.word,
        "code": code,
        "is_owed": is_owed,
        "title": words[0],
        "detail": words[1],
        "receipt_number": receipt,
    }
