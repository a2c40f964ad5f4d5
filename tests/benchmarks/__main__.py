"""`make bench`: measure, print ratios, and keep them in RUN_DIR/bench.json (ONLY=name for one)."""

import argparse
import json
import os
import sys
from pathlib import Path

from tests.benchmarks import BENCHMARKS, Report
from tests.benchmarks.machine import describe


def main() -> int:
    """Run what was asked for; 2 when there is no such benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default="", help="one ratio or figure, by its name")
    only = parser.parse_args().only
    names = [name for name, (_, gives) in BENCHMARKS.items() if not only or only in (name, *gives)]
    if not names:
        sys.stderr.write(f"no benchmark gives {only}; there are: {', '.join(known())}\n")
        return 2
    report = Report(machine=describe())
    for name in names:
        sys.stderr.write(f"measuring {name} …\n")
        BENCHMARKS[name][0](report)
    path = Path(os.environ.get("RUN_DIR") or ".run") / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text()) if only and path.is_file() else {}
    path.write_text(json.dumps(report.merged_into(before), indent=2) + "\n")
    for kind in ("ratios", "figures"):
        for key, value in sorted(getattr(report, kind).items()):
            sys.stdout.write(f"{kind[:-1]:7} {key:32} {value:g}\n")
    sys.stdout.write(f"written to {path}\n")
    return 0


def known() -> list[str]:
    """Return every name that --only takes."""
    return sorted({name for name, (_, gives) in BENCHMARKS.items() for name in (name, *gives)})


if __name__ == "__main__":
    sys.exit(main())
