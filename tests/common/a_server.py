"""The test app behind a real uvicorn: `python -m tests.common.a_server URL`."""

import os
import sys

import uvicorn
from fastapi import FastAPI
from tests.common.an_app import new_app


def make() -> FastAPI:
    """Return the app, as uvicorn's `--factory` asks for it."""
    return new_app(sys.argv[1], log_level=os.environ.get("LOG_LEVEL", "INFO"))


if __name__ == "__main__":
    uvicorn.run("tests.common.a_server:make", factory=True, port=0, log_level="info")
