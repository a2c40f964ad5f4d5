"""What the desk's pages say of limits, amounts and leases: sentences that a person can judge by."""

from typing import Any

import httpx2 as httpx
from tests.clients import bearer
from tests.redemption.a_journal import a_phone
from tests.redemption.test_adjustments import propose
from tests.redemption.test_conflicts import allow
from tests.redemption.world import World, a_benefit

from common.problems import RefusalText, problem

HTML = {"accept": "text/html"}


async def page(client: httpx.AsyncClient, path: str, role: str, **asked: Any) -> str:
    answer = await client.get(path, headers=HTML | bearer(role), params=asked)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_rupiah_in_a_refusal_are_written_in_groups_of_three():
    text = RefusalText(409, "Kurang Rp{lack_rupiah}", "Rp{lack_rupiah} is missing", "", "")
    _, body = problem("lack", {"lack_rupiah": 1234567}, {"lack": text}, "id", "")
    assert body["title"] == "Kurang Rp1.234.567"
    assert body["messages"]["en"]["title"] == "Rp1,234,567 is missing"
    assert body["lack_rupiah"] == 1234567


async def test_limits_and_thresholds_are_sentences_in_both_languages(client: httpx.AsyncClient):
    said = await page(client, "/measures", "supervisor")
    assert "dalam satu tahap, di luar kuasa tetap" in said
    assert "km per jam di antara dua mitra" in said
    assert "Answered within 10 working days." in await page(
        client, "/measures", "supervisor", lang="en"
    )


async def test_a_lease_says_whose_phone_holds_it(world: World, client: httpx.AsyncClient):
    village = "62.03.11.2004"
    family, approved = await world.a_family(region_code=village)
    await allow(world, approved)
    await (await a_phone(client)).take(village)
    assert family.region_code == village
    assert "Titik Pangan Bukit Tunggal" in await page(client, "/conflicts/leases", "supervisor")


async def test_whoever_decides_on_a_change_sees_what_is_left_now(
    world: World, client: httpx.AsyncClient
):
    family, _ = await world.a_family(a_benefit(quantity=3))
    await propose(world, family, quantity=-1)
    said = await page(client, "/entitlements", "finance", lang="en")
    assert "−1 parcel (Rp150,000)" in said
    assert "3 parcels (Rp450,000)" in said
    path = f"/entitlements/families/{family.household_id}"
    assert "1 usulan perubahan menunggu orang kedua" in await page(client, path, "finance")
