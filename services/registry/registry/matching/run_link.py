"""The process that compares: reads people, opens their NIKs in memory, prints the pairs it finds.

`python -m registry.matching.run_link` takes one line of JSON on its standard input (where the
database is, the key, which regions) and answers with lines of JSON. It writes nothing anywhere, is
started by the worker for one run and ends with it: also when the worker is killed.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from typing import Any

import duckdb
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.sealed import Sealer
from registry.matching import queries
from registry.matching.link import Pair, append, connection, found, open_table
from registry.matching.records import Record
from registry.people.rules import nik_context

FETCH_ROWS = 5000
PROVINCE = "62"


def main() -> None:
    """Compare, as the line on standard input says."""
    # A memory image on disk would hold what is open here.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    started = time.monotonic()
    database = connection()
    ids, inside = asyncio.run(_read(asked, database))
    # Those of the asked regions were read first.
    within = set(ids[:inside]) if inside < len(ids) else None
    pairs = found(database, ids)
    for pair in pairs:
        if within is None or pair.a in within or pair.b in within:
            _say(_line(pair))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    counts = {"persons": len(ids), "pairs": len(pairs), "peak_bytes": peak}
    _say({"counts": {**counts, "seconds": round(time.monotonic() - started, 1)}})
    sys.stdout.flush()
    # Gone at once, with all it held; taking the engines apart in order says nothing useful.
    os._exit(0)


def _end_with_parent() -> None:
    # The worker holds the other end open as long as it lives.
    sys.stdin.read()
    os._exit(1)


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def _line(pair: Pair) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "weight": pair.weight,
        "evidence": dict(pair.evidence),
        "rule": pair.rule,
    }


async def _read(
    asked: dict[str, Any], database: duckdb.DuckDBPyConnection
) -> tuple[list[str], int]:
    """Load everyone to compare; return their ids and how many are of the regions asked for."""
    sealer = Sealer(b64decode(asked["sealing_key"]))
    engine = new_engine(
        asked["database_url"],
        application_name="registry matching reads",
        pool_size=1,
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        idle_in_transaction_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    prefixes = {"prefixes": [f"{region}%" for region in asked["regions"]]}
    ids: list[str] = []
    open_table(database)
    try:
        async with engine.connect() as tx:
            async for piece in _stream(tx, queries.RECORDS, prefixes):
                append(database, ids, [_record(row, sealer) for row in piece])
            inside = len(ids)
            if PROVINCE not in asked["regions"]:
                async for piece in _stream(tx, queries.RECORDS_AROUND, prefixes):
                    append(database, ids, [_record(row, sealer) for row in piece])
    finally:
        await engine.dispose()
    return ids, inside


async def _stream(
    tx: AsyncConnection, statement: Any, values: dict[str, Any]
) -> AsyncIterator[Sequence[RowMapping]]:
    options = {"yield_per": FETCH_ROWS}
    async with tx.stream(statement, values, execution_options=options) as result:
        async for piece in result.mappings().partitions():
            yield piece


def _record(row: RowMapping, sealer: Sealer) -> Record:
    nik = None
    if row["nik_sealed"] is not None:
        nik = sealer.open_text(row["nik_sealed"], nik_context(row["nik_index"]))
    return Record(
        id=str(row["id"]),
        name=row["name_key"],
        sex=row["sex"],
        born_on=row["born_on"],
        region_code=row["region_code"],
        place=row["birth_place"],
        nik=nik,
        father=row["father_name"],
        mother=row["mother_name"],
        card=str(row["household_id"]),
    )


if __name__ == "__main__":
    main()
