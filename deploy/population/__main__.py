"""`python -m population`: write a synthetic province into a folder."""

import argparse
import os
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from population.duplicates import Province
from population.files import FORMATS
from population.generate import FolderInUse, Order, generate
from population.layouts.known import LAYOUTS
from population.period import Period
from population.rates import Rates, with_changes
from population.sizes import FULL, SIZES, persons_of, plan

WORKBOOKS_UP_TO = 60_000  # Persons; larger provinces are written as CSV unless asked otherwise.
ONE_PROCESS_UP_TO = 10_000
MOST_PROCESSES = 2


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m population",
        description="A synthetic Kalimantan Tengah: nobody in it exists.",
    )
    parser.add_argument("--size", default="small", help=f"{', '.join(SIZES)} or 1 to {FULL}")
    parser.add_argument("--seed", type=int, default=62)
    parser.add_argument("--out", type=Path, required=True, help="an empty folder, or an old one")
    parser.add_argument(
        "--layouts", default="opensid", help=f"of {', '.join(LAYOUTS)}; the first is the usual one"
    )
    parser.add_argument(
        "--one-file",
        action="store_true",
        help="all villages in province/penduduk.csv or .xlsx; for a layout with village codes",
    )
    parser.add_argument("--format", choices=FORMATS, help="default: xlsx up to medium, then csv")
    parser.add_argument(
        "--rate", action="append", default=[], metavar="NAME=SHARE", help="change a fault's rate"
    )
    parser.add_argument(
        "--period", metavar="YYYY-Qn", help="of the deciles; default: the last quarter that is over"
    )
    parser.add_argument("--jobs", type=int, help=f"processes, at most {MOST_PROCESSES} by default")
    return parser.parse_args(arguments)


def order_of(options: argparse.Namespace, today: date) -> Order:
    """Return what the options ask for. Raises ValueError for what cannot be made."""
    persons = persons_of(options.size)
    layouts = tuple(options.layouts.split(","))
    unknown = [name for name in layouts if name not in LAYOUTS]
    if unknown:
        raise ValueError(f"no layout is called {unknown[0]!r}; there are {', '.join(LAYOUTS)}")
    if options.one_file and (len(layouts) > 1 or not LAYOUTS[layouts[0]].names_village):
        raise ValueError("one file for all needs one layout with village codes: --layouts khbs")
    rates = with_changes(Rates(), options.rate)
    period = Period.read(options.period) if options.period else Period.last_whole_before(today)
    processes = min(os.cpu_count() or 1, MOST_PROCESSES) if persons > ONE_PROCESS_UP_TO else 1
    return Order(
        size=options.size,
        province=Province.of(options.seed, plan(options.size), rates, period),
        out=options.out,
        layouts=layouts,
        file_format=options.format or ("xlsx" if persons <= WORKBOOKS_UP_TO else "csv"),
        jobs=max(options.jobs or processes, 1),
        one_file=options.one_file,
    )


def _peak_megabytes() -> tuple[int, int]:
    """Return the most memory this process had, and the most that any of its workers had."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return own // 1024, workers // 1024


def main(arguments: Sequence[str] | None = None, *, today: date | None = None) -> int:
    """Write the province; return the exit code. `today` is the clock's unless it is given."""
    options = _options(arguments)
    began = time.monotonic()
    try:
        made = generate(order_of(options, today or datetime.now(UTC).date()))
    except (ValueError, FolderInUse) as problem:
        print(f"population: {problem}", file=sys.stderr)
        return 2
    counts, (own, workers) = made["counts"], _peak_megabytes()
    print(
        f"population: {counts['rows']:,} rows of {counts['distinct_persons_listed']:,} people on "
        f"{counts['family_cards']:,} family cards in {counts['villages']:,} villages, "
        f"{time.monotonic() - began:.1f} s, at most {own} MB and {workers} MB a worker",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
