"""Signals are judged by people: once, and by two where they are grave, within their regions."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.a_watch import NOON, Watch, a_watch
from tests.redemption.test_companions import somebody
from tests.redemption.world import FOOD_POINT, VILLAGE, World, a_benefit

from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.oversight.judge import judge


@pytest.fixture
async def watch(world: World) -> Watch:
    return await a_watch(world, a_benefit())


async def a_signal(watch: Watch, *, is_grave: bool, region_code: str = VILLAGE) -> UUID:
    signal_id = new_id()
    await watch.run(
        "INSERT INTO signals (id, kind, subject_kind, subject_id, window_key, region_code, facts, "
        "evidence, first_at, last_at, measure_id, is_grave) VALUES (:id, 'far_places', 'card', "
        ":s, 'x', :region, '{\"minutes\": 5, \"is_said\": false}', '{}', :at, "
        ":at, :id, :grave)",
        id=signal_id,
        s=signal_id.hex[16:],
        region=region_code,
        at=NOON,
        grave=is_grave,
    )
    return signal_id


async def judged(watch: Watch, who: Any, signal_id: UUID, outcome: str = "explained") -> str:
    reason = "Ditanyakan ke mitra, sudah jelas"
    try:
        await in_transaction(
            watch.world.engine,
            lambda tx: judge(tx, who, signal_id, outcome=outcome, reason=reason),
        )
    except Refused as refusal:
        return refusal.code
    (row,) = await watch.run("SELECT state FROM signals WHERE id = :id", id=signal_id)
    return str(row["state"])


async def test_an_ordinary_signal_is_judged_once(watch: Watch):
    one, other = somebody("supervisor"), somebody("supervisor")
    signal_id = await a_signal(watch, is_grave=False)
    assert await judged(watch, one, signal_id) == "closed"
    assert await judged(watch, one, signal_id) == "closed"
    assert await judged(watch, other, signal_id) == "signal_closed"


async def test_a_grave_signal_or_a_suspended_partner_needs_another_person_s_look(watch: Watch):
    one, other = somebody("supervisor"), somebody("supervisor")
    for is_grave, outcome in ((True, "explained"), (False, "partner_suspended")):
        signal_id = await a_signal(watch, is_grave=is_grave)
        assert await judged(watch, one, signal_id, outcome) == "second_look"
        assert await judged(watch, one, signal_id, "follow_up") == "signal_needs_another"
        with pytest.raises(DBAPIError, match="second_is_another"):
            await watch.run(
                "INSERT INTO signal_judgements SELECT signal_id, 2, outcome, reason, 0, judged_by, "
                "'x', now(), judged_by FROM signal_judgements WHERE signal_id = :id",
                id=signal_id,
            )
        assert await judged(watch, other, signal_id, outcome) == "closed"


async def test_regions_limit_who_sees_and_judges_signals(watch: Watch, client):
    signal_id = await a_signal(watch, is_grave=False, region_code="62.02")
    elsewhere = bearer("supervisor", regions=("62.03",))
    page = {"accept": "text/html"}
    assert (await client.get(f"/signals/{signal_id}", headers=elsewhere | page)).status_code == 404
    shown = await client.get("/signals?show=all", headers=elsewhere | page)
    assert str(signal_id) not in shown.text
    here = bearer("supervisor", regions=("62.02",))
    assert (await client.get(f"/signals/{signal_id}", headers=here | page)).status_code == 200
    stranger = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    assert (await client.get("/signals", headers=stranger)).status_code == 403
