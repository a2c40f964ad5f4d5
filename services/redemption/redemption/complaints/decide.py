"""A complaint is taken up and answered by somebody who had no part in it; opened again once."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.complaints import queries, rules
from redemption.complaints.receive import Keys, due_on, note_step


async def take(tx: AsyncConnection, caller: Principal, complaint_id: UUID) -> None:
    """Take a complaint up, also from a colleague who cannot go on with it.

    Raises Refused: not_found, outside_your_regions, complaint_not_yours, complaint_answered.
    """
    one = await _held(tx, caller, complaint_id)
    if one["state"] == "answered":
        raise Refused("complaint_answered")
    await _demand_uninvolved(tx, caller, one)
    row = {"id": complaint_id, "by": caller.subject, "by_name": caller.name}
    await tx.execute(queries.ASSIGN, row)
    await note_step(tx, caller, complaint_id, "assigned")


async def answer(
    tx: AsyncConnection,
    caller: Principal,
    keys: Keys,
    complaint_id: UUID,
    *,
    outcome: str,
    words: str,
) -> None:
    """Answer a complaint; a repeat is the first answer. What is said is read by the family.

    Raises Refused: not_found, outside_your_regions, complaint_not_yours, complaint_answered,
    invalid_input.
    """
    one = await _held(tx, caller, complaint_id)
    said = words.strip()
    _demand_in_order(outcome, said)
    digest = keys.index.of("complaint_answer", json.dumps([caller.subject, outcome, said]))
    if one["state"] == "answered":
        given = await answers_of(tx, complaint_id)
        if bytes(given[-1]["request_hash"]) == digest:
            return
        raise Refused("complaint_answered")
    await _demand_uninvolved(tx, caller, one)
    nth = len(await answers_of(tx, complaint_id)) + 1
    await tx.execute(
        queries.ANSWER,
        {
            "id": complaint_id,
            "round": nth,
            "outcome": outcome,
            "sealed_answer": keys.sealer.seal_text(said, answer_context(complaint_id, nth)),
            "request_hash": digest,
            "by": caller.subject,
            "by_name": caller.name,
        },
    )
    await tx.execute(queries.SET_STATE, {"id": complaint_id, "state": "answered"})
    await note_step(tx, caller, complaint_id, "answered")
    await _note(tx, caller, "complaint.answered", one, {"outcome": outcome, "round": nth})


async def reopen(
    tx: AsyncConnection,
    caller: Principal,
    keys: Keys,
    complaint_id: UUID,
    *,
    words: str,
    now: datetime,
) -> None:
    """Open an answered complaint once more, because the family does not accept the answer.

    Raises Refused: not_found, invalid_input, complaint_not_answered, complaint_final.
    """
    one = (await tx.execute(queries.LOCK, {"id": complaint_id})).mappings().one_or_none()
    if one is None or not may_see(caller, one):
        raise Refused("not_found")
    if not rules.WORDS_MIN <= len(words.strip()) <= rules.WORDS_MAX:
        raise Refused("invalid_input", fields=[{"field": "words", "problem": "?"}])
    if one["reopened_at"] is not None:
        raise Refused("complaint_final")
    if one["state"] != "answered":
        raise Refused("complaint_not_answered")
    await tx.execute(
        queries.REOPEN, {"id": complaint_id, "due_on": await due_on(tx, one["kind"], now)}
    )
    await note_step(tx, caller, complaint_id, "reopened", sealer=keys.sealer, words=words.strip())
    await _note(tx, caller, "complaint.reopened", one, {})


def _demand_in_order(outcome: str, said: str) -> None:
    if outcome not in rules.OUTCOMES or not rules.ANSWER_MIN <= len(said) <= rules.ANSWER_MAX:
        wrong = "outcome" if outcome not in rules.OUTCOMES else "answer"
        raise Refused("invalid_input", fields=[{"field": wrong, "problem": "?"}])


def answer_context(complaint_id: UUID, nth: int) -> str:
    """Return what a sealed answer is bound to."""
    return f"complaint_answers.words:{complaint_id}:{nth}"


async def answers_of(tx: AsyncConnection, complaint_id: UUID) -> list[RowMapping]:
    """Return the answers that were given, the first one first."""
    return list((await tx.execute(queries.ANSWERS, {"id": complaint_id})).mappings())


def may_see(caller: Principal, one: RowMapping) -> bool:
    """Tell whether somebody may read a complaint: who decides there, or who received it."""
    if caller.partner_id is not None:
        is_against_own = one["partner_id"] == caller.partner_id
        return one["received_partner_id"] == caller.partner_id and (
            not is_against_own or one["received_by"] == caller.subject
        )
    if one["received_by"] == caller.subject:
        return True
    return "complaints.decide" in caller.permissions and caller.covers(one["region_code"])


def is_involved(caller: Principal, one: RowMapping, answers: list[RowMapping]) -> bool:
    """Tell whether somebody received it, gave what it is about, or answered it before."""
    return (
        caller.partner_id is not None
        or one["received_by"] == caller.subject
        or caller.subject in one["involved"]
        or any(given["answered_by"] == caller.subject for given in answers)
    )


async def _held(tx: AsyncConnection, caller: Principal, complaint_id: UUID) -> RowMapping:
    one = (await tx.execute(queries.LOCK, {"id": complaint_id})).mappings().one_or_none()
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    return one


async def _demand_uninvolved(tx: AsyncConnection, caller: Principal, one: RowMapping) -> None:
    if is_involved(caller, one, await answers_of(tx, one["id"])):
        raise Refused("complaint_not_yours")


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, one: RowMapping, details: dict[str, object]
) -> None:
    await audit.record(
        tx,
        caller,
        action,
        "complaint",
        one["id"],
        region_code=one["region_code"],
        details=details,
    )
