"""Waiting for what a page says, also where its policy forbids it to evaluate texts."""

import asyncio
import time
from typing import Any

from playwright.async_api import Error, Page

WITHIN_S = 60
EVERY_S = 0.05


async def until(page: Page, expression: str, arg: Any = None) -> None:
    """Wait until a JavaScript expression is true.

    Page.wait_for_function evaluates its text once from outside and from then on in the page, where
    a policy without unsafe-eval refuses it: it fails whenever the first look was too early.
    """
    ends_at = time.monotonic() + WITHIN_S
    while not await _is_true(page, expression, arg):
        assert time.monotonic() < ends_at, f"never true: {expression}"
        await asyncio.sleep(EVERY_S)


async def _is_true(page: Page, expression: str, arg: Any) -> bool:
    try:
        return bool(await page.evaluate(expression, arg))
    except Error as error:
        # The page is just going to another address.
        if "context was destroyed" in str(error) or "navigation" in str(error):
            return False
        raise
