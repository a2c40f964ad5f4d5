"""The steps of a sign-in: one-time passwords, codes, and what cannot be skipped."""

import time

import pyotp
import pytest
from tests.identity.browsing import give_password
from tests.identity.oauth import authorize_address
from tests.identity.people import NEW_PASSWORD, enrol, new_person, signed_in
from tests.identity.world import ADDRESSES, Browser, World

REGISTRY = ADDRESSES["registry"]


async def cannot_get_a_code(browser: Browser) -> bool:
    answer = await browser.client.get(authorize_address())
    return "code=" not in answer.headers["location"].partition("?continue=")[0]


async def test_a_one_time_password_must_be_changed_before_anything_else(world: World):
    person = await new_person(world, one_time=True)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    assert browser.path == "/sign-in/new-password"
    assert await cannot_get_a_code(browser)
    await browser.send("/sign-in/new-password", password=NEW_PASSWORD, repeated=NEW_PASSWORD)
    assert browser.path == "/v1/me"
    again = world.browser()
    await give_password(again, person.username, person.password)
    assert again.last.status_code == 422
    await give_password(again, person.username, NEW_PASSWORD)
    assert again.path == "/v1/me"


@pytest.mark.parametrize(
    ("password", "repeated"),
    [
        ("short", "short"),
        ("x" * 129, "x" * 129),
        ("aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa"),
        ("123456789012", "123456789012"),
        ("password1234", "password1234"),
        ("khbs-kalteng1", "khbs-kalteng1"),
        (NEW_PASSWORD, NEW_PASSWORD + "x"),
    ],
)
async def test_a_password_that_is_easy_to_guess_is_not_taken(
    world: World, password: str, repeated: str
):
    person = await new_person(world, one_time=True)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    await browser.send("/sign-in/new-password", password=password, repeated=repeated)
    assert browser.last.status_code == 422
    assert password not in browser.last.text


async def test_the_one_time_password_is_not_taken_as_the_new_one(world: World):
    person = await new_person(world, one_time=True)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    await browser.send("/sign-in/new-password", password=person.password, repeated=person.password)
    assert browser.last.status_code == 422


async def test_a_role_that_approves_enrols_a_second_factor_before_it_can_act(world: World):
    person = await new_person(world, "finance", one_time=True)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    await browser.send("/sign-in/new-password", password=NEW_PASSWORD, repeated=NEW_PASSWORD)
    assert browser.path == "/sign-in/second-factor"
    assert 'src="data:image/svg+xml;base64,' in browser.last.text
    assert await cannot_get_a_code(browser)
    await browser.send("/sign-in/second-factor", code="000000")
    assert browser.last.status_code == 422
    await enrol(browser, person)
    assert browser.last.json()["roles"] == ["finance"]


async def test_the_picture_has_the_secret_that_is_written_beside_it():
    from registry.accounts import second_factor

    address = second_factor.address_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "rina")
    assert pyotp.parse_uri(address).secret == "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert b"<svg" in second_factor.picture_of(address)


async def test_a_code_is_good_once(world: World):
    person = await new_person(world, "finance")
    await signed_in(world, person)
    used = person.code()
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    await browser.send("/sign-in/code", code=used)
    assert browser.path == "/v1/me"
    other = world.browser()
    await give_password(other, person.username, person.password)
    await other.send("/sign-in/code", code=used)
    assert other.last.status_code == 422


async def test_an_old_code_and_a_far_future_one_are_wrong():
    from datetime import UTC, datetime

    from registry.accounts.second_factor import step_of

    secret, now = pyotp.random_base32(), int(time.time())
    moment = datetime.fromtimestamp(now, UTC)
    for steps, is_good in ((-3, False), (-1, True), (0, True), (1, True), (3, False)):
        code = pyotp.TOTP(secret).at(now + 30 * steps)
        assert (step_of(secret, code, moment) is not None) == is_good
    for nonsense in ("", "12345", "abcdef", "１２３４５６", "1" * 100):
        assert step_of(secret, nonsense, moment) is None


