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
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.sealed import Sealer
from registry.matching import queries
from registry.matching.link import Pair, link
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
    records, within = asyncio.run(_read(asked))
    found = link(records)
    for pair in found:
        if pair.a in within or pair.b in within:
            _say(_line(pair))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    counts = {"persons": len(records), "pairs": len(found), "peak_bytes": peak}
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


async def _read(asked: dict[str, Any]) -> tuple[list[Record], set[str]]:
    """Return everyone to compare, and the ids of those in the regions that were asked for."""
    sealer = Sealer(b64decode(asked["sealing_key"]))
    engine = new_engine(
        asked["database_url"],
        application_name="registry matching reads",
        pool_size=1,
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        idle_in_transaction_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    prefixes = {"prefixes": [f"{region}%" for region in asked["regions"]]}
    records: list[Record] = []
    within: set[str] = set()
    try:
        async with engine.connect() as connection:
            async for row in _stream(connection, queries.RECORDS, prefixes):
                records.append(_record(row, sealer))
                within.add(records[-1].id)
            if PROVINCE not in asked["regions"]:
                around = _stream(connection, queries.RECORDS_AROUND, prefixes)
                records.extend([_record(row, sealer) async for row in around])
    finally:
        await engine.dispose()
    return records, within


async def _stream(connection: AsyncConnection, statement: Any, values: dict[str, Any]) -> Any:
    options = {"yield_per": FETCH_ROWS}
    async with connection.stream(statement, values, execution_options=options) as result:
        async for row in result.mappings():
            yield row


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
