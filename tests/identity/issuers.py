"""A small issuer of a test's own: keys to sign with, and a verifier that fetches them."""

import base64
import json
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from common.auth.keys import SIGNATURE_RULES
from common.auth.tokens import OUTSIDE_TYPES, TokenVerifier

ISSUER = "https://issuer.example"
AUDIENCE = "khbs"


class SmallIssuer:
    """Publishes keys and signs whatever it is given, well or badly."""

    def __init__(self) -> None:
        self.keys: list[OKPKey | ECKey | RSAKey] = [new_key("one")]
        self.published: list[dict[str, Any]] | None = None
        self.fetches = 0
        self.is_away = False

    async def fetch(self) -> dict[str, Any]:
        self.fetches += 1
        if self.is_away:
            from common.problems import Refused

            raise Refused("issuer_unreachable")
        keys = self.published
        return {"keys": keys if keys is not None else [public(key) for key in self.keys]}

    def verifier(self, **more: Any) -> TokenVerifier:
        given = {"access_types": OUTSIDE_TYPES, "roles_claim": "roles", **more}
        return TokenVerifier(issuer=ISSUER, audience=AUDIENCE, fetch=self.fetch, **given)

    def token(self, header: dict[str, Any] | None = None, *, key: Any = None, **claims: Any) -> str:
        """Return a good access token, but for what the test changes."""
        signer = key or self.keys[0]
        head = {"alg": "EdDSA", "kid": signer.kid, "typ": "at+jwt", **(header or {})}
        kept = {name: value for name, value in head.items() if value is not None}
        body = {name: value for name, value in (good() | claims).items() if value is not None}
        return jwt.encode(kept, body, signer, registry=SIGNATURE_RULES, default_type=None)


def good() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "person-1",
        "iat": now,
        "exp": now + 600,
        "roles": ["auditor"],
        "khbs_regions": ["62"],
    }


def new_key(key_id: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": key_id})


def public(key: OKPKey | ECKey | RSAKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def encoded(part: object) -> str:
    """Return a part of a token that nobody has signed."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
