"""`make simulate`: the month at the size of the province, by as many seeds as are asked for."""

import argparse
import resource
import sys
import time

from tests.models.simulation import run

TERMINALS, FAMILIES = 1_500, 280_000


def main() -> int:
    """Run, and print what each month came to; a rule that does not hold ends it."""
    parser = argparse.ArgumentParser(prog="python -m tests.models.simulate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--months", type=int, default=1)
    asked = parser.parse_args()
    for seed in range(asked.seed, asked.seed + asked.months):
        began = time.monotonic()
        found = run(seed, TERMINALS, FAMILIES)
        took = time.monotonic() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(
            f"seed {seed}: {TERMINALS:,} terminals, {FAMILIES:,} families, {took:.0f} s, "
            f"{memory} MiB\n"
            f"  {found.served_online:9,} served on line\n"
            f"  {found.lines_written:9,} lines written without network, "
            f"{found.lines_lost_with_phones:,} of them wiped with a phone\n"
            f"  {found.sent_again:9,} of them forgotten by a restored server and sent again\n"
            f"  {found.turned_away:9,} told why not\n"
        )
        for name, count in found.counts.items():
            sys.stdout.write(f"  {count:9,} {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
