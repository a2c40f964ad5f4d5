"""Pure ASGI middleware: request ids, access lines, metrics and security headers.

Pure, because BaseHTTPMiddleware runs the app in a cancel scope of its own and leaks connections
when a client goes away.
"""

import re
import time
from collections.abc import Sequence

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import ids

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics", "/static"})

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_seconds",
    "Time to answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

log = structlog.get_logger("access")


class RequestScope:
    """Gives each request an id, writes one line about it, and adds the security headers."""

    def __init__(self, app: ASGIApp, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._app = app
        self._headers = tuple(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    *((name, value) for name, value in self._headers if name not in present),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                _note(scope, status, time.perf_counter() - started)


def _request_id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return str(ids.new_id())


def _note(scope: Scope, status: int, seconds: float) -> None:
    # The template, never the path: URLs end up in logs, and a path may hold an id.
    route = getattr(scope.get("route"), "path", None) or "(none)"
    REQUESTS.labels(scope["method"], route, status).inc()
    DURATION.labels(scope["method"], route).observe(seconds)
    if route not in QUIET_ROUTES:
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 1),
        )
