"""Makes the whole province, village by village, in one or more processes, into one folder."""

import multiprocessing
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from population import answer_key, manifest
from population.duplicates import Province
from population.files import csv_text, rows_as_csv, sha256_of, write
from population.layouts.known import LAYOUTS, Layout, layout_of
from population.layouts.roster import PROGRAMMES, Roster
from population.listing import ROSTER_FAULTS, Lister, Listing, RosterLine
from population.manifest import VillageFile
from population.period import Period
from population.province_file import ProvinceFile
from population.records import Cell
from population.sizes import Village

FOLDERS = ("villages", "province", "rosters", "dtsen", "answer_key")
CHUNK = 4  # Villages a worker takes at a time.
PROGRESS_STEPS = 10


Rows = list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    size: str
    province: Province
    out: Path
    layouts: tuple[str, ...]
    file_format: str
    jobs: int
    # All villages in one file of the first layout, which then names the village in each row.
    one_file: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What one village yields, besides its file: text for the shared files, and counts."""

    file: VillageFile
    persons: str
    families: str
    dtsen: str
    roster: tuple[RosterLine, ...]
    faults: Counter[str]
    doubles: int
    # What goes into the one file of the province, when there is one.
    rows: Rows | str = ""


class FolderInUse(Exception):
    """The folder holds something that this generator did not make."""


def made_faults(listing: Listing) -> Counter[str]:
    """Count what was made of each rate: by row, by family card, by roster line."""
    made = Counter(fault for record in listing.records for fault in record.faults)
    made["kk_exponent"] = 0  # A damaged card number is on each row of the card, and counts once.
    for family in listing.families:
        for fault in family.faults:
            made[ROSTER_FAULTS.get(fault, fault)] += fault != "duplicate"
        made["dtsen_missing"] += bool(family.members) and family.decile is None
    return made


def make_village(order: Order, place: int) -> Made:
    """Make the village at this place in the plan and write its file."""
    village = order.province.villages[place]
    listing = Lister(order.province, village).list()
    layout = layout_of(place, order.layouts)
    file, rows = _write(order, place, listing, layout)
    return Made(
        file,
        csv_text(answer_key.persons(listing)),
        csv_text(answer_key.families(listing)),
        csv_text(answer_key.dtsen(listing, order.province.period)),
        tuple(listing.roster),
        made_faults(listing),
        sum(record.is_duplicate for record in listing.records),
        rows,
    )


def _write(
    order: Order, place: int, listing: Listing, layout: Layout
) -> tuple[VillageFile, Rows | str]:
    """Write a village's own file, or return its rows for the one file of the province."""
    village = listing.village
    rows: Rows | str = ""
    if order.one_file:
        name, digest = ProvinceFile.name_of(order.file_format), ""
        before = sum(earlier.rows for earlier in order.province.villages[:place])
        for record in listing.records:
            record.row += before
        cells = layout.rows(listing)
        rows = rows_as_csv(cells) if order.file_format == "csv" else list(cells)
    else:
        path = write(order.out / "villages" / village.code, listing, layout, order.file_format)
        name, digest = path.relative_to(order.out).as_posix(), sha256_of(path)
    count, cards = len(listing.records), len(listing.families)
    return VillageFile(village.code, village.name, name, layout.name, count, cards, digest), rows


_order: list[Order] = []  # A worker's own copy, so that the plan travels once, not per village.


def _start_worker(order: Order) -> None:
    _order[:] = [order]


def _work(place: int) -> Made:
    return make_village(_order[0], place)


def _made(order: Order) -> Iterator[Made]:
    """Yield the villages in order of code, however many processes make them."""
    places = range(len(order.province.villages))
    if order.jobs == 1:
        yield from (make_village(order, place) for place in places)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(order.jobs, context, _start_worker, (order,)) as pool:
        yield from pool.map(_work, places, chunksize=CHUNK)


class SharedFiles:
    """The files that all villages write into."""

    def __init__(self, out: Path, period: Period, stack: ExitStack) -> None:
        self.paths = {
            "persons": out / "answer_key" / "persons.csv",
            "families": out / "answer_key" / "families.csv",
            "dtsen": out / "dtsen" / f"{period.name}.csv",
        }
        self.rosters = {name: out / "rosters" / f"{name}.xlsx" for name in PROGRAMMES}
        for path in (*self.paths.values(), *self.rosters.values()):
            path.parent.mkdir(parents=True, exist_ok=True)
        headers = {
            "persons": answer_key.PERSONS,
            "families": answer_key.FAMILIES,
            "dtsen": answer_key.DTSEN,
        }
        self._open: dict[str, IO[str]] = {}
        for name, path in self.paths.items():
            file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            file.write(csv_text([headers[name]]))
            self._open[name] = file
        self._writers = {
            name: Roster(self.rosters[name], about, period.year)
            for name, about in PROGRAMMES.items()
        }
        for roster in self._writers.values():
            stack.callback(roster.close)

    def add(self, made: Made) -> None:
        """Append what one village yields."""
        self._open["persons"].write(made.persons)
        self._open["families"].write(made.families)
        self._open["dtsen"].write(made.dtsen)
        for line in made.roster:
            self._writers[line.programme].add(line)

    def lines(self) -> dict[str, int]:
        """Return how many participants each programme has."""
        return {name: roster.lines for name, roster in self._writers.items()}


def clear(out: Path) -> None:
    """Make the folder ready: an earlier province in it goes, anything else is refused."""
    if out.exists() and any(out.iterdir()):
        if not manifest.is_ours(out):
            raise FolderInUse(f"{out} holds other files; choose an empty folder")
        for folder in FOLDERS:
            shutil.rmtree(out / folder, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    manifest.write_begun(out)


def generate(order: Order) -> manifest.Manifest:
    """Write the whole province; the manifest says it is complete when everything is there."""
    clear(order.out)
    villages: tuple[Village, ...] = order.province.villages
    total, written = sum(village.rows for village in villages), 0
    files: list[VillageFile] = []
    faults: Counter[str] = Counter()
    doubles = 0
    with ExitStack() as stack:
        shared = SharedFiles(order.out, order.province.period, stack)
        province = ProvinceFile.of(order.out, order.file_format, LAYOUTS[order.layouts[0]])
        if order.one_file:
            stack.callback(province.close)
            province.begin()
        for made in _made(order):
            shared.add(made)
            if order.one_file:
                province.add(made.rows)
            files.append(made.file)
            faults.update(made.faults)
            doubles += made.doubles
            before, written = written, written + made.file.rows
            if written * PROGRESS_STEPS // total > before * PROGRESS_STEPS // total:
                print(
                    f"population: {len(files)} of {len(villages)} villages, {written:,} rows",
                    file=sys.stderr,
                    flush=True,
                )
    if order.one_file:
        digest = sha256_of(province.path)
        files = [replace(file, sha256=digest) for file in files]
    counts = manifest.Counts(files, dict(sorted(faults.items())), doubles, shared.lines())
    return manifest.write(order.size, order.province, order.out, counts)
