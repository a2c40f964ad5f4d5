"""What people do with a settlement: send, agree, dispute, answer, approve, withdraw."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from redemption.settlement import line_queries, settlement_queries
from redemption.settlement.act_rules import STEPS, Settlement, demand_words, why_not


async def visible(tx: AsyncConnection, caller: Principal, settlement_id: UUID) -> Settlement:
    """Return a settlement that this person may see.

    A partner's people see their own, once it was sent to them; of another it is not said whether
    it exists. Staff limited to regions see none: it is of the partner as a whole.
    """
    found = await settlement_queries.find(tx, settlement_id)
    if found is None:
        raise Refused("not_found")
    settlement = found[0]
    if caller.partner_id is None:
        caller.demand_region(PROVINCE)
    elif caller.partner_id != settlement.partner_id or settlement.state == "drawn_up":
        raise Refused("not_found")
    return settlement


async def act(
    tx: AsyncConnection,
    caller: Principal,
    settlement_id: UUID,
    *,
    act_id: UUID,
    word: str,
    words: str,
    now: datetime,
) -> Settlement:
    """Do one thing with a settlement; the same form sent again changes nothing.

    Raises Refused: not_found, id_reused, words_needed, another_partner, permission_missing,
    maker_decides, settlement_elsewhere, later_settlement.
    """
    if word not in STEPS:
        raise Refused("not_found")
    settlement = await visible(tx, caller, settlement_id)
    await tx.execute(line_queries.LOCK_PARTNER, {"partner_id": str(settlement.partner_id)})
    settlement = await visible(tx, caller, settlement_id)
    known = (await tx.execute(settlement_queries.FIND_ACT, {"act_id": act_id})).one_or_none()
    if known is not None:
        if (known.settlement_id, known.act, known.by) != (settlement_id, word, caller.subject):
            raise Refused("id_reused")
        return settlement
    plain = demand_words(word, words)
    refusal = why_not(settlement, word, caller)
    if refusal is not None:
        raise Refused(refusal)
    if word == "withdrawn":
        await _free_lines(tx, settlement)
    by = {"by": caller.subject, "at": now, "settlement_id": settlement_id}
    step = {**by, "act": word, "state": STEPS[word][1], "for_partner": caller.partner_id}
    await tx.execute(settlement_queries.STEP, step)
    row = {**by, "id": act_id, "act": word, "words": plain, "by_name": caller.name}
    await tx.execute(settlement_queries.ADD_ACT, row)
    await audit.record(tx, caller, f"settlement.{word}", "settlement", settlement_id)
    return await visible(tx, caller, settlement_id)


async def _free_lines(tx: AsyncConnection, settlement: Settlement) -> None:
    """Let the lines be drawn up again. Only a partner's last one: the periods have no holes."""
    latest = await line_queries.latest(tx, settlement.partner_id)
    if latest is None or latest["id"] != settlement.id:
        raise Refused("later_settlement")
    await tx.execute(line_queries.FREE_LINES, {"settlement_id": settlement.id})
