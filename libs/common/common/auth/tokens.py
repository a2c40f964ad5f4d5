"""Access tokens: verified against the issuer's published keys, with everything named.

Algorithms, issuer and audience are fixed by us and never taken from the token.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2 as httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from common.auth.permissions import permissions_of
from common.auth.principal import Principal
from common.problems import Refused

ALGORITHMS = ["Ed25519", "EdDSA", "ES256", "RS256", "PS256"]
LEEWAY_S = 30
JWKS_TIMEOUT_S = 3.0
# An unknown key id asks the issuer again, but not more often than this.
JWKS_REFRESH_MIN_S = 10.0
VERIFIED_CACHE_MAX = 2000

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


def keys_from(issuer: str) -> FetchKeys:
    """Return the function that finds and reads the issuer's keys (OpenID Connect Discovery)."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=JWKS_TIMEOUT_S) as client:
            found = await client.get(f"{issuer}/.well-known/openid-configuration")
            found.raise_for_status()
            if found.json().get("issuer", "").rstrip("/") != issuer:
                raise Refused("token_invalid")
            keys = await client.get(found.json()["jwks_uri"])
            keys.raise_for_status()
            answer: dict[str, Any] = keys.json()
            return answer

    return fetch


class TokenVerifier:
    """Turns an access token into a principal."""

    def __init__(self, *, issuer: str, audience: str, roles_claim: str, fetch: FetchKeys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._roles_claim = roles_claim
        self._fetch = fetch
        self._keys: KeySet | None = None
        self._fetched_at = -JWKS_REFRESH_MIN_S
        self._verified: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def principal(self, token: str, request_id: str | None = None) -> Principal:
        """Return who the token speaks for; raises Refused token_invalid or issuer_unreachable."""
        known = self._verified.get(token)
        if known is not None and known[0] > time.time():
            return with_request(known[1], request_id)
        claims = await self.claims(token)
        principal = principal_of(claims, self._roles_claim)
        self._verified[token] = (float(claims["exp"]), principal)
        if len(self._verified) > VERIFIED_CACHE_MAX:
            self._verified.popitem(last=False)
        return with_request(principal, request_id)

    async def claims(self, token: str, audience: str | None = None) -> dict[str, Any]:
        """Return the verified claims; `audience` is ours unless given (an id token's client)."""
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": audience or self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        for refresh in (False, True):
            keys = await self._key_set(refresh=refresh)
            try:
                decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
                wanted.validate(decoded.claims)
            except (JoseError, ValueError, KeyError) as error:
                if refresh or not _may_be_a_new_key(error):
                    raise Refused("token_invalid") from error
            else:
                return dict(decoded.claims)
        raise Refused("token_invalid")

    async def _key_set(self, *, refresh: bool) -> KeySet:
        now = time.monotonic()
        if self._keys is None or (refresh and now - self._fetched_at > JWKS_REFRESH_MIN_S):
            try:
                self._keys = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]
            except (httpx.HTTPError, ValueError, KeyError) as error:
                raise Refused("issuer_unreachable") from error
            self._fetched_at = now
        return self._keys


def _may_be_a_new_key(error: Exception) -> bool:
    return isinstance(error, ValueError | KeyError) or "key" in type(error).__name__.lower()


def principal_of(claims: dict[str, Any], roles_claim: str) -> Principal:
    """Read a principal from claims; what is missing gives nothing."""
    roles: Any = claims
    for part in roles_claim.split("."):
        roles = roles.get(part, []) if isinstance(roles, dict) else []
    named = frozenset(role for role in roles if isinstance(role, str))
    partner = claims.get("khbs_partner")
    return Principal(
        subject=str(claims["sub"]),
        name=str(claims.get("name") or claims.get("preferred_username") or claims["sub"]),
        roles=named,
        permissions=permissions_of(named),
        regions=tuple(str(code) for code in claims.get("khbs_regions", ())),
        partner_id=UUID(partner) if partner else None,
        is_client=bool(claims.get("khbs_client", False)),
    )


def with_request(principal: Principal, request_id: str | None) -> Principal:
    """Return the principal as the caller of this request."""
    return replace(principal, request_id=request_id)
