"""A page of a terminal with nothing on it but the library: modules under the page's real policy."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Route
from tests.redemption.world import settings

import common.web
import redemption.scanner
from common.web.headers import content_security_policy

ORIGIN = "http://localhost"
ISSUANCE = "http://127.0.0.1:8002"
LIBRARY = Path(redemption.scanner.__file__).parent / "web" / "lib"
STATIC = Path(common.web.__file__).parent / "static"
TYPES = {".js": "text/javascript", ".wasm": "application/wasm"}
PAGE = "<!doctype html><html lang=id><title>t</title><main></main></html>"
# One function of the page: what a test sends as base64 arrives as bytes.
START = """
globalThis.lib = (name) => import(`/terminal/lib/${name}.js`);
globalThis.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
"""


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def policy() -> str:
    found = settings("postgresql://u:p@127.0.0.1/none")
    return content_security_policy(found, wasm=True, connect=found.trust_origins)


@asynccontextmanager
async def library_page(
    browser: Browser, *, before: str = "", without: Callable[[str], bool] = lambda _: False
) -> AsyncIterator[Page]:
    """Open the page; `before` runs before any module, `without` names files that are missing."""
    context = await browser.new_context()
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))

    async def answer(route: Route) -> None:
        await route.fulfill(**_file(route.request.url.split("?")[0].removeprefix(ORIGIN), without))

    await context.route(f"{ORIGIN}/**", answer)
    await page.add_init_script(before + START)
    await page.goto(f"{ORIGIN}/terminal/")
    yield page
    blocked = [fault for fault in faults if "Content Security" in fault]
    await context.close()
    assert blocked == []


def _file(path: str, without: Callable[[str], bool]) -> dict[str, Any]:
    headers = {"content-security-policy": policy()}
    if path == "/terminal/":
        return {"body": PAGE, "content_type": "text/html", "headers": headers}
    inside = path.removeprefix("/terminal/lib/")
    file = LIBRARY / inside if inside != path else STATIC / path.removeprefix("/static/")
    if without(path) or not file.is_file():
        return {"status": 404, "body": "", "headers": headers}
    headers["content-type"] = TYPES[file.suffix]
    return {"body": file.read_bytes(), "headers": headers}
