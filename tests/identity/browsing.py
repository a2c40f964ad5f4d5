"""Signing in as a person would, page by page."""

import time

import pyotp
from tests.identity.world import ADDRESSES, PASSWORD, TOTP_SECRET, Browser, World

from common.demo import LOGINS

# Codes are good once: each sign-in of the same person takes the next one.
_last_step: dict[tuple[int, str], int] = {}


def code_for(world: World, username: str, secret: str = TOTP_SECRET) -> str:
    """Return a code of this person that has not been used; at most two in one time step."""
    key = (id(world), username)
    here = int(time.time()) // 30
    step = max(here - 1, _last_step.get(key, 0) + 1)
    assert step <= here + 1, "more sign-ins of one person in half a minute than there are codes"
    _last_step[key] = step
    return pyotp.TOTP(secret).at(step * 30)


async def give_password(
    browser: Browser, username: str, password: str = PASSWORD, service: str = "registry"
) -> None:
    """Open a service's sign-in and send user name and password."""
    await browser.open(f"{ADDRESSES[service]}/auth/login?next=/v1/me")
    await browser.send("/sign-in", username=username, password=password)


async def sign_in(world: World, username: str, service: str = "registry") -> Browser:
    """Return a browser that has signed in at a service with every step its role needs."""
    browser = world.browser()
    await give_password(browser, username, service=service)
    if browser.path == "/sign-in/code":
        await browser.send("/sign-in/code", code=code_for(world, username))
    assert browser.last.status_code == 200, browser.last.text
    assert browser.last.json()["roles"] == [LOGINS[username]]
    return browser
