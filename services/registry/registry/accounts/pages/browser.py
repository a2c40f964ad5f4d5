"""The browser at the issuer: its cookie, its forms, and where it goes on to."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from common.auth import csrf
from common.auth.cookies import cookie_name, delete_cookie, set_cookie
from common.web.pages import render
from registry.accounts import sign_in
from registry.accounts.issuer import visit
from registry.accounts.rules import SIGN_IN_MAX, Step
from registry.accounts.sign_in import SignIn

PURPOSE = "issuer"
AUTHORIZE_PATH = "/oauth2/authorize"
# Where a sign-in that nobody asked for ends: on the registry's own start page.
OWN_START = "/auth/login"
STEP_PATHS = {
    "code": "/sign-in/code",
    "new-password": "/sign-in/new-password",
    "enrol": "/sign-in/second-factor",
}
CONTINUE_CHARACTERS_MAX = 4000


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser with the secret it came with, or with a new one that says nothing yet."""

    secret: str
    is_new: bool


def browser_of(request: Request) -> Browser:
    """Return the browser of a request, and let its pages carry the proof that forms need."""
    name = cookie_name(request.app.state.settings, PURPOSE)
    given = request.cookies.get(name, "")
    browser = Browser(given or sign_in.new_secret()[0], is_new=not given)
    request.state.csrf_token = form_token(request, browser.secret)
    return browser


def form_token(request: Request, secret: str) -> str:
    """Return the proof that a form was made for this browser."""
    return csrf.token_for(request, hashlib.sha256(secret.encode()).digest())


async def demand_own_form(request: Request) -> Browser:
    """Return the browser that sends a form of ours; raises Refused csrf_failed."""
    browser = browser_of(request)
    await csrf.check(request, form_token(request, browser.secret))
    return browser


async def signed_in(request: Request) -> SignIn | None:
    """Return the sign-in of a request's browser, complete or under way."""
    browser = browser_of(request)
    if browser.is_new:
        return None
    async with request.app.state.engine.connect() as tx:
        return await sign_in.find(tx, browser.secret, visit(request).now)


async def at_step(request: Request, step: Step) -> SignIn | None:
    """Return a sign-in whose next step is this one; None for any other browser."""
    here = await signed_in(request)
    return here if here is not None and here.step == step else None


def restart(target: str) -> Response:
    """Send a browser to the beginning; one that is further on is sent on from there."""
    return RedirectResponse(f"/sign-in?continue={quote(target)}", status_code=303)


def go_on(request: Request, here: SignIn | None, target: str, secret: str = "") -> Response:
    """Send the browser to the next step, or on to what it came for."""
    path = STEP_PATHS.get(here.step if here else "")
    address = f"{path}?continue={quote(target)}" if path else target
    response = RedirectResponse(address, status_code=303)
    if secret:
        keep(request, response, secret)
    return response


def keep(request: Request, response: Response, secret: str) -> None:
    """Give the browser its secret."""
    settings = request.app.state.settings
    name = cookie_name(settings, PURPOSE)
    life_s = int(SIGN_IN_MAX.total_seconds())
    set_cookie(response, settings, name, secret, max_age_s=life_s)


def forget(request: Request, response: Response) -> None:
    """Take the secret back."""
    settings = request.app.state.settings
    delete_cookie(response, settings, cookie_name(settings, PURPOSE))


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """Show a page of the sign-in, to a browser that can then send its form."""
    browser = browser_of(request)
    said = in_words(request, errors or {})
    response = render(request, f"accounts/{template}", status=status, errors=said, **context)
    if browser.is_new:
        keep(request, response, browser.secret)
    return response


def in_words(request: Request, errors: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a form in the language of its reader."""
    _ = request.app.state.pages.gettext(request)
    return {field: _(text) for field, text in errors.items()}


def asked_target(request: Request) -> str:
    """Return where the sign-in of this page goes on to."""
    return target_of(request.query_params.get("continue", ""))


def target_of(asked: str) -> str:
    """Return where a sign-in goes on to: an authorization request here, and nothing else."""
    is_ours = asked.startswith(f"{AUTHORIZE_PATH}?") and asked.isprintable()
    return asked if is_ours and len(asked) <= CONTINUE_CHARACTERS_MAX else OWN_START
