"""Undoing a committed file as one: asked for by another person with a reason, done by the worker.

What the file changed is restored in a new version, whom it brought is withdrawn (their history
stays), and its facts are put aside. It is refused while anything builds on the file.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.eligibility.ask import ask_evaluation
from registry.intake import queries
from registry.intake.commit import locked
from registry.intake.upload import get
from registry.jobs.request import request
from registry.jobs.run import Job
from registry.people import incoming, undo_queries

UNDO_JOB = "import.undo"
NAMED_MAX = 5


async def ask_undo(
    tx: AsyncConnection, caller: Principal, import_id: UUID, reason: str
) -> RowMapping:
    """Have a committed file undone; a repeat changes nothing.

    Raises Refused: outside_your_regions, import_not_ready, reason_needed, second_person_needed,
    import_built_upon, import_families_listed, import_people_changed.
    """
    batch = await locked(tx, caller, import_id)
    for code in batch["villages"]:
        caller.demand_region(code)
    if batch["state"] in {"undoing", "undone"}:
        return batch
    if batch["state"] != "committed":
        raise Refused("import_not_ready")
    if not reason.strip():
        raise Refused("reason_needed")
    if batch["committed_by"] == caller.subject:
        raise Refused("second_person_needed")
    await _demand_free(tx, import_id)
    person = {"person": caller.subject, "person_name": caller.name, "reason": reason.strip()}
    await tx.execute(queries.ASK_UNDO, {"import_id": import_id, **person})
    about = {"reason": reason.strip()}
    await audit.record(
        tx, caller, "import.undo", "import", import_id, region_code=batch["region_code"],
        details=about,
    )  # fmt: skip
    await request(tx, caller, UNDO_JOB, import_id)
    return await get(tx, import_id)


async def _demand_free(tx: AsyncConnection, import_id: UUID) -> None:
    """Refuse while later files, lists or changes build on this one, naming them."""
    asked = {"import_id": import_id}
    later = (await tx.execute(queries.BUILT_UPON, asked)).all()
    if later:
        names = [f"{one.file_name} ({one.committed_at:%Y-%m-%d %H:%M} UTC)" for one in later]
        raise Refused("import_built_upon", files=_named(names), count=len(later))
    lists = (await tx.execute(undo_queries.LISTED, asked)).all()
    if lists:
        names = [f"{one.decree_number or one.region_code} ({one.families})" for one in lists]
        raise Refused("import_families_listed", lists=_named(names), count=len(lists))
    changed = int(await tx.scalar(undo_queries.COUNT_CHANGED_SINCE, asked) or 0)
    if changed:
        raise Refused("import_people_changed", count=changed)


def _named(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f", … (+{more})" if more > 0 else "")


async def undo_import(engine: AsyncEngine, job: Job) -> None:
    """Take a file out again; people, facts, state and the job's end are one commit."""
    async with engine.begin() as tx:
        await job.begin(tx)
        found = await tx.execute(queries.LOCK_BATCH, {"import_id": job.subject_id})
        batch = found.mappings().one()
        if batch["state"] == "undoing":
            await _undo(tx, job, batch)
        await job.finish(tx)


async def _undo(tx: AsyncConnection, job: Job, batch: RowMapping) -> None:
    asked = {"import_id": batch["id"]}
    await incoming.hold_regions(tx, [batch["region_code"], *batch["villages"]])
    # Somebody may have built on it between the asking and now.
    await _demand_free(tx, batch["id"])
    statements = [*undo_queries.UNDO_FACTS, *undo_queries.UNDO_PEOPLE]
    job.total = len(statements)
    for statement in statements:
        await tx.execute(statement, asked)
        job.done += 1
    await tx.execute(queries.UNDONE, asked)
    details: dict[str, Any] = {key: batch["counts"].get(key, 0) for key in ("new", "changed")}
    await audit.record(
        tx, job.caller, "import.undone", "import", batch["id"],
        region_code=batch["region_code"], details=details,
    )  # fmt: skip
    restored = (await tx.execute(undo_queries.RESTORED_REGIONS, asked)).scalars()
    for region_code in {batch["region_code"], *restored}:
        await ask_evaluation(tx, job.caller, region_code)


async def note_not_undone(tx: AsyncConnection, job: Job, *_: Any) -> None:
    """Put the file back to where a person can ask again; the job says why it failed."""
    await tx.execute(queries.BACK_TO_COMMITTED, {"import_id": job.subject_id})
