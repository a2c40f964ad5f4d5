"""`make model`: look at every order of the model, with as many leases as are asked for."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.models.checker import is_here, search


def main() -> int:
    """Search, and say how many states there are; 1 when one of them is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.models")
    parser.add_argument("--leases", type=int, default=2)
    leases = parser.parse_args().leases
    if not is_here():
        sys.stderr.write("spin and gcc are needed: sh deploy/install/spin.sh\n")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="khbs-model-") as folder:
        found = search(Path(folder), f"LEASES={leases}")
    took = time.monotonic() - began
    sys.stdout.write(f"{found.states:,} states in {took:.0f} s, errors: {found.errors}\n")
    return 1 if found.errors else 0


if __name__ == "__main__":
    sys.exit(main())
