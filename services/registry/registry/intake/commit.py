"""Committing a checked file: asked for by a person, done by the worker in one transaction."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.eligibility.ask import ask_evaluation
from registry.intake import queries
from registry.intake.read import compare_facts, compare_people, count
from registry.intake.upload import get
from registry.jobs.request import request
from registry.jobs.run import Job
from registry.people import incoming

COMMIT_JOB = "import.commit"


async def ask_commit(
    tx: AsyncConnection, caller: Principal, import_id: UUID, *, evaluate: bool = True
) -> RowMapping:
    """Have the right rows of a checked file written; a repeat changes nothing.

    Raises Refused: outside_your_regions, import_not_ready, nothing_to_commit.
    """
    batch = await _locked(tx, import_id)
    caller.demand_region(batch["region_code"])
    if batch["state"] in {"committing", "committed"}:
        return batch
    if batch["state"] != "staged":
        raise Refused("import_not_ready")
    counts = batch["counts"]
    if counts["rows"] == counts["errors"]:
        raise Refused("nothing_to_commit")
    person = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.ASK_COMMIT, {"import_id": import_id, **person})
    await request(tx, caller, COMMIT_JOB, import_id, {"evaluate": evaluate})
    return await get(tx, import_id)


async def withdraw(tx: AsyncConnection, caller: Principal, import_id: UUID) -> None:
    """Set a checked file aside; nothing of it is written. Raises Refused."""
    batch = await _locked(tx, import_id)
    caller.demand_region(batch["region_code"])
    if batch["state"] == "withdrawn":
        return
    if batch["state"] != "staged":
        raise Refused("import_not_ready")
    await tx.execute(queries.WITHDRAW, {"import_id": import_id})
    await audit.record(
        tx, caller, "import.withdraw", "import", import_id, region_code=batch["region_code"]
    )


async def _locked(tx: AsyncConnection, import_id: UUID) -> RowMapping:
    found = (await tx.execute(queries.LOCK_BATCH, {"import_id": import_id})).mappings()
    batch = found.one_or_none()
    if batch is None:
        raise Refused("not_found")
    return batch


async def commit_import(engine: AsyncEngine, job: Job) -> None:
    """Write the right rows; people, facts, counts and the job's end are one commit."""
    async with engine.begin() as tx:
        await job.begin(tx)
        batch = await _locked(tx, job.subject_id)
        if batch["state"] != "committing":
            await job.finish(tx)
            return
        job.total = batch["counts"]["rows"]
        await incoming.hold_village(tx, batch["region_code"])
        about = batch["about"]
        if batch["layout"] == "opensid":
            await _write_people(tx, batch, about["cells"])
        else:
            await _write_facts(tx, batch, about)
        counts = {**batch["counts"], **await count(tx, batch["id"])}
        await tx.execute(queries.COMMITTED, {"import_id": batch["id"], "row_counts": counts})
        await audit.record(
            tx,
            job.caller,
            "import.commit",
            "import",
            batch["id"],
            region_code=batch["region_code"],
            details={key: counts[key] for key in ("rows", "errors", "new", "changed")},
        )
        if job.arguments.get("evaluate", True):
            await ask_evaluation(tx, job.caller, batch["region_code"])
        await job.finish(tx)


async def _write_people(tx: AsyncConnection, batch: RowMapping, cells: dict[str, str]) -> None:
    await compare_people(tx, batch["id"], batch["region_code"], cells)
    await incoming.merge_people(tx, batch["region_code"], batch["id"])


async def _write_facts(tx: AsyncConnection, batch: RowMapping, about: dict[str, Any]) -> None:
    await compare_facts(tx, batch["id"], batch["region_code"], about["cells"])
    roster = None
    if "roster" in about:
        roster = incoming.RosterLoad(
            about["roster"],
            about["period"],
            date.fromisoformat(about["valid_from"]),
            date.fromisoformat(about["valid_to"]),
        )
    source = about.get("programme_name") or "DTSEN"
    await incoming.merge_facts(tx, batch["region_code"], batch["id"], source=source, roster=roster)


async def note_unreadable(
    tx: AsyncConnection, job: Job, code: str, facts: Mapping[str, Any]
) -> None:
    """Say on the file why it was not read."""
    await tx.execute(
        queries.REFUSE, {"import_id": job.subject_id, "code": code, "facts": dict(facts)}
    )


async def note_not_committed(
    tx: AsyncConnection,
    job: Job,
    code: str,  # noqa: ARG001 - a failed job carries its own reason
    facts: Mapping[str, Any],  # noqa: ARG001
) -> None:
    """Put the file back to where a person can ask again."""
    await tx.execute(queries.BACK_TO_STAGED, {"import_id": job.subject_id})
