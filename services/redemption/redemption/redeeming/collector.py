"""Somebody else than the holder collects: noted at the counter, for the act that follows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import State

from common.auth.principal import Principal
from common.problems import Refused
from redemption.companions.note import Keys, Noting, Person, note
from redemption.redeeming.check_card import Answer
from redemption.redeeming.redeem import partner_of


@dataclass(frozen=True, slots=True)
class Collector:
    """Who came, as the counter wrote it down."""

    name: str
    phone: str
    relation: str
    reason: str


async def note_collector(
    tx: AsyncConnection,
    caller: Principal,
    state: State,
    *,
    collector: Collector,
    act_id: UUID,
    looked: Answer,
    cycle_id: UUID,
    partner_name: str,
    now: datetime,
) -> UUID:
    """Return the companion's id for the act; raises what companions.note raises."""
    partner_of(caller)
    if looked.card is None:
        raise looked.why_not or Refused("card_unknown")
    noting = Noting(
        id=act_id,
        person=Person(collector.name, collector.phone),
        relation=collector.relation,
        reason=collector.reason,
        household_id=looked.card.household_id,
        card_id=looked.card.card_id,
        region_code=looked.card.region_code,
        cycle_id=cycle_id,
        partner_name=partner_name,
    )
    return await note(tx, caller, Keys(state.sealer, state.blind_index), noting, now)
