"""A load generator in a process of its own: keep-alive connections, each with one request out.

`python -m tests.benchmarks.load HOST PORT CLIENTS SECONDS FILE`: FILE has one raw HTTP request a
frame (4 bytes of length, then the bytes). Each is sent once, unless there is only one. Prints JSON.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import uvloop

END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one's answer is complete."""

    def __init__(self, requests: Iterator[bytes], ends_at: float) -> None:
        self.statuses: Counter[int] = Counter()
        self.took_s: list[float] = []
        self.done = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._ends_at = ends_at
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have asyncio's methods without its classes.
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None or time.perf_counter() > self._ends_at:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(END)
        if head_end < 0:
            return
        at = self._buffer.find(LENGTH) + len(LENGTH)
        whole = head_end + len(END) + int(self._buffer[at : self._buffer.find(b"\r", at)])
        if len(self._buffer) < whole:
            return
        self.statuses[int(self._buffer[9:12])] += 1
        self.took_s.append(time.perf_counter() - self._sent_at)
        self._buffer = self._buffer[whole:]
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server closed the connection"))


def frames(path: Path) -> list[bytes]:
    """Return the requests of a file."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


async def run(host: str, port: int, clients: int, seconds: float, path: Path) -> dict[str, object]:
    """Send until the time is over; return the counts and the latencies."""
    requests = frames(path)
    line = itertools.repeat(requests[0]) if len(requests) == 1 else iter(requests)
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Connection(line, began + seconds), host, port))[1]
        for _ in range(clients)
    ]
    await asyncio.gather(*(one.done for one in made))
    elapsed = time.perf_counter() - began
    took = sorted(itertools.chain.from_iterable(one.took_s for one in made))
    return {
        "statuses": dict(sum((one.statuses for one in made), Counter())),
        "per_s": len(took) / elapsed,
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[int(len(took) * 0.99)],
        "ran_out": len(requests) > 1 and len(took) >= len(requests),
    }


if __name__ == "__main__":
    host, port, clients, seconds, file = sys.argv[1:]
    found = uvloop.run(run(host, int(port), int(clients), float(seconds), Path(file)))
    sys.stdout.write(json.dumps(found))
