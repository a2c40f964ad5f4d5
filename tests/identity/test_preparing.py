"""Preparing the issuer, tidying up after it, and reaching it by another address."""

import httpx2 as httpx
import pytest
from tests.identity.browsing import give_password
from tests.identity.oauth import code_of, trade
from tests.identity.people import new_person, signed_in
from tests.identity.world import World, registry_settings

from common.auth.issuer import Issuer
from common.problems import Refused
from registry.accounts.tidy import tidy
from registry.seed import prepare


def url_of(world: World) -> str:
    return str(world.apps["registry"].state.settings.database_url)


async def test_preparing_again_changes_nothing_but_what_is_given_anew(own_world: World):
    count = (
        "SELECT (SELECT count(*) FROM accounts) AS accounts, "
        "(SELECT count(*) FROM token_keys) AS keys, "
        "(SELECT count(*) FROM oauth_client_secrets) AS secrets"
    )
    before = await own_world.sql(count)
    await prepare(registry_settings(url_of(own_world)))
    assert await own_world.sql(count) == before
    changed = registry_settings(
        url_of(own_world),
        issuance_url="http://moved.test",
        oidc_client_secret_issuance="x" * 40,
    )
    await prepare(changed)
    rows = await own_world.sql("SELECT redirect_uris FROM oauth_clients WHERE id = 'issuance'")
    assert rows[0]["redirect_uris"] == ["http://moved.test/auth/callback"]
    answer = await trade(own_world, "any")
    assert answer.json() == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "setting",
    ["oidc_client_secret", "oidc_client_secret_issuance", "oidc_client_secret_redemption"],
)
async def test_a_missing_secret_is_named(own_world: World, setting: str):
    for value in ("", "short"):
        with pytest.raises(SystemExit, match=setting.upper()):
            await prepare(registry_settings(url_of(own_world), **{setting: value}))


async def test_a_site_that_is_no_demonstration_any_more_shuts_its_logins(own_world: World):
    own = await new_person(own_world)
    await prepare(registry_settings(url_of(own_world), demo=False))
    browser = own_world.browser()
    await give_password(browser, "auditor")
    assert browser.last.status_code == 422
    await signed_in(own_world, own)
    await prepare(registry_settings(url_of(own_world)))
    await give_password(own_world.browser(), "auditor")
    rows = await own_world.sql("SELECT count(disabled_at) AS shut FROM accounts")
    assert rows[0]["shut"] == 0


async def test_what_is_over_is_forgotten_and_what_is_not_stays(own_world: World):
    person = await new_person(own_world)
    await signed_in(own_world, person)
    await trade(own_world, await code_of(own_world))
    await own_world.sql("UPDATE oauth_codes SET expires_at = now() - interval '2 days'")
    await own_world.sql("UPDATE oauth_refresh_tokens SET created_at = now() - interval '3 days'")
    await own_world.sql("UPDATE oauth_grants SET created_at = now() - interval '3 days'")
    await own_world.sql("UPDATE sign_ins SET expires_at = now() - interval '8 days'")
    await own_world.sql(
        "INSERT INTO sign_in_failures (key, failures, last_failed_at) "
        "VALUES ('old', 1, now() - interval '3 days'), ('new', 1, now())"
    )
    await signed_in(own_world, person)
    async with own_world.registry_engine.begin() as tx:
        await tidy(tx)
    rows = await own_world.sql(
        "SELECT (SELECT count(*) FROM oauth_codes) AS codes, "
        "(SELECT count(*) FROM oauth_refresh_tokens) AS tokens, "
        "(SELECT count(*) FROM oauth_grants) AS grants, "
        "(SELECT count(*) FROM sign_ins WHERE account_id = :id) AS sign_ins, "
        "(SELECT count(*) FROM sign_in_failures WHERE key IN ('old', 'new')) AS failures",
        id=person.id,
    )
    assert dict(rows[0]) == {"codes": 1, "tokens": 1, "grants": 1, "sign_ins": 1, "failures": 1}


def an_issuer(answers: dict[str, object], internal: str = "") -> tuple[Issuer, list[str]]:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        found = answers.get(request.url.path)
        return httpx.Response(200, json=found) if found is not None else httpx.Response(404)

    issuer = Issuer("https://masuk.example/", internal_address=internal)
    issuer.transport = httpx.MockTransport(answer)
    return issuer, asked


GOOD = {"issuer": "https://masuk.example", "jwks_uri": "https://masuk.example/keys"}
DISCOVERY = "/.well-known/openid-configuration"


async def test_the_issuer_may_be_reached_by_another_address_than_browsers_use():
    issuer, asked = an_issuer({DISCOVERY: GOOD, "/keys": {"keys": []}}, "http://inside:8000/")
    assert await issuer.keys() == {"keys": []}
    assert asked == [f"http://inside:8000{DISCOVERY}", "http://inside:8000/keys"]
    assert issuer.reach("https://masuk.example.attacker/x") == "https://masuk.example.attacker/x"


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {},
        {**GOOD, "issuer": "https://other.example"},
        {"issuer": "https://masuk.example"},
    ],
    ids=str,
)
async def test_a_document_that_is_not_the_issuers_is_not_believed(document: object):
    issuer, _ = an_issuer({DISCOVERY: document, "/keys": {"keys": []}})
    with pytest.raises(Refused, match="issuer_unreachable"):
        await issuer.keys()


async def test_the_document_is_not_asked_for_again_and_again():
    issuer, asked = an_issuer({DISCOVERY: GOOD})
    for _ in range(5):
        await issuer.metadata()
    assert len(asked) == 1
