"""The README's way for another agency to connect, line by line, with curl, over a socket."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from tests.clients import key_text, settings_values
from tests.registry.agencies import ADMINISTRATOR, BACK, base64url

from common.clock import utc_now
from common.database import new_engine
from registry.accounts import clients
from registry.app import create_app
from registry.dci import profiles
from registry.dci.rules import FIELDS
from registry.seed import prepare
from registry.settings import Settings

README = Path(__file__).parents[2] / "services/registry/README.md"
SECTION = README.read_text().split("## For systems of other agencies")[1].split("\n## ")[0]
SECRETS = {f"oidc_client_secret{of}": key_text(9) for of in ("", "_issuance", "_redemption")}


@asynccontextmanager
async def served(settings: Settings, port: int) -> AsyncIterator[None]:
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=port, log_level="error", ws="none"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await running


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def agreed(settings: Settings, key: Ed25519PrivateKey, client_id: str) -> str:
    """Make an agreement as the page does; return the client's secret."""
    public = {"kty": "OKP", "crv": "Ed25519", "kid": "kunci-1"}
    public["x"] = base64url(key.public_key().public_bytes_raw())
    values = {
        "sender_id": client_id,
        "agency_name": "Dinas Uji",
        "purpose": "Uji",
        "legal_basis": "PKS-CONTOH",
        "regions": ["62"],
        "fields": list(FIELDS),
        "roster_codes": [],
        "callback_addresses": [BACK],
        "public_keys": [public],
        "keys_address": None,
        "needs_signature": True,
        "valid_until": utc_now().date() + timedelta(days=1),
    }
    engine = new_engine(settings.database_url, application_name="tests")
    async with engine.begin() as tx:
        await profiles.create(tx, ADMINISTRATOR, client_id, values)
        secret = await clients.create_registry_client(
            tx, ADMINISTRATOR, client_id, name="Dinas Uji", regions=["62"]
        )
    await engine.dispose()
    return secret


async def test_the_lines_of_the_readme_work(new_database, tmp_path: Path) -> None:
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    values = settings_values(new_database("registry")) | SECRETS
    settings = Settings(**values | {"oidc_issuer": "", "public_url": here, "registry_url": here})
    await prepare(settings)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    (code,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    (tmp_path / "sign.py").write_text(code)
    (lines,) = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
    environment = {
        "REGISTRY": here,
        "CLIENT_ID": "khbs-uji",
        "CLIENT_SECRET": await agreed(settings, key, "khbs-uji"),
        "KEY_ID": "kunci-1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    async with served(settings, port):
        script = f"set -euo pipefail\n{lines}"
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    for expected in ('{"households":[],"next_cursor":null}', '"enrolled":false', '"on-search"',
                     '"total_count":0', '"kty":"OKP"'):  # fmt: skip
        assert expected in done.stdout.replace(" ", ""), done.stdout


@pytest.mark.parametrize("word", ["households/search", "sync/enrolled", "rotate-message-key"])
def test_the_readme_names_what_there_is(word: str) -> None:
    assert word in README.read_text()
