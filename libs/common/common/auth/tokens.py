"""Tokens of the issuer: verified against its published keys, and read as a principal.

Algorithms, issuer and audience are fixed by us and never taken from the token.
"""

import base64
import json
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError

from common.auth.keys import SIGNATURE_RULES, FetchKeys, PublishedKeys, UnknownKey
from common.auth.permissions import PARTNER_ROLES, permissions_of
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import CODE

LEEWAY_S = 30
TOKEN_CHARACTERS_MAX = 8192
VERIFIED_CACHE_MAX = 2000
ACCESS_TOKEN = "at+jwt"  # noqa: S105 - the media type of RFC 9068
# What outside providers call an access token: RFC 9068 says at+jwt, Keycloak says JWT.
OUTSIDE_TYPES = frozenset({ACCESS_TOKEN, f"application/{ACCESS_TOKEN}", "jwt", ""})
# Only an id token has these (OpenID Connect Core §3.3.2.11); Keycloak also says it in `typ`.
ID_TOKEN_CLAIMS = frozenset({"at_hash", "c_hash"})
OTHER_KINDS = frozenset({"ID", "Refresh", "Offline", "Logout"})


class TokenVerifier:
    """Turns an access token into a principal.

    `access_types` are the `typ` headers an access token may have; the built-in issuer has one.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        roles_claim: str,
        fetch: FetchKeys,
        access_types: Collection[str] = OUTSIDE_TYPES,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._roles_claim = roles_claim
        self._keys = PublishedKeys(fetch)
        self._access_types = access_types
        self._verified: OrderedDict[str, tuple[int, float, Principal]] = OrderedDict()

    async def principal(self, token: str, request_id: str | None = None) -> Principal:
        """Return who the token speaks for; raises Refused token_invalid or issuer_unreachable."""
        await self._keys.keep_young()
        version, ends_at, principal = self._verified.get(token, (-1, 0.0, None))
        if principal is None or version != self._keys.version or ends_at <= time.time():
            claims = await self.access_claims(token)
            principal = principal_of(claims, self._roles_claim)
            self._remember(token, float(claims["exp"]), principal)
        return replace(principal, request_id=request_id)

    async def access_claims(self, token: str) -> dict[str, Any]:
        """Return the claims of an access token for us; raises Refused."""
        kind, claims = await self._verify(token, self._audience)
        is_other = claims.get("typ") in OTHER_KINDS or not ID_TOKEN_CLAIMS.isdisjoint(claims)
        if kind not in self._access_types or is_other:
            raise Refused("token_invalid")
        return claims

    async def id_claims(self, token: str, client_id: str) -> dict[str, Any]:
        """Return the claims of an id token made for `client_id`; raises Refused."""
        kind, claims = await self._verify(token, client_id)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp", None if several else client_id)
        if kind.endswith(ACCESS_TOKEN) or party != client_id:
            raise Refused("token_invalid")
        return claims

    def _remember(self, token: str, ends_at: float, principal: Principal) -> None:
        self._verified[token] = (self._keys.version, ends_at, principal)
        self._verified.move_to_end(token)
        while len(self._verified) > VERIFIED_CACHE_MAX:
            self._verified.popitem(last=False)

    async def _verify(self, token: str, audience: str) -> tuple[str, dict[str, Any]]:
        header = header_of(token)
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            # Some providers end their name with a slash, and settings are written either way.
            iss={"essential": True, "values": [self._issuer, f"{self._issuer}/"]},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            key = await self._keys.find(header["kid"], header["alg"])
            decoded = jwt.decode(token, key, registry=SIGNATURE_RULES)
            wanted.validate(decoded.claims)
        except (UnknownKey, JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise Refused("token_invalid") from error
        return str(header.get("typ", "")).lower(), dict(decoded.claims)


def header_of(token: str) -> dict[str, Any]:
    """Return the header of a compact JWS, not yet verified; raises Refused token_invalid."""
    first, _, rest = token.partition(".")
    try:
        if len(token) > TOKEN_CHARACTERS_MAX or rest.count(".") != 1:
            raise ValueError("not a compact JWS")
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        if not (isinstance(header["kid"], str) and isinstance(header["alg"], str)):
            raise ValueError("the key and the algorithm must be named")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("token_invalid") from error
    return dict(header)


def principal_of(claims: dict[str, Any], roles_claim: str) -> Principal:
    """Read a principal from claims; what is missing or malformed gives nothing.

    A partner's role without a partner gives nothing either: it would be everybody's.
    """
    partner_id = partner_of(claims.get("khbs_partner"))
    named = frozenset(_words(claim_at(claims, roles_claim)))
    roles = named if partner_id else named - PARTNER_ROLES
    return Principal(
        subject=str(claims["sub"]),
        name=str(claims.get("name") or claims.get("preferred_username") or claims["sub"]),
        roles=roles,
        permissions=permissions_of(roles),
        regions=tuple(code for code in _words(claims.get("khbs_regions")) if CODE.fullmatch(code)),
        partner_id=partner_id,
        is_client=claims.get("khbs_client") is True,
        client_id=str(claims.get("client_id") or claims.get("azp") or ""),
    )


def claim_at(claims: dict[str, Any], path: str) -> Any:
    """Return a claim by name, or by a dotted path into it ("realm_access.roles")."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def partner_of(claim: object) -> UUID | None:
    """Return the partner that a claim names, or None when it names none."""
    try:
        return UUID(claim) if isinstance(claim, str) else None
    except ValueError:
        return None


def _words(claim: object) -> list[str]:
    """Read a claim of words: a list, or one text with spaces, as providers differ."""
    if isinstance(claim, str):
        return claim.split()
    if isinstance(claim, list):
        return [word for word in claim if isinstance(word, str)]
    return []
