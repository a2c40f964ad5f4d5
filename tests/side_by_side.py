"""The suite in several processes: what stays together in one of them, and what begins first.

`make test` starts as many as there are cores. Each has servers, databases and ports of its own, so
the only thing that tests of two processes share is the machine.
"""

from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-not-found,import-untyped,unused-ignore]

# The files of these folders share something that takes seconds to make: a whole stack, a town.
TOGETHER = ("tests/e2e/", "tests/identity/")
# What takes longest, longest first, so that the end does not wait for one process. A file that is
# missing here costs some seconds and nothing else: `make test ARGS="--durations=40"`.
BEGIN_FIRST = (
    "tests/e2e/",
    "tests/faults/",
    "tests/identity/",
    "tests/contracts/test_route_table.py",
    "tests/deploy/test_stack.py",
    "tests/registry/test_migrations.py",
    "tests/web/test_browser.py",
    "tests/common/test_broker_faults.py",
    "tests/registry/test_what_if_foretells.py",
    "tests/registry/test_demonstration.py",
    "tests/issuance/",
)


class ByFile(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """Gives each process a file at a time, or a folder that stays together, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def sort_longest_first(items: list[pytest.Item]) -> None:
    """Put the tests that take longest first; the others keep their order."""
    items.sort(key=lambda item: _rank(item.nodeid, BEGIN_FIRST))


def _rank(nodeid: str, beginnings: Iterable[str]) -> int:
    ranks = [rank for rank, beginning in enumerate(beginnings) if nodeid.startswith(beginning)]
    return ranks[0] if ranks else len(BEGIN_FIRST)
