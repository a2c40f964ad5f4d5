"""Versions of criteria: drafted by one person, approved by another, then never changed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.eligibility import queries
from registry.eligibility.ask import ask_evaluation
from registry.eligibility.evaluate import PROVINCE, criteria_of
from registry.eligibility.examples import demand_proof, own_draft, try_examples
from registry.eligibility.rules import Criterion, content_hash, demand_rule


async def programme_called(tx: AsyncConnection, code: str) -> RowMapping:
    """Return a programme by its code; raises Refused."""
    found = (await tx.execute(queries.PROGRAMME, {"code": code})).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    return found


async def draft(
    tx: AsyncConnection,
    caller: Principal,
    programme_code: str,
    version_id: UUID,
    *,
    version: Mapping[str, Any],
    criteria: Sequence[Criterion],
) -> RowMapping:
    """Write a draft of criteria under a decree; a repeat with the same content gets it back.

    Raises Refused: not_found, criteria_empty, criterion_unreadable, criterion_names_unknown_fact,
    id_reused.
    """
    programme = await programme_called(tx, programme_code)
    if not criteria:
        raise Refused("criteria_empty")
    for one in criteria:
        demand_rule(one.expression)
    earlier = (await tx.execute(queries.VERSION, {"version_id": version_id})).mappings().first()
    if earlier is not None:
        stored = content_hash(dict(earlier), await criteria_of(tx, version_id))
        if stored != content_hash(version, criteria):
            raise Refused("id_reused")
        return earlier
    await _write(tx, caller, programme["id"], version_id, version)
    await _write_criteria(tx, version_id, criteria)
    await audit.record(tx, caller, "criteria.draft", "criteria_version", version_id)
    return (await tx.execute(queries.VERSION, {"version_id": version_id})).mappings().one()


async def _write(
    tx: AsyncConnection,
    caller: Principal,
    programme_id: UUID,
    version_id: UUID,
    version: Mapping[str, Any],
) -> None:
    last = await tx.scalar(queries.LAST_VERSION, {"programme_id": programme_id})
    await tx.execute(
        queries.INSERT_VERSION,
        {
            "id": version_id,
            "programme_id": programme_id,
            "version": int(last or 0) + 1,
            "decree_number": version["decree_number"],
            "decree_on": version["decree_on"],
            "valid_from": version["valid_from"],
            "valid_to": version["valid_to"],
            "fact_age_days_max": version["fact_age_days_max"],
            "drafted_by": caller.subject,
            "drafted_by_name": caller.name,
        },
    )


async def _write_criteria(
    tx: AsyncConnection, version_id: UUID, criteria: Sequence[Criterion]
) -> None:
    for position, one in enumerate(criteria, 1):
        values = {"criteria_version_id": version_id, "position": position, **_columns(one)}
        await tx.execute(queries.INSERT_CRITERION, values)


def _columns(one: Criterion) -> dict[str, str]:
    return {
        "code": one.code,
        "expression": one.expression,
        "words_id": one.words_id,
        "words_en": one.words_en,
        "evidence_id": one.evidence_id,
        "evidence_en": one.evidence_en,
    }


async def approve(
    tx: AsyncConnection, caller: Principal, version_id: UUID, *, evaluate: bool = True
) -> bytes:
    """Fix a draft for ever and have the families decided by it; return its hash.

    From its first day it takes the place of the version before it, for good. Raises Refused:
    not_found, same_person_drafted, criteria_approved, start_taken, examples_missing,
    examples_fail.
    """
    found = (await tx.execute(queries.LOCK_VERSION, {"version_id": version_id})).mappings()
    version = found.one_or_none()
    if version is None:
        raise Refused("not_found")
    if version["state"] == "approved":
        if version["approved_by"] == caller.subject:
            return bytes(version["content_hash"])
        raise Refused("criteria_approved")
    if version["drafted_by"] == caller.subject:
        raise Refused("same_person_drafted")
    await _demand_free_start(tx, version)
    demand_proof(await try_examples(tx, version_id))
    digest = content_hash(dict(version), await criteria_of(tx, version_id))
    person = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.APPROVE_VERSION, {"version_id": version_id, "hash": digest, **person})
    details = {"content_hash": digest.hex()}
    await audit.record(
        tx, caller, "criteria.approve", "criteria_version", version_id, details=details
    )
    if evaluate:
        await ask_evaluation(tx, caller, PROVINCE)
    return digest


async def _demand_free_start(tx: AsyncConnection, version: RowMapping) -> None:
    asked = {"programme_id": version["programme_id"], "day": version["valid_from"]}
    running = (await tx.execute(queries.VERSION_ON, asked)).mappings().one_or_none()
    if running is not None and running["valid_from"] == version["valid_from"]:
        raise Refused("start_taken", day=version["valid_from"].isoformat())


async def redraft(
    tx: AsyncConnection,
    caller: Principal,
    version_id: UUID,
    *,
    version: Mapping[str, Any],
    criteria: Sequence[Criterion],
) -> None:
    """Write a draft anew; only its drafter may, so that no approver has a hand in it.

    Raises Refused: not_found, criteria_approved, draft_of_another, criteria_empty, and as draft.
    """
    await own_draft(tx, caller, version_id)
    if not criteria:
        raise Refused("criteria_empty")
    for one in criteria:
        demand_rule(one.expression)
    await tx.execute(
        queries.REDRAFT_VERSION,
        {
            "version_id": version_id,
            "decree": version["decree_number"],
            "decreed": version["decree_on"],
            "since": version["valid_from"],
            "until": version["valid_to"],
            "age": version["fact_age_days_max"],
        },
    )
    await tx.execute(queries.DELETE_CRITERIA, {"version_id": version_id})
    await _write_criteria(tx, version_id, criteria)
    await audit.record(tx, caller, "criteria.draft", "criteria_version", version_id)
