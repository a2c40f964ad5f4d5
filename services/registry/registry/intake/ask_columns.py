"""A file that no layout fits waits for a person to say what its columns are."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.problems import Refused
from common.sealed import Sealer
from registry.intake import mapping_queries
from registry.intake.column_sample import sample_of
from registry.intake.stored import opened_file
from registry.jobs.run import Job


def sample_context(import_id: object) -> str:
    """Return what a sealed sample is bound to."""
    return f"column_samples:{import_id}"


async def or_ask(
    engine: AsyncEngine, job: Job, sealer: Sealer, read: Callable[[], Awaitable[None]]
) -> None:
    """Have a file read; when its columns are unknown, keep a sample and wait for a person."""
    try:
        if job.arguments.get("ask_columns"):
            raise Refused("layout_unknown")
        await read()
    except Refused as refusal:
        if refusal.code != "layout_unknown":
            raise
        async with engine.begin() as tx:
            await job.begin(tx)
            await _ask(tx, job, sealer)
            await job.finish(tx)


async def _ask(tx: AsyncConnection, job: Job, sealer: Sealer) -> None:
    async with opened_file(tx, sealer, job.subject_id) as path:
        sample = await asyncio.to_thread(sample_of, path)
    if not sample:
        raise Refused("layout_unknown")
    content = sealer.seal_text(json.dumps(sample), sample_context(job.subject_id))
    await tx.execute(mapping_queries.PUT_SAMPLE, {"import_id": job.subject_id, "content": content})
    await tx.execute(mapping_queries.NEEDS_MAPPING, {"import_id": job.subject_id})
