"""Waiting for what another process does: on a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
EVERY_S = 0.2


def until(ask: Callable[[], Found | None], what: str, within_s: float = 90.0) -> Found:
    """Return the first answer that is not empty; AssertionError names what did not come."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(EVERY_S)
    raise AssertionError(f"not within {within_s:.0f} s: {what}")
