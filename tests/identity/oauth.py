"""OAuth as a client speaks it, by hand: for tests that do what a good client would not."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2 as httpx
from tests.identity.browsing import sign_in
from tests.identity.world import ADDRESSES, SECRETS, Browser, World

REGISTRY = ADDRESSES["registry"]
ISSUANCE = ("issuance", SECRETS["issuance"])
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


def authorize_address(**changed: str | None) -> str:
    """Return a good authorization request of issuance, but for what the test changes."""
    given = {
        "response_type": "code",
        "client_id": "issuance",
        "redirect_uri": f"{ADDRESSES['issuance']}/auth/callback",
        "scope": "openid profile",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }
    kept = {name: value for name, value in given.items() if value is not None}
    return f"{REGISTRY}/oauth2/authorize?{urlencode(kept)}"


async def answer_of(browser: Browser, address: str) -> dict[str, str]:
    """Ask for a code and return what the redirect says, without following it."""
    answer = await browser.client.get(address)
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return {
        "way": f"{parts.scheme}://{parts.netloc}{parts.path}",
        **{name: values[0] for name, values in parse_qs(parts.query).items()},
    }


async def code_of(world: World, username: str = "auditor", **changed: str) -> str:
    browser = await sign_in(world, username)
    return (await answer_of(browser, authorize_address(**changed)))["code"]


async def token_request(
    world: World, *, client: tuple[str, str] = ISSUANCE, **given: str
) -> httpx.Response:
    """Call the token endpoint as a client (issuance, unless another is given)."""
    async with httpx.AsyncClient(transport=world.hosts) as http:
        return await http.post(f"{REGISTRY}/oauth2/token", data=given, auth=client)


async def trade(
    world: World, code: str, /, client: tuple[str, str] = ISSUANCE, **changed: str
) -> httpx.Response:
    """Trade a code as the good client would, but for what the test changes."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{ADDRESSES['issuance']}/auth/callback",
        "code_verifier": VERIFIER,
    }
    return await token_request(world, client=client, **{**given, **changed})


async def renew(
    world: World, refresh_token: str, client: tuple[str, str] = ISSUANCE
) -> httpx.Response:
    return await token_request(
        world, client=client, grant_type="refresh_token", refresh_token=refresh_token
    )
