"""One whole stack for these tests: the real services on ports of their own, in a folder of its own.

`E2E_RUN_DIR=.run` uses a stack that runs already (with demonstration data) instead.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.people import Person, Town

from local.stack import Stack


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    given = os.environ.get("E2E_RUN_DIR")
    if given:
        running = Stack.at(Path(given))
        assert running.is_running, f"nothing runs in {given}: make up RUN_DIR={given}"
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="khbs-e2e-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        own = Stack.at(Path(folder), prefer_known_ports=False)
        try:
            own.up(show=lambda _: None)
            yield own
        finally:
            own.reset()


@pytest.fixture(scope="package")
def town(stack: Stack) -> Town:
    """The people of the stack, and the village where nobody has sent a file yet."""
    population = Path(stack.state["data"]) / "population"
    found = sorted(population.rglob("manifest.json")) or sorted(
        stack.folder.path.rglob("manifest.json")
    )
    manifest = json.loads(found[0].read_text())
    return Town(stack.state, empty_village=manifest["demo"]["empty_village"])


@pytest.fixture(scope="package")
def people(town: Town) -> Iterator[dict[str, Person]]:
    """Everyone who can sign in, signed in once for all tests: each code is good for one time."""
    everyone = {user: town.person(user) for user in (one["user"] for one in town.state["logins"])}
    yield everyone
    for person in everyone.values():
        person.http.close()


@pytest.fixture(scope="package")
def cycle_id(people: dict[str, Person]) -> str:
    """The cycle that the demonstration is in."""
    programmes = people["operator"].get("registry", "/v1/programmes")["programmes"]
    return str(programmes[0]["cycles"][0]["id"])
