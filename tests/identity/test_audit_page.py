"""Auditors read what was done; nobody else does."""

from tests.identity.browsing import sign_in
from tests.identity.world import ADDRESSES, World

from common import audit
from common.auth.principal import Principal
from common.ids import new_id

REGISTRY = ADDRESSES["registry"]


async def note(world: World, action: str, subject: str, region: str | None = None) -> None:
    actor = Principal(str(new_id()), "Petugas Uji", frozenset(), frozenset(), ("62",))
    async with world.registry_engine.begin() as tx:
        await audit.record(tx, actor, action, "household", subject, region_code=region)


async def test_an_auditor_finds_who_opened_a_family(world: World):
    family = str(new_id())
    await note(world, "household.read", family, "62.03.01.2011")
    await note(world, "household.read", str(new_id()), "62.03.01.2011")
    browser = await sign_in(world, "auditor")
    answer = await browser.open(f"{REGISTRY}/audit?subject={family}")
    assert answer.status_code == 200
    assert "Membuka data keluarga" in answer.text
    assert answer.text.count("Petugas Uji") == 1


async def test_reading_the_log_is_noted_too(world: World):
    browser = await sign_in(world, "auditor")
    await browser.open(f"{REGISTRY}/audit?action=household")
    rows = await world.sql("SELECT details FROM audit_log WHERE action = 'audit.read' ORDER BY id")
    assert rows[-1]["details"] == {"action": "household"}


async def test_who_may_not_read_it_is_refused_and_that_is_noted(world: World):
    browser = await sign_in(world, "operator")
    answer = await browser.open(f"{REGISTRY}/audit")
    assert answer.status_code == 403
    rows = await world.sql(
        "SELECT details, subject_id FROM audit_log WHERE action = 'access.refused' ORDER BY id"
    )
    assert rows[-1]["subject_id"] == "/audit"
    assert rows[-1]["details"]["permission"] == "audit.read"


async def test_a_search_with_nonsense_is_a_search_for_anything(world: World):
    browser = await sign_in(world, "auditor")
    answer = await browser.open(f"{REGISTRY}/audit?day=31-31-31&before=x&action=%00&actor=%00")
    assert answer.status_code == 200
