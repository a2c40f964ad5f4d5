"""Where services send a browser to sign in, and to sign out."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Form, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.keys import SIGNATURE_RULES
from common.auth.principal import public
from common.problems import Refused
from registry.accounts import authorize, clients, sign_in, token_keys
from registry.accounts.issuer import only_built_in, visit
from registry.accounts.pages import browser
from registry.accounts.sign_in import SignIn

Address = Annotated[str, Form(max_length=1000)]

router = new_router(
    prefix="/oauth2",
    include_in_schema=False,
    dependencies=[
        Depends(public("services send people here who are not signed in yet")),
        Depends(only_built_in),
    ],
)


@router.get("/authorize")
async def get_authorize(request: Request) -> Response:
    """Send a signed-in person back to the service with a code; others to the sign-in page."""
    now = visit(request).now
    async with request.app.state.engine.connect() as tx:
        asked = await authorize.read(tx, request.query_params.multi_items())
    if asked is None:
        raise Refused("bad_sign_in_request")
    if asked.fault:
        return _answer(request, asked, error=asked.fault)
    here = await browser.signed_in(request)
    if here is None or here.completed_at is None or here.step != "done":
        if asked.wants_no_page:
            return _answer(request, asked, error="login_required")
        return _to_sign_in(request, again=False)
    if asked.wants_fresh(here.completed_at, now):
        return _to_sign_in(request, again=True)
    async with request.app.state.engine.begin() as tx:
        code = await authorize.grant_code(tx, asked, here.id, now)
    return _answer(request, asked, code=code)


def _to_sign_in(request: Request, *, again: bool) -> Response:
    # Without what asked for a fresh sign-in: it would ask for ever.
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if not (again and name in {"prompt", "max_age"})
    ]
    target = f"{browser.AUTHORIZE_PATH}?{urlencode(kept)}"
    address = f"/sign-in?continue={quote(target)}" + ("&again=1" if again else "")
    return RedirectResponse(address, status_code=303)


def _answer(request: Request, asked: authorize.Request, **given: str) -> Response:
    # RFC 9207: the issuer says who it is, so that an answer cannot be taken for another's.
    said = given | {"iss": request.app.state.settings.issuer}
    if asked.state:
        said["state"] = asked.state
    return RedirectResponse(f"{asked.redirect_uri}?{urlencode(said)}", status_code=303)


@router.get("/logout")
async def get_logout(
    request: Request,
    id_token_hint: str = "",
    client_id: str = "",
    post_logout_redirect_uri: str = "",
    state: str = "",
) -> Response:
    """End the sign-in when a service asks with its own token of it; else ask the person.

    OpenID Connect RP-Initiated Logout 1.0 §2 and §3.
    """
    here = await browser.signed_in(request)
    target = await _way_back(request, client_id, post_logout_redirect_uri, state)
    if here is None:
        return RedirectResponse(target, status_code=303)
    if await _is_hint_of(request, id_token_hint, here):
        return await _signed_out(request, here, target)
    return browser.page(request, "sign_out.html", target=target, name=here.display_name)


@router.post("/logout")
async def post_logout(
    request: Request, target: Annotated[str, Form(alias="continue", max_length=1000)] = ""
) -> Response:
    """End the sign-in of a person who said so."""
    await browser.demand_own_form(request)
    here = await browser.signed_in(request)
    goal = target if await _is_known_way(request, target) else "/"
    return await _signed_out(request, here, goal) if here else RedirectResponse(goal, 303)


async def _signed_out(request: Request, here: SignIn, target: str) -> Response:
    async with request.app.state.engine.begin() as tx:
        await sign_in.end(tx, here, visit(request))
    response = RedirectResponse(target, status_code=303)
    browser.forget(request, response)
    return response


async def _way_back(request: Request, client_id: str, address: str, state: str) -> str:
    async with request.app.state.engine.connect() as tx:
        client = await clients.known(tx, client_id)
    if client is None or address not in client["signed_out_uris"]:
        return "/"
    return f"{address}?{urlencode({'state': state})}" if state else address


async def _is_known_way(request: Request, target: str) -> bool:
    async with request.app.state.engine.connect() as tx:
        return await clients.is_signed_out_way(tx, target.partition("?")[0])


async def _is_hint_of(request: Request, hint: str, here: SignIn) -> bool:
    """Tell whether a token of ours, however old, was made for this very sign-in."""
    async with request.app.state.engine.connect() as tx:
        published = await token_keys.published(tx, visit(request).now)
    plain = [{k: v for k, v in key.items() if k != "alg"} for key in published["keys"]]
    try:
        keys = KeySet.import_key_set({"keys": plain})
        claims = jwt.decode(hint, keys, registry=SIGNATURE_RULES).claims
    except (JoseError, ValueError, KeyError, TypeError, RecursionError):
        return False
    is_ours = claims.get("iss") == request.app.state.settings.issuer
    return is_ours and claims.get("sid") == str(here.id)
