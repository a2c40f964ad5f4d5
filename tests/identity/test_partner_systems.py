"""A partner's own system: known by a secret, limited to its partner, changed without a break."""

import httpx2 as httpx
import pytest
from tests.identity.browsing import sign_in
from tests.identity.oauth import token_request
from tests.identity.world import ADDRESSES, Browser, World

from common.ids import new_id

SYSTEMS = f"{ADDRESSES['registry']}/accounts/systems"


@pytest.fixture(scope="session")
async def admin(own_admin_world: World) -> Browser:
    return await sign_in(own_admin_world, "admin")


@pytest.fixture(scope="session")
async def own_admin_world(new_database):
    from tests.identity.world import world_of

    urls = {name: new_database(name) for name in ("registry", "redemption")}
    async with world_of(urls) as running:
        yield running


async def new_system(admin: Browser, partner_id: object) -> tuple[str, str]:
    await admin.open(f"{SYSTEMS}/new")
    client_id = admin.page.form("/accounts/systems")["client_id"]
    await admin.send("/accounts/systems", name="Kasir Pasar Kahayan", partner=str(partner_id))
    assert admin.last.status_code == 200
    return client_id, shown_secret(admin)


def shown_secret(admin: Browser) -> str:
    return next(word for word in admin.page.words if word.startswith("khbs_"))


async def token_of(world: World, client: tuple[str, str]) -> httpx.Response:
    return await token_request(world, client=client, grant_type="client_credentials")


async def test_a_system_calls_as_its_partner(own_admin_world: World, admin: Browser):
    partner_id = new_id()
    client = await new_system(admin, partner_id)
    answer = await token_of(own_admin_world, client)
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    async with httpx.AsyncClient(transport=own_admin_world.hosts) as http:
        me = (await http.get(f"{ADDRESSES['redemption']}/v1/me", headers=headers)).json()
    assert me["subject"] == client[0]
    assert me["roles"] == ["integrator"]
    assert me["partner_id"] == str(partner_id)
    assert me["regions"] == []


async def test_credentials_may_come_in_the_form(own_admin_world: World, admin: Browser):
    client_id, secret = await new_system(admin, new_id())
    given = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    async with httpx.AsyncClient(transport=own_admin_world.hosts) as http:
        answer = await http.post(f"{ADDRESSES['registry']}/oauth2/token", data=given)
    assert answer.status_code == 200


async def test_a_secret_is_kept_only_as_its_hash(own_admin_world: World, admin: Browser):
    client_id, secret = await new_system(admin, new_id())
    rows = await own_admin_world.sql(
        "SELECT secret_hash FROM oauth_client_secrets WHERE client_id = :id", id=client_id
    )
    assert len(rows[0]["secret_hash"]) == 32
    await admin.open(f"{SYSTEMS}/{client_id}")
    assert secret not in admin.last.text


async def test_a_secret_is_changed_without_a_break(own_admin_world: World, admin: Browser):
    client_id, old = await new_system(admin, new_id())
    await admin.open(f"{SYSTEMS}/{client_id}")
    await admin.send(f"/accounts/systems/{client_id}/secrets")
    new = shown_secret(admin)
    for secret in (old, new):
        assert (await token_of(own_admin_world, (client_id, secret))).status_code == 200
    await admin.open(f"{SYSTEMS}/{client_id}")
    actions = [form["action"] for form in admin.page.forms]
    assert f"/accounts/systems/{client_id}/secrets" not in actions
    first = next(action for action in actions if action.endswith("/revoke"))
    await admin.send(first)
    assert (await token_of(own_admin_world, (client_id, old))).status_code == 401
    assert (await token_of(own_admin_world, (client_id, new))).status_code == 200


async def test_a_third_secret_is_refused(own_admin_world: World, admin: Browser):
    from tests.identity.people import ROOT

    from common.problems import Refused
    from registry.accounts import clients

    client_id, _ = await new_system(admin, new_id())
    async with own_admin_world.registry_engine.begin() as tx:
        await clients.rotate(tx, ROOT, client_id)
        with pytest.raises(Refused, match="too_many_secrets"):
            await clients.rotate(tx, ROOT, client_id)


async def test_a_revoked_system_gets_no_token_and_stays_revoked(
    own_admin_world: World, admin: Browser
):
    client = await new_system(admin, new_id())
    await admin.open(f"{SYSTEMS}/{client[0]}")
    await admin.send(f"/accounts/systems/{client[0]}/disable")
    answer = await token_of(own_admin_world, client)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    actions = await own_admin_world.actions()
    for action in ("created", "disabled", "refused", "token_given"):
        assert f"api_client.{action}" in actions


async def test_a_system_cannot_sign_people_in(own_admin_world: World, admin: Browser):
    client = await new_system(admin, new_id())
    for grant_type in ("authorization_code", "refresh_token"):
        answer = await token_request(own_admin_world, client=client, grant_type=grant_type)
        assert answer.json() == {"error": "unauthorized_client"}


async def test_a_system_that_asks_too_often_is_slowed_down(own_admin_world: World, admin: Browser):
    from registry.accounts.rules import SYSTEM_TOKENS_PER_MINUTE

    client = await new_system(admin, new_id())
    statuses = [
        (await token_of(own_admin_world, client)).status_code
        for _ in range(SYSTEM_TOKENS_PER_MINUTE + 2)
    ]
    assert statuses == [200] * SYSTEM_TOKENS_PER_MINUTE + [429] * 2
    assert (await token_of(own_admin_world, await new_system(admin, new_id()))).status_code == 200


async def test_the_services_are_not_managed_here(admin: Browser):
    for client_id in ("registry", "nobody", "%00"):
        assert (await admin.open(f"{SYSTEMS}/{client_id}")).status_code == 404
