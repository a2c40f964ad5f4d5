"""With OIDC_ISSUER set, any standard provider serves: proven against a certified one."""

from collections.abc import AsyncIterator, Callable

import httpx2 as httpx
import pytest
from asgi_lifespan import LifespanManager
from joserfc import jws
from tests.identity.outside import AUDIENCE, TOKEN_LIFE_S, Provider, running_provider
from tests.identity.world import ADDRESSES, Browser, Hosts, World, settings_of

from common import tables
from common.auth import renewal

ISSUANCE = ADDRESSES["issuance"]
ROLES_CLAIM = "khbs.roles"


@pytest.fixture(scope="session")
def provider():
    with running_provider("issuance", ISSUANCE) as running:
        yield running


@pytest.fixture(scope="session")
async def outside(provider: Provider, new_database: Callable[[str], str]) -> AsyncIterator[World]:
    """Issuance and the registry, both trusting the outside provider."""
    import issuance.app
    import issuance.settings
    import registry.app
    import registry.settings

    more = {
        "oidc_issuer": provider.issuer,
        "oidc_audience": AUDIENCE,
        "oidc_roles_claim": ROLES_CLAIM,
        "oidc_client_id": provider.client_id,
        "oidc_client_secret": provider.client_secret,
    }
    network = httpx.AsyncHTTPTransport()
    hosts = Hosts(network=network)
    apps = {}
    for name, package in (("issuance", issuance), ("registry", registry)):
        settings = package.settings.Settings(**settings_of(name, new_database(name), **more))
        apps[name] = package.app.create_app(settings)
        hosts.apps[f"{name}.test"] = apps[name]
    async with network, LifespanManager(apps["issuance"]), LifespanManager(apps["registry"]):
        yield World(hosts, apps)


async def sign_in(outside: World, person: str) -> Browser:
    """Sign in over the provider's own pages."""
    browser = outside.browser()
    await browser.open(f"{ISSUANCE}/auth/login?next=/v1/me")
    for _ in range(3):
        if browser.host == "issuance.test":
            break
        form = next(form for form in browser.page.forms if "prompt" in form["fields"])
        given = {"login": person, "password": "any"} if form["fields"]["prompt"] == "login" else {}
        await browser.send(form["action"], **given)
    assert browser.host == "issuance.test", browser.last.text
    return browser


async def test_a_person_signs_in_at_an_outside_provider(outside: World):
    browser = await sign_in(outside, "auditor-1")
    me = browser.last.json()
    assert me["subject"] == "auditor-1"
    assert me["name"] == "Tono dari luar"
    assert set(me["roles"]) >= {"auditor"}
    assert "keys.read" in me["permissions"]
    assert me["regions"] == ["62.03"]
    assert (await browser.open(f"{ISSUANCE}/keys")).status_code == 200


async def test_its_access_token_is_a_jwt_for_us_that_its_keys_verify(outside: World):
    browser = await sign_in(outside, "auditor-1")
    cookie = browser.cookie("khbs-issuance", "issuance.test")
    assert cookie
    app = outside.apps["issuance"]
    async with app.state.engine.connect() as tx:
        found = await tx.execute(tables.web_sessions.select())
        row = found.mappings().all()[-1]
    token = renewal.unseal(app.state.sealer, "access", row["id_hash"], row["access_token"])
    header = jws.extract_compact(token.encode()).headers()
    assert (header["alg"], header["typ"]) == ("RS256", "at+jwt")
    claims = await app.state.verifier.access_claims(token)
    assert claims["aud"] == AUDIENCE
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=outside.hosts) as http:
        assert (await http.get(f"{ISSUANCE}/v1/me", headers=headers)).status_code == 200
        assert (await http.get(f"{ADDRESSES['registry']}/v1/me", headers=headers)).is_success


async def test_a_session_is_renewed_at_the_provider(outside: World):
    browser = await sign_in(outside, "auditor-1")
    await outside.sql(
        "UPDATE web_sessions SET refreshed_at = now() - interval '1 hour', "
        "access_expires_at = now() - interval '1 minute'",
        "issuance",
    )
    assert (await browser.open(f"{ISSUANCE}/v1/me")).json()["subject"] == "auditor-1"
    rows = await outside.sql(
        "SELECT max(access_expires_at) > now() + make_interval(secs => :s) AS is_new "
        "FROM web_sessions",
        "issuance",
        s=TOKEN_LIFE_S - 60,
    )
    assert rows[0]["is_new"]


async def test_people_without_our_roles_sign_in_and_may_do_nothing(outside: World):
    for person in ("nobody-1", "partner-1"):
        browser = await sign_in(outside, person)
        assert browser.last.json()["permissions"] == []
        assert (await browser.open(f"{ISSUANCE}/keys")).status_code == 403


async def test_signing_out_ends_the_session_at_the_provider_as_well(outside: World):
    browser = await sign_in(outside, "auditor-1")
    await browser.open(f"{ISSUANCE}/")
    await browser.send("/auth/logout")
    assert browser.host == "127.0.0.1"
    form = next(form for form in browser.page.forms if "xsrf" in form["fields"])
    await browser.send(form["action"], logout="yes")
    assert (browser.host, browser.path) == ("issuance.test", "/")
    await browser.open(f"{ISSUANCE}/auth/login")
    assert browser.host == "127.0.0.1"


async def test_the_built_in_accounts_are_shut_then(outside: World):
    registry = ADDRESSES["registry"]
    async with httpx.AsyncClient(transport=outside.hosts) as http:
        for path in (
            "/.well-known/openid-configuration",
            "/oauth2/jwks",
            "/oauth2/authorize",
            "/sign-in",
        ):
            answer = await http.get(registry + path)
            assert answer.status_code == 404, path
            assert answer.json()["code"] == "accounts_elsewhere"
        answer = await http.post(f"{registry}/sign-in", data={"username": "admin"})
        assert answer.status_code == 404
        answer = await http.post(f"{registry}/oauth2/token", data={})
        assert answer.status_code == 404
