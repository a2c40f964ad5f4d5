"""What administrators do with accounts, and what even they cannot."""

import asyncio
import json
from uuid import UUID

import pytest
from tests.identity.browsing import give_password, sign_in
from tests.identity.oauth import answer_of, authorize_address, renew, trade
from tests.identity.people import NEW_PASSWORD, Person, name, new_person, signed_in
from tests.identity.world import ADDRESSES, Browser, World

from common.auth.principal import Principal
from common.events import AccountSignInsEndedV1
from common.ids import new_id
from common.problems import Refused
from registry.accounts import administer
from registry.accounts.administer import Standing

ACCOUNTS = f"{ADDRESSES['registry']}/accounts"


@pytest.fixture(scope="session")
async def admin(world: World) -> Browser:
    return await sign_in(world, "admin")


async def act(browser: Browser, person_id: object, what: str, **fields: str) -> int:
    """Open an account's page and send one of its forms."""
    await browser.open(f"{ACCOUNTS}/{person_id}")
    action = f"/accounts/{person_id}/{what}"
    return (await browser.send(action, **fields)).status_code


def shown_password(browser: Browser) -> str:
    words = browser.page.words
    return words[words.index("Kata sandi") + 1]


async def details_of(world: World, action: str, subject: object) -> dict[str, object]:
    rows = await world.sql(
        "SELECT details FROM audit_log WHERE action = :a AND subject_id = :s ORDER BY id",
        a=action,
        s=str(subject),
    )
    assert rows, f"no {action} in the audit log"
    return dict(rows[-1]["details"])


async def test_a_new_account_gets_a_password_that_is_shown_once(world: World, admin: Browser):
    username = name()
    await admin.open(f"{ACCOUNTS}/new")
    account_id = admin.page.form("/accounts")["id"]
    await admin.send(
        "/accounts",
        username=username.upper(),
        display_name="  Rina   Tundan ",
        role="village_operator",
        regions="62.03.01.2011\nKabupaten Barito Selatan",
    )
    assert admin.last.status_code == 200
    password = shown_password(admin)
    await admin.open(f"{ACCOUNTS}/{account_id}")
    assert password not in admin.last.text
    assert "Rina Tundan" in admin.last.text
    detail = await details_of(world, "account.created", account_id)
    assert detail["role"] == "village_operator"
    assert detail["regions"] == ["62.03.01.2011", "62.04"]
    browser = world.browser()
    await give_password(browser, username, password)
    assert browser.path == "/sign-in/new-password"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("username", "R", "huruf kecil"),
        ("username", "6203010101010001", "huruf kecil"),
        ("username", "admin", "sudah dipakai"),
        ("display_name", "", "Isilah nama"),
        ("display_name", "Rina 6203010101010001", "Isilah nama"),
        ("role", "integrator", "Pilih satu peran"),
        ("role", "root", "Pilih satu peran"),
        ("regions", "", "paling sedikit satu wilayah"),
        ("regions", "Atlantis", "Tidak ada wilayah bernama Atlantis"),
        ("regions", "Selat", "62.03.01"),
    ],
)
async def test_a_form_that_cannot_be_meant_is_shown_again_with_the_reason(
    admin: Browser, field: str, value: str, told: str
):
    await admin.open(f"{ACCOUNTS}/new")
    good = {"username": name(), "display_name": "Rina", "role": "auditor", "regions": "62"}
    await admin.send("/accounts", **{**good, field: value})
    if field == "regions" and value == "Selat" and admin.last.status_code == 200:
        return
    assert admin.last.status_code == 422
    assert told in admin.last.text


async def test_a_partners_person_needs_the_partner_and_gets_no_region(admin: Browser):
    await admin.open(f"{ACCOUNTS}/new")
    given = {"username": name(), "display_name": "Lia", "role": "partner_operator"}
    await admin.send("/accounts", **given, regions="62", partner="x")
    assert admin.last.status_code == 422
    await admin.send("/accounts", **given, regions="62", partner=str(new_id()))
    assert admin.last.status_code == 200


async def test_a_disabled_account_is_out_everywhere(world: World, admin: Browser):
    person = await new_person(world)
    browser = await signed_in(world, person)
    tokens = (await trade(world, (await answer_of(browser, authorize_address()))["code"])).json()
    assert await act(admin, person.id, "disable") == 200
    assert (await renew(world, tokens["refresh_token"])).json() == {"error": "invalid_grant"}
    assert (await answer_of(browser, authorize_address(prompt="none")))["error"] == "login_required"
    again = world.browser()
    await give_password(again, person.username, person.password)
    assert again.last.status_code == 422
    assert await act(admin, person.id, "enable") == 200
    await give_password(again, person.username, person.password)
    assert again.path == "/v1/me"
    for action in ("account.disabled", "account.enabled"):
        await details_of(world, action, person.id)


