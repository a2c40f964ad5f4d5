"""The JSON interface: hand a card over, say the own numbers, and what the phone asks and sends."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import place_of
from issuance.handing_over.apply_line import Tools
from issuance.handing_over.declare import declare, find_declaration
from issuance.handing_over.hand_over import hand_over
from issuance.handing_over.journal import Answer, Batch, receive
from issuance.handing_over.journal_rules import Sent
from issuance.handing_over.read_round import for_phone, list_rounds, read_families, read_round
from issuance.handing_over.rounds import demand_carrier, demand_within_reach
from issuance.handing_over.schemas import (
    DeclarationIn,
    DeclarationOut,
    HandOverIn,
    HandOverOut,
    JournalIn,
    JournalOut,
    LineOut,
    MeOut,
    Words,
)

router = new_router(prefix="/v1/handovers", tags=["handovers"])

Giver = Annotated[Principal, Depends(require("handovers.record"))]


@router.post("")
async def post_hand_over(
    request: Request, tx: Transaction, caller: Giver, wish: HandOverIn
) -> HandOverOut:
    """Note to whom a card was given; it counts at once unless it is held for checking.

    A companion gives what is in the own bag; the desk any card of its regions.
    """
    await demand_within_reach(tx, caller, wish.card_id)
    state = request.app.state
    row = await hand_over(tx, caller, state.sealer, wish.wish(), index=state.blind_index)
    return HandOverOut.of(row)


@router.post("/declarations")
async def post_declaration(
    request: Request, tx: Transaction, caller: Giver, own: DeclarationIn
) -> DeclarationOut:
    """Note the caller's own numbers, so that nobody hands over to the own family."""
    made = await declare(
        tx,
        caller,
        request.app.state.blind_index,
        declaration_id=own.declaration_id,
        nik=own.nik,
        kk=own.kk_number,
    )
    counts = made["is_first"] or made["decision"] == "accepted"
    return DeclarationOut(declaration_id=made["declaration_id"], counts=counts)


@router.get("/me")
async def get_me(request: Request, response: Response, tx: Transaction, caller: Giver) -> MeOut:
    """Return who is signed in, with the rounds that this person carries now."""
    response.headers["cache-control"] = "no-store"
    carried = [
        {
            "round_id": str(one["round_id"]),
            "place": place_of(one["region_code"]),
            "planned_on": one["planned_on"].isoformat(),
            "state": one["state"],
            "taken": one["taken"],
        }
        for one in await list_rounds(tx, caller)
        if one["companion"] == caller.subject and one["state"] in {"out", "back"}
    ]
    return MeOut(
        subject=caller.subject,
        name=caller.name,
        csrf_token=getattr(request.state, "csrf_token", "") or "",
        has_declared=await find_declaration(tx, caller) is not None,
        rounds=carried,
    )


@router.get("/rounds/{round_id}")
async def get_round(
    request: Request, response: Response, tx: Transaction, caller: Giver, round_id: UUID
) -> dict[str, Any]:
    """Return the families of a round that the caller carries; a closed one has none."""
    response.headers["cache-control"] = "no-store"
    one = await read_round(tx, caller, round_id)
    if one["state"] == "closed":
        return for_phone(request.app.state.sealer, one, [])
    await demand_carrier(tx, caller, round_id)
    families = await read_families(tx, caller, request.app.state.sealer, one)
    return for_phone(request.app.state.sealer, one, families)


@router.post("/journal")
async def post_journal(
    request: Request, tx: Transaction, caller: Giver, journal: JournalIn
) -> JournalOut:
    """Take in lines of a phone's journal; each is done once, however often it is sent."""
    tools = Tools(request.app.state.sealer, request.app.state.blind_index)
    sent = tuple(Sent(line.text, line.hash) for line in journal.lines)
    batch = Batch(journal.journal_id, journal.round_id, sent)
    answers = await receive(tx, caller, tools, batch)
    return JournalOut(lines=[_line(request, one) for one in answers], at=clock.utc_now())


def _line(request: Request, answer: Answer) -> LineOut:
    text = request.app.state.refusals.get(answer.refusal)
    messages = {}
    if text is not None:
        messages = {
            "id": Words(title=text.title_id, action=text.action_id),
            "en": Words(title=text.title_en, action=text.action_en),
        }
    return LineOut(hash=answer.hash, state=answer.state, refusal=answer.refusal, messages=messages)
