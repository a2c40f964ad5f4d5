"""A plain client for the shell's tests."""

from collections.abc import Callable

import httpx2 as httpx
import pytest
from fastapi import FastAPI


@pytest.fixture
def client_of() -> Callable[[FastAPI], httpx.AsyncClient]:
    """`client_of(app)`: a client that calls an app directly and keeps its cookies."""

    def new_client(app: FastAPI) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://testserver")

    return new_client
