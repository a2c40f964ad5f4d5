"""The probabilistic comparison: Splink over DuckDB, in the memory of this process and no disk.

Runs in a process of its own (`run_link`): a whole province takes some gigabytes for a minute, and
opened NIKs must be nowhere when it is over. The same settings and model run on Spark: see the
registry's README.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from registry.matching.records import COLUMNS, Record, in_columns, pieces, row_of
from registry.matching.thresholds import LEVELS, MODEL, REVIEW_FROM, code_of, rule_of

PIECE_ROWS = 20_000
MEMORY_LIMIT = "3GB"
THREADS = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person: log2 odds, and what agrees, as codes."""

    a: str
    b: str
    weight: float
    evidence: Mapping[str, str]
    rule: str


def model() -> dict[str, Any]:
    """Return the trained settings."""
    found: dict[str, Any] = json.loads(MODEL.read_text())
    return found


def connection() -> duckdb.DuckDBPyConnection:
    """Open a database that never touches a disk."""
    opened = duckdb.connect(":memory:")
    for setting in (
        "temp_directory=''",
        f"memory_limit='{MEMORY_LIMIT}'",
        f"threads={THREADS}",
        "preserve_insertion_order=false",
    ):
        opened.execute(f"SET {setting}").fetchall()
    logging.getLogger("splink").setLevel(logging.ERROR)
    return opened


def load(database: duckdb.DuckDBPyConnection, records: Iterable[Record]) -> list[str]:
    """Fill the compared table; return the ids, in the order of the numbers that stand for them."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    database.execute(f"CREATE TABLE compared ({columns})").fetchall()
    ids: list[str] = []
    for piece in pieces(records, PIECE_ROWS):
        rows = (row_of(len(ids) + place, record) for place, record in enumerate(piece))
        database.register("piece", pa.table(in_columns(rows)))
        database.execute("INSERT INTO compared SELECT * FROM piece").fetchall()
        database.unregister("piece")
        ids.extend(record.id for record in piece)
    return ids


def score(database: duckdb.DuckDBPyConnection, settings: Any, *, from_weight: float | None) -> str:
    """Compare the loaded records; return the name of the table with the scored pairs."""
    api = DuckDBAPI(database)
    linker = Linker(api.register("compared"), settings, log_level=logging.ERROR)
    scored = linker.inference.predict(threshold_match_weight=from_weight)
    return str(scored.physical_name)


def link(records: Iterable[Record], *, from_weight: float = REVIEW_FROM) -> list[Pair]:
    """Return the pairs of records that may be one person, the surest first."""
    database = connection()
    try:
        ids = load(database, records)
        if not ids:
            return []
        table = score(database, model(), from_weight=from_weight)
        levels = ", ".join(f"gamma_{name}" for name in LEVELS)
        rows = database.execute(
            f"SELECT id_l, id_r, match_weight, {levels} FROM {table} ORDER BY match_weight DESC"  # noqa: S608
        ).fetchall()
    finally:
        database.close()
    return [_pair(ids, row) for row in rows]


def _pair(ids: list[str], row: tuple[Any, ...]) -> Pair:
    evidence = {name: code_of(name, gamma) for name, gamma in zip(LEVELS, row[3:], strict=True)}
    a, b = sorted((ids[row[0]], ids[row[1]]))
    return Pair(a, b, round(row[2], 2), evidence, rule_of(evidence))
