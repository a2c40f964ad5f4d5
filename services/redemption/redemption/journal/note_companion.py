"""Who collected for whom, where a line of a journal says so."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from redemption.companions.known import hold_names
from redemption.companions.note import Keys, Noting, Person, note, use
from redemption.journal.lines import Line
from redemption.journal.look_up import Known
from redemption.redeeming.rules import Situation

UNREADABLE = "companion_unreadable"


class Seals(Protocol):
    """What seals names, and what finds equal ones."""

    @property
    def sealer(self) -> Sealer:
        """The service's sealer."""

    @property
    def index(self) -> BlindIndex:
        """The service's blind index."""


async def hold_companions(
    tx: AsyncConnection, seals: Seals, known: Known, lines: Sequence[Line]
) -> None:
    """Hold everybody who collected in a stretch of lines, in one order."""
    people = [
        (Person(line.companion["name"]), one.card.region_code)
        for line, one in zip(lines, known.situations, strict=True)
        if line.companion is not None and one.card is not None
    ]
    await hold_names(tx, Keys(seals.sealer, seals.index), people)


async def note_companion(
    tx: AsyncConnection, seals: Seals, known: Known, situation: Situation, line: Line
) -> tuple[UUID | None, tuple[str, ...]]:
    """Keep a line's companion; return its id, and what is to be marked on the line.

    What was given was given: words that cannot be kept are marked, and the line counts.
    """
    card, right = situation.card, situation.entitlement
    if line.companion is None or card is None or right is None:
        return None, ()
    sender = known.sender
    caller = sender.as_principal(line.operator)
    noting = Noting(
        id=line.id,
        person=Person(line.companion["name"]),
        relation=line.companion["relation"],
        reason=line.companion["reason"],
        household_id=right.household_id,
        card_id=card.card_id,
        region_code=card.region_code,
        cycle_id=right.cycle_id,
        partner_name=sender.partner.name,
        is_late=True,
    )
    try:
        companion_id = await note(tx, caller, Keys(seals.sealer, seals.index), noting, known.at)
        await use(
            tx,
            act_id=line.id,
            companion_id=companion_id,
            household_id=right.household_id,
            now=known.at,
        )
    except Refused:
        return None, (UNREADABLE,)
    return companion_id, ()
