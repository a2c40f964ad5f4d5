"""A run of the comparison: exact rules in the database, the model beside it, pairs and flags."""

import asyncio
import hashlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.ids import new_id
from registry.jobs.run import Job
from registry.matching import queries
from registry.matching.flagging import put_flags
from registry.matching.thresholds import BLOCKING_FROM, MODEL, SAME, UNKNOWN, strength_of
from registry.settings import Settings

PROVINCE = "62"
# From this many regions on, comparing the whole province costs less.
REGIONS_MAX = 200
AT_ONCE = 5000
LINE_BYTES_MAX = 1 << 20


class ComparisonFailed(Exception):
    """The comparing process ended without an answer."""


async def run_matching(engine: AsyncEngine, job: Job, settings: Settings) -> None:
    """Compare the people of the job's regions with the province; one commit with its effect."""
    regions = sorted(set(job.arguments["regions"]))
    if len(regions) > REGIONS_MAX:
        regions = [PROVINCE]
    started_at = clock.utc_now()
    pairs, counts = await compare(settings, regions)
    async with engine.begin() as tx:
        await job.begin(tx)
        prefixes = [f"{region}%" for region in regions]
        pairs = {**pairs, **await _exact(tx, prefixes, pairs)}
        run_id = new_id()
        await _put(tx, run_id, list(pairs.values()))
        touched = {row for pair in await _touched(tx, run_id, prefixes) for row in pair}
        flags = await put_flags(tx, job.caller, touched)
        run = {
            "id": run_id,
            "region_code": regions[0] if len(regions) == 1 else PROVINCE,
            "model": model_hash(),
            "counts": {**counts, "candidates": len(pairs), "flags": flags},
            "asked_by": job.requested_by,
            "asked_by_name": job.requested_by_name,
            "started_at": started_at,
        }
        await tx.execute(queries.INSERT_RUN, run)
        await job.finish(tx)


def model_hash() -> str:
    """Return what tells one model from another."""
    return hashlib.sha256(MODEL.read_bytes()).hexdigest()


async def compare(settings: Settings, regions: Sequence[str]) -> tuple[dict[Any, Any], Any]:
    """Return the pairs that the model finds, by their two ids, and what the run took.

    In a process of its own: its memory goes back when it ends, and a worker that is stopped takes
    it along. Raises ComparisonFailed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "registry.matching.run_link",
        stdin=PIPE,
        stdout=PIPE,
        limit=LINE_BYTES_MAX,
    )
    try:
        return await _converse(process, settings, regions)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _converse(
    process: Process, settings: Settings, regions: Sequence[str]
) -> tuple[dict[Any, Any], Any]:
    if process.stdin is None or process.stdout is None:
        raise ComparisonFailed("no pipes")
    asked = {
        "database_url": settings.database_url,
        "sealing_key": b64encode(settings.sealing_key.get_secret_value()).decode(),
        "regions": list(regions),
    }
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    await process.stdin.drain()
    pairs: dict[Any, Any] = {}
    counts: dict[str, Any] | None = None
    async for line in process.stdout:
        said = json.loads(line)
        if "counts" in said:
            counts = said["counts"]
        else:
            pairs[said["a"], said["b"]] = said
    if counts is None:
        raise ComparisonFailed(str(await process.wait()))
    return pairs, counts


async def _exact(tx: AsyncConnection, prefixes: list[str], pairs: dict[Any, Any]) -> dict[Any, Any]:
    """Return the pairs of the plain rules; they are sure, whatever the model says."""
    found: dict[Any, Any] = {}
    for row in (await tx.execute(queries.EXACT, {"prefixes": prefixes})).mappings():
        key = (str(row["a"]), str(row["b"]))
        known = pairs.get(key)
        evidence = known["evidence"] if known else _plain_evidence(row)
        weight = max(known["weight"] if known else BLOCKING_FROM, BLOCKING_FROM)
        found[key] = {
            "a": key[0],
            "b": key[1],
            "rule": row["rule"],
            "weight": weight,
            "evidence": evidence,
        }
    return found


def _plain_evidence(row: Any) -> dict[str, str]:
    said = {"name": SAME, "birth": SAME, "nik": UNKNOWN}
    for field, column in (
        ("sex", "same_sex"),
        ("place", "same_place"),
        ("region", "same_village"),
        ("father", "same_father"),
        ("mother", "same_mother"),
    ):
        said[field] = {None: UNKNOWN, True: SAME, False: "different"}[row[column]]
    return said


async def _put(tx: AsyncConnection, run_id: Any, pairs: list[dict[str, Any]]) -> None:
    for start in range(0, len(pairs), AT_ONCE):
        rows = [
            {**pair, "id": str(new_id()), "strength": strength_of(pair["weight"])}
            for pair in pairs[start : start + AT_ONCE]
        ]
        await tx.execute(queries.PUT_CANDIDATES, {"pairs": json.dumps(rows), "run_id": run_id})
    if len(pairs) > AT_ONCE:
        await tx.execute(queries.ANALYZE_CANDIDATES)


async def _touched(tx: AsyncConnection, run_id: Any, prefixes: list[str]) -> list[Any]:
    found = list((await tx.execute(queries.RUN_PAIRS, {"run_id": run_id})).all())
    gone = {"run_id": run_id, "prefixes": prefixes}
    return [*found, *(await tx.execute(queries.GONE, gone)).all()]
