"""The page of the keys: what is there, and what has to be done next, before it is too late."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.clients import bearer, serving
from tests.issuance import key_scenes
from tests.issuance.builders import a_desk

from common.ids import new_id
from issuance.app import create_app
from issuance.signing.calendar_rules import next_steps, time_line

NOW = datetime(2027, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_key(state: str, *, starts: int, region: str = "62", published: int | None = -100) -> Any:
    begins = NOW + starts * DAY
    return {
        "id": new_id(),
        "kid": "0a0b0c0d",
        "state": state,
        "region_code": region,
        "published_at": None if published is None else NOW + published * DAY,
        "not_before": begins,
        "sign_until": begins + 365 * DAY,
        "verify_until": begins + (365 * 6) * DAY,
    }


def acts(*keys: Any) -> list[tuple[str, str, int, bool]]:
    return [
        (step.act, step.region_code, (step.by - NOW).days, step.is_urgent)
        for step in next_steps(keys, NOW)
    ]


def test_the_next_key_is_asked_for_in_time_and_warned_of_when_it_is_late():
    assert acts(a_key("active", starts=-200)) == [("create", "62", 135, False)]
    assert acts(a_key("active", starts=-304)) == [("create", "62", 31, False)]
    assert acts(a_key("active", starts=-305)) == [("create", "62", 30, True)]
    assert acts(a_key("active", starts=-360)) == [("create", "62", -25, True)]


def test_a_planned_key_is_published_then_activated_and_ends_the_warning():
    ending = a_key("active", starts=-330)
    unpublished = a_key("planned", starts=20, published=None)
    assert acts(ending, unpublished) == [("publish", "62", -10, True)]
    assert acts(ending, a_key("planned", starts=20, published=-5)) == [
        ("activate", "62", 25, False)
    ]


def test_a_part_whose_key_ends_is_no_emergency_while_the_provinces_goes_on():
    assert acts(a_key("active", starts=-10), a_key("active", starts=-360, region="62.01")) == [
        ("create", "62.01", -25, False),
        ("create", "62", 325, False),
    ]


def test_no_active_key_is_the_loudest_of_all():
    assert acts(a_key("compromised", starts=-10))[0] == ("none_active", "62", 0, True)
    stopped = acts(a_key("active", starts=-400))
    assert ("stop", "62", -35, False) in stopped
    assert ("none_active", "62", 0, True) in stopped


def test_all_keys_lie_on_one_time_line():
    keys = [a_key("verify_only", starts=-400, published=-430), a_key("active", starts=-20)]
    line = time_line(keys)
    assert (line.begins, line.ends) == (NOW - 430 * DAY, keys[1]["verify_until"])
    for key in keys:
        spans = line.spans(key)
        assert [span.kind for span in spans] == ["known", "signs", "counts"]
        assert all(0 <= span.start <= span.start + span.width <= 1000 for span in spans)
        assert spans[0].start + spans[0].width == spans[1].start
    assert line.place(NOW - 9999 * DAY) == 0
    assert line.place(NOW + 9999 * DAY) == 1000


@pytest.mark.parametrize("role", ["auditor", "administrator"])
async def test_the_page_shows_every_key_its_cards_and_the_warning(new_database, role):
    desk = await a_desk(new_database("issuance"))
    await desk.a_card()
    planned = await key_scenes.planned(desk, region_code="62.01")
    headers = {**bearer(role), "accept": "text/html"}
    async with serving(create_app(desk.settings)) as client:
        page = (await client.get("/keys", headers=headers)).text
        assert planned in page
        assert "Kabupaten Kotawaringin Barat" in page
        assert "1 kartu, 0 di antaranya aktif" in page
        assert "Kunci berikutnya harus dibuat dan diterbitkan sebelum" in page
        assert len(re.findall(r'class="signs', page)) == 3
        for hidden in await desk.rows("SELECT sealed_private_key FROM signing_keys"):
            assert hidden.sealed_private_key.hex() not in page
        english = await client.get("/keys?lang=en", headers=headers)
        assert "The next key must be made and published before" in english.text
    await desk.engine.dispose()
