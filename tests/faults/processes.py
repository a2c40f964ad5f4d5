"""The redemption service as it runs for people: its own processes, and an issuer they can ask."""

import json
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.clients import KEY, settings_values
from tests.servers import Running

from local.ports import free_port
from local.processes import Program

READY_WITHIN_S = 90.0


@contextmanager
def issuer() -> Iterator[str]:
    """Publish the tests' signing key the way an OpenID Connect provider does."""
    documents: dict[str, Any] = {}

    class Published(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(documents[self.path]).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    address = f"http://127.0.0.1:{server.server_port}"
    documents["/.well-known/openid-configuration"] = {
        "issuer": address,
        "jwks_uri": f"{address}/jwks",
    }
    documents["/jwks"] = {"keys": [KEY.as_dict(private=False)]}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def environment(database_url: str, amqp_url: str, issuer_url: str, **more: str) -> dict[str, str]:
    """What a process of the service is told; nothing of this process's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    values = settings_values(database_url, amqp_url)
    told = {name.upper(): str(value) for name, value in values.items()}
    return {**kept, **told, "OIDC_ISSUER": issuer_url, **more}


class Api(Running):
    """One uvicorn process, as `make up` starts it."""

    def __init__(
        self, folder: Path, told: dict[str, str], app: str = "redemption.app:create_app"
    ) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = (
            *(sys.executable, "-m", "uvicorn", app, "--factory"),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
        )
        program = Program("redemption api", command, told, folder=Path(__file__).parents[2])
        super().__init__(program, folder / "api.log", self._answers, READY_WITHIN_S)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/livez", timeout=1) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False


class Worker(Running):
    """The event process, as `make up` starts it."""

    def __init__(
        self, folder: Path, told: dict[str, str], module: str = "redemption.worker"
    ) -> None:
        command = (sys.executable, "-m", module)
        # It says in its log that it has begun.
        told = {**told, "LOG_LEVEL": "INFO"}
        program = Program("redemption worker", command, told, folder=Path(__file__).parents[2])
        super().__init__(program, folder / "worker.log", self._is_ready, READY_WITHIN_S)

    def _is_ready(self) -> bool:
        return "worker ready" in self.log.read_text()
