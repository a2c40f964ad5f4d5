"""The way of a family from a village's file to an approved list and its events."""

import json
import re
from typing import Any

from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes, dtsen_csv, roster_xlsx
from tests.registry.lists import verify

from common.ids import new_id
from common.sealed import Sealer

OUTCOMES = {
    "KEPALA A": "eligible",
    "KEPALA B": "ineligible",
    "KEPALA C": "ineligible",
    "KEPALA D": "needs_review",
}


async def decided_families(registry: Registry, cycle_id: str, village: str) -> list[Any]:
    """Import four families with deciles and rosters; return their decisions."""
    families = [Someone(name=f"KEPALA {letter}") for letter in "ABCD"]
    await registry.committed(csv_bytes(families), region=village)
    deciles = [(family.kk, decile) for family, decile in zip(families, (1, 2, 7), strict=False)]
    await registry.committed(dtsen_csv(deciles), region=village, name="dtsen.csv")
    for programme in ("PKH", "Sembako", "BLT Dana Desa"):
        roster = roster_xlsx(programme, [(families[1].kk, families[1].nik or "")])
        await registry.committed(roster, region=village, name="roster.xlsx")
    decisions = await registry.client.get(
        f"/v1/cycles/{cycle_id}/decisions",
        params={"region_code": village},
        headers=operator(village),
    )
    rows: list[Any] = decisions.json()["decisions"]
    return rows


async def approved_list(registry: Registry, cycle_id: str, village: str, rows: list[Any]) -> str:
    """Take the families to an approved list, one of them after a person's review."""
    list_id = str(new_id())
    proposed = await registry.client.post(
        "/v1/lists",
        json={"id": list_id, "cycle_id": cycle_id, "region_code": village},
        headers=operator(village),
    )
    assert proposed.status_code == 201, proposed.text
    assert proposed.json()["state"] == "proposing"
    await registry.do_jobs()
    seen = await registry.client.get(f"/v1/lists/{list_id}", headers=verifier())
    assert (seen.json()["state"], seen.json()["subjects"]) == ("proposed", 2)
    early = await registry.client.post(f"/v1/lists/{list_id}/verification", headers=verifier())
    assert early.json()["code"] == "list_has_open_reviews"
    waiting = [row["household_id"] for row in rows if row["outcome"] == "needs_review"]
    reviewed = await registry.client.post(
        f"/v1/cycles/{cycle_id}/reviews",
        json={
            "household_ids": waiting,
            "outcome": "eligible",
            "reason": "Dikunjungi 3 Mei: rumah tidak layak huni",
        },
        headers=verifier(),
    )
    assert reviewed.json() == {"decided": 1}
    verified = await verify(registry, list_id)
    assert verified.json()["state"] == "verified", verified.text
    approved = await registry.client.post(
        f"/v1/lists/{list_id}/approval",
        json={
            "decree_number": "SK-CONTOH/2026",
            "decree_on": "2026-03-01",
            "content_hash": verified.json()["content_hash"],
        },
        headers=approver(),
    )
    assert approved.status_code == 202, approved.text
    await registry.do_jobs()
    seen = await registry.client.get(f"/v1/lists/{list_id}", headers=approver())
    assert seen.json()["state"] == "approved"
    return list_id


async def test_a_village_file_becomes_an_approved_list_and_its_events(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    decisions = await decided_families(registry, cycle_id, village)
    assert {row["head_name"]: row["outcome"] for row in decisions} == OUTCOMES
    list_id = await approved_list(registry, cycle_id, village, decisions)
    events = [
        json.loads(row.envelope)
        for row in await registry.rows(
            "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
            s=f"beneficiary_list:{list_id}",
        )
    ]
    assert [event["type"] for event in events] == [
        "beneficiary_list.approved.v1",
        "enrolments.approved.v1",
    ]
    assert events[0]["data"]["subjects"] == 2
    sealer = Sealer(registry.settings.event_sealing_key.get_secret_value())
    told = [
        sealer.open_json(one["sealed"], f"enrolment:{one['household_id']}")
        for one in events[1]["data"]["enrolments"]
    ]
    assert {one["head_name"] for one in told} == {"KEPALA A", "KEPALA D"}
    assert all(re.fullmatch(r"\d{16}", one["kk_number"]) for one in told)
