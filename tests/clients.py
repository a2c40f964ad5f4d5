"""A service's app in the test's own process, and tokens for any role.

The issuer is a key pair made here: the app verifies real signatures, against keys that the test
publishes instead of an HTTP address.
"""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2 as httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OKPKey

from common.auth.tokens import TokenVerifier
from common.ids import new_id
from common.settings import encode_key

ISSUER = "http://issuer.test"
AUDIENCE = "khbs"
KEY = OKPKey.generate_key("Ed25519", {"kid": "test"})


def key_text(fill: int) -> str:
    """Return a key in the form that settings read; another one for another number."""
    return encode_key(bytes([fill]) * 32)


def settings_values(database_url: str, amqp_url: str = "amqp://localhost:1/") -> dict[str, Any]:
    """Return what any service's Settings needs in a test; override what matters."""
    return {
        "database_url": database_url,
        "amqp_url": amqp_url,
        "public_url": "http://testserver",
        "oidc_issuer": ISSUER,
        "sealing_key": key_text(1),
        "blind_index_key": key_text(2),
        "event_sealing_key": key_text(3),
        "session_key": key_text(4),
        "log_level": "WARNING",
    }


async def _published_keys() -> dict[str, Any]:
    return {"keys": [KEY.as_dict(private=False)]}


def trust_test_issuer(app: FastAPI) -> FastAPI:
    """Make the app trust tokens of this module."""
    app.state.verifier = TokenVerifier(
        issuer=ISSUER, audience=AUDIENCE, roles_claim="roles", fetch=_published_keys
    )
    return app


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Run the app with its lifespan and give a client that calls it directly."""
    trust_test_issuer(app)
    async with LifespanManager(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield client


def token(
    *roles: str,
    regions: Iterable[str] = ("62",),
    partner_id: UUID | None = None,
    subject: str | None = None,
    **claims: Any,
) -> str:
    """Return an access token with these roles; of a new person unless `subject` is given."""
    now = int(time.time())
    body = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject or str(new_id()),
        "name": "Orang Uji",
        "iat": now,
        "exp": now + 3600,
        "roles": list(roles),
        "khbs_regions": list(regions),
        **({"khbs_partner": str(partner_id)} if partner_id else {}),
        **claims,
    }
    return jwt.encode({"alg": "Ed25519", "kid": "test"}, body, KEY, algorithms=["Ed25519"])


def bearer(*roles: str, **options: Any) -> dict[str, str]:
    """Return the header with which a person of these roles calls."""
    return {"authorization": f"Bearer {token(*roles, **options)}"}
