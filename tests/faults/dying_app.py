"""The redemption service in a process that `kill -9` meets after a commit, before the answer.

It dies when it would send the first byte of an answer to DIES_AT, as long as the file DIES_WHILE
is there.
"""

import os
import signal
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redemption import app


class Dies:
    """Passes everything on, until an answer is about to be sent that nobody shall hear."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner
        self._path, self._while = os.environ["DIES_AT"], Path(os.environ["DIES_WHILE"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_die(message: Message) -> None:
            if scope.get("path") == self._path and self._while.exists():
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self._inner(scope, receive, send_or_die)


def create_app() -> FastAPI:
    """The service as it is, and its end."""
    made = app.create_app()
    made.add_middleware(Dies)
    return made
