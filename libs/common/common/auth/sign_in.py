"""Signing in and out of a service's pages, at whichever issuer it trusts."""

import secrets
from urllib.parse import quote, urlencode

import httpx2 as httpx
from authlib.oauth2.rfc6749 import OAuth2Error
from fastapi import Depends, Request
from fastapi.routing import APIRouter
from starlette.responses import RedirectResponse, Response

from common.auth import sessions
from common.auth.identify import identify
from common.auth.principal import public
from common.database import Transaction, TransactionRoute
from common.problems import Refused
from common.sealed import SealBroken, Sealer
from common.web.languages import same_site_path

STATE_MINUTES = 10
STATE_CONTEXT = "sign-in state"

router = APIRouter(route_class=TransactionRoute, prefix="/auth", include_in_schema=False)
anyone = Depends(public("signing in is for people who are not signed in yet"))


def sign_in_url(request: Request) -> str:
    """Return where to send a browser that has to sign in and come back to this page."""
    here = request.url.path if request.method == "GET" else "/"
    return f"/auth/login?next={quote(here)}"


def state_cookie(request: Request) -> str:
    """Return the name of the short-lived cookie that ties an answer to its question."""
    return f"{sessions.cookie_name(request)}-sign-in"


def _state_sealer(request: Request) -> Sealer:
    return Sealer(request.app.state.settings.session_key.get_secret_value())


@router.get("/login", dependencies=[anyone])
async def get_login(request: Request, next: str = "/") -> Response:
    """Send the browser to the issuer."""
    state = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "next": same_site_path(next),
    }
    try:
        address = await request.app.state.oidc.sign_in_address(
            state=state["state"], nonce=state["nonce"], verifier=state["verifier"]
        )
    except httpx.HTTPError as error:
        raise Refused("issuer_unreachable") from error
    response = RedirectResponse(address, status_code=303)
    response.set_cookie(
        state_cookie(request),
        _state_sealer(request).seal_json(state, STATE_CONTEXT),
        max_age=STATE_MINUTES * 60,
        httponly=True,
        samesite="lax",
        path="/",
        secure=request.app.state.settings.public_url.startswith("https://"),
    )
    return response


@router.get("/callback", dependencies=[anyone])
async def get_callback(
    request: Request,
    tx: Transaction,
    code: str = "",
    state: str = "",
    error: str = "",
) -> Response:
    """Take the issuer's answer, check it, and open a session."""
    try:
        asked = _state_sealer(request).open_json(
            request.cookies.get(state_cookie(request), ""), STATE_CONTEXT
        )
    except SealBroken:
        return RedirectResponse("/auth/login", status_code=303)
    if error or not code or not secrets.compare_digest(state, asked["state"]):
        raise Refused("sign_in_failed")
    try:
        tokens = await request.app.state.oidc.exchange(code=code, verifier=asked["verifier"])
    except OAuth2Error as failure:
        raise Refused("sign_in_failed") from failure
    except httpx.HTTPError as failure:
        raise Refused("issuer_unreachable") from failure
    verifier = request.app.state.verifier
    claims = await verifier.claims(tokens["id_token"], request.app.state.settings.client_id)
    if claims.get("nonce") != asked["nonce"]:
        raise Refused("sign_in_failed")
    principal = await verifier.principal(tokens["access_token"])
    response = RedirectResponse(asked["next"], status_code=303)
    await sessions.start(request, response, tx, subject=principal.subject, tokens=tokens)
    response.delete_cookie(state_cookie(request), path="/")
    return response


@router.post("/logout", dependencies=[anyone])
async def post_logout(request: Request, tx: Transaction) -> Response:
    """End the session here and at the issuer."""
    await identify(request)
    session = await sessions.find(request)
    found = await request.app.state.oidc.metadata()
    home = request.app.state.settings.public_url.rstrip("/") + "/"
    target = home
    if session is not None and "end_session_endpoint" in found:
        asked = {
            "client_id": request.app.state.settings.client_id,
            "post_logout_redirect_uri": home,
        }
        if session.id_token:
            asked["id_token_hint"] = session.id_token
        target = f"{found['end_session_endpoint']}?{urlencode(asked)}"
    response = RedirectResponse(target, status_code=303)
    await sessions.end(request, response, tx)
    return response
