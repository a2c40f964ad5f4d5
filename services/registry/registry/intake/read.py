"""Reading an uploaded file: recognised, staged row by row, and compared with what is known."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.problems import Refused
from common.regions import LEVELS, all_regions
from common.sealed import BlindIndex, Sealer
from registry.intake import queries
from registry.intake.cells import column_letters
from registry.intake.layouts import known
from registry.intake.layouts.shape import Context, Reading
from registry.intake.sheet import open_sheets
from registry.intake.staging import COLUMNS, Stager
from registry.intake.stored import opened_file
from registry.intake.upload import get
from registry.jobs.run import Job
from registry.people import incoming

# Synthetic numbers have this district, which does not exist; only a demonstration knows it.
RESERVED_DISTRICT = "99"
POINTED_AT = {"kk": ("no_kk", "peserta"), "nik": ("nik",), "any": ("nama", "no_kk", "peserta")}


def known_districts(*, demo: bool) -> frozenset[str]:
    """Return the district codes that a NIK may begin with."""
    codes = {code for code in all_regions() if LEVELS[len(code)] == "district"}
    if demo:
        codes |= {f"{code[:5]}.{RESERVED_DISTRICT}" for code in codes}
    return frozenset(codes)


async def read_import(
    engine: AsyncEngine, job: Job, sealer: Sealer, index: BlindIndex, districts: frozenset[str]
) -> None:
    """Stage a file's rows with what is wrong in them; the whole file or nothing."""
    async with engine.begin() as tx:
        await job.begin(tx)
        batch = await get(tx, job.subject_id)
        context = Context(batch["region_code"], clock.utc_now().date(), districts)
        async with opened_file(tx, sealer, batch["id"]) as path:
            await tx.execute(queries.FORGET_ROWS, {"import_id": batch["id"]})
            stager = Stager(batch["id"], sealer, index)
            reading = await _stage(tx, job, path, context, stager)
        await _compare(tx, batch, reading)
        counts = await count(tx, batch["id"])
        await tx.execute(
            queries.STAGED,
            {
                "import_id": batch["id"],
                "layout_name": reading.layout,
                "about_file": {
                    **reading.about,
                    "cells": pointed_cells(reading),
                    "sheet": reading.sheet.name,
                    "header_row": reading.header_row,
                },
                "row_counts": {**counts, **await _missing(tx, batch, reading)},
            },
        )
        await job.finish(tx)


async def _stage(
    tx: AsyncConnection, job: Job, path: Path, context: Context, stager: Stager
) -> Reading:
    """Read in one thread of its own (the reader's objects may not change threads), copy here."""
    driver: Any = (await tx.get_raw_connection()).driver_connection
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "import") as thread:

        async def there(act: Callable[..., Any], *arguments: Any) -> Any:
            return await loop.run_in_executor(thread, act, *arguments)

        reading: Reading = await there(_recognise, path, context)
        job.total = max(reading.sheet.height - reading.header_row, 1)
        chunks = stager.chunks(reading)
        while (chunk := await there(next, chunks, None)) is not None:
            await driver.copy_records_to_table("staged_rows", records=chunk, columns=COLUMNS)
            job.done = min(job.done + len(chunk), job.total)
        del chunks
    return reading


def _recognise(path: Path, context: Context) -> Reading:
    reading = known.recognise(open_sheets(path), context)
    if not reading.is_facts and LEVELS.get(len(context.region_code)) != "village":
        raise Refused("village_needed")
    return reading


def pointed_cells(reading: Reading) -> dict[str, str]:
    """Return the column letters that problems found by comparing point at."""
    places = reading.columns.places
    letters = {}
    for what, names in POINTED_AT.items():
        place = next((places[name] for name in names if name in places), 0)
        letters[what] = column_letters(place)
    return letters


async def _compare(tx: AsyncConnection, batch: RowMapping, reading: Reading) -> None:
    cells = pointed_cells(reading)
    if reading.is_facts:
        await compare_facts(tx, batch["id"], batch["region_code"], cells)
    else:
        await compare_people(tx, batch["id"], batch["region_code"], cells)


async def compare_people(
    tx: AsyncConnection, import_id: UUID, region_code: str, cells: dict[str, str]
) -> None:
    """Say for each staged person what committing would do."""
    await incoming.open_people(tx)
    await tx.execute(queries.PUT_PEOPLE, {"import_id": import_id})
    await incoming.compare_people(tx, region_code)
    await tx.execute(queries.NOTE_PEOPLE, {"import_id": import_id, "cells": json.dumps(cells)})


async def compare_facts(
    tx: AsyncConnection, import_id: UUID, region_code: str, cells: dict[str, str]
) -> None:
    """Say for each staged fact what committing would do."""
    await incoming.open_facts(tx)
    await tx.execute(queries.PUT_FACTS, {"import_id": import_id})
    await incoming.compare_facts(tx, region_code)
    await tx.execute(queries.NOTE_FACTS, {"import_id": import_id, "cells": json.dumps(cells)})


async def count(tx: AsyncConnection, import_id: UUID) -> dict[str, int]:
    """Return how many rows are new, changed, wrong …"""
    row = (await tx.execute(queries.COUNTS, {"import_id": import_id})).mappings().one()
    return dict(row)


async def _missing(tx: AsyncConnection, batch: RowMapping, reading: Reading) -> dict[str, int]:
    if reading.is_facts:
        return {}
    return {"missing": await incoming.count_missing(tx, batch["region_code"])}
