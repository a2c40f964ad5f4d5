"""A person looks at a journal that was put aside: its lines are judged as unleased ones, in their
order, or refused with a reason. Refused lines stay where they are, sealed; nothing is deleted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.journal import quarantine_queries as queries
from redemption.journal import queries as journals
from redemption.journal.chain_rules import SEGMENT_LINES_MAX
from redemption.journal.judge_lines import ACCEPTED, Batch, Tools, judge_lines
from redemption.journal.lines import Line, hash_of, read_line
from redemption.journal.seal_lines import open_lines, quarantine_place
from redemption.journal.sender import Sender
from redemption.partners import queries as partners
from redemption.terminals.journal_queries import operators_ever

OUTCOMES = ("released", "refused")
REASON_MIN, REASON_MAX = 5, 500


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What a person decides about a quarantine. `id` is made by the page, once."""

    id: UUID
    quarantine_id: UUID
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of it: how many lines were accepted, became conflicts, or could not be read."""

    accepted: int = 0
    conflicts: int = 0
    unreadable: int = 0


async def review(
    tx: AsyncConnection, caller: Principal, tools: Tools, reviewing: Reviewing, at: datetime
) -> Reviewed:
    """Release or refuse a quarantine; a repeat of the same id changes nothing.

    Raises Refused: not_found, outside_your_regions, another_partner, same_person, invalid_input,
    quarantine_reviewed.
    """
    one = await queries.find(tx, reviewing.quarantine_id, lock=True)
    if one is None:
        raise Refused("not_found")
    if caller.partner_id is not None:
        raise Refused("another_partner")
    caller.demand_region(one["region_code"])
    if one["outcome"] is not None:
        if one["review_id"] != reviewing.id:
            raise Refused("quarantine_reviewed", by=one["reviewed_by_name"])
        return Reviewed()
    _demand_in_order(caller, one, reviewing)
    done = Reviewed()
    if reviewing.outcome == "released":
        done = await _release(tx, tools, one, at)
    await tx.execute(
        queries.REVIEW,
        {
            "quarantine_id": reviewing.quarantine_id,
            "new_outcome": reviewing.outcome,
            "new_review_id": reviewing.id,
            "new_reason": reviewing.reason.strip(),
            "person": caller.subject,
            "person_name": caller.name,
            "at": at,
        },
    )
    await _note(tx, caller, one, reviewing, done)
    return done


def _demand_in_order(caller: Principal, one: RowMapping, reviewing: Reviewing) -> None:
    if reviewing.outcome not in OUTCOMES:
        raise Refused("invalid_input", fields=[{"field": "outcome", "problem": "?"}])
    if not REASON_MIN <= len(reviewing.reason.strip()) <= REASON_MAX:
        raise Refused("invalid_input", fields=[{"field": "reason", "problem": "?"}])
    if caller.subject in one["operators"]:
        raise Refused("same_person")


async def _release(tx: AsyncConnection, tools: Tools, one: RowMapping, at: datetime) -> Reviewed:
    partner = await partners.find(tx, one["partner_id"])
    if partner is None:
        raise Refused("not_found")
    operators = await operators_ever(tx, one["terminal_id"])
    sender = Sender(one["terminal_id"], partner, operators)
    lines, unreadable = await _lines(tx, tools, one)
    judged = []
    for first in range(0, len(lines), SEGMENT_LINES_MAX):
        part = lines[first : first + SEGMENT_LINES_MAX]
        batch = Batch(one["journal_id"], part, may_use_lease=False)
        judged += await judge_lines(tx, tools, sender, batch, at=at)
    accepted = sum(1 for each in judged if each.code == ACCEPTED)
    return Reviewed(accepted, len(judged) - accepted, unreadable)


async def _lines(tx: AsyncConnection, tools: Tools, one: RowMapping) -> tuple[list[Line], int]:
    """Return the lines of a quarantine that were never taken, each text once, in their order."""
    found: dict[str, Line] = {}
    unreadable = 0
    for segment in await queries.segments(tx, one["id"]):
        place = quarantine_place(segment["id"])
        for sent in open_lines(tools.sealer, segment["sealed_lines"], place):
            line = read_line(sent.line, one["journal_id"])
            if line is None:
                unreadable += 1
            else:
                found.setdefault(hash_of(sent.line), line)
    lines = sorted(found.values(), key=lambda line: line.sequence)
    if not lines:
        return [], unreadable
    numbers = (lines[0].sequence, lines[-1].sequence)
    taken = await journals.taken_between(tx, one["journal_id"], *numbers)
    known = {each[0] for each in taken.values()}
    return [line for line in lines if line.hash not in known], unreadable


async def _note(
    tx: AsyncConnection,
    caller: Principal,
    one: RowMapping,
    reviewing: Reviewing,
    done: Reviewed,
) -> None:
    await audit.record(
        tx,
        caller,
        f"quarantine.{reviewing.outcome}",
        "quarantine",
        one["id"],
        region_code=one["region_code"],
        details={
            "terminal_id": str(one["terminal_id"]),
            "reason": reviewing.reason.strip(),
            "accepted": done.accepted,
            "conflicts": done.conflicts,
            "unreadable": done.unreadable,
        },
    )
