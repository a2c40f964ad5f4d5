"""Signed-in browsers of a service: cookies, forms, renewal, and their end."""

import asyncio
import time
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from tests.identity.people import new_person, signed_in
from tests.identity.world import ADDRESSES, Browser, World

from common.auth import renewal, sessions

ISSUANCE = ADDRESSES["issuance"]
ME = f"{ISSUANCE}/v1/me"
JSON = {"accept": "application/json"}


async def status(browser: Browser) -> int:
    return (await browser.client.get(ME, headers=JSON)).status_code


async def code(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


async def age(world: World, subject: object, *, access_over: bool, hours: float = 0.1) -> None:
    """Make a person's session in issuance as old as if this time had passed."""
    await world.sql(
        "UPDATE web_sessions SET refreshed_at = now() - make_interval(secs => :s), "
        "access_expires_at = now() + make_interval(secs => :left) WHERE subject = :subject",
        "issuance",
        s=hours * 3600,
        left=-60 if access_over else 300,
        subject=str(subject),
    )


async def proof_of(browser: Browser) -> str:
    await browser.open(f"{ISSUANCE}/")
    return browser.page.form("/auth/logout")["csrf_token"]


def renewals(world: World) -> int:
    return sum(
        1
        for request in world.hosts.requests
        if request.url.path == "/oauth2/token" and b"refresh_token" in request.content
    )


async def test_the_cookie_is_for_this_service_and_for_no_script(world: World):
    person = await new_person(world)
    browser = world.browser()
    answer = await browser.client.get(f"{ISSUANCE}/auth/login")
    await signed_in(world, person, "issuance")
    for header in answer.headers.get_list("set-cookie"):
        assert header.startswith("khbs-issuance-sign-in-")
        assert "HttpOnly" in header
        assert "SameSite=lax" in header
        assert "Path=/" in header


async def test_a_fresh_sign_in_is_asked_for_in_the_words_of_openid_connect(world: World):
    client = world.browser().client
    for path, age in (("/auth/login", None), ("/auth/login?fresh=true", ["300"])):
        answer = await client.get(f"{ISSUANCE}{path}")
        assert parse_qs(urlsplit(answer.headers["location"]).query).get("max_age") == age


async def test_the_issuer_says_when_the_person_of_a_session_signed_in(world: World):
    person = await new_person(world)
    before = int(time.time())
    await signed_in(world, person, "issuance")
    (row,) = await world.sql(
        "SELECT id_hash, id_token_hint FROM web_sessions WHERE subject = :s",
        "issuance",
        s=str(person.id),
    )
    sealer = world.apps["issuance"].state.sealer
    hint = renewal.unseal(sealer, "id", row["id_hash"], row["id_token_hint"])
    at = sessions.Session(b"", "", "", hint, "").signed_in_at
    assert at is not None
    assert before <= at.timestamp() <= time.time()


@pytest.mark.parametrize("hint", [None, "", "a", "a.b.c", "e30.e30.e30", "e30.W10.e30"])
def test_an_issuer_that_does_not_say_when_somebody_signed_in_is_not_believed_to(hint: str | None):
    assert sessions.Session(b"", "", "", hint, "").signed_in_at is None


async def test_with_tls_every_cookie_is_bound_to_its_host():
    from starlette.responses import Response
    from tests.clients import settings_values

    from common.auth.cookies import cookie_name, delete_cookie, set_cookie
    from common.settings import ServiceSettings

    values = settings_values("postgresql+asyncpg://x") | {"public_url": "https://kartu.example"}
    settings = ServiceSettings(service="issuance", **values)
    for purpose in ("", "issuer", "sign-in-x"):
        response = Response()
        name = cookie_name(settings, purpose)
        set_cookie(response, settings, name, "secret", max_age_s=60)
        delete_cookie(response, settings, name)
        for header in response.headers.getlist("set-cookie"):
            assert header.startswith("__Host-khbs-issuance")
            assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in header.split(";")}
            assert "domain" not in header.lower()


