"""Pure ASGI middleware: request ids, access lines, metrics and security headers.

Pure, because BaseHTTPMiddleware runs the app in a cancel scope of its own and leaks connections
when a client goes away. It stands outside of everything, so that no answer leaves without it.
"""

import re
import time
from collections.abc import Callable, Sequence

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import ids

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
SIXTEEN_DIGITS = re.compile(rb"\d{16}")
STATIC = "/static"
QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics", STATIC})
PLAIN = b"text/plain"

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_seconds",
    "Time to answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

log = structlog.get_logger("access")

Answer = Callable[[Request, str], Response]  # the answer to a request that is refused with a code


class RequestScope:
    """Gives each request an id, writes one line about it, and adds the security headers.

    `answer` says no in our own form where a library below would say it in plain text (a body
    that is too large) or not at all (an exception).
    """

    def __init__(
        self, app: ASGIApp, headers: Sequence[tuple[bytes, bytes]], answer: Answer | None = None
    ) -> None:
        self._app = app
        self._headers = tuple(headers)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        reply = _Reply(send, self._headers, request_id)
        started = time.perf_counter()
        token = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._serve(scope, receive, reply)
        finally:
            _note(scope, reply.status, time.perf_counter() - started)
            structlog.contextvars.reset_contextvars(**token)

    async def _serve(self, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        reply.hides_plain_413 = self._answer is not None
        try:
            await self._app(scope, receive, reply.send)
        except Exception as error:
            if reply.is_started and not reply.is_complete:
                raise
            # Starlette raises again what it has answered; the server need not hear of it.
            log.error("unexpected error", error=type(error).__name__, exc_info=error)
            if not reply.is_started:
                await self._refuse("internal_error", scope, receive, reply)
        else:
            if reply.is_hidden:
                await self._refuse("too_large", scope, receive, reply)

    async def _refuse(self, code: str, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        reply.is_hidden = reply.hides_plain_413 = False
        if self._answer is None:
            response = Response(status_code=500)
        else:
            response = self._answer(Request(scope, receive), code)
        await response(scope, receive, reply.send)


class _Reply:
    """One answer on its way out."""

    __slots__ = (
        "_headers",
        "_request_id",
        "_send",
        "hides_plain_413",
        "is_complete",
        "is_hidden",
        "is_started",
        "status",
    )

    def __init__(
        self, send: Send, headers: tuple[tuple[bytes, bytes], ...], request_id: str
    ) -> None:
        self._send = send
        self._headers = headers
        self._request_id = request_id
        self.status = 500
        self.is_started = self.is_complete = False
        self.is_hidden = self.hides_plain_413 = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            present = dict(message["headers"])
            is_plain = present.get(b"content-type", b"").startswith(PLAIN)
            if message["status"] == 413 and is_plain and self.hides_plain_413:
                self.is_hidden = True
                return
            self.is_started = True
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self._request_id.encode()),
                *(header for header in self._headers if header[0] not in present),
            ]
        elif self.is_hidden:
            return
        elif message["type"] == "http.response.body":
            self.is_complete = not message.get("more_body", False)
        await self._send(message)


def _request_id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            # Ids are logged: a caller's id must not be somebody's NIK.
            if REQUEST_ID.fullmatch(value) and not SIXTEEN_DIGITS.search(value):
                return str(value.decode())
            break
    return str(ids.new_id())


def route_of(scope: Scope) -> str:
    """Return the template of a request's route, never its path: that may hold an id."""
    path = getattr(scope.get("route"), "path", None)
    if path is None and scope.get("path", "").startswith(f"{STATIC}/"):
        return STATIC  # A mounted application has no route of ours.
    return path or "(none)"


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = route_of(scope)
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
