"""The rights and conflicts that a stretch of a journal touches, held in one order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal import conflict_queries
from redemption.journal.lines import Line
from redemption.journal.sender import Sender, Shown
from redemption.redeeming.record_many import find_many, lock_situations
from redemption.redeeming.rules import Attempt, Situation, Wanted

NOTHING = Situation(None, None, None)


async def hold_rights(
    tx: AsyncConnection,
    sender: Sender,
    lines: Sequence[Line],
    shown: Sequence[Shown],
    at: datetime,
) -> list[Situation]:
    """Return what each line is judged by; all that the segment touches is held until the end.

    The rights that its reversals give back are among it, and the conflicts that they give up: taken
    later, one by one, two segments could wait for each other in a circle.
    """
    places, attempts = [], []
    for place, (line, card) in enumerate(zip(lines, shown, strict=True)):
        if line.kind == "redemption" and card.card_id is not None:
            places.append(place)
            attempts.append(_attempt(sender, line, card.card_id, card.reading, at))
    undoing = {
        line.redemption_id: line
        for line in lines
        if line.kind == "reversal" and line.redemption_id is not None
    }
    held = await lock_situations(tx, [*attempts, *await _undone(tx, sender, undoing, at)])
    await conflict_queries.hold_undone(tx, sender.partner.id, list(undoing))
    found = [NOTHING] * len(lines)
    for place, situation in zip(places, held[: len(places)], strict=True):
        found[place] = situation
    return found


async def _undone(
    tx: AsyncConnection, sender: Sender, undoing: Mapping[UUID, Line], at: datetime
) -> list[Attempt]:
    """Return attempts on the rights that reversals give back, to be held like the others."""
    found = await find_many(tx, list(undoing))
    return [
        _attempt(
            sender,
            undoing[one.id]._replace(entitlement_id=one.entitlement_id),
            one.card_id,
            one.card_reading,
            at,
        )
        for one in found.values()
        if one.partner_id == sender.partner.id
    ]


def _attempt(sender: Sender, line: Line, card_id: str, reading: str, at: datetime) -> Attempt:
    wanted = Wanted(
        id=line.id,
        shown=line.card,
        entitlement_id=line.entitlement_id,
        benefit_id=line.benefit_id,
        cycle_id=line.cycle_id,
        quantity=line.quantity,
        amount_rupiah=line.amount_rupiah,
        holder_check=line.holder_check,
        subject_id=line.subject_id,
    )
    return Attempt(wanted, card_id, reading, sender.partner.id, "", "", at)
