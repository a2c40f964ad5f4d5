"""Signing in and out of a service's pages, at whichever issuer it trusts."""

import secrets
import time
from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.routing import APIRouter
from starlette.responses import RedirectResponse, Response

from common.auth import csrf, sessions
from common.auth.cookies import cookie_name, delete_cookie, set_cookie
from common.auth.principal import public
from common.database import TransactionRoute
from common.problems import Refused
from common.sealed import SealBroken, Sealer
from common.web.languages import same_site_path

STATE_MAX_S = 600
# Who signed in longer ago than this is asked again where a fresh sign-in is wanted.
FRESH_S = 300
STATE_CONTEXT = "sign-in state"
# Several tabs may be signing in at once: each has a cookie of its own, named by its state.
STATE_NAME_CHARACTERS = 8

router = APIRouter(route_class=TransactionRoute, prefix="/auth", include_in_schema=False)
anyone = Depends(public("signing in is for people who are not signed in yet"))


def sign_in_url(request: Request) -> str:
    """Return where to send a browser that has to sign in and come back to this page."""
    is_page = request.method == "GET"
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return f"/auth/login?next={quote(here if is_page else '/')}"


def state_cookie(request: Request, state: str) -> str:
    """Return the name of the short-lived cookie that ties an answer to its question."""
    return cookie_name(request.app.state.settings, f"sign-in-{state[:STATE_NAME_CHARACTERS]}")


def _state_sealer(request: Request) -> Sealer:
    return Sealer(request.app.state.settings.session_key.get_secret_value())


@router.get("/login", dependencies=[anyone])
async def get_login(request: Request, next: str = "/", fresh: bool = False) -> Response:
    """Send the browser to the issuer; `fresh` wants the person, not only a browser it knows."""
    asked = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "next": same_site_path(next),
        "at": time.time(),
    }
    address = await request.app.state.oidc.sign_in_address(
        state=asked["state"],
        nonce=asked["nonce"],
        verifier=asked["verifier"],
        max_age_s=FRESH_S if fresh else None,
    )
    response = RedirectResponse(address, status_code=303)
    set_cookie(
        response,
        request.app.state.settings,
        state_cookie(request, str(asked["state"])),
        _state_sealer(request).seal_json(asked, STATE_CONTEXT),
        max_age_s=STATE_MAX_S,
    )
    return response


@router.get("/callback", dependencies=[anyone])
async def get_callback(
    request: Request, code: str = "", state: str = "", error: str = "", iss: str = ""
) -> Response:
    """Take the issuer's answer, check it, and open a session.

    No transaction is open while the issuer is asked: when the issuer is this very service, its
    answer needs connections too.
    """
    asked = _asked(request, state)
    oidc, verifier = request.app.state.oidc, request.app.state.verifier
    await oidc.check_issuer(iss)
    if error or not code:
        raise Refused("sign_in_failed")
    tokens = await oidc.exchange(code=code, verifier=asked["verifier"])
    claims = await verifier.id_claims(
        tokens.get("id_token", ""), request.app.state.settings.client_id
    )
    principal = await verifier.principal(tokens["access_token"])
    is_asked_for = secrets.compare_digest(str(claims.get("nonce")), asked["nonce"])
    if not is_asked_for or principal.subject != claims["sub"]:
        raise Refused("sign_in_failed")
    response = RedirectResponse(same_site_path(asked["next"]), status_code=303)
    async with request.app.state.engine.begin() as tx:
        await sessions.start(request, response, tx, subject=principal.subject, tokens=tokens)
    delete_cookie(response, request.app.state.settings, state_cookie(request, state))
    return response


def _asked(request: Request, state: str) -> dict[str, Any]:
    """Return what this browser set out with; refuse an answer that it did not ask for."""
    sealed = request.cookies.get(state_cookie(request, state), "")
    try:
        asked = _state_sealer(request).open_json(sealed, STATE_CONTEXT)
    except SealBroken as broken:
        raise Refused("sign_in_failed") from broken
    is_young = time.time() - asked["at"] < STATE_MAX_S
    if not is_young or not secrets.compare_digest(state.encode(), asked["state"].encode()):
        raise Refused("sign_in_failed")
    return asked


@router.post("/logout", dependencies=[anyone])
async def post_logout(request: Request) -> Response:
    """End the session here, and send the browser to the issuer to end it there.

    Sessions of the same person in the other services end when their access token is next
    renewed (common.auth.renewal.RENEW_AFTER_S): the issuer refuses to renew it.
    """
    session = await sessions.peek(request)
    if session is not None:
        await csrf.check(request, session.csrf_token)
    target = await _signed_out_address(request, session)
    response = RedirectResponse(target, status_code=303)
    async with request.app.state.engine.begin() as tx:
        await sessions.end(request, response, tx)
    return response


async def _signed_out_address(request: Request, session: sessions.Session | None) -> str:
    oidc = request.app.state.oidc
    if session is None:
        return str(oidc.home)
    try:
        return str(await oidc.sign_out_address(session.id_token))
    except Refused:
        # Signing out here must work while the issuer is away.
        return str(oidc.home)
