"""The probabilistic comparison: Splink over DuckDB, in the memory of this process and no disk.

Runs in a process of its own (`run_link`): a whole province takes some gigabytes for a minute, and
opened NIKs must be nowhere when it is over. The same settings and model run on Spark: see the
registry's README.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from registry.matching.records import COLUMNS, Record, in_columns, pieces, row_of
from registry.matching.thresholds import (
    LEVELS,
    MODEL,
    REVIEW_FROM,
    code_of,
    is_plausible,
    rule_of,
)

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
    open_table(database)
    ids: list[str] = []
    for piece in pieces(records, PIECE_ROWS):
        append(database, ids, piece)
    return ids


def open_table(database: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table of what is compared."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    database.execute(f"CREATE TABLE compared ({columns})").fetchall()


def append(database: duckdb.DuckDBPyConnection, ids: list[str], piece: Sequence[Record]) -> None:
    """Add some records to the compared table, and their ids to `ids`."""
    if not piece:
        return
    rows = (row_of(len(ids) + place, record) for place, record in enumerate(piece))
    database.register("piece", pa.table(in_columns(rows)))
    database.execute("INSERT INTO compared SELECT * FROM piece").fetchall()
    database.unregister("piece")
    ids.extend(record.id for record in piece)


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
        return found(database, load(database, records), from_weight=from_weight)
    finally:
        database.close()


def found(
    database: duckdb.DuckDBPyConnection, ids: Sequence[str], *, from_weight: float = REVIEW_FROM
) -> list[Pair]:
    """Return the pairs among the loaded records that may be one person, the surest first."""
    if not ids:
        return []
    table = score(database, model(), from_weight=from_weight)
    levels = ", ".join(f"s.gamma_{name}" for name in LEVELS)
    rows = database.execute(
        f"""SELECT s.id_l, s.id_r, s.match_weight, coalesce(l.card = r.card, false), {levels}
            FROM {table} s JOIN compared l ON l.id = s.id_l JOIN compared r ON r.id = s.id_r
            ORDER BY s.match_weight DESC"""  # noqa: S608
    ).fetchall()
    pairs = (_pair(ids, row) for row in rows)
    return [pair for pair in pairs if pair is not None]


def _pair(ids: Sequence[str], row: tuple[Any, ...]) -> Pair | None:
    evidence = {name: code_of(name, gamma) for name, gamma in zip(LEVELS, row[4:], strict=True)}
    if not is_plausible(evidence, on_one_card=row[3]):
        return None
    a, b = sorted((ids[row[0]], ids[row[1]]))
    return Pair(a, b, round(row[2], 2), evidence, rule_of(evidence))
