"""A family complains at any counter: it gets a number, and a day by which it is answered."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, ids
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from common.web.formats import in_wib
from redemption.cards.rules import Card
from redemption.complaints import queries, rules
from redemption.measures import queries as measures
from redemption.measures.rules import CLOCK
from redemption.partners import queries as partners
from redemption.redeeming.lines import Line

DAYS_WITHOUT_RULE = 10


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals a family's words, and what compares a repeat without opening them."""

    sealer: Sealer
    index: BlindIndex


@dataclass(frozen=True, slots=True)
class Receiving:
    """A complaint as it is taken down, about a line of the family where one is known.

    `region_code` counts only for a family without a card.
    """

    id: UUID
    kind: str
    complainant: str
    words: str
    region_code: str
    redemption_id: UUID | None = None
    partner_id: UUID | None = None


def words_context(complaint_id: UUID) -> str:
    """Return what the sealed words of a complaint are bound to."""
    return f"complaints.words:{complaint_id}"


async def lines_of(tx: AsyncConnection, household_id: UUID) -> list[Line]:
    """Return a family's newest lines, among which it finds what it complains about."""
    found = await tx.execute(queries.LINES_OF_FAMILY, {"household_id": household_id})
    return [Line(**row) for row in found.mappings()]


async def receive(
    tx: AsyncConnection,
    caller: Principal,
    keys: Keys,
    receiving: Receiving,
    *,
    card: Card | None,
    now: datetime,
) -> RowMapping:
    """Keep a complaint with its number and its clock; a repeat gets the first answer.

    Raises Refused: invalid_input, outside_your_regions, outside_partner_regions, not_found,
    id_reused.
    """
    receiving = _in_order(receiving)
    content = [caller.subject, receiving.kind, receiving.complainant, receiving.words]
    content += [str(card.household_id if card else ""), str(receiving.redemption_id)]
    content += [str(receiving.partner_id)]
    digest = keys.index.of("complaint", json.dumps(content))
    row = await _row(tx, caller, keys.sealer, receiving, card=card, now=now)
    if await tx.scalar(queries.ADD, row | {"request_hash": digest}) is not None:
        await note_step(tx, caller, receiving.id, "received")
        await _note(tx, caller, row)
    one = (await tx.execute(queries.ONE, {"id": receiving.id})).mappings().one()
    if bytes(one["request_hash"]) != digest:
        raise Refused("id_reused")
    return one


async def _row(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    receiving: Receiving,
    *,
    card: Card | None,
    now: datetime,
) -> dict[str, Any]:
    said = json.dumps({"complainant": receiving.complainant, "words": receiving.words})
    about = await _about(tx, receiving, card)
    return about | {
        "id": receiving.id,
        "number": rules.complaint_number(receiving.id),
        "household_id": card.household_id if card else None,
        "card_id": card.card_id if card else None,
        "region_code": await _region(tx, caller, receiving, card),
        "kind": receiving.kind,
        "sealed_words": sealer.seal_text(said, words_context(receiving.id)),
        "received_by": caller.subject,
        "received_by_name": caller.name,
        "received_partner_id": caller.partner_id,
        "received_at": now,
        "due_on": await due_on(tx, receiving.kind, now),
    }


async def _note(tx: AsyncConnection, caller: Principal, row: dict[str, Any]) -> None:
    await audit.record(
        tx,
        caller,
        "complaint.received",
        "complaint",
        row["id"],
        region_code=row["region_code"],
        details={"kind": row["kind"], "household_id": str(row["household_id"] or "")},
    )


def _in_order(receiving: Receiving) -> Receiving:
    words, name = receiving.words.strip(), " ".join(receiving.complainant.split())
    wrong = []
    if receiving.kind not in rules.KINDS:
        wrong.append("kind")
    if not rules.WORDS_MIN <= len(words) <= rules.WORDS_MAX:
        wrong.append("words")
    if not 1 <= len(name) <= rules.NAME_MAX:
        wrong.append("complainant")
    if wrong:
        raise Refused("invalid_input", fields=[{"field": one, "problem": "?"} for one in wrong])
    return Receiving(
        id=receiving.id,
        kind=receiving.kind,
        complainant=name,
        words=words,
        region_code=receiving.region_code,
        redemption_id=receiving.redemption_id,
        partner_id=receiving.partner_id,
    )


async def _region(
    tx: AsyncConnection, caller: Principal, receiving: Receiving, card: Card | None
) -> str:
    """Return where the family lives; a complaint with a card is taken at any counter at all."""
    if card is not None:
        return card.region_code
    if caller.partner_id is None:
        caller.demand_region(receiving.region_code)
        return receiving.region_code
    partner = await partners.find(tx, caller.partner_id)
    if partner is None:
        raise Refused("no_partner")
    return receiving.region_code if partner.serves(receiving.region_code) else _first(partner)


def _first(partner: Any) -> str:
    return str(partner.region_codes[0])


async def _about(tx: AsyncConnection, receiving: Receiving, card: Card | None) -> dict[str, object]:
    """Return the line and the partner that a complaint is about, as far as they are known."""
    if receiving.redemption_id is not None and card is not None:
        for line in await lines_of(tx, card.household_id):
            if line.id == receiving.redemption_id:
                return {
                    "redemption_id": line.id,
                    "partner_id": line.partner_id,
                    "partner_name": line.partner_name,
                    "involved": [line.redeemed_by],
                }
        raise Refused("not_found")
    partner = await partners.find(tx, receiving.partner_id) if receiving.partner_id else None
    if receiving.partner_id is not None and partner is None:
        raise Refused("not_found")
    return {
        "redemption_id": None,
        "partner_id": partner.id if partner else None,
        "partner_name": partner.name if partner else "",
        "involved": [],
    }


async def due_on(tx: AsyncConnection, kind: str, now: datetime) -> Any:
    """Return the day by which a complaint of a kind is answered when its clock begins now."""
    clock = await measures.current_one(tx, CLOCK, kind)
    said = clock.settings if clock else {"days": DAYS_WITHOUT_RULE, "is_working_days": 1}
    today = in_wib(now).date()
    return rules.due_on(today, said["days"], is_working_days=bool(said["is_working_days"]))


async def note_step(
    tx: AsyncConnection,
    caller: Principal,
    complaint_id: UUID,
    step: str,
    *,
    sealer: Sealer | None = None,
    words: str = "",
) -> None:
    """Write down who did what about a complaint."""
    step_id = ids.new_id()
    sealed = sealer.seal_text(words, f"complaint_steps.words:{step_id}") if sealer else None
    row = {"id": step_id, "complaint_id": complaint_id, "step": step, "sealed_words": sealed}
    await tx.execute(queries.STEP, {**row, "person": caller.subject, "person_name": caller.name})
