"""Complaints as people read them: the queue, one of them, and what a family is told who asks."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from redemption.complaints import queries
from redemption.complaints.decide import answer_context, answers_of, is_involved, may_see
from redemption.complaints.receive import words_context
from redemption.complaints.rules import parse_number

ROWS = 50
MISSES_MAX = 10
MISSES_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a family was told, and by whom."""

    outcome: str
    words: str
    answered_by_name: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A complaint with its words opened."""

    one: RowMapping
    complainant: str
    words: str
    answers: list[Answer]
    steps: list[dict[str, Any]]
    is_involved: bool


async def listed(
    tx: AsyncConnection, caller: Principal, *, today: date, is_all: bool, page: int
) -> tuple[list[RowMapping], int]:
    """Return complaints that somebody may see, what is overdue first, and how many are overdue.

    Who decides sees the own regions; who only receives sees what was received there.
    """
    asked: dict[str, Any] = {"today": today, "is_all": is_all, "rows": ROWS, "skip": page * ROWS}
    if "complaints.decide" in caller.permissions and caller.partner_id is None:
        scope = queries.scope(caller.regions)
        rows = list((await tx.execute(queries.QUEUE, asked | scope)).mappings())
        overdue = await tx.scalar(queries.OVERDUE, {"today": today} | scope)
        return rows, overdue or 0
    own = {"partner_id": caller.partner_id, "person": caller.subject}
    rows = list((await tx.execute(queries.RECEIVED, asked | own)).mappings())
    return rows, 0


async def show(tx: AsyncConnection, caller: Principal, sealer: Sealer, complaint_id: UUID) -> Shown:
    """Return a complaint with its words; raises Refused not_found for whoever may not see it."""
    one = (await tx.execute(queries.ONE, {"id": complaint_id})).mappings().one_or_none()
    if one is None or not may_see(caller, one):
        raise Refused("not_found")
    region = {"region_code": one["region_code"]}
    await audit.record(tx, caller, "complaint.read", "complaint", complaint_id, **region)
    said = json.loads(sealer.open_text(one["sealed_words"], words_context(complaint_id)))
    steps = (await tx.execute(queries.STEPS, {"id": complaint_id})).mappings()
    return Shown(
        one=one,
        complainant=said["complainant"],
        words=said["words"],
        answers=await _opened(tx, sealer, complaint_id),
        steps=[dict(step) | {"words": _words_of(sealer, step)} for step in steps],
        is_involved=is_involved(caller, one, await answers_of(tx, complaint_id)),
    )


async def _opened(tx: AsyncConnection, sealer: Sealer, complaint_id: UUID) -> list[Answer]:
    return [
        Answer(
            given["outcome"],
            sealer.open_text(given["sealed_answer"], answer_context(complaint_id, given["round"])),
            given["answered_by_name"],
            given["answered_at"],
        )
        for given in await answers_of(tx, complaint_id)
    ]


def _words_of(sealer: Sealer, step: RowMapping) -> str:
    if step["sealed_words"] is None:
        return ""
    return sealer.open_text(step["sealed_words"], f"complaint_steps.words:{step['id']}")


async def looked_up(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    *,
    number: str,
    card_id: str,
    now: datetime,
) -> tuple[RowMapping, list[Answer]] | None:
    """Return what became of a complaint, for the family that has its number and its card.

    None when the two do not go together: the miss is counted in this transaction, which has to
    be committed. Raises Refused too_many_requests after too many of them.
    """
    person = {"person": caller.subject, "since": now - MISSES_WITHIN, "now": now}
    missed = (await tx.execute(queries.MISSES, person)).mappings().one_or_none()
    if missed is not None and missed["misses"] >= MISSES_MAX:
        wait = missed["began_at"] + MISSES_WITHIN - now
        raise Refused("too_many_requests", wait_s=max(1, int(wait.total_seconds())))
    written = parse_number(number)
    found = await tx.execute(queries.BY_NUMBER, {"number": written})
    one = found.mappings().one_or_none() if written else None
    if one is None or one["card_id"] != card_id:
        await tx.execute(queries.MISS, person)
        return None
    region = {"region_code": one["region_code"]}
    await audit.record(tx, caller, "complaint.asked", "complaint", one["id"], **region)
    return one, await _opened(tx, sealer, one["id"])
