"""Companions for counters and terminals: the relations to choose from, and who collects now."""

from typing import Annotated

from fastapi import Depends, Request

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.formats import in_wib
from redemption.cards import queries as cards
from redemption.cards.identify import identify
from redemption.companions.note import Keys, Noting, Person, note
from redemption.companions.schemas import CompanionNote, NotedCompanion, Relation
from redemption.companions.words import RELATIONS
from redemption.measures import queries as measures
from redemption.measures.rules import LIMIT
from redemption.partners import queries as partners

router = new_router(prefix="/v1", tags=["companions"])
Recorder = Annotated[Principal, Depends(require("companions.record"))]


@router.get("/companion-relations", response_model=list[Relation])
async def get_relations(_caller: Recorder, tx: Transaction) -> list[Relation]:
    """Return the relations that can be chosen, with their limits."""
    limits = await measures.current(tx, LIMIT)
    return [
        Relation(
            code=code,
            name_id=name_id,
            name_en=name_en,
            families_max=limits[code].settings["families_max"],
            is_refused_beyond=bool(limits[code].settings["is_refused_beyond"]),
        )
        for code, (name_id, name_en) in RELATIONS.items()
        if code in limits
    ]


@router.post("/companions", status_code=201, response_model=NotedCompanion)
async def post_companion(
    request: Request, body: CompanionNote, caller: Recorder, tx: Transaction
) -> NotedCompanion:
    """Note who collects, before the redemption of the same id; a repeat gets the same answer."""
    now = clock.utc_now()
    state = request.app.state
    if caller.partner_id is None:
        raise Refused("no_partner")
    partner = await partners.find(tx, caller.partner_id)
    shown = await identify(tx, state.trusted_keys, body.card, now)
    found = await cards.find(tx, shown.card_id)
    if partner is None or found is None:
        raise Refused("card_unknown" if partner else "no_partner")
    card, _ = found
    suspended = partner.why_not_serving(in_wib(now).date())
    if suspended is not None:
        raise Refused(suspended)
    if not partner.serves(card.region_code):
        raise Refused("outside_partner_regions")
    noting = Noting(
        id=body.id,
        person=Person(body.name, body.phone),
        relation=body.relation,
        reason=body.reason,
        household_id=card.household_id,
        card_id=card.card_id,
        region_code=card.region_code,
        cycle_id=body.cycle_id,
        partner_name=partner.name,
    )
    companion_id = await note(tx, caller, Keys(state.sealer, state.blind_index), noting, now)
    return NotedCompanion(companion_id=companion_id)
