"""A headless browser whose camera shows a card, and the app served on a port for it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
import zxingcpp
from fastapi import FastAPI
from playwright.async_api import Browser
from tests.chromium import started
from tests.clients import trust_test_issuer

WIDTH, HEIGHT = 1280, 720
MODULE_PIXELS = 6
FRAMES = 3
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def film_of(token: str, path: Path) -> Path:
    """Write what a camera sees of a card: grey, a little noise, the code off the middle."""
    code = zxingcpp.create_barcode(token, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    image = zxingcpp.write_barcode_to_image(code, scale=MODULE_PIXELS, add_quiet_zones=True)
    height, width = image.shape
    grey = bytes(memoryview(image).cast("B"))  # type: ignore[arg-type]
    rows = [grey[y * width : (y + 1) * width] for y in range(height)]
    left, top = (WIDTH - width) // 2 + 31, (HEIGHT - height) // 2 - 17
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420mpeg2\n".encode())
        for frame in range(FRAMES):
            picture = [bytearray(_noise(y + frame)) for y in range(HEIGHT)]
            for y, row in enumerate(rows):
                dimmed = bytes(40 + value * 180 // 255 for value in row)
                picture[top + y][left : left + width] = dimmed
            out.write(b"FRAME\n" + b"".join(picture) + b"\x80" * (WIDTH * HEIGHT // 2))
    return path


def _noise(seed: int) -> bytes:
    return bytes((120 + (x * 7 + seed * 13) % 23) for x in range(WIDTH))


@asynccontextmanager
async def with_camera(film: Path) -> AsyncIterator[Browser]:
    """Start a browser whose camera shows a film."""
    async with started(*FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
        yield browser


@asynccontextmanager
async def on_a_port(app: FastAPI) -> AsyncIterator[str]:
    """Serve the app on a free port of this machine, and return its address."""
    trust_test_issuer(app)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()