async def test_a_password_alone_cannot_set_a_new_one_or_another_phone(world: World):
    person = await new_person(world, "finance")
    await signed_in(world, person)
    await world.sql("UPDATE accounts SET must_change_password = true WHERE id = :id", id=person.id)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    assert browser.path == "/sign-in/code"
    for page in ("/sign-in/new-password", "/sign-in/second-factor"):
        await browser.open(REGISTRY + page)
        assert browser.path == "/sign-in/code"


async def test_a_step_that_was_left_lying_begins_again(world: World):
    person = await new_person(world, "finance")
    await signed_in(world, person)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    await world.sql("UPDATE sign_ins SET expires_at = now() WHERE account_id = :id", id=person.id)
    await browser.send("/sign-in/code", code=person.code(1))
    assert browser.path == "/sign-in"


async def test_a_step_page_without_a_sign_in_leads_to_the_beginning(world: World):
    for page in ("code", "new-password", "second-factor"):
        browser = world.browser()
        await browser.open(f"{REGISTRY}/sign-in/{page}")
        assert browser.path == "/sign-in"


@pytest.mark.parametrize(
    "target",
    [
        "https://attacker.example/",
        "//attacker.example",
        "/\\attacker.example",
        "/oauth2/authorize@attacker.example",
        "/oauth2/authorize",
        "javascript:alert(1)",
        "/accounts",
        "/oauth2/authorize?x\r\nlocation: https://attacker.example",
    ],
)
async def test_a_sign_in_goes_on_to_nothing_but_an_authorization_here(world: World, target: str):
    from urllib.parse import quote

    person = await new_person(world)
    browser = world.browser()
    await browser.open(f"{REGISTRY}/sign-in?continue={quote(target)}")
    answer = await browser.client.post(
        f"{REGISTRY}/sign-in",
        data={
            **browser.page.form("/sign-in"),
            "continue": target,
            "username": person.username,
            "password": person.password,
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login")


async def test_the_cookie_of_the_issuer_is_new_after_every_step(world: World):
    person = await new_person(world, "finance", one_time=True)
    browser = world.browser()
    seen = []
    await give_password(browser, person.username, person.password)
    seen.append(browser.cookie("khbs-registry-issuer", "registry.test"))
    await browser.send("/sign-in/new-password", password=NEW_PASSWORD, repeated=NEW_PASSWORD)
    seen.append(browser.cookie("khbs-registry-issuer", "registry.test"))
    await enrol(browser, person)
    seen.append(browser.cookie("khbs-registry-issuer", "registry.test"))
    assert len(set(seen)) == 3
    assert all(seen)


async def test_a_cookie_that_was_planted_before_the_sign_in_is_worth_nothing_after_it(
    world: World,
):
    person = await new_person(world)
    browser = world.browser()
    browser.client.cookies.set("khbs-registry-issuer", "planted", domain="registry.test")
    await give_password(browser, person.username, person.password)
    assert browser.path == "/v1/me"
    attacker = world.browser()
    attacker.client.cookies.set("khbs-registry-issuer", "planted", domain="registry.test")
    await attacker.open(f"{REGISTRY}/auth/login?next=/v1/me")
    assert attacker.path == "/sign-in"


async def test_a_sign_in_form_of_another_site_is_refused(world: World):
    person = await new_person(world)
    browser = world.browser()
    await browser.open(f"{REGISTRY}/sign-in")
    form = {**browser.page.form("/sign-in"), "username": person.username}
    form["password"] = person.password
    for headers, fields in (
        ({"sec-fetch-site": "cross-site"}, form),
        ({"sec-fetch-site": "same-site"}, form),
        ({"origin": "https://attacker.example"}, form),
        ({}, {**form, "csrf_token": "0" * 64}),
        ({}, {**form, "csrf_token": ""}),
    ):
        answer = await browser.client.post(f"{REGISTRY}/sign-in", data=fields, headers=headers)
        assert answer.status_code == 403
    own = {"sec-fetch-site": "same-origin"}
    answer = await browser.client.post(f"{REGISTRY}/sign-in", data=form, headers=own)
    assert answer.status_code == 303
