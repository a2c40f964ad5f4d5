"""The list of what was made: from which seed and rates, how much, and each file's hash."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from common.regions import region_name
from population.duplicates import Province
from population.files import sha256_of
from population.layouts.roster import FAMILY, PROGRAMMES
from population.numbers import RESERVED_DISTRICT
from population.rates import OF_AND_SOURCE
from population.sizes import EMPTY_VILLAGE, LISTED_BY_REGENCY, OPERATOR_VILLAGE

FILE = "manifest.json"
GENERATOR = "population"
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class VillageFile:
    """One village's file; `cards` counts the family cards in it."""

    code: str
    name: str
    file: str
    layout: str
    rows: int
    cards: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What generation counted on its way."""

    files: list[VillageFile]
    faults: dict[str, int]
    doubles: int
    roster_lines: dict[str, int]


def is_ours(out: Path) -> bool:
    """Tell whether a folder was written by this generator, to the end or not."""
    try:
        found = json.loads((out / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("generator") == GENERATOR


def _write(out: Path, content: Manifest) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (out / FILE).write_text(f"{text}\n", encoding="utf-8")


def write_begun(out: Path) -> None:
    """Mark the folder as ours and not complete."""
    _write(out, {"generator": GENERATOR, "complete": False})


def _regencies(files: list[VillageFile]) -> list[Manifest]:
    rows: Counter[str] = Counter()
    villages: Counter[str] = Counter()
    for file in files:
        rows[file.code[:5]] += file.rows
        villages[file.code[:5]] += 1
    return [
        {
            "code": code,
            "name": region_name(code),
            "villages": villages[code],
            "rows": rows[code],
            "dtks_november_2023": LISTED_BY_REGENCY[code],
        }
        for code in sorted(rows)
    ]


def _demo(files: list[VillageFile]) -> Manifest:
    codes = {file.code for file in files}
    return {
        "operator_village": OPERATOR_VILLAGE if OPERATOR_VILLAGE in codes else files[0].code,
        "empty_village": None if EMPTY_VILLAGE in codes else EMPTY_VILLAGE,
    }


def _rates(province: Province, faults: dict[str, int]) -> Manifest:
    return {
        name: {
            "share": share,
            "of": OF_AND_SOURCE[name][0],
            "source": OF_AND_SOURCE[name][1],
            "made": faults.get(name),
        }
        for name, share in asdict(province.rates).items()
    }


def _rosters(lines: dict[str, int]) -> Manifest:
    return {
        name: {
            "file": f"rosters/{name}.xlsx",
            "programme": about.name,
            "target": "household" if about.target == FAMILY else "person",
            "lines": lines[name],
        }
        for name, about in PROGRAMMES.items()
    }


def write(size: str, province: Province, out: Path, counts: Counts) -> Manifest:
    """Write and return the manifest of a complete province."""
    rows = sum(file.rows for file in counts.files)
    rosters = _rosters(counts.roster_lines)
    period = province.period
    dtsen = {"file": f"dtsen/{period.name}.csv", "period": period.name}
    others = [dtsen["file"], *(str(one["file"]) for one in rosters.values())]
    others += ["answer_key/persons.csv", "answer_key/families.csv"]
    hashes = {file.file: file.sha256 for file in counts.files}
    hashes |= {name: sha256_of(out / name) for name in others}
    content: Manifest = {
        "generator": GENERATOR,
        "complete": True,
        "synthetic": f"Nobody in it exists: every NIK and KK has district {RESERVED_DISTRICT}.",
        "seed": province.seed,
        "size": size,
        "reference_on": period.opens_on.isoformat(),
        "demo": _demo(counts.files),
        "counts": {
            "villages": len(counts.files),
            "rows": rows,
            "distinct_persons_listed": rows - counts.doubles,
            "family_cards": sum(file.cards for file in counts.files),
            "faults": counts.faults,
        },
        "rates": _rates(province, counts.faults),
        "regencies": _regencies(counts.files),
        "villages": [asdict(file) for file in counts.files],
        "rosters": rosters,
        "dtsen": dtsen,
        "sha256": dict(sorted(hashes.items())),
    }
    _write(out, content)
    return content