async def test_a_code_that_was_given_just_before_is_worth_nothing_after(
    world: World, admin: Browser
):
    person = await new_person(world)
    browser = await signed_in(world, person)
    code = (await answer_of(browser, authorize_address()))["code"]
    await act(admin, person.id, "sign-out")
    assert (await trade(world, code)).json() == {"error": "invalid_grant"}


async def test_signing_someone_out_ends_every_device(world: World, admin: Browser):
    person = await new_person(world)
    devices = [await signed_in(world, person) for _ in range(2)]
    assert await act(admin, person.id, "sign-out") == 200
    for device in devices:
        found = await answer_of(device, authorize_address(prompt="none"))
        assert found["error"] == "login_required"


async def test_a_reset_password_is_one_time_and_ends_what_is_signed_in(
    world: World, admin: Browser
):
    person = await new_person(world)
    browser = await signed_in(world, person)
    assert await act(admin, person.id, "password") == 200
    password = shown_password(admin)
    assert (await answer_of(browser, authorize_address(prompt="none")))["error"] == "login_required"
    old = world.browser()
    await give_password(old, person.username, person.password)
    assert old.last.status_code == 422
    await give_password(old, person.username, password)
    assert old.path == "/sign-in/new-password"


async def test_a_reset_second_factor_takes_the_password_with_it(world: World, admin: Browser):
    person = await new_person(world, "finance")
    await signed_in(world, person)
    assert await act(admin, person.id, "second-factor") == 200
    password = shown_password(admin)
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    assert browser.last.status_code == 422
    await give_password(browser, person.username, password)
    await browser.send("/sign-in/new-password", password=NEW_PASSWORD, repeated=NEW_PASSWORD)
    assert browser.path == "/sign-in/second-factor"


async def test_another_role_is_another_token_and_a_new_sign_in(world: World, admin: Browser):
    person = await new_person(world)
    browser = await signed_in(world, person)
    given = {"role": "card_desk", "regions": "62.06"}
    assert await act(admin, person.id, "role", **given) == 200
    assert (await answer_of(browser, authorize_address(prompt="none")))["error"] == "login_required"
    again = await signed_in(world, person)
    assert again.last.json()["roles"] == ["card_desk"]
    assert again.last.json()["regions"] == ["62.06"]
    assert (await details_of(world, "account.role_changed", person.id))["role"] == "card_desk"


async def test_whoever_becomes_an_approver_needs_a_second_factor_from_then_on(
    world: World, admin: Browser
):
    person = await new_person(world)
    await signed_in(world, person)
    await act(admin, person.id, "role", role="finance", regions="62")
    browser = world.browser()
    await give_password(browser, person.username, person.password)
    assert browser.path == "/sign-in/second-factor"


async def test_nobody_changes_their_own_account(world: World, admin: Browser):
    rows = await world.sql("SELECT id FROM accounts WHERE username = 'admin'")
    own = rows[0]["id"]
    await admin.open(f"{ACCOUNTS}/{own}")
    assert "Ini akun Anda sendiri" in admin.last.text
    assert not [form for form in admin.page.forms if str(own) in form["action"]]
    await admin.open(f"{ACCOUNTS}/new")
    proof = admin.page.form("/accounts")["csrf_token"]
    for what in ("role", "disable", "password", "second-factor"):
        data = {"csrf_token": proof, "role": "auditor", "regions": "62"}
        answer = await admin.client.post(f"{ACCOUNTS}/{own}/{what}", data=data)
        assert answer.status_code == 403
        assert "administrator lain" in answer.text


def root(subject: str = "someone", regions: tuple[str, ...] = ("62",)) -> Principal:
    return Principal(subject, "Uji", frozenset(), frozenset(), regions)


async def refusal(world: World, act: str, *given: object) -> str:
    async with world.registry_engine.begin() as tx:
        with pytest.raises(Refused) as refused:
            await getattr(administer, act)(tx, *given)
    return refused.value.code


async def test_the_last_administrator_stays(own_world: World):
    rows = await own_world.sql("SELECT id FROM accounts WHERE role = 'administrator'")
    assert len(rows) == 1
    last: UUID = rows[0]["id"]
    assert await refusal(own_world, "disable", root(), last) == "last_administrator"
    standing = Standing("auditor", ("62",))
    code = await refusal(own_world, "change_standing", root(), last, standing)
    assert code == "last_administrator"


async def test_two_administrators_cannot_disable_each_other_at_once(own_world: World):
    second = await new_person(own_world, "administrator")
    rows = await own_world.sql("SELECT id FROM accounts WHERE role = 'administrator'")
    ids = [row["id"] for row in rows]

    async def disable(actor: UUID, other: UUID) -> str:
        try:
            async with own_world.registry_engine.begin() as tx:
                await administer.disable(tx, root(str(actor)), other)
        except Refused as refused:
            return refused.code
        return "disabled"

    outcomes = await asyncio.gather(disable(ids[0], ids[1]), disable(ids[1], ids[0]))
    assert sorted(outcomes) == ["disabled", "last_administrator"]
    assert second.id in ids


