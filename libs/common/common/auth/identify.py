"""From a request to a principal: a bearer token, or the cookie of a signed-in browser."""

from fastapi import Request

from common.auth import csrf, sessions
from common.auth.principal import Principal
from common.problems import Refused

BEARER = "bearer "


async def identify(request: Request) -> Principal:
    """Return who calls; raises Refused not_signed_in, session_expired, token_invalid, csrf_failed.

    A browser's unsafe requests must carry the session's CSRF token; a bearer token needs none,
    because no browser sends it by itself.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        return known
    header = request.headers.get("authorization", "")
    if header.lower().startswith(BEARER):
        principal = await _verified(request, header[len(BEARER) :].strip())
    else:
        principal = await _of_session(request)
    request.state.principal = principal
    return principal


async def _of_session(request: Request) -> Principal:
    session = await sessions.find(request)
    if session is None:
        raise Refused("not_signed_in")
    await csrf.check(request, session.csrf_token)
    try:
        principal = await _verified(request, session.access_token)
        # A renewed token speaks for the person who signed in (OIDC Core §12.2).
        if principal.subject != session.subject:
            raise Refused("token_invalid")
    except Refused as refusal:
        if refusal.code != "token_invalid":
            raise
        # The person can only sign in again, so that is what the answer says.
        await sessions.forget(request, session)
        raise Refused("session_expired") from refusal
    request.state.csrf_token = session.csrf_token
    return principal


async def _verified(request: Request, token: str) -> Principal:
    request_id = getattr(request.state, "request_id", None)
    principal: Principal = await request.app.state.verifier.principal(token, request_id)
    return principal
