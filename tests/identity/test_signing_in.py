"""One sign-in serves the three services."""

from tests.identity.browsing import give_password, sign_in
from tests.identity.world import ADDRESSES, World


async def test_one_sign_in_serves_the_three_services(world: World):
    browser = await sign_in(world, "auditor")
    for service in ("issuance", "redemption"):
        answer = await browser.open(f"{ADDRESSES[service]}/auth/login?next=/v1/me")
        assert browser.host == f"{service}.test"
        assert answer.json()["roles"] == ["auditor"]


async def test_a_role_that_approves_needs_a_code_as_well(world: World):
    browser = world.browser()
    await give_password(browser, "penyetuju")
    assert browser.path == "/sign-in/code"
    await browser.open(f"{ADDRESSES['registry']}/auth/login?next=/v1/me")
    assert browser.path == "/sign-in/code"
    signed_in = await sign_in(world, "penyetuju")
    assert signed_in.last.json()["roles"] == ["provincial_approver"]
