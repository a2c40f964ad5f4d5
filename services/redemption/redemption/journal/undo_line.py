"""What a line gave is undone by a later line of another person of the same partner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from redemption.journal import conflict_queries
from redemption.journal.lines import Line
from redemption.journal.sender import Sender
from redemption.redeeming import queries
from redemption.redeeming.lines import Redemption
from redemption.redeeming.reverse import find_visible, reverse

NOT_OWED = "not_owed"


async def undo_line(
    tx: AsyncConnection, sender: Sender, line: Line, at: datetime
) -> Redemption | None:
    """Undo what a line names: an entry of the ledger, or a conflict, which is then not owed.

    A conflict took nothing, so there is nothing to give back; but what came back to the shelf must
    not be paid. Returns what went back into its right by this line; None where nothing did, as when
    the line comes again.
    Raises Refused: operator_unknown, not_found, same_person, reversal_too_late, conflict_judged,
    and what reverse raises.
    """
    caller = sender.as_principal(line.operator)
    if not caller.subject:
        raise Refused("operator_unknown")
    if line.redemption_id is None:
        raise Refused("not_found")
    conflict = await conflict_queries.of_act(tx, sender.partner.id, line.redemption_id)
    if conflict is not None:
        await _give_up(tx, caller, conflict, line, at)
        return None
    redemption = await find_visible(tx, caller, line.redemption_id)
    is_known = bool(await queries.find_reversals(tx, line.id, redemption))
    await reverse(
        tx,
        caller,
        redemption_id=line.redemption_id,
        reversal_id=line.id,
        reason=line.reason,
        now=at,
    )
    return None if is_known else redemption


async def _give_up(
    tx: AsyncConnection, caller: Principal, conflict: RowMapping, line: Line, at: datetime
) -> None:
    """Judge a conflict of the own partner to its own cost: it can do no more than that."""
    conflict_id: UUID = conflict["id"]
    await tx.execute(conflict_queries.LOCK, {"conflict_id": conflict_id})
    judged = await conflict_queries.find(tx, conflict_id)
    if judged is not None and judged["judgement_id"] is not None:
        if judged["judgement_id"] == line.id:
            return
        raise Refused("conflict_judged", by=judged["judged_by_name"])
    if conflict["operator"] == caller.subject:
        raise Refused("same_person")
    if in_wib(conflict["received_at"]).date() != in_wib(at).date():
        raise Refused("reversal_too_late")
    await tx.execute(
        conflict_queries.ADD_JUDGEMENT,
        {
            "conflict_id": conflict_id,
            "id": line.id,
            "outcome": NOT_OWED,
            "reason": line.reason,
            "operator": conflict["operator"],
            "judged_by": caller.subject,
            "judged_by_name": caller.name,
            "judged_at": at,
        },
    )
    details = {"outcome": NOT_OWED, "amount_rupiah": conflict["amount_rupiah"], "undone": True}
    region = conflict["region_code"]
    await audit.record(
        tx, caller, "conflict.judged", "conflict", conflict_id, region_code=region, details=details
    )
