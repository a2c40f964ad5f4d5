"""The short way to a lean route: only bodies of a said and small size take it."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from common.auth.principal import Principal, require
from common.lean_route import LeanRoute, Shortcuts

BODY = b'{"parcels": 3}'
MOST = 100


class Wanted(BaseModel):
    parcels: int


async def give(
    request: Request,
    body: Wanted,
    caller: Annotated[Principal, Depends(require("redemptions.redeem"))],
) -> Response:
    del request, caller
    return Response(f"short {body.parcels}")


async def the_long_way(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("long")(scope, receive, send)


@pytest.fixture
def shortcuts() -> Shortcuts:
    async def identify(_: Request) -> Principal:
        return Principal("p", "P", frozenset(), frozenset({"redemptions.redeem"}))

    app, router = FastAPI(), APIRouter(route_class=LeanRoute)
    router.post("/give")(give)
    app.include_router(router)
    app.state.identify = identify
    return Shortcuts(app, the_long_way, body_bytes_max=MOST)


async def answer(shortcuts: Shortcuts, headers: list[tuple[bytes, bytes]], **changes: Any) -> str:
    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    said: list[bytes] = []

    async def send(message: Message) -> None:
        said.append(message.get("body", b""))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/give",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *headers],
        **changes,
    }
    await shortcuts(scope, receive, send)
    return b"".join(said).decode()


LENGTH = (b"content-length", str(len(BODY)).encode())


async def test_a_small_body_of_a_said_length_takes_the_short_way(shortcuts: Shortcuts):
    assert await answer(shortcuts, [LENGTH]) == "short 3"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-length", b"101")],
        [(b"content-length", b"-1")],
        [(b"content-length", b"9" * 5000)],
        [LENGTH, (b"content-length", b"101")],
        [LENGTH, (b"transfer-encoding", b"chunked")],
        [(b"transfer-encoding", b"chunked"), LENGTH],
    ],
)
async def test_a_body_that_may_be_longer_goes_where_it_is_limited(
    shortcuts: Shortcuts, headers: list[tuple[bytes, bytes]]
):
    assert await answer(shortcuts, headers) == "long"


@pytest.mark.parametrize("changes", [{"method": "GET"}, {"path": "/give/"}, {"path": "/Give"}])
async def test_what_is_not_that_very_route_goes_the_long_way(
    shortcuts: Shortcuts, changes: dict[str, str]
):
    assert await answer(shortcuts, [LENGTH], **changes) == "long"