async def test_an_administrator_of_some_regions_manages_only_theirs(own_world: World):
    within = await new_person(own_world, regions=("62.03.01",))
    outside = await new_person(own_world, regions=("62.06",))
    whole = await new_person(own_world, regions=("62",))
    partner = await new_person(own_world, "partner_operator", partner_id=new_id())
    limited = root(regions=("62.03",))
    async with own_world.registry_engine.begin() as tx:
        await administer.disable(tx, limited, within.id)
    for other in (outside, whole, partner):
        assert await refusal(own_world, "disable", limited, other.id) == "outside_your_regions"
        assert await refusal(own_world, "find", limited, other.id) == "outside_your_regions"
    standing = Standing("administrator", ("62",))
    code = await refusal(own_world, "change_standing", limited, within.id, standing)
    assert code == "outside_your_regions"


async def test_an_administrator_who_was_just_disabled_makes_no_new_account(own_world: World):
    second: Person = await new_person(own_world, "administrator")
    browser = await signed_in(own_world, second)
    await browser.open(f"{ACCOUNTS}/new")
    await own_world.sql("UPDATE accounts SET disabled_at = now() WHERE id = :id", id=second.id)
    proof = browser.page.form("/accounts")
    data = {**proof, "username": name(), "display_name": "X", "role": "auditor", "regions": "62"}
    answer = await browser.client.post(ACCOUNTS, data=data)
    assert answer.headers["location"].startswith("/auth/login")
    await own_world.sql(
        "UPDATE accounts SET disabled_at = NULL, role = 'auditor' WHERE id = :id", id=second.id
    )
    assert (await browser.client.post(ACCOUNTS, data=data)).status_code == 403


async def test_people_without_the_permission_see_no_accounts(world: World):
    browser = await sign_in(world, "auditor")
    assert (await browser.open(ACCOUNTS)).status_code == 403
    assert (await browser.open(f"{ACCOUNTS}/systems")).status_code == 403


async def test_the_list_shows_pages_and_roles(own_world: World):
    for _ in range(55):
        await new_person(own_world)
    browser = await sign_in(own_world, "admin")
    await browser.open(f"{ACCOUNTS}?role=auditor")
    assert browser.last.text.count("<tr") == 51
    assert "after=" in browser.last.text
    await browser.open(f"{ACCOUNTS}?role=finance")
    assert "keuangan" in browser.last.text
    assert "verifikator" not in browser.last.text


async def test_a_person_changes_their_own_password(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person)
    other = await signed_in(world, person)
    account = f"{ADDRESSES['registry']}/account"
    await browser.open(account)
    given = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    assert (await browser.send("/account/password", present="wrong", **given)).status_code == 422
    await browser.send("/account/password", present=person.password, **given)
    assert "sudah diganti" in browser.last.text
    assert "code" in await answer_of(browser, authorize_address(prompt="none"))
    found = await answer_of(other, authorize_address(prompt="none"))
    assert found["error"] == "login_required"
    again = world.browser()
    await give_password(again, person.username, NEW_PASSWORD)
    assert again.path == "/v1/me"


async def test_others_are_told_which_sign_in_goes_on_after_a_new_password(world: World):
    person = await new_person(world)
    browser = await signed_in(world, person)
    await browser.open(f"{ADDRESSES['registry']}/account")
    given = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    await browser.send("/account/password", present=person.password, **given)
    (own,) = await world.sql(
        "SELECT completed_at FROM sign_ins WHERE account_id = :id AND ended_at IS NULL",
        id=person.id,
    )
    (told,) = await world.sql(
        "SELECT envelope FROM outbox WHERE subject = :subject AND event_type = :type",
        subject=f"account:{person.id}",
        type=AccountSignInsEndedV1.event_type,
    )
    said = AccountSignInsEndedV1.model_validate(json.loads(told["envelope"])["data"])
    # As the phone hears of it: a token names its sign-in by the second.
    assert said.spared_at == own["completed_at"].replace(microsecond=0)
    assert said.ended_at >= own["completed_at"]


async def test_the_first_administrator_comes_from_the_command_line(own_world: World):
    from tests.identity.world import registry_settings

    from registry.seed import create_administrator

    username, said = name(), list[str]()
    settings = registry_settings(own_world.apps["registry"].state.settings.database_url)
    await create_administrator(settings, username, "Pak Kepala", said.append)
    password = said[0].partition(": ")[2]
    browser = own_world.browser()
    await give_password(browser, username, password)
    assert browser.path == "/sign-in/new-password"
    with pytest.raises(Refused, match="username_taken"):
        await create_administrator(settings, username, "Pak Kepala", said.append)
    with pytest.raises(SystemExit):
        await create_administrator(settings, "6203010101010001", "X", said.append)
