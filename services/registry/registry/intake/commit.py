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
from registry.intake.flagging import flags_from_facts, flags_from_numbers
from registry.intake.read import compare, counts_of, stage, staged_of
from registry.intake.rules import reasons_for_second
from registry.intake.staging import Keys
from registry.intake.upload import get
from registry.jobs.request import request
from registry.jobs.run import Job
from registry.matching.ask import ask_matching
from registry.people import incoming

COMMIT_JOB = "import.commit"


async def ask_commit(
    tx: AsyncConnection, caller: Principal, import_id: UUID, *, evaluate: bool = True
) -> RowMapping:
    """Have the right rows of a checked file written; a repeat changes nothing.

    A large change waits for another person: see `confirm`.
    Raises Refused: outside_your_regions, import_not_ready, nothing_to_commit.
    """
    batch = await locked(tx, caller, import_id)
    if batch["state"] in {"confirming", "committing", "committed"}:
        return batch
    if batch["state"] != "staged":
        raise Refused("import_not_ready")
    counts = batch["counts"]
    if counts["rows"] == counts["errors"]:
        raise Refused("nothing_to_commit")
    await _demand_sources(tx, caller, batch)
    reasons = reasons_for_second(counts)
    asked = {
        "import_id": import_id,
        "person": caller.subject,
        "person_name": caller.name,
        "reasons": reasons,
        "next_state": "confirming" if reasons else "committing",
    }
    await tx.execute(queries.ASK_COMMIT, asked)
    if reasons:
        await _note(tx, caller, "import.ask", batch, {"reasons": [one["code"] for one in reasons]})
    else:
        await request(tx, caller, COMMIT_JOB, import_id, {"evaluate": evaluate})
    return await get(tx, import_id)


async def confirm(
    tx: AsyncConnection, caller: Principal, import_id: UUID, *, evaluate: bool = True
) -> RowMapping:
    """Let a large change be written, as somebody who did not ask for it; a repeat is the same.

    Raises Refused: outside_your_regions, second_person_needed, import_not_ready.
    """
    batch = await locked(tx, caller, import_id)
    if batch["state"] in {"committing", "committed"} and batch["confirmed_by"] is not None:
        return batch
    if batch["state"] != "confirming":
        raise Refused("import_not_ready")
    if batch["committed_by"] == caller.subject:
        raise Refused("second_person_needed")
    await _demand_sources(tx, caller, batch)
    person = {"person": caller.subject, "person_name": caller.name}
    await tx.execute(queries.CONFIRM, {"import_id": import_id, **person})
    await _note(tx, caller, "import.confirm", batch, {})
    await request(tx, caller, COMMIT_JOB, import_id, {"evaluate": evaluate})
    return await get(tx, import_id)


async def withdraw(tx: AsyncConnection, caller: Principal, import_id: UUID) -> None:
    """Set a checked file aside; nothing of it is written. Raises Refused."""
    batch = await locked(tx, caller, import_id)
    if batch["state"] == "withdrawn":
        return
    if batch["state"] not in {"needs_mapping", "staged", "confirming"}:
        raise Refused("import_not_ready")
    await tx.execute(queries.WITHDRAW, {"import_id": import_id})
    await _note(tx, caller, "import.withdraw", batch, {})


async def locked(tx: AsyncConnection, caller: Principal, import_id: UUID) -> RowMapping:
    """Return an import of the caller's regions that nobody else changes now; raises Refused."""
    batch = await _locked(tx, import_id)
    caller.demand_region(batch["region_code"])
    return batch


async def _demand_sources(tx: AsyncConnection, caller: Principal, batch: RowMapping) -> None:
    """Whoever lets people move must answer for the villages that they leave, too."""
    for code in await _sources(tx, batch):
        caller.demand_region(code)


async def _sources(tx: AsyncConnection, batch: RowMapping) -> list[str]:
    if not batch["counts"].get("moves"):
        return []
    found = await tx.execute(queries.SOURCE_VILLAGES, {"import_id": batch["id"]})
    return list(found.scalars())


