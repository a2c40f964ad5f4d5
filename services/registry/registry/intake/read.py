"""Reading an uploaded file: recognised, staged row by row, and compared with what is known."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.regions import LEVELS, all_regions
from common.sealed import Sealer
from registry.intake import double_queries, queries
from registry.intake.layouts.shape import Context
from registry.intake.mappings import mappings_for
from registry.intake.readers import rows_of
from registry.intake.reading import Head, Order
from registry.intake.staging import CHUNK_ROWS, COLUMNS, COPY_END, COPY_HEAD, Keys
from registry.intake.stored import opened_file
from registry.intake.upload import get
from registry.jobs.run import Job
from registry.people import incoming

# Synthetic numbers have this district, which does not exist; only a demonstration knows it.
RESERVED_DISTRICT = "99"


def known_districts(*, demo: bool) -> frozenset[str]:
    """Return the district codes that a NIK may begin with."""
    codes = {code for code in all_regions() if LEVELS[len(code)] == "district"}
    if demo:
        codes |= {f"{code[:5]}.{RESERVED_DISTRICT}" for code in codes}
    return frozenset(codes)


async def read_import(engine: AsyncEngine, job: Job, keys: Keys, districts: frozenset[str]) -> None:
    """Stage a file's rows with what is wrong in them; the whole file or nothing."""
    async with engine.begin() as tx:
        await job.begin(tx)
        await stage(tx, job, await get(tx, job.subject_id), keys, districts)
        await job.finish(tx)


async def stage(
    tx: AsyncConnection, job: Job, batch: RowMapping, keys: Keys, districts: frozenset[str]
) -> None:
    """Read a file into staged rows and compare them; rows of an earlier reading are forgotten."""
    mappings = await mappings_for(tx, batch["region_code"])
    context = Context(batch["region_code"], clock.utc_now().date(), districts, mappings)
    await tx.execute(queries.FORGET_ROWS, {"import_id": batch["id"]})
    async with opened_file(tx, Sealer(keys.sealing), batch["id"]) as path:
        head, rows = await _copy(tx, job, Order(path, batch["id"], context, keys))
    staged = await settle(tx, batch, head, rows)
    await tx.execute(
        queries.STAGED,
        {
            "import_id": batch["id"],
            "layout_name": head.layout,
            "about_file": head.about,
            "row_counts": await counts_of(tx, staged, is_facts=head.is_facts),
            "village_codes": list(staged.villages),
        },
    )


async def _copy(tx: AsyncConnection, job: Job, order: Order) -> tuple[Head, int]:
    """Have the file read and copy its rows as they come; return how many there are."""
    driver: Any = (await tx.get_raw_connection()).driver_connection
    async with rows_of(order) as (head, chunks):
        job.total = head.height

        async def stream() -> Any:
            yield COPY_HEAD
            async for rows, content in chunks:
                yield content
                job.done = min(job.done + rows, job.total)
            yield COPY_END

        copied = await driver.copy_to_table(
            "staged_rows", source=stream(), columns=COLUMNS, format="binary"
        )
        return head, int(copied.removeprefix("COPY "))


async def settle(tx: AsyncConnection, batch: RowMapping, head: Head, rows: int) -> incoming.Staged:
    """Say of each staged row whether it stands twice, and what committing it would do."""
    asked = {"import_id": batch["id"], "cells": json.dumps(head.about.get("cells", {}))}
    if not head.is_facts:
        await _find_doubles(tx, rows, asked)
    found = {"about": head.about, "villages": sorted(head.villages)}
    staged = staged_of({**batch, **found}, rows)
    await compare(tx, batch, staged, is_facts=head.is_facts)
    if not head.is_facts:
        await incoming.hand_on(tx, staged)
    return staged


async def _find_doubles(tx: AsyncConnection, rows: int, asked: Mapping[str, Any]) -> None:
    async def find() -> None:
        if rows > CHUNK_ROWS:
            for statement in double_queries.ONE_FAMILY:
                await tx.execute(statement, asked)
        for pairs, again in double_queries.DOUBLES:
            for statement in pairs:
                await tx.execute(statement, asked)
            if await tx.scalar(double_queries.COUNT_MORE):
                # Few stand three times, but to find them every row is looked at: once.
                await incoming.planned(tx, rows, partial(tx.execute, again, asked))
                await incoming.plan(tx, rows)
            await tx.execute(double_queries.FORGET_DOUBLED)

    await incoming.planned(tx, rows, find)


def staged_of(batch: Mapping[str, Any], rows: int) -> incoming.Staged:
    """Return what the statements about a batch's rows need to know of it."""
    return incoming.Staged(
        batch["id"], rows, batch["villages"], batch["scopes"], batch["about"]["cells"]
    )


async def compare(
    tx: AsyncConnection, batch: RowMapping, staged: incoming.Staged, *, is_facts: bool
) -> bool:
    """Compare staged rows with what is known; return whether anything of it is known already."""
    if not is_facts:
        return await incoming.compare_people(tx, staged)
    await incoming.compare_facts(tx, batch["id"], batch["region_code"], staged.cells)
    return True


async def counts_of(
    tx: AsyncConnection, staged: incoming.Staged, *, is_facts: bool
) -> dict[str, int]:
    """Return how many rows are new, changed, wrong …"""
    asked = {"import_id": staged.import_id}
    counts = dict((await tx.execute(queries.COUNTS, asked)).mappings().one())
    if is_facts:
        return {key: counts[key] for key in counts if key not in {"missing", "moves"}}
    return {**counts, "living": await incoming.count_living(tx, staged.villages)}
