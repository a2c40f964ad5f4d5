"""Several processes of the service over one database, asked in turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
from tests.faults.processes import Api

REDEEM = "/v1/redemptions"
BY_CONNECTION = httpx.Limits(max_connections=40)
Send = Callable[[list[Any]], Awaitable[list[httpx.Response]]]


@dataclass
class Counters:
    """The processes, and somebody who asks them in turn."""

    apis: list[Api]
    bearer: str

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        """Send bodies to the processes in turn, all at once; return the answers in order."""
        headers = {"authorization": f"Bearer {self.bearer}"}
        clients = [
            httpx.AsyncClient(base_url=api.address, timeout=30, limits=BY_CONNECTION)
            for api in self.apis
        ]

        async def send(bodies: list[Any]) -> list[httpx.Response]:
            return await asyncio.gather(
                *(
                    clients[number % len(clients)].post(REDEEM, json=body, headers=headers)
                    for number, body in enumerate(bodies)
                )
            )

        yield send
        for client in clients:
            await client.aclose()
