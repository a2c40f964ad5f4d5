"""Another agency's system as a test plays it: its agreement, its key, its signed messages."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2 as httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.clients import bearer
from tests.registry.conftest import Registry

from common.auth.principal import Principal
from common.clock import utc_now
from common.ids import new_id
from registry.dci import profiles
from registry.dci.rules import FIELDS, PREFIXES, SENDER_ID
from registry.dci.rules import Registry as Interface
from registry.dci.work import exchange_works
from registry.jobs.run import run_next

ADMINISTRATOR = Principal("admin:uji", "Admin Uji", frozenset(), frozenset(), ("62",))
# A network for documentation (RFC 5737): nothing is ever called there.
BACK = "https://192.0.2.1/dci"


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Agency:
    """A system with credentials and a key pair."""

    registry: Registry
    client_id: str
    regions: tuple[str, ...] = ("62",)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    key_id: str = "kunci-1"

    @property
    def headers(self) -> dict[str, str]:
        claims = {"client_id": self.client_id, "khbs_client": True}
        return bearer("registry_client", regions=self.regions, subject=self.client_id, **claims)

    @property
    def public_jwk(self) -> dict[str, Any]:
        raw = self.key.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "kid": self.key_id, "x": base64url(raw)}

    def header(self, action: str, **changes: Any) -> dict[str, Any]:
        return {
            "version": "1.0.0",
            "message_id": str(new_id()),
            "message_ts": utc_now().isoformat(),
            "action": action,
            "sender_id": self.client_id,
            "sender_uri": BACK,
            "receiver_id": SENDER_ID,
            "total_count": 1,
            "is_msg_encrypted": False,
            **changes,
        }

    def sealed(self, header: dict[str, Any], message: Any, **changes: Any) -> dict[str, Any]:
        """Return the envelope, signed as the README says: written here anew, on purpose."""
        created = changes.get("created", int(utc_now().timestamp()))
        expires = changes.get("expires", created + 300)
        whole = json.dumps(
            {"header": header, "message": message},
            sort_keys=True, separators=(",", ":"), ensure_ascii=False,
        )  # fmt: skip
        digest = base64.b64encode(hashlib.sha256(whole.encode()).digest()).decode()
        text = f"(created): {created}\n(expires): {expires}\ndigest: SHA-256={digest}"
        value = base64.b64encode(changes.get("key", self.key).sign(text.encode())).decode()
        algorithm = changes.get("algorithm", "ed25519")
        namespace = changes.get("namespace", "spdci")
        signature = (
            f'Signature: namespace="{namespace}", '
            f'kidId="{changes.get("sender", self.client_id)}|{self.key_id}|{algorithm}", '
            f'algorithm="{algorithm}", created="{created}", expires="{expires}", '
            f'headers="(created) (expires) digest", signature="{value}"'
        )
        return {"signature": signature, "header": header, "message": message}

    async def send(
        self, path: str, body: Any, registry: Interface = "social", headers: Any = None
    ) -> httpx.Response:
        return await self.registry.client.post(
            PREFIXES[registry] + path,
            json=body,
            headers=self.headers if headers is None else headers,
        )

    async def say(
        self, path: str, action: str, message: Any, registry: Interface = "social", **header: Any
    ) -> httpx.Response:
        """Send a signed message."""
        return await self.send(path, self.sealed(self.header(action, **header), message), registry)

    async def search(
        self, *criteria: dict[str, Any], registry: Interface = "social"
    ) -> list[dict[str, Any]]:
        """Search at once; return the answer to each request."""
        message = search_message(*criteria)
        answer = await self.say(
            "/registry/sync/search", "search", message, registry, total_count=len(criteria)
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["message"]["search_response"]
        return found


def search_message(*criteria: dict[str, Any]) -> dict[str, Any]:
    return {
        "transaction_id": str(new_id()),
        "search_request": [
            {
                "reference_id": f"ref-{number}",
                "timestamp": utc_now().isoformat(),
                "search_criteria": one,
            }
            for number, one in enumerate(criteria)
        ],
    }


def by_number(value: str | None, kind: str = "UIN", **more: Any) -> dict[str, Any]:
    return {"query_type": "idtype-value", "query": {"type": kind, "value": value}, **more}


def by_expression(query: dict[str, Any], **more: Any) -> dict[str, Any]:
    value = {"expression": {"collection": "Group", "query": query}}
    whole = {"type": "ns:org:QueryType:expression", "value": value}
    return {"query_type": "expression", "query": whole, **more}


async def an_agency(registry: Registry, **changes: Any) -> Agency:
    """A system with an agreement; `changes` are of its profile."""
    regions = tuple(changes.pop("regions", ("62",)))
    one = Agency(registry, f"instansi-{new_id()}", regions)
    values = {
        "sender_id": one.client_id,
        "agency_name": "Dinas Uji",
        "purpose": "Memeriksa tumpang tindih",
        "legal_basis": "PKS-CONTOH/2026",
        "regions": list(regions),
        "fields": list(FIELDS),
        "roster_codes": ["pkh"],
        "callback_addresses": [BACK],
        "public_keys": [one.public_jwk],
        "keys_address": None,
        "needs_signature": True,
        "valid_until": utc_now().date() + timedelta(days=365),
        **changes,
    }
    async with registry.engine.begin() as tx:
        await profiles.create(tx, ADMINISTRATOR, one.client_id, values)
    return one


async def do_exchange_jobs(registry: Registry) -> None:
    while await run_next(registry.engine, exchange_works(registry.settings)):
        pass
