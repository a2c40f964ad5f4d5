"""A route of FastAPI without its general machinery, for the one path that a queue waits on.

What a route says of itself (body, answer, permission) is declared as everywhere, so that OpenAPI
and the table of routes and roles show it; only the way from the bytes to the call is short.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from common.auth.principal import permission_of
from common.problems import Refused

JSON = "application/json"


class LeanRoute(APIRoute):
    """Calls `endpoint(request, body, caller)`, which returns the response itself.

    The endpoint's `body` is a pydantic model and its `caller` depends on `require(permission)`;
    a transaction is its own affair.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        handle = self.get_route_handler()

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = answer

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
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


def read_body(model: type[BaseModel], request: Request, content: bytes) -> BaseModel:
    """Return a JSON body; raises RequestValidationError, as FastAPI does."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON and not kind.endswith("+json"):
        raise RequestValidationError([_error("model_attributes_type", ())])
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(
            [_error(one["type"], one["loc"], one.get("ctx")) for one in error.errors()]
        ) from None


def _error(kind: str, place: tuple[Any, ...], context: dict[str, Any] | None = None) -> Any:
    return {"type": kind, "loc": ("body", *place), "ctx": context or {}}
