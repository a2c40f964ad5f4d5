"""A terminal for tests: enrolled over HTTP with a key of its own, it signs what it sends."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2 as httpx
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.clients import bearer

from common.ids import new_id
from redemption.terminals.rules import operator_id_of

P256, ED25519 = "ecdsa-p256-sha256", "ed25519"
PIN = "274951"


@dataclass
class Key:
    """A device's key pair, of either algorithm."""

    algorithm: str = P256
    private: Any = None

    def __post_init__(self) -> None:
        if self.private is None:
            is_p256 = self.algorithm == P256
            new = ed25519.Ed25519PrivateKey.generate
            self.private = ec.generate_private_key(ec.SECP256R1()) if is_p256 else new()

    @property
    def public(self) -> str:
        """The raw public key, in base64."""
        key = self.private.public_key()
        if self.algorithm == P256:
            raw = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        else:
            raw = key.public_bytes_raw()
        return base64.b64encode(raw).decode()

    def sign(self, text: bytes) -> str:
        """A signature as WebCrypto makes it, in base64."""
        if self.algorithm == P256:
            r, s = decode_dss_signature(self.private.sign(text, ec.ECDSA(SHA256())))
            return base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()
        return base64.b64encode(self.private.sign(text)).decode()


@dataclass
class Terminal:
    """An enrolled device, and the token of who is signed in on it."""

    client: httpx.AsyncClient
    partner_id: UUID
    id: UUID = field(default_factory=new_id)
    key: Key = field(default_factory=Key)
    operator: str = ""

    def signed(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        *,
        created: int | None = None,
        operator: str | None = None,
        key: Key | None = None,
    ) -> dict[str, str]:
        """The headers that sign a request; the options forge it."""
        key, operator = key or self.key, self.operator if operator is None else operator
        target = urlsplit(url)
        covered = ['"@method"', '"@path"', '"@query"']
        values = [method, target.path, f"?{target.query}"]
        headers = {}
        if body:
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            headers["content-digest"] = f"sha-256=:{digest}:"
            covered.append('"content-digest"')
            values.append(headers["content-digest"])
        if operator:
            headers["khbs-operator"] = operator
            covered.append('"khbs-operator"')
            values.append(operator)
        at = int(time.time()) if created is None else created
        parameters = f'({" ".join(covered)});created={at};keyid="{self.id}";alg="{key.algorithm}"'
        lines = [f"{name}: {value}" for name, value in zip(covered, values, strict=True)]
        base = "\n".join([*lines, f'"@signature-params": {parameters}'])
        headers["signature-input"] = f"khbs={parameters}"
        headers["signature"] = f"khbs=:{key.sign(base.encode())}:"
        return headers

    async def send(
        self,
        method: str,
        url: str,
        json_body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        **forged: Any,
    ) -> httpx.Response:
        """Send a signed request."""
        body = b"" if json_body is None else json.dumps(json_body).encode()
        own = self.signed(method, url, body, **forged)
        kind = {"content-type": "application/json"} if body else {}
        return await self.client.request(
            method, url, content=body or None, headers={**kind, **own, **(headers or {})}
        )

    async def get(self, url: str, **options: Any) -> httpx.Response:
        return await self.send("GET", url, **options)

    async def post(self, url: str, json_body: Any = None, **options: Any) -> httpx.Response:
        return await self.send("POST", url, json_body, **options)

    async def sign_in(
        self, subject: str | None = None, *, role: str = "partner_operator", pin: str = PIN
    ) -> str:
        """Sign somebody in: fully, then with a PIN; return that person's subject."""
        subject = subject or str(new_id())
        own = f"/v1/terminal/operators/{operator_id_of(subject)}"
        person = bearer(role, partner_id=self.partner_id, regions=(), subject=subject)
        done = await self.send("PUT", own, {"pin": pin}, headers=person, operator="")
        assert done.status_code == 200, done.text
        entered = {"operator_id": str(operator_id_of(subject)), "pin": pin}
        made = await self.post("/v1/terminal/operator-sessions", entered, operator="")
        assert made.status_code == 201, made.text
        self.operator = made.json()["token"]
        return subject


async def a_code(client: httpx.AsyncClient, partner_id: UUID) -> str:
    """An enrolment code, as the partner's admin gets it."""
    admin = bearer("partner_admin", partner_id=partner_id, regions=())
    made = await client.post("/v1/terminal-codes", json={}, headers=admin)
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


def enrolment(terminal: Terminal, code: str, **changes: Any) -> dict[str, Any]:
    """The request by which a device enrols."""
    proof = terminal.key.sign(f"khbs-enrol:{code}:{terminal.id}".encode())
    return {
        "code": code,
        "terminal_id": str(terminal.id),
        "label": "Loket 1",
        "algorithm": terminal.key.algorithm,
        "public_key": terminal.key.public,
        "proof": proof,
        **changes,
    }


async def a_terminal(
    client: httpx.AsyncClient,
    partner_id: UUID,
    *,
    algorithm: str = P256,
    signed_in: bool = True,
    role: str = "partner_operator",
) -> Terminal:
    """A new terminal of a partner, with somebody signed in on it."""
    made = Terminal(client, partner_id, key=Key(algorithm))
    body = enrolment(made, await a_code(client, partner_id))
    answer = await client.post("/v1/terminal-enrolments", json=body)
    assert answer.status_code == 201, answer.text
    if signed_in:
        await made.sign_in(role=role)
    return made
