"""Probabilistic linkage of a whole synthetic province, judged by its answer key.

`make bench ONLY=link_pairs`, or by hand with more to see:

    python -m tests.benchmarks.link_pairs [--province DIR] [--without-parents] [--blocking]
    python -m tests.benchmarks.link_pairs --train     writes matching/model.json anew

The pairs are found by the very function that the registry's worker runs (`matching.link`). Every
pair of rows with the same true person counts, also those whose NIK a spreadsheet has damaged (they
are compared without it; the intake would have refused such a row).
"""

import argparse
import csv
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

from tests.benchmarks import Report

from registry.matching import train
from registry.matching.link import Pair, connection, link, load
from registry.matching.records import Record
from registry.matching.settings_splink import BLOCKING_COUNTS
from registry.matching.thresholds import BLOCKING_FROM, REVIEW_FROM
from registry.people.rules import name_key

DEPLOY = Path(__file__).parents[2] / "deploy"
# Another province than the one that is judged: nothing is learned from the answers.
TRAINING = ("200000", "7")
JUDGED = ("full", "62")
DAMAGED = {"nik_number", "nik_exponent"}
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
DAY_FIRST = re.compile(r"(\d\d?)[-/](\d\d?)[-/](\d{4})")


def made(folder: Path, size: str, seed: str) -> Path:
    """Make a synthetic province as CSV."""
    command = ["--size", size, "--seed", seed, "--format", "csv", "--out", str(folder)]
    subprocess.run(
        [sys.executable, "-m", "population", *command], cwd=DEPLOY, check=True, capture_output=True
    )
    return folder


def records(province: Path, *, with_parents: bool = True) -> Iterator[Record]:
    """Yield the rows of all villages, in the order of the answer key."""
    keys: dict[str, set[str]] = {}
    with (province / "answer_key/persons.csv").open() as file:
        for line in csv.DictReader(file):
            if line["faults"]:
                keys[f"{line['village']}:{line['row']}"] = set(line["faults"].split("|"))
    for path in sorted(province.glob("villages/*/penduduk.csv")):
        village = path.parent.name
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                row_id = f"{village}:{number}"
                nik = "" if keys.get(row_id, set()) & DAMAGED else row["nik"].lstrip("'")
                yield _record(row_id, village, row, nik=nik, with_parents=with_parents)


def _record(
    row_id: str, village: str, row: dict[str, str], *, nik: str, with_parents: bool
) -> Record:
    return Record(
        id=row_id,
        name=name_key(row["nama"]),
        sex="M" if row["sex"] == "1" else "F",
        born_on=_day(row["tanggallahir"].strip()),
        region_code=village,
        place=row["tempatlahir"] or None,
        nik=nik if len(nik) == 16 and nik.isdigit() else None,
        father=name_key(row["nama_ayah"]) or None if with_parents else None,
        mother=name_key(row["nama_ibu"]) or None if with_parents else None,
        card=row["no_kk"] or None,
    )


def _day(text: str) -> date | None:
    if found := ISO.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := DAY_FIRST.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return None


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def truths(province: Path) -> dict[str, str]:
    """Return the true person of each row."""
    with (province / "answer_key/persons.csv").open() as file:
        return {
            f"{line['village']}:{line['row']}": line["truth_id"] for line in csv.DictReader(file)
        }


def true_pairs(persons: dict[str, str]) -> set[tuple[str, str]]:
    """Return every pair of rows that are one person."""
    rows: dict[str, list[str]] = defaultdict(list)
    for row_id, person in persons.items():
        rows[person].append(row_id)
    return {
        (min(pair), max(pair))
        for some in rows.values()
        if len(some) > 1
        for pair in combinations(some, 2)
    }


def judge(found: list[Pair], truth: set[tuple[str, str]], weight: float) -> tuple[float, float]:
    """Return precision and recall of the pairs from a weight on."""
    kept = {(pair.a, pair.b) for pair in found if pair.weight >= weight}
    right = len(kept & truth)
    return right / max(len(kept), 1), right / max(len(truth), 1)


def measure(report: Report) -> None:
    """Measure link_precision, link_recall, link_minutes and link_peak_mb, in its own process."""
    with tempfile.TemporaryDirectory(prefix="khbs-bench-") as folder:
        province = made(Path(folder), *JUDGED)
        command = [sys.executable, "-m", "tests.benchmarks.link_pairs", "--province", str(province)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    sys.stderr.write(answer.stdout)
    figures = dict(re.findall(r"^(link_\w+) ([\d.]+)$", answer.stdout, re.MULTILINE))
    report.figures.update({name: float(value) for name, value in figures.items()})


def show(province: Path, *, with_parents: bool) -> None:
    """Link a province and print what was found, how right it is, and what it took."""
    started = time.monotonic()
    found = link(records(province, with_parents=with_parents))
    minutes = (time.monotonic() - started) / 60
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    persons = truths(province)
    truth = true_pairs(persons)
    say(f"{len(persons)} records, {len(truth)} true pairs, {len(found)} found")
    for weight in sorted({REVIEW_FROM, BLOCKING_FROM, *range(int(REVIEW_FROM), 25, 2)}):
        precision, recall = judge(found, truth, weight)
        say(f"from weight {weight:5.1f}: precision {precision:.4f} recall {recall:.4f}")
    precision, recall = judge(found, truth, REVIEW_FROM)
    say(f"link_precision {precision:.4f}\nlink_recall {recall:.4f}")
    say(f"link_minutes {minutes:.2f}\nlink_peak_mb {peak_mb:.0f}")


def show_blocking(province: Path) -> None:
    """Print what each blocking rule costs, and what it finds of the true pairs."""
    persons = truths(province)
    database = connection()
    ids = load(database, records(province))
    numbers = {row_id: number for number, row_id in enumerate(ids)}
    pairs = [sorted((numbers[a], numbers[b])) for a, b in true_pairs(persons)]
    database.execute("CREATE TABLE one (a BIGINT, b BIGINT)").fetchall()
    database.executemany("INSERT INTO one VALUES (?, ?)", pairs)
    for rule, statement in BLOCKING_COUNTS.items():
        every, right = database.execute(statement).fetchall()[0]
        say(f"{every:10} pairs, {right:6} of {len(pairs)} true ones: {rule}")


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.link_pairs")
    parser.add_argument("--province", type=Path)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--without-parents", action="store_true")
    parser.add_argument("--blocking", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="khbs-bench-") as folder:
        province = asked.province or made(Path(folder), *(TRAINING if asked.train else JUDGED))
        if asked.train:
            train.write(train.train(records(province), truths(province).values()))
        elif asked.blocking:
            show_blocking(province)
        else:
            show(province, with_parents=not asked.without_parents)


if __name__ == "__main__":
    main()
