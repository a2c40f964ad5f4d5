"""An address of another agency, really listening: it keeps what it is sent, and answers as told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Listener:
    """What came, and what the next answers are; 200 when nothing is set."""

    address: str = ""
    bodies: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length")]
        size = int(lengths[0].split(":")[1]) if lengths else 0
        body = await reader.readexactly(size)
        self.paths.append(head.split(" ")[1])
        self.bodies.append(json.loads(body))
        self.came.set()
        status = self.statuses.pop(0) if self.statuses else 200
        where = f"location: {self.location}\r\n" if self.location else ""
        answer = f"HTTP/1.1 {status} X\r\n{where}content-length: 2\r\nconnection: close\r\n\r\n{{}}"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Listen on a free port of this machine."""
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    async with server:
        listener.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/dci"
        yield listener
