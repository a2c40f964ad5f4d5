"""The registry as an OpenID provider: what it publishes, gives, and refuses to give."""

import asyncio
from typing import Any
from uuid import uuid4  # noqa: TID251 - an id that is not one of ours

import httpx2 as httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.identity.browsing import sign_in
from tests.identity.oauth import (
    ISSUANCE,
    REGISTRY,
    answer_of,
    authorize_address,
    code_of,
    renew,
    token_request,
    trade,
)
from tests.identity.world import ADDRESSES, SECRETS, World

ACCESS_TOKEN_LIFE_S = 600


async def get(world: World, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=world.hosts) as http:
        return await http.get(REGISTRY + path)


async def opened(world: World, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Verify a token with the published keys, by the library alone."""
    from common.auth.keys import SIGNATURE_RULES

    published = (await get(world, "/oauth2/jwks")).json()
    plain = [{k: v for k, v in key.items() if k != "alg"} for key in published["keys"]]
    found = jwt.decode(token, KeySet.import_key_set({"keys": plain}), registry=SIGNATURE_RULES)
    return dict(found.header), dict(found.claims)


async def test_the_discovery_document_names_what_there_is(world: World):
    found = (await get(world, "/.well-known/openid-configuration")).json()
    assert found["issuer"] == REGISTRY
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
        answer = await get(world, found[name].removeprefix(REGISTRY))
        assert answer.status_code != 404


async def test_only_public_halves_of_keys_are_published(world: World):
    published = (await get(world, "/oauth2/jwks")).json()["keys"]
    assert published
    for key in published:
        assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}


async def test_private_keys_lie_sealed_in_the_database(world: World):
    rows = await world.sql("SELECT private_key, public_jwk FROM token_keys")
    for row in rows:
        assert b'"d"' not in row["private_key"]
        assert "d" not in row["public_jwk"]


async def test_a_code_gives_tokens_that_say_who_and_for_how_long(world: World):
    answer = await trade(world, await code_of(world))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    header, claims = await opened(world, tokens["access_token"])
    assert header["typ"] == "at+jwt"
    assert claims["exp"] - claims["iat"] == ACCESS_TOKEN_LIFE_S == tokens["expires_in"]
    assert (claims["iss"], claims["aud"]) == (REGISTRY, "khbs")
    assert (claims["roles"], claims["khbs_regions"]) == (["auditor"], ["62"])
    _, id_claims = await opened(world, tokens["id_token"])
    assert (id_claims["aud"], id_claims["nonce"]) == ("issuance", "nonce-1")
    assert id_claims["sub"] == claims["sub"]
    assert "name" not in id_claims


async def test_a_person_of_a_partner_has_the_partner_and_no_region(world: World):
    tokens = (await trade(world, await code_of(world, "mitra"))).json()
    _, claims = await opened(world, tokens["access_token"])
    assert claims["khbs_regions"] == []
    assert claims["khbs_partner"].startswith("01930000-")


async def test_an_id_token_opens_nothing(world: World):
    tokens = (await trade(world, await code_of(world))).json()
    async with httpx.AsyncClient(transport=world.hosts) as http:
        for service in ADDRESSES.values():
            headers = {"authorization": f"Bearer {tokens['id_token']}"}
            assert (await http.get(f"{service}/v1/me", headers=headers)).status_code == 401
            headers = {"authorization": f"Bearer {tokens['access_token']}"}
            assert (await http.get(f"{service}/v1/me", headers=headers)).status_code == 200


async def test_a_code_is_good_once_and_a_second_use_ends_what_it_gave(world: World):
    code = await code_of(world)
    first = (await trade(world, code)).json()
    again = await trade(world, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert (await renew(world, first["refresh_token"])).json() == {"error": "invalid_grant"}
    assert "grant.reuse_detected" in await world.actions()


async def test_of_many_uses_of_one_code_at_once_one_succeeds(world: World):
    code = await code_of(world)
    answers = await asyncio.gather(*(trade(world, code) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "x" * 64},
        {"code_verifier": ""},
        {"redirect_uri": f"{ADDRESSES['issuance']}/auth/callback/"},
        {"redirect_uri": ""},
        {"code": "guess"},
        {"code": ""},
    ],
    ids=str,
)
async def test_a_code_without_its_proof_gives_nothing(world: World, changed: dict[str, str]):
    answer = await trade(world, await code_of(world), ISSUANCE, **changed)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_of_another_client_gives_nothing(world: World):
    answer = await trade(
        world,
        await code_of(world),
        client=("redemption", SECRETS["redemption"]),
    )
    assert answer.json() == {"error": "invalid_grant"}


async def test_a_code_is_over_after_a_minute(world: World):
    code = await code_of(world)
    await world.sql("UPDATE oauth_codes SET expires_at = now() WHERE used_at IS NULL")
    assert (await trade(world, code)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "nobody"},
        {"client_id": "\x00"},
        {"redirect_uri": "https://attacker.example/auth/callback"},
        {"redirect_uri": f"{ADDRESSES['issuance']}/auth/callback?x=1"},
        {"redirect_uri": f"{ADDRESSES['issuance']}/auth/callback/../x"},
        {"redirect_uri": f"{ADDRESSES['redemption']}/auth/callback"},
        {"redirect_uri": f"{ADDRESSES['issuance']}@attacker.example/auth/callback"},
        {"redirect_uri": None},
        {"state": "x" * 2000},
        {"nonce": "\x00"},
    ],
    ids=str,
)
async def test_a_request_that_is_not_a_clients_own_goes_nowhere(
    world: World, changed: dict[str, str | None]
):
    browser = await sign_in(world, "auditor")
    answer = await browser.client.get(authorize_address(**changed))
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_parameter_that_comes_twice_goes_nowhere(world: World):
    browser = await sign_in(world, "auditor")
    address = authorize_address() + "&redirect_uri=https%3A%2F%2Fattacker.example"
    assert (await browser.client.get(address)).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
    ],
    ids=str,
)
async def test_a_bad_request_of_a_known_client_is_told_so(
    world: World, changed: dict[str, str | None], error: str
):
    browser = await sign_in(world, "auditor")
    found = await answer_of(browser, authorize_address(**changed))
    assert (found["error"], found["state"], found["iss"]) == (error, "state-1", REGISTRY)
    assert found["way"] == f"{ADDRESSES['issuance']}/auth/callback"
    assert "code" not in found


async def test_a_question_without_a_page_is_answered_without_one(world: World):
    browser = world.browser()
    found = await answer_of(browser, authorize_address(prompt="none"))
    assert found["error"] == "login_required"
    signed_in = await sign_in(world, "auditor")
    assert "code" in await answer_of(signed_in, authorize_address(prompt="none"))


@pytest.mark.parametrize("fresh", [{"prompt": "login"}, {"max_age": "0"}], ids=str)
async def test_a_service_may_ask_for_a_fresh_sign_in(world: World, fresh: dict[str, str]):
    from tests.identity.world import PASSWORD

    browser = await sign_in(world, "auditor")
    await browser.open(authorize_address(**fresh))
    assert browser.path == "/sign-in"
    answer = await browser.client.post(
        f"{REGISTRY}/sign-in",
        data={**browser.page.form("/sign-in"), "username": "auditor", "password": PASSWORD},
    )
    assert "prompt" not in answer.headers["location"]
    assert answer.headers["location"].startswith("/oauth2/authorize?")


async def test_a_refresh_token_is_good_once_and_then_the_next_one_is(world: World):
    tokens = (await trade(world, await code_of(world))).json()
    for _ in range(3):
        answer = await renew(world, tokens["refresh_token"])
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != tokens["refresh_token"]
        tokens = answer.json()


async def test_a_refresh_token_that_comes_twice_ends_the_session(world: World):
    first = (await trade(world, await code_of(world))).json()
    second = (await renew(world, first["refresh_token"])).json()
    assert (await renew(world, first["refresh_token"])).json() == {"error": "invalid_grant"}
    assert (await renew(world, second["refresh_token"])).json() == {"error": "invalid_grant"}


async def test_of_many_uses_of_one_refresh_token_at_once_one_succeeds(world: World):
    token = (await trade(world, await code_of(world))).json()["refresh_token"]
    answers = await asyncio.gather(*(renew(world, token) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


async def test_a_refresh_token_of_another_client_gives_nothing(world: World):
    token = (await trade(world, await code_of(world))).json()["refresh_token"]
    other = ("redemption", SECRETS["redemption"])
    assert (await renew(world, token, client=other)).json() == {"error": "invalid_grant"}
    assert (await renew(world, token)).status_code == 200


async def test_a_revoked_refresh_token_gives_nothing(world: World):
    token = (await trade(world, await code_of(world))).json()["refresh_token"]
    async with httpx.AsyncClient(transport=world.hosts) as http:
        for given in (token, "unknown"):
            answer = await http.post(
                f"{REGISTRY}/oauth2/revoke",
                data={"token": given},
                auth=("issuance", SECRETS["issuance"]),
            )
            assert answer.status_code == 200
    assert (await renew(world, token)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "client",
    [("issuance", "wrong"), ("issuance", ""), ("nobody", "x"), ("", ""), ("iss\x00uance", "x")],
    ids=str,
)
async def test_a_client_that_does_not_prove_itself_gets_nothing(
    own_world: World, client: tuple[str, str]
):
    answer = await token_request(own_world, client=client, grant_type="client_credentials")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert "api_client.refused" in await own_world.actions()


async def test_wrong_client_secrets_are_slowed_down(own_world: World):
    statuses = set()
    for _ in range(40):
        answer = await token_request(own_world, client=("x", str(uuid4())), grant_type="x")
        statuses.add(answer.status_code)
    assert statuses == {401, 429}
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        ("password", "unsupported_grant_type"),
        ("", "unsupported_grant_type"),
        ("client_credentials", "unauthorized_client"),
        ("urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"),
    ],
)
async def test_a_service_gets_tokens_for_people_only(world: World, grant_type: str, error: str):
    answer = await token_request(world, grant_type=grant_type)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_a_new_key_signs_after_everyone_can_have_seen_it(
    own_world: World, monkeypatch: pytest.MonkeyPatch
):
    from tests.identity.world import registry_settings

    from registry.seed import rotate_token_key

    async def signing_key() -> str:
        tokens = (await trade(own_world, await code_of(own_world))).json()
        return str((await opened(own_world, tokens["access_token"]))[0]["kid"])

    # The test does not wait for the minute in which every verifier has asked again.
    monkeypatch.setattr("common.auth.keys.KEYS_REFRESH_MIN_S", 0.0)
    old, said = await signing_key(), list[str]()
    settings = registry_settings(own_world.apps["registry"].state.settings.database_url)
    await rotate_token_key(settings, said.append)
    published = (await get(own_world, "/oauth2/jwks")).json()["keys"]
    assert {key["kid"] for key in published} == {old, said[0]}
    assert await signing_key() == old
    await own_world.sql(
        "UPDATE token_keys SET signs_from = now() - interval '1 second' * age.s "
        "FROM (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS s "
        "FROM token_keys) AS age WHERE age.id = token_keys.id"
    )
    assert await signing_key() == said[0]
    await own_world.sql("UPDATE token_keys SET published_until = now() WHERE id = :old", old=old)
    published = (await get(own_world, "/oauth2/jwks")).json()["keys"]
    assert [key["kid"] for key in published] == said
