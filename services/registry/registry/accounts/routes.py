"""The issuer as programs see it: discovery, keys, tokens, revocation."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote

from fastapi import Depends, Request
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from common import audit, clock
from common.api import new_router
from common.auth.principal import public
from common.database import Transaction
from registry.accounts import clients, grants, notes, token_keys
from registry.accounts.authorize import SCOPES
from registry.accounts.issuer import Paces, minter, only_built_in, visit
from registry.accounts.token_keys import ALGORITHM

JWKS_CACHE_S = 60
NO_STORE = {"cache-control": "no-store"}

router = new_router(
    include_in_schema=False,
    dependencies=[
        Depends(public("programs prove who they are by their own credentials")),
        Depends(only_built_in),
    ],
)


@router.get("/.well-known/openid-configuration")
async def get_configuration(request: Request) -> dict[str, Any]:
    """Publish where everything is and what is supported (OpenID Connect Discovery 1.0 §3)."""
    issuer = request.app.state.settings.issuer
    methods = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth2/authorize",
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/oauth2/jwks",
        "end_session_endpoint": f"{issuer}/oauth2/logout",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": sorted(SCOPES),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "amr", "sid"],
        "prompt_values_supported": ["none", "login"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


@router.get("/oauth2/jwks")
async def get_keys(tx: Transaction) -> Response:
    """Publish the keys with which our tokens are verified."""
    keys = await token_keys.published(tx, clock.utc_now())
    return JSONResponse(keys, headers={"cache-control": f"public, max-age={JWKS_CACHE_S}"})


@router.post("/oauth2/token")
async def post_token(request: Request, tx: Transaction) -> Response:
    """Give tokens for a code, a refresh token, or a system's own credentials (RFC 6749 §3.2)."""
    given = await _form(request)
    client = await _client(request, tx, given)
    if isinstance(client, Response):
        return client
    mint = minter(request)
    match given.get("grant_type"), client["kind"]:
        case "authorization_code", "service":
            found = await grants.exchange_code(tx, mint, client["id"], given)
        case "refresh_token", "service":
            token = given.get("refresh_token", "")
            found = await grants.refresh(tx, mint, client["id"], token)
        case "client_credentials", ("integrator" | "registry_client"):
            return await _system_token(request, tx, client)
        case (("authorization_code" | "refresh_token" | "client_credentials"), _):
            return _denied("unauthorized_client")
        case _:
            return _denied("unsupported_grant_type")
    return _denied(found.error) if isinstance(found, grants.Denied) else _answer(found)


@router.post("/dci/ibr/v1/oauth2/client/token")
@router.post("/dci/social/v1/oauth2/client/token")
@router.post("/oauth2/client/token")
async def post_client_token(request: Request, tx: Transaction) -> Response:
    """Give a system its token where the DCI standard looks for it (authz_core_api v1.0.0)."""
    given = await _form(request)
    client = await _client(request, tx, given)
    if isinstance(client, Response):
        return client
    if given.get("grant_type") != "client_credentials":
        return _denied("unsupported_grant_type")
    if client["kind"] == "service":
        return _denied("unauthorized_client")
    return await _system_token(request, tx, client)


@router.post("/oauth2/revoke")
async def post_revoke(request: Request, tx: Transaction) -> Response:
    """End what a refresh token stands for (RFC 7009); an unknown one is answered alike."""
    given = await _form(request)
    client = await _client(request, tx, given)
    if isinstance(client, Response):
        return client
    await grants.revoke(tx, minter(request), client["id"], given.get("token", ""))
    return Response(headers=NO_STORE)


async def _system_token(request: Request, tx: AsyncConnection, client: RowMapping) -> Response:
    paces: Paces = request.app.state.paces
    wait = paces.system_tokens.wait_s(client["id"])
    if wait:
        return _denied("slow_down", status=429, retry_after_s=wait)
    paces.system_tokens.count(client["id"])
    return _answer(await grants.for_system(tx, minter(request), client))


async def _client(
    request: Request, tx: AsyncConnection, given: dict[str, str]
) -> RowMapping | Response:
    """Return the client that proved itself, or the answer for one that did not."""
    here, pace = visit(request), request.app.state.paces.client_failures
    wait = pace.wait_s(here.address)
    if wait:
        return _denied("slow_down", status=429, retry_after_s=wait)
    client_id, secret = _credentials(request, given)
    client = await clients.authenticate(tx, client_id, secret, here.now)
    if client is not None:
        return client
    pace.count(here.address)
    subject = client_id if await clients.known(tx, client_id) else "unknown"
    actor = notes.nobody(here.request_id)
    await audit.record(tx, actor, "api_client.refused", "api_client", subject)
    return _denied("invalid_client", status=401)


def _credentials(request: Request, given: dict[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return given.get("client_id", ""), given.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    # RFC 6749 §2.3.1 has both form-encoded first.
    return unquote(client_id), unquote(secret)


async def _form(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=30)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _answer(tokens: dict[str, Any]) -> Response:
    return JSONResponse(tokens, headers=NO_STORE)


def _denied(error: str, *, status: int = 400, retry_after_s: int = 0) -> Response:
    headers = dict(NO_STORE)
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="khbs"'
    if retry_after_s:
        headers["retry-after"] = str(retry_after_s)
    return JSONResponse({"error": error}, status_code=status, headers=headers)
