"""A limit, clock or threshold changes: one person proposes it with a reason, another approves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.measures import queries
from redemption.measures.rules import REASON_MAX, REASON_MIN, wrong_values


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to hold from now on, and why."""

    id: UUID
    topic: str
    code: str
    settings: Mapping[str, int]
    reason: str


async def propose(tx: AsyncConnection, caller: Principal, proposal: Proposal) -> None:
    """Put a change before a second person; a repeat of the same is the same.

    Raises Refused: invalid_input, id_reused, measure_waits_already.
    """
    reason = proposal.reason.strip()
    wrong = wrong_values(proposal.topic, proposal.code, proposal.settings)
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        wrong.append("reason")
    if wrong:
        fields = [{"field": name, "problem": "?"} for name in wrong]
        raise Refused("invalid_input", fields=fields)
    row = {
        "id": proposal.id,
        "topic": proposal.topic,
        "code": proposal.code,
        "settings": json.dumps(dict(proposal.settings)),
        "reason": reason,
        "by": caller.subject,
        "by_name": caller.name,
    }
    if await tx.scalar(queries.PROPOSE, row) is None:
        _demand_same(await queries.find(tx, proposal.id), caller, proposal, reason)
        return
    await _note(tx, caller, "measure.proposed", proposal.id, proposal.topic, proposal.code)


def _demand_same(
    earlier: RowMapping | None, caller: Principal, proposal: Proposal, reason: str
) -> None:
    if earlier is None:
        raise Refused("measure_waits_already")
    is_same = (
        (earlier["topic"], earlier["code"]) == (proposal.topic, proposal.code)
        and earlier["settings"] == dict(proposal.settings)
        and (earlier["reason"], earlier["proposed_by"]) == (reason, caller.subject)
    )
    if not is_same:
        raise Refused("id_reused")


async def decide(
    tx: AsyncConnection, caller: Principal, measure_id: UUID, *, is_approved: bool
) -> None:
    """Let a proposed change hold from now on, or refuse it; its own proposer may take it back.

    Raises Refused: not_found, measure_decided, measure_needs_another.
    """
    one = await queries.find(tx, measure_id, held=True)
    if one is None:
        raise Refused("not_found")
    if one["state"] != "proposed":
        raise Refused("measure_decided")
    is_own = one["proposed_by"] == caller.subject
    if is_own and is_approved:
        raise Refused("measure_needs_another")
    state = "approved" if is_approved else "withdrawn" if is_own else "refused"
    row = {"id": measure_id, "state": state, "by": caller.subject, "by_name": caller.name}
    await tx.execute(queries.DECIDE, row)
    await _note(tx, caller, f"measure.{state}", measure_id, one["topic"], one["code"])


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, measure_id: UUID, *what: str
) -> None:
    details = dict(zip(("topic", "code"), what, strict=True))
    await audit.record(tx, caller, action, "measure", measure_id, details=details)