async def _note(
    tx: AsyncConnection,
    caller: Principal,
    action: str,
    batch: RowMapping,
    details: dict[str, Any],
) -> None:
    await audit.record(
        tx, caller, action, "import", batch["id"], region_code=batch["region_code"], details=details
    )


async def _locked(tx: AsyncConnection, import_id: UUID) -> RowMapping:
    found = (await tx.execute(queries.LOCK_BATCH, {"import_id": import_id})).mappings()
    batch = found.one_or_none()
    if batch is None:
        raise Refused("not_found")
    return batch


async def commit_import(
    engine: AsyncEngine, job: Job, keys: Keys, districts: frozenset[str]
) -> None:
    """Write the right rows; people, facts, counts and the job's end are one commit."""
    async with engine.begin() as tx:
        await job.begin(tx)
        batch = await _locked(tx, job.subject_id)
        if batch["state"] == "committing":
            batch = await _with_rows(tx, job, batch, keys, districts)
            job.total, job.done = batch["counts"]["rows"], 0
            counts = await _write(tx, job, batch)
            if counts is not None:
                await _end(tx, job, batch, counts)
        await job.finish(tx)


async def _with_rows(
    tx: AsyncConnection, job: Job, batch: RowMapping, keys: Keys, districts: frozenset[str]
) -> RowMapping:
    """Return the batch with its rows staged: a crash of the database empties unlogged tables."""
    asked = {"import_id": batch["id"]}
    if await tx.scalar(queries.ARE_STAGED, asked):
        return batch
    await stage(tx, job, batch, keys, districts)
    await tx.execute(queries.GO_ON_COMMITTING, asked)
    return await get(tx, batch["id"])


async def _write(tx: AsyncConnection, job: Job, batch: RowMapping) -> dict[str, Any] | None:
    """Write the rows and return the counts; None when a second person has to look first."""
    staged = staged_of({**batch}, batch["counts"]["rows"])
    is_facts = batch["about"].get("is_facts", False)
    sources = await _sources(tx, batch)
    await incoming.hold_regions(tx, [batch["region_code"], *batch["villages"], *sources])
    counts: dict[str, Any] = batch["counts"]
    if await compare(tx, batch, staged, is_facts=is_facts):
        if not is_facts:
            await incoming.hand_on(tx, staged)
        counts = {**counts, **await counts_of(tx, staged, is_facts=is_facts)}
    if is_facts:
        await _write_facts(tx, batch, batch["about"])
        await flags_from_facts(tx, job.caller, batch)
        return counts
    reasons = reasons_for_second(counts)
    if reasons and batch["confirmed_by"] is None:
        # Others have changed these villages since it was asked for, so that it is large by now.
        back = {"import_id": batch["id"], "reasons": reasons, "row_counts": counts}
        await tx.execute(queries.BACK_TO_CONFIRMING, back)
        return None

    def progress(rows: int) -> None:
        job.done = rows

    await incoming.merge_people(tx, staged, has_changes=counts["changed"] > 0, progress=progress)
    if counts["errors"]:
        await flags_from_numbers(tx, job.caller, batch)
    return counts


async def _end(tx: AsyncConnection, job: Job, batch: RowMapping, counts: dict[str, Any]) -> None:
    """Mark the batch committed, say so in the audit log, and have its families decided anew."""
    await tx.execute(queries.COMMITTED, {"import_id": batch["id"], "row_counts": counts})
    details = {key: counts[key] for key in ("rows", "errors", "new", "changed")}
    await _note(tx, job.caller, "import.commit", batch, details)
    if job.arguments.get("evaluate", True):
        for region_code in {batch["region_code"], *await _sources(tx, batch)}:
            await ask_evaluation(tx, job.caller, region_code)
        if not batch["about"].get("is_facts", False):
            await ask_matching(tx, job.caller, batch["region_code"])


async def _write_facts(tx: AsyncConnection, batch: RowMapping, about: dict[str, Any]) -> None:
    roster = None
    if "roster" in about:
        roster = incoming.RosterLoad(
            about["roster"],
            about["period"],
            date.fromisoformat(about["valid_from"]),
            date.fromisoformat(about["valid_to"]),
        )
    source = about.get("programme_name") or about.get("source") or "DTSEN"
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
