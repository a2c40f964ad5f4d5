"""A person says what a difference was, and what the order became after all."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.entitlements.pay_out import CashRight, Order, order
from redemption.payments import queries, result_queries
from redemption.payments.decide import REASON_MIN, held
from redemption.payments.rules import DECIDABLE, RETURNED, Change
from redemption.payments.settle import settle


@dataclass(frozen=True, slots=True)
class Said:
    """What a person makes of a difference."""

    id: UUID
    decision: str
    words: str
    at: datetime


async def explain(
    tx: AsyncConnection, caller: Principal, file_id: UUID, position: int, said: Said
) -> UUID:
    """Keep a person's words about a difference; return the batch. A repeat changes nothing.

    "paid" and "failed" settle the order, and may undo what was believed before: money that came
    back makes the right open again. Whoever brought the file explains none of it.
    Raises Refused: not_found, words_needed, maker_decides, id_reused, decision_not_here,
    explained_already, right_used_meanwhile.
    """
    if len(said.words) < REASON_MIN:
        raise Refused("words_needed")
    line = await result_queries.difference(tx, file_id, position)
    if line is None or line["outcome"] in ("paid", "failed", "repeated"):
        raise Refused("not_found")
    batch = await held(tx, caller, line["batch_id"])
    asked = {"explanation_id": said.id, "file_id": file_id, "position": position}
    for known in (await tx.execute(result_queries.EXPLANATION, asked)).mappings():
        if known["id"] == said.id:
            wanted = (file_id, position, said.decision, caller.subject)
            return _same_or_refuse(known, batch.id, wanted)
        raise Refused("explained_already")
    if line["received_by"] == caller.subject:
        raise Refused("maker_decides")
    await tx.execute(result_queries.ADD_EXPLANATION, _row(caller, line, said))
    if said.decision != "noted":
        if line["outcome"] not in DECIDABLE or line["order_batch_id"] != batch.id:
            raise Refused("decision_not_here")
        change = await _change(tx, caller, line, said)
        await settle(tx, batch, [change] if change else [], said.at)
    noted = {"line": f"{file_id}:{position}", "decision": said.decision}
    action = "payment.explained"
    await audit.record(tx, caller, action, "payment_batch", batch.id, details=noted)
    return batch.id


def _same_or_refuse(known: RowMapping, batch_id: UUID, said: tuple[UUID, int, str, str]) -> UUID:
    first = (known["file_id"], known["position"], known["decision"], known["explained_by"])
    if first != said:
        raise Refused("id_reused")
    return batch_id


def _row(caller: Principal, line: RowMapping, said: Said) -> dict[str, object]:
    return {
        "id": said.id,
        "file_id": line["file_id"],
        "position": line["position"],
        "decision": said.decision,
        "words": said.words,
        "explained_by": caller.subject,
        "explained_by_name": caller.name,
        "explained_at": said.at,
        "received_by": line["received_by"],
    }


async def _change(
    tx: AsyncConnection, caller: Principal, line: RowMapping, said: Said
) -> Change | None:
    """Return what the order becomes, with its right taken again where it had been given back."""
    await tx.execute(queries.LOCK_ORDERS, {"ids": [line["instruction_id"]]})
    found = await tx.execute(queries.ONE, {"instruction_id": line["instruction_id"]})
    known = found.mappings().one()
    if known["state"] == said.decision:
        return None
    reference = str(line["bank_reference"])
    if said.decision == "failed":
        reason = RETURNED if known["state"] == "paid" else line["reason_code"] or RETURNED
        return Change(known["id"], "failed", reason, reference)
    if known["state"] == "waiting":
        return Change(known["id"], "paid", "", reference)
    if known["household_id"] is None:
        await _demand_not_paid_again(tx, known["matter_id"])
        return Change(known["id"], "paid", "", reference)
    await _take_again(tx, caller, known, said)
    return Change(known["id"], "paid", "", reference, payout_id=said.id)


async def _take_again(
    tx: AsyncConnection, caller: Principal, known: RowMapping, said: Said
) -> None:
    right = CashRight(
        household_id=known["household_id"],
        cycle_id=known["cycle_id"],
        benefit_id=known["benefit_id"],
        subject_id=known["subject_id"],
        entitlement_id=known["matter_id"],
        amount_rupiah=known["amount_rupiah"],
        region_code=None,
    )
    bank_id = (await held(tx, caller, known["batch_id"])).bank_id
    if bank_id is None:
        raise AssertionError("a family's batch names its bank")
    again = [Order(said.id, right)]
    taken = await order(tx, again, bank_id=bank_id, by=caller.subject, at=said.at)
    if said.id not in taken:
        raise Refused("right_used_meanwhile")


async def _demand_not_paid_again(tx: AsyncConnection, matter_id: UUID) -> None:
    if await tx.scalar(queries.IS_UNDER_WAY, {"matter_id": matter_id}):
        raise Refused("right_used_meanwhile")
