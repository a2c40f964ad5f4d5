"""Routes of FastAPI without its general machinery, for the few paths that a queue waits on.

What such a route says of itself (body, answer, permission) is declared as everywhere, so that
OpenAPI and the table of routes and roles show it; only the way from the bytes to the call is short:
no search for the route, no solving of dependencies, no stack of context managers.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from common.auth.principal import permission_of
from common.problems import Refused

JSON = "application/json"
LENGTH_DIGITS_MAX = 12
NUL = rb"\u0000"
Handle = Callable[[Request], Awaitable[Response]]


class LeanRoute(APIRoute):
    """Calls `endpoint(request, body, caller)`, which returns the response itself.

    The endpoint's `body` is a pydantic model and its `caller` depends on `require(permission)`;
    a transaction is its own affair. Its path has no parameters.
    """

    def get_route_handler(self) -> Handle:  # type: ignore[override]
        """Return the way from a request to the endpoint."""
        permission = permission_of(self)
        model: type[BaseModel] = self.endpoint.__annotations__["body"]
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint

        async def handle(request: Request) -> Response:
            caller = await request.app.state.identify(request)
            if permission not in caller.permissions:
                raise Refused("permission_missing", permission=permission)
            body = read_body(model, request, await request.body())
            return await endpoint(request=request, body=body, caller=caller)

        return handle


class Shortcuts:
    """Sends requests of lean routes straight to them, and all others into the app.

    Refusals and errors are answered by the app's own handlers. A body whose length is not said, or
    is too large, goes the long way, where it is limited.
    """

    def __init__(self, app: FastAPI, inner: ASGIApp, *, body_bytes_max: int) -> None:
        self._app = app
        self._inner = inner
        self._body_bytes_max = body_bytes_max
        self._routes = {
            (method, route.path): (route, route.original_route.get_route_handler())
            for route in iter_route_contexts(app.routes)
            if isinstance(route.original_route, LeanRoute)
            for method in route.original_route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = None
        if scope["type"] == "http":
            found = self._routes.get((scope["method"], scope["path"]))
        if found is None or not self._is_small(scope):
            await self._inner(scope, receive, send)
            return
        scope["app"], (scope["route"], handle) = self._app, found
        request = Request(scope, receive, send)
        try:
            response = await handle(request)
        except Exception as error:  # noqa: BLE001 - whoever answers it raises what is not known
            response = await self._answer(request, error)
        await response(scope, receive, send)

    def _is_small(self, scope: Scope) -> bool:
        said = [value for name, value in scope["headers"] if name == b"content-length"]
        # Sent in chunks, a body is as long as it likes, whatever its length is said to be.
        is_open = any(name == b"transfer-encoding" for name, _ in scope["headers"])
        is_said = len(said) == 1 and said[0].isdigit() and len(said[0]) <= LENGTH_DIGITS_MAX
        return is_said and not is_open and int(said[0]) <= self._body_bytes_max

    async def _answer(self, request: Request, error: Exception) -> Response:
        for kind in type(error).__mro__:
            handler: Any = self._app.exception_handlers.get(kind)
            if handler is not None and kind is not Exception:
                response: Response = await handler(request, error)
                return response
        raise error


def read_body(model: type[BaseModel], request: Request, content: bytes) -> BaseModel:
    """Return a JSON body; raises RequestValidationError, as FastAPI does."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON and not kind.endswith("+json"):
        raise RequestValidationError([_error("model_attributes_type", ())])
    if NUL in content:
        # The database takes no such text, and would undo what shares a transaction with it.
        raise RequestValidationError([_error("string_unicode", ())])
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(
            [_error(one["type"], one["loc"], one.get("ctx")) for one in error.errors()]
        ) from None


def _error(kind: str, place: tuple[Any, ...], context: dict[str, Any] | None = None) -> Any:
    return {"type": kind, "loc": ("body", *place), "ctx": context or {}}
