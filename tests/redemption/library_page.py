"""A page of a terminal with nothing on it but the library: modules under the page's real policy."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from tests.chromium import WITHIN_MS
from tests.redemption.world import settings

import common.web
import redemption.scanner
from common.web.headers import content_security_policy

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


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port of this machine, and return its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@asynccontextmanager
async def library_page(
    browser: Browser,
    *,
    before: str = "",
    connect: Iterable[str] = (),
    without: str = "no file",
    in_worker: str = "",
    asks_others: bool = False,
) -> AsyncIterator[Page]:
    """Open the page; `before` runs before any module, `without` is a file that is missing.

    `in_worker` runs at the start of the decoder's worker, which has globals of its own;
    with `asks_others` the page's policy is expected to stop something, else nothing.
    """
    app = Starlette(routes=[Route("/{path:path}", _answering(connect, without, in_worker))])
    context = await browser.new_context()
    context.set_default_timeout(WITHIN_MS)
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    await page.add_init_script(before + START)
    async with served(app) as address:
        await page.goto(f"{address}/terminal/")
        try:
            yield page
        finally:
            await context.close()
    blocked = [fault for fault in faults if "Content Security" in fault]
    assert bool(blocked) is asks_others, blocked


def _answering(
    connect: Iterable[str], without: str, in_worker: str
) -> Callable[[Request], Response]:
    settings_ = settings("postgresql://u:p@127.0.0.1/none")
    policy = content_security_policy(settings_, wasm=True, connect=connect)
    headers = {"content-security-policy": policy}

    def answer(request: Request) -> Response:
        path = request.url.path
        if path == "/terminal/":
            return Response(PAGE, media_type="text/html", headers=headers)
        inside = path.removeprefix("/terminal/lib/")
        file = LIBRARY / inside if inside != path else STATIC / path.removeprefix("/static/")
        if path.endswith(without) or not file.is_file():
            return Response(status_code=404, headers=headers)
        start = in_worker.encode() if path.endswith("/decoder.js") else b""
        return Response(start + file.read_bytes(), media_type=TYPES[file.suffix], headers=headers)

    return answer