async def test_the_database_knows_the_cookie_and_the_tokens_only_sealed(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    rows = await world.sql(
        "SELECT web_sessions::text AS whole, access_token FROM web_sessions WHERE subject = :s",
        "issuance",
        s=str(person.id),
    )
    assert len(rows) == 1
    assert browser.cookie("khbs-issuance", "issuance.test") not in rows[0]["whole"]
    assert b"eyJ" not in rows[0]["access_token"]


async def test_a_form_without_its_proof_is_refused(world: World):
    person = await new_person(world, "administrator")
    browser = await signed_in(world, person)
    other = await signed_in(world, await new_person(world))
    accounts = f"{ADDRESSES['registry']}/accounts"
    await browser.open(f"{accounts}/new")
    good = browser.page.form("/accounts")
    await other.open(f"{ADDRESSES['registry']}/")
    foreign = other.page.form("/auth/logout")["csrf_token"]
    own_site = {"sec-fetch-site": "same-origin"}
    for fields, headers in (
        ({**good, "csrf_token": ""}, own_site),
        ({**good, "csrf_token": foreign}, own_site),
        (good, {"sec-fetch-site": "cross-site"}),
        (good, {"sec-fetch-site": "same-site"}),
        (good, {"origin": "http://attacker.test"}),
        (good, {"origin": "null"}),
    ):
        answer = await browser.client.post(accounts, data=fields, headers=headers | JSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    missing = {name: value for name, value in good.items() if name != "csrf_token"}
    assert (await browser.client.post(accounts, data=missing)).status_code == 403
    assert (await browser.client.post(accounts, json=good, headers=JSON)).status_code == 403
    header = {"x-csrf-token": good["csrf_token"]}
    for headers in (header, header | {"origin": ADDRESSES["registry"]}):
        answer = await browser.client.post(accounts, data=missing, headers=headers)
        assert answer.status_code == 422


async def test_a_request_with_a_token_of_its_own_needs_no_proof(world: World):
    from tests.identity.oauth import code_of, trade

    tokens = (await trade(world, await code_of(world))).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}", "sec-fetch-site": "cross-site"}
    async with httpx.AsyncClient(transport=world.hosts) as http:
        answer = await http.post(f"{ISSUANCE}/v1/cards/searches", json={}, headers=headers)
    assert answer.status_code == 422


async def test_ten_requests_that_see_an_old_token_renew_it_once(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await age(world, person.id, access_over=False)
    before = renewals(world)
    statuses = await asyncio.gather(*(status(browser) for _ in range(10)))
    assert statuses == [200] * 10
    assert renewals(world) == before + 1


async def test_ten_requests_that_see_a_token_that_is_over_wait_for_one_renewal(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await age(world, person.id, access_over=True, hours=1)
    before = renewals(world)
    statuses = await asyncio.gather(*(status(browser) for _ in range(10)))
    assert statuses == [200] * 10
    assert renewals(world) == before + 1
    assert await status(browser) == 200
    assert renewals(world) == before + 1


async def test_a_renewal_that_died_is_done_by_another(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await age(world, person.id, access_over=True, hours=1)
    await world.sql(
        "UPDATE web_sessions SET renewing_since = now() - interval '11 seconds' WHERE subject = :s",
        "issuance",
        s=str(person.id),
    )
    assert await status(browser) == 200


async def test_while_the_issuer_is_away_a_token_that_is_still_good_serves(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await age(world, person.id, access_over=False)
    world.hosts.away.add("registry.test")
    try:
        assert await status(browser) == 200
        await age(world, person.id, access_over=True, hours=1)
        await world.sql("UPDATE web_sessions SET renewing_since = NULL", "issuance")
        answer = await browser.client.get(ME, headers=JSON)
        assert (answer.status_code, await code(answer)) == (503, "issuer_unreachable")
    finally:
        world.hosts.away.clear()
    await world.sql("UPDATE web_sessions SET renewing_since = NULL", "issuance")
    assert await status(browser) == 200


async def test_a_session_that_the_issuer_has_ended_ends_at_the_next_renewal(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await world.sql("UPDATE sign_ins SET ended_at = now() WHERE account_id = :id", id=person.id)
    assert await status(browser) == 200
    await age(world, person.id, access_over=False)
    answer = await browser.client.get(ME, headers=JSON)
    assert (answer.status_code, await code(answer)) == (401, "session_expired")
    rows = await world.sql(
        "SELECT 1 FROM web_sessions WHERE subject = :s", "issuance", s=str(person.id)
    )
    assert rows == []
    page = await browser.open(ME)
    assert browser.path == "/sign-in"
    assert page.status_code == 200


@pytest.mark.parametrize(
    "change",
    ["refreshed_at = now() - interval '2 hours 1 second'", "expires_at = now()"],
)
async def test_a_session_left_alone_or_too_old_is_over(world: World, change: str):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await world.sql(
        f"UPDATE web_sessions SET {change} WHERE subject = :s",  # noqa: S608 - of this test
        "issuance",
        s=str(person.id),
    )
    answer = await browser.client.get(ME, headers=JSON)
    assert (answer.status_code, await code(answer)) == (401, "not_signed_in")


async def test_a_session_whose_token_speaks_for_someone_else_ends(world: World):
    person, other = await new_person(world), await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await world.sql(
        "UPDATE web_sessions SET subject = :o WHERE subject = :s",
        "issuance",
        o=str(other.id),
        s=str(person.id),
    )
    assert await status(browser) == 401
    assert await status(browser) == 401


async def test_signing_out_ends_the_session_here_and_at_the_issuer(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await browser.open(f"{ADDRESSES['redemption']}/auth/login?next=/v1/me")
    stolen = browser.cookie("khbs-issuance", "issuance.test")
    await browser.open(f"{ISSUANCE}/")
    await browser.send("/auth/logout")
    assert (browser.host, browser.path) == ("issuance.test", "/")
    assert "Masuk untuk bekerja" in browser.last.text
    assert browser.cookie("khbs-registry-issuer", "registry.test") == ""
    await browser.open(f"{ISSUANCE}/auth/login?next=/v1/me")
    assert browser.path == "/sign-in"
    thief = world.browser()
    thief.client.cookies.set("khbs-issuance", stolen, domain="issuance.test")
    assert await status(thief) == 401
    assert "sign_in.ended" in await world.actions()


async def test_signing_out_in_one_service_ends_the_others_at_their_next_renewal(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    await browser.open(f"{ADDRESSES['redemption']}/auth/login?next=/v1/me")
    await browser.open(f"{ADDRESSES['redemption']}/")
    await browser.send("/auth/logout")
    await age(world, person.id, access_over=False)
    assert await status(browser) == 401


async def test_signing_out_needs_the_proof_and_works_while_the_issuer_is_away(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    answer = await browser.client.post(f"{ISSUANCE}/auth/logout", headers=JSON)
    assert answer.status_code == 403
    proof = await proof_of(browser)
    world.hosts.away.add("registry.test")
    world.apps["issuance"].state.issuer._found = {}
    try:
        answer = await browser.client.post(f"{ISSUANCE}/auth/logout", data={"csrf_token": proof})
    finally:
        world.hosts.away.clear()
    assert answer.headers["location"] == f"{ISSUANCE}/"
    assert await status(browser) == 401
    again = await browser.client.post(f"{ISSUANCE}/auth/logout")
    assert again.headers["location"] == f"{ISSUANCE}/"


async def test_the_issuer_asks_before_it_signs_out_someone_whom_no_service_sent(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person)
    logout = f"{ADDRESSES['registry']}/oauth2/logout"
    for query in ("", "?id_token_hint=forged", "?post_logout_redirect_uri=https://attacker.test"):
        await browser.open(logout + query)
        assert "Keluar?" in browser.last.text
        assert browser.page.form("/oauth2/logout")["continue"] == "/"
    answer = await browser.client.post(logout)
    assert answer.status_code == 403
    form = browser.page.form("/oauth2/logout")
    form["continue"] = "https://attacker.test"
    answer = await browser.client.post(logout, data=form)
    assert answer.headers["location"] == "/"
    await browser.open(f"{ADDRESSES['registry']}/auth/login?next=/v1/me")


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person)
    started = await browser.client.get(f"{ISSUANCE}/auth/login")
    answer = await browser.client.get(started.headers["location"])
    callback = answer.headers["location"]
    given = {name: value[0] for name, value in parse_qs(urlsplit(callback).query).items()}
    victim = world.browser()
    refused = await victim.client.get(callback, headers=JSON)
    assert (refused.status_code, await code(refused)) == (400, "sign_in_failed")
    for changed in (
        {"state": given["state"][:8] + "x" * 24},
        {"iss": "http://attacker.test"},
        {"iss": ""},
        {"code": ""},
        {"error": "access_denied"},
    ):
        query = httpx.QueryParams({**given, **changed})
        refused = await browser.client.get(f"{ISSUANCE}/auth/callback?{query}", headers=JSON)
        assert await code(refused) == "sign_in_failed", changed
    assert (await browser.client.get(callback)).status_code == 303
    refused = await browser.client.get(callback, headers=JSON)
    assert await code(refused) == "sign_in_failed"


async def test_two_tabs_can_sign_in_at_once(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person)
    first = await browser.client.get(f"{ISSUANCE}/auth/login?next=/v1/me")
    second = await browser.client.get(f"{ISSUANCE}/auth/login?next=/")
    for started in (first, second):
        answer = await browser.open(started.headers["location"])
        assert answer.status_code == 200
        assert browser.host == "issuance.test"


async def test_a_question_that_is_too_old_gets_no_session(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    person = await new_person(world)
    browser = await signed_in(world, person)
    started = await browser.client.get(f"{ISSUANCE}/auth/login")
    monkeypatch.setattr("common.auth.sign_in.STATE_MAX_S", 0)
    answer = await browser.client.get(started.headers["location"])
    refused = await browser.client.get(answer.headers["location"], headers=JSON)
    assert await code(refused) == "sign_in_failed"


async def test_a_cookie_planted_before_the_sign_in_opens_nothing_afterwards(world: World):
    person = await new_person(world)
    browser = world.browser()
    browser.client.cookies.set("khbs-issuance", "planted", domain="issuance.test")
    await browser.open(f"{ISSUANCE}/auth/login?next=/v1/me")
    await browser.send("/sign-in", username=person.username, password=person.password)
    assert browser.path == "/v1/me"
    thief = world.browser()
    thief.client.cookies.set("khbs-issuance", "planted", domain="issuance.test")
    assert await status(thief) == 401


async def test_signing_in_again_ends_the_session_before(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person, "issuance")
    old = browser.cookie("khbs-issuance", "issuance.test")
    await browser.open(f"{ISSUANCE}/auth/login?next=/v1/me")
    thief = world.browser()
    thief.client.cookies.set("khbs-issuance", old, domain="issuance.test")
    assert await status(thief) == 401
    assert await status(browser) == 200


@pytest.mark.parametrize(
    "target", ["https://attacker.test", "//attacker.test", "/\\attacker.test", "javascript:x"]
)
async def test_a_sign_in_goes_on_to_a_page_of_the_service_only(world: World, target: str):
    person = await new_person(world)
    browser = await signed_in(world, person)
    await browser.open(f"{ISSUANCE}/auth/login?next={target}")
    assert (browser.host, browser.path) == ("issuance.test", "/")


async def test_a_page_brings_its_reader_back_to_where_they_were(world: World):
    browser = world.browser()
    answer = await browser.client.get(f"{ISSUANCE}/keys?lang=en")
    assert answer.headers["location"] == "/auth/login?next=/keys%3Flang%3Den"
    part = await browser.client.get(f"{ISSUANCE}/keys", headers={"hx-request": "true"})
    assert part.status_code == 401


async def test_more_requests_than_connections_do_not_wait_for_each_other(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person)
    await world.sql(
        "UPDATE web_sessions SET refreshed_at = now() - interval '5 minutes' WHERE subject = :s",
        s=str(person.id),
    )
    account = f"{ADDRESSES['registry']}/account"
    answers = await asyncio.wait_for(
        asyncio.gather(*(browser.client.get(account) for _ in range(40))), timeout=60
    )
    assert [answer.status_code for answer in answers] == [200] * 40
