"""Counters that go on serving while things break: the same id is tried until it has an answer."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2 as httpx
from tests.faults.history import History

CLIENTS = 8
ANSWER_WITHIN_S = 8.0
TRY_AGAIN_AFTER_S = 0.05
PROGRESS_WITHIN_S = 60.0


class Counters:
    """CLIENTS people at counters, each with the next card as soon as the last one is done."""

    def __init__(self, address: str, headers: dict[str, str], bodies: list[dict[str, Any]]) -> None:
        self.history = History()
        self._address = f"{address}/v1/redemptions"
        self._headers = headers
        self._queue = iter(itertools.chain(bodies))
        self._going = True
        self._moved = asyncio.Event()

    async def progress(self, acts: int) -> None:
        """Wait until so many more acts were acknowledged."""
        goal = len(self.history.acknowledged) + acts
        async with asyncio.timeout(PROGRESS_WITHIN_S):
            while len(self.history.acknowledged) < goal:
                self._moved.clear()
                await self._moved.wait()

    async def serve(self) -> None:
        """Serve cards until told to stop; every act that was begun is brought to an answer."""
        async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, headers=self._headers) as http:
            while self._going and (body := next(self._queue, None)) is not None:
                await self._act(http, body)

    async def _act(self, http: httpx.AsyncClient, body: dict[str, Any]) -> None:
        act = UUID(body["id"])
        self.history.tried.add(act)
        while True:
            try:
                answer = await http.post(self._address, json=body)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == 201:
                self.history.acknowledged.add(act)
                self._moved.set()
                return
            if answer is not None and answer.status_code < 500:
                self.history.refused[act] = answer.json()["code"]
                return
            self.history.unsure.add(act)
            await asyncio.sleep(TRY_AGAIN_AFTER_S)

    def stop(self) -> None:
        """Begin nothing new."""
        self._going = False


@asynccontextmanager
async def serving(counters: Counters) -> AsyncIterator[Counters]:
    """Let the counters serve; at the end every act that was begun has its answer."""
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(counters.serve())
        try:
            yield counters
        finally:
            counters.stop()
