"""Receiving an objection: at a counter or from an officer who went there, with a receipt."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from common.web.formats import in_wib
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import HOUSEHOLD, NewFlag
from registry.objections import queries, rules
from registry.objections.steps import note_step

FLAG = "objection_open"


@dataclass(frozen=True, slots=True)
class Receiving:
    """An objection as it is taken down. `letter_on` counts only where no letter is known."""

    id: UUID
    decision_id: UUID
    objector: str
    words: str
    came_by: str
    criterion_code: str = ""
    letter_on: date | None = None


def words_context(objection_id: UUID) -> str:
    """Return what the sealed words of an objection are bound to."""
    return f"objections.words:{objection_id}"


async def receive(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    index: BlindIndex,
    receiving: Receiving,
) -> RowMapping:
    """Keep an objection with its receipt number and clock; a repeat gets the first answer.

    A late one is received too, for a person to judge. Raises Refused: not_found,
    outside_your_regions, objection_words_missing, letter_date_wrong, objection_open_already,
    id_reused.
    """
    digest = _digest(index, caller, receiving)
    asked = {"decision_id": receiving.decision_id}
    decision = (await tx.execute(queries.DECISION, asked)).mappings().one_or_none()
    if decision is None:
        raise Refused("not_found")
    caller.demand_region(decision["region_code"])
    # Whoever comes second sees what the first has written.
    await tx.execute(queries.LOCK_HOUSEHOLD, {"household_id": decision["household_id"]})
    earlier = await find(tx, receiving.id)
    if earlier is None:
        await _receive_new(tx, caller, decision, receiving, sealer=sealer, digest=digest)
        earlier = await find(tx, receiving.id)
    if earlier is None or bytes(earlier["request_hash"]) != digest:
        raise Refused("id_reused")
    return earlier


async def _receive_new(
    tx: AsyncConnection,
    caller: Principal,
    decision: RowMapping,
    receiving: Receiving,
    *,
    sealer: Sealer,
    digest: bytes,
) -> None:
    if not receiving.words.strip() or not receiving.objector.strip():
        raise Refused("objection_words_missing")
    if receiving.came_by not in rules.CAME_BY:
        raise Refused("invalid_input")
    family = {"household_id": decision["household_id"], "cycle_id": decision["cycle_id"]}
    if await tx.scalar(queries.OPEN_OF, family) is not None:
        raise Refused("objection_open_already")
    today = in_wib(clock.utc_now()).date()
    row = await _row(tx, decision, receiving, today)
    await tx.execute(
        queries.INSERT,
        {
            **row,
            "sealed_words": _sealed(sealer, receiving),
            "request_hash": digest,
            "received_by": caller.subject,
            "received_by_name": caller.name,
        },
    )
    await note_step(tx, caller, receiving.id, "received")
    await _flag(tx, caller, row, today)
    await audit.record(
        tx,
        caller,
        "objection.received",
        "objection",
        receiving.id,
        region_code=row["region_code"],
        details={"household_id": str(row["household_id"]), "is_late": row["is_late"]},
    )


def _sealed(sealer: Sealer, receiving: Receiving) -> bytes:
    said = {"objector": receiving.objector.strip(), "words": receiving.words.strip()}
    return sealer.seal(json.dumps(said).encode(), words_context(receiving.id))


async def _row(
    tx: AsyncConnection, decision: RowMapping, receiving: Receiving, today: date
) -> dict[str, Any]:
    terms = (await tx.execute(queries.TERMS_ON, {"day": today})).mappings().one()
    letter_on = receiving.letter_on
    if decision["letter_at"] is not None:
        letter_on = in_wib(decision["letter_at"]).date()
    decided_on = in_wib(decision["decided_at"]).date()
    if letter_on is None or not decided_on <= letter_on <= today:
        raise Refused("letter_date_wrong", decided_on=decided_on.isoformat())
    is_late = rules.is_late(letter_on, today, terms["days_to_object"])
    if decision["letter_due_on"] is not None:
        is_late = today > decision["letter_due_on"]
    asked = {
        "decision_id": decision["id"],
        "household_id": decision["household_id"],
        "cycle_id": decision["cycle_id"],
    }
    return {
        **asked,
        "id": receiving.id,
        "receipt_number": rules.receipt_number(receiving.id),
        "region_code": decision["region_code"],
        "criterion_code": receiving.criterion_code or None,
        "letter_id": decision["letter_id"],
        "letter_on": letter_on,
        "came_by": receiving.came_by,
        "due_on": rules.add_working_days(today, terms["working_days_to_decide"]),
        "is_late": is_late,
        "first_deciders": await first_deciders(tx, asked),
    }


async def first_deciders(tx: AsyncConnection, asked: dict[str, Any]) -> list[str]:
    """Return who made the contested decision, or let it pass on a list of its cycle."""
    return list((await tx.execute(queries.FIRST_DECIDERS, asked)).scalars())


async def find(tx: AsyncConnection, objection_id: UUID) -> RowMapping | None:
    """Return an objection, or None."""
    found = await tx.execute(queries.ONE, {"objection_id": objection_id})
    return found.mappings().one_or_none()


async def _flag(tx: AsyncConnection, caller: Principal, row: dict[str, Any], today: date) -> None:
    flag = NewFlag(
        subject_kind=HOUSEHOLD,
        subject_id=row["household_id"],
        household_id=row["household_id"],
        region_code=row["region_code"],
        kind=FLAG,
        source=row["receipt_number"],
        source_on=today,
    )
    await raise_flags(tx, caller, [flag])


def _digest(index: BlindIndex, caller: Principal, receiving: Receiving) -> bytes:
    """Return a keyed hash: a plain one would tell the words to whoever can guess them."""
    said = [
        caller.subject,
        str(receiving.decision_id),
        receiving.objector.strip(),
        receiving.words.strip(),
        receiving.came_by,
        receiving.criterion_code,
        str(receiving.letter_on),
    ]
    return index.of("objection", json.dumps(said))
