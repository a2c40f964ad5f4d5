"""The overlap matrix: drafted by one person, approved by another; exceptions for one family."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from registry.eligibility import overlap_queries, queries
from registry.eligibility.ask import ask_evaluation
from registry.eligibility.evaluate import PROVINCE, pairs_of
from registry.eligibility.overlap_rules import OUTCOMES, OUTSIDE, Pair, matrix_hash
from registry.eligibility.rules import REASON_CHARACTERS_MIN


async def draft_matrix(
    tx: AsyncConnection,
    caller: Principal,
    version_id: UUID,
    *,
    version: Mapping[str, Any],
    pairs: Sequence[Pair],
) -> RowMapping:
    """Write a draft of the whole matrix; a repeat with the same content gets it back.

    Raises Refused: overlap_empty, invalid_input, id_reused.
    """
    if not pairs:
        raise Refused("overlap_empty")
    ours = {row["code"] for row in (await tx.execute(queries.PROGRAMMES)).mappings()}
    for one in pairs:
        known = one.programme_code in ours and one.other_code in ours | OUTSIDE.keys()
        if not known or one.outcome not in OUTCOMES or one.programme_code == one.other_code:
            raise Refused("invalid_input")
    earlier = (await tx.execute(overlap_queries.VERSION, {"version_id": version_id})).mappings()
    stored = earlier.one_or_none()
    if stored is not None:
        if matrix_hash(dict(stored), await pairs_of(tx, version_id)) != matrix_hash(version, pairs):
            raise Refused("id_reused")
        return stored
    await _write(tx, caller, version_id, version, pairs)
    return (await tx.execute(overlap_queries.VERSION, {"version_id": version_id})).mappings().one()


async def _write(
    tx: AsyncConnection,
    caller: Principal,
    version_id: UUID,
    version: Mapping[str, Any],
    pairs: Sequence[Pair],
) -> None:
    last = await tx.scalar(overlap_queries.LAST_VERSION)
    values = {
        "id": version_id,
        "version": int(last or 0) + 1,
        **{name: version[name] for name in ("decree_number", "decree_on", "valid_from")},
        "drafted_by": caller.subject,
        "drafted_by_name": caller.name,
    }
    await tx.execute(overlap_queries.INSERT_VERSION, values)
    rows = [
        {
            "overlap_version_id": version_id,
            "programme_code": one.programme_code,
            "other_code": one.other_code,
            "outcome": one.outcome,
            "reason_id": one.reason_id,
            "reason_en": one.reason_en,
        }
        for one in pairs
    ]
    await tx.execute(overlap_queries.INSERT_PAIR, rows)
    await audit.record(tx, caller, "overlap.draft", "overlap_version", version_id)


async def approve_matrix(
    tx: AsyncConnection, caller: Principal, version_id: UUID, *, evaluate: bool = True
) -> bytes:
    """Fix a draft of the matrix for ever and have families decided by it; return its hash.

    Raises Refused: not_found, same_person_drafted, criteria_approved, start_taken.
    """
    found = (await tx.execute(overlap_queries.LOCK_VERSION, {"version_id": version_id})).mappings()
    version = found.one_or_none()
    if version is None:
        raise Refused("not_found")
    if version["state"] == "approved":
        if version["approved_by"] == caller.subject:
            return bytes(version["content_hash"])
        raise Refused("criteria_approved")
    if version["drafted_by"] == caller.subject:
        raise Refused("same_person_drafted")
    asked = {"day": version["valid_from"]}
    running = (await tx.execute(overlap_queries.VERSION_ON, asked)).mappings().one_or_none()
    if running is not None and running["valid_from"] == version["valid_from"]:
        raise Refused("start_taken", day=version["valid_from"].isoformat())
    digest = matrix_hash(dict(version), await pairs_of(tx, version_id))
    values = {"version_id": version_id, "person": caller.subject, "person_name": caller.name}
    await tx.execute(overlap_queries.APPROVE_VERSION, {**values, "hash": digest})
    details = {"content_hash": digest.hex()}
    await audit.record(
        tx, caller, "overlap.approve", "overlap_version", version_id, details=details
    )
    if evaluate:
        await ask_evaluation(tx, caller, PROVINCE)
    return digest


def demand_reason(reason: str) -> str:
    """Return a reason without needless blanks; raises Refused for one that says too little."""
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    return reason


async def grant_exception(
    tx: AsyncConnection,
    caller: Principal,
    exception_id: UUID,
    household_id: UUID,
    *,
    programme_code: str,
    other_code: str,
    reason: str,
    valid_to: date | None,
) -> None:
    """Let a family pass one pair of the matrix from today on, with the reason; decide it anew.

    A repeat changes nothing. Raises Refused: not_found, outside_your_regions, reason_too_short,
    exception_open_already, id_reused, invalid_input.
    """
    reason, today = demand_reason(reason), in_wib(clock.utc_now()).date()
    found = (await tx.execute(queries.PROGRAMME, {"code": programme_code})).mappings()
    programme = found.one_or_none()
    family = {"household_id": household_id}
    region = await tx.scalar(overlap_queries.REGION_OF_HOUSEHOLD, family)
    if programme is None or region is None:
        raise Refused("not_found")
    caller.demand_region(region)
    if valid_to is not None and valid_to < today:
        raise Refused("invalid_input")
    pair = {**family, "programme_id": programme["id"], "other_code": other_code}
    if await _is_repeat(tx, exception_id, {**pair, "reason": reason}):
        return
    if await tx.scalar(overlap_queries.OPEN_EXCEPTION, pair) is not None:
        raise Refused("exception_open_already")
    said = {"reason": reason, "valid_from": today, "valid_to": valid_to}
    person = {"granted_by": caller.subject, "granted_by_name": caller.name}
    values = {"id": exception_id, **pair, "region_code": region, **said, **person}
    await tx.execute(overlap_queries.INSERT_EXCEPTION, values)
    await _note(tx, caller, "overlap.except", values)


async def _is_repeat(tx: AsyncConnection, exception_id: UUID, said: Mapping[str, Any]) -> bool:
    asked = {"exception_id": exception_id}
    earlier = (await tx.execute(overlap_queries.EXCEPTION, asked)).mappings().one_or_none()
    if earlier is None:
        return False
    if any(earlier[name] != value for name, value in said.items()):
        raise Refused("id_reused")
    return True


async def end_exception(
    tx: AsyncConnection, caller: Principal, exception_id: UUID, reason: str
) -> UUID:
    """End an exception, with the reason, and decide the family anew; return the family.

    A repeat changes nothing. Raises Refused: not_found, outside_your_regions, reason_too_short.
    """
    reason = demand_reason(reason)
    asked = {"exception_id": exception_id}
    found = (await tx.execute(overlap_queries.LOCK_EXCEPTION, asked)).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    caller.demand_region(found["region_code"])
    if found["ended_at"] is None:
        person = {"person": caller.subject, "person_name": caller.name, "why": reason}
        await tx.execute(overlap_queries.END_EXCEPTION, {**asked, **person})
        await _note(tx, caller, "overlap.except_end", dict(found))
    return UUID(str(found["household_id"]))


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, exception: Mapping[str, Any]
) -> None:
    region = exception["region_code"]
    details = {"other": exception["other_code"], "exception_id": str(exception["id"])}
    if action == "overlap.except":
        await audit.record(
            tx,
            caller,
            "overlap.except",
            "household",
            exception["household_id"],
            region_code=region,
            details=details,
        )
    else:
        await audit.record(
            tx,
            caller,
            "overlap.except_end",
            "household",
            exception["household_id"],
            region_code=region,
            details=details,
        )
    await ask_evaluation(tx, caller, region)
