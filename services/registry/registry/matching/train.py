"""Training the model: how often each level is met among pairs that are one person, and not.

Counted on pairs whose truth is known, and among the pairs that blocking lets through: these
already share a day or a name, so that a shared village or a twin's parents weigh what they weigh
there, and not what they would between strangers (Splink's usual estimates, by random pairs and
expectation maximisation, put siblings above doubles here; see the README for both).
"""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from registry.matching.link import connection, load, score
from registry.matching.records import Record
from registry.matching.settings_splink import settings
from registry.matching.thresholds import MODEL

# Levels that a synthetic province hardly shows are met in life: nothing is impossible. The share
# of one-person pairs that any level is given at least.
SHARE_MIN = 0.004
PAIRS_MIN = 0.5


def train(records: Iterable[Record], truths: Iterable[str]) -> dict[str, Any]:
    """Return the settings with what was learned; `truths` names the person of each record."""
    database = connection()
    load(database, records)
    database.execute("CREATE TABLE truth (id BIGINT, person VARCHAR)").fetchall()
    persons = list(truths)
    database.register("piece", pa.table({"id": range(len(persons)), "person": persons}))
    database.execute("INSERT INTO truth SELECT * FROM piece").fetchall()
    scored = score(database, settings(), from_weight=None)
    database.execute(f"""
        CREATE TABLE judged AS SELECT s.*, l.person = r.person AS is_one
        FROM {scored} s JOIN truth l ON l.id = s.id_l JOIN truth r ON r.id = s.id_r
    """).fetchall()  # noqa: S608
    learned = settings().create_settings_dict("duckdb")
    for comparison in learned["comparisons"]:
        _learn(comparison, _counts(database, comparison["output_column_name"]))
    ones, pairs = database.execute(
        "SELECT count(*) FILTER (is_one), count(*) FROM judged"
    ).fetchall()[0]
    learned["probability_two_random_records_match"] = round(ones / pairs, 6)
    return learned


def _counts(database: Any, comparison: str) -> dict[int, tuple[int, int]]:
    rows = database.execute(f"""
        SELECT gamma_{comparison}, count(*) FILTER (is_one), count(*) FILTER (NOT is_one)
        FROM judged WHERE gamma_{comparison} >= 0 GROUP BY 1
    """).fetchall()  # noqa: S608
    return {level: (ones, others) for level, ones, others in rows}


def _learn(comparison: dict[str, Any], counts: dict[int, tuple[int, int]]) -> None:
    levels = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
    ones = sum(count[0] for count in counts.values())
    others = sum(count[1] for count in counts.values())
    met = []
    for place, level in enumerate(levels):
        found = counts.get(len(levels) - 1 - place, (0, 0))
        met.append((level, max(found[0] / max(ones, 1), SHARE_MIN), found[1] + PAIRS_MIN))
    whole = sum(share for _, share, _ in met)
    for level, share, other in met:
        level["m_probability"] = round(share / whole, 8)
        level["u_probability"] = round(other / (others + PAIRS_MIN * len(met)), 8)


def write(learned: dict[str, Any]) -> None:
    """Keep what was learned as the model."""
    MODEL.write_text(json.dumps(learned, indent=1) + "\n")
