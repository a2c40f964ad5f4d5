"""Enrolments that another programme tells us of: kept as received, counted when a person says so.

A message never changes what the registry knows. Its rows wait, each beside the family it names;
someone who may commit an import takes in or refuses those of their own regions, with a reason.
Only then do they become facts ("roster.pkh"), with the agency as their source.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, ids
from common.auth.principal import Principal
from common.problems import Refused
from registry.dci import receive_queries as queries
from registry.dci import search_queries
from registry.dci.answer import Answer
from registry.dci.beneficiaries import Told, Unreadable, told_by
from registry.dci.envelope import Incoming
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import BENEFICIARIES_PER_MESSAGE_MAX, Rejected, stamp
from registry.eligibility.ask import ask_evaluation

# How long such a word counts; a programme that goes on tells it again.
FACT_DAYS = 366
REASON_CHARACTERS_MIN = 10
REGENCY_CHARACTERS = 5


async def updates_response(
    tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming
) -> Answer:
    """Keep the beneficiaries of a message; return which of them could be read."""
    listed = incoming.message["enrolled_updates"].get("beneficiaries") or []
    rows = await keep(tx, profile, tools, incoming, listed)
    responses = [_said(row) for row in rows]
    return {
        "transaction_id": incoming.transaction_id,
        "correlation_id": str(incoming.correlation_id),
        "enrolled_response": responses,
    }


async def keep(
    tx: AsyncConnection,
    profile: Profile,
    tools: Tools,
    incoming: Incoming,
    listed: list[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Write received rows down as a batch; raises Rejected when there are too many."""
    if len(listed) > BENEFICIARIES_PER_MESSAGE_MAX:
        words = f"at most {BENEFICIARIES_PER_MESSAGE_MAX} beneficiaries in a message"
        raise Rejected("err.request.bad", words, "rjct.total_count.limit_exceeded")
    if not listed:
        return []
    batch_id = ids.new_id()
    batch = {
        "id": batch_id,
        "client_id": profile.client_id,
        "message_id": incoming.message_id,
        "agency_name": profile.agency_name,
    }
    await tx.execute(queries.RECEIVE_BATCH, batch)
    rows = [
        {"batch_id": batch_id, "row_number": number, **(await _row(tx, profile, tools, one))}
        for number, one in enumerate(listed, start=1)
    ]
    await tx.execute(queries.RECEIVE_ROWS, rows)
    await audit.record(
        tx,
        profile.actor,
        "exchange.enrolments_received",
        "received_batch",
        batch_id,
        details={"rows": len(rows)},
    )
    return rows


async def _row(
    tx: AsyncConnection, profile: Profile, tools: Tools, record: Mapping[str, Any]
) -> dict[str, Any]:
    empty = dict.fromkeys(("household_id", "subject_id", "region_code"))
    try:
        told = told_by(record, profile.roster_codes, clock.utc_now().date())
    except Unreadable as fault:
        nothing = dict.fromkeys(("roster_code", "value", "since"))
        return {**empty, **nothing, "state": "unusable", "fault": str(fault)}
    stated = {"roster_code": told.roster_code, "value": told.value, "since": told.since}
    place = await _place(tx, tools, told)
    if place is None or not any(
        place["region_code"] == one or place["region_code"].startswith(f"{one}.")
        for one in profile.scopes
    ):
        # Elsewhere and nowhere are one answer: that a family exists is a fact about it.
        return {**empty, **stated, "state": "unknown", "fault": "not_known_here"}
    return {**place, **stated, "state": "waiting", "fault": None}


async def _place(tx: AsyncConnection, tools: Tools, told: Told) -> RowMapping | None:
    statement = (
        search_queries.PERSON_OF_NIK if told.purpose == "nik" else search_queries.FAMILY_OF_KK
    )
    asked = {"number_index": tools.index.of(told.purpose, told.number)}
    return (await tx.execute(statement, asked)).mappings().one_or_none()


def _said(row: Mapping[str, Any]) -> Answer:
    said = {"reference_id": str(row["row_number"]), "timestamp": stamp(clock.utc_now())}
    if row["state"] == "unusable":
        return {**said, "status": "rjct", "status_reason_message": str(row["fault"])}
    return {**said, "status": "rcvd", "status_reason_message": "kept; a person decides"}


async def batches(tx: AsyncConnection, caller: Principal) -> list[RowMapping]:
    """Return what was received for the caller's regions, what waits first."""
    found = await tx.execute(queries.BATCHES, {"scopes": list(caller.regions)})
    return list(found.mappings())


async def read_batch(
    tx: AsyncConnection, caller: Principal, batch_id: UUID
) -> tuple[RowMapping, list[RowMapping], list[RowMapping]]:
    """Return a batch, its rows of the caller's regions, and how many could not be used, and why.

    Raises Refused not_found.
    """
    asked = {"batch": batch_id}
    batch = (await tx.execute(queries.BATCH, asked)).mappings().one_or_none()
    scoped = {**asked, "scopes": list(caller.regions)}
    rows = (await tx.execute(queries.ROWS_OF_BATCH, scoped)).mappings().all()
    if batch is None or not rows:
        raise Refused("not_found")
    left_out = (await tx.execute(queries.LEFT_OUT, asked)).mappings().all()
    details = {
        "rows": len(rows),
        "households": sorted({str(row["household_id"]) for row in rows}),
    }
    await audit.record(tx, caller, "received.read", "received_batch", batch_id, details=details)
    return batch, list(rows), list(left_out)


async def decide(
    tx: AsyncConnection, caller: Principal, batch_id: UUID, *, takes: bool, reason: str
) -> int:
    """Take in or refuse the waiting rows of the caller's regions; return how many.

    Families that are concerned are decided anew. Raises Refused: reason_too_short,
    nothing_waiting.
    """
    reason = " ".join(reason.split())
    if not takes and len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    decided = {
        "batch": batch_id,
        "scopes": list(caller.regions),
        "state": "taken" if takes else "refused",
        "person": caller.subject,
        "person_name": caller.name,
        "reason": reason or None,
    }
    rows = (await tx.execute(queries.DECIDE_ROWS, decided)).mappings().all()
    if not rows:
        raise Refused("nothing_waiting")
    if takes:
        await _count_in(tx, caller, batch_id, rows)
        await _note(tx, caller, "received.taken", batch_id, len(rows))
    else:
        await _note(tx, caller, "received.refused", batch_id, len(rows))
    return len(rows)


async def _count_in(
    tx: AsyncConnection, caller: Principal, batch_id: UUID, rows: Sequence[RowMapping]
) -> None:
    subjects = list({row["subject_id"] for row in rows})
    given = {"batch": batch_id, "person": caller.subject, "subjects": subjects}
    await tx.execute(queries.PUT_FACTS, {**given, "fact_days": FACT_DAYS})
    for region in sorted({row["region_code"][:REGENCY_CHARACTERS] for row in rows}):
        await ask_evaluation(tx, caller, region)


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, batch_id: UUID, rows: int
) -> None:
    details = {"rows": rows}
    await audit.record(tx, caller, action, "received_batch", batch_id, details=details)
