"""From a request to a principal: a bearer token, or the cookie of a signed-in browser."""

from fastapi import Request

from common.auth import sessions
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
    request_id = getattr(request.state, "request_id", None)
    header = request.headers.get("authorization", "")
    if header.lower().startswith(BEARER):
        token = header[len(BEARER) :].strip()
        principal: Principal = await request.app.state.verifier.principal(token, request_id)
    else:
        session = await sessions.find(request)
        if session is None:
            raise Refused("not_signed_in")
        await sessions.check_csrf(request, session)
        principal = await request.app.state.verifier.principal(session.access_token, request_id)
        request.state.csrf_token = session.csrf_token
    request.state.principal = principal
    return principal
