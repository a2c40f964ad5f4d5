"""Criteria over facts: three-valued, dated, with reasons, and never rewritten."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.registry.conftest import Registry, operator, verifier
from tests.registry.files import Someone, a_kk, a_village, csv_bytes, dtsen_csv, roster_xlsx

from common.ids import new_id


async def outcomes(registry: Registry, cycle_id: str, village: str) -> dict[str, dict[str, str]]:
    answer = await registry.client.get(
        f"/v1/cycles/{cycle_id}/decisions",
        params={"region_code": village},
        headers=operator(village),
    )
    return {
        row["head_name"]: {one["code"]: one["outcome"] for one in row["outcomes"]}
        | {"all": row["outcome"], "id": row["household_id"]}
        for row in answer.json()["decisions"]
    }


async def test_absence_from_a_roster_is_no_only_when_it_was_loaded(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    people = [Someone(name="DI LUAR"), Someone(name="DI DALAM")]
    await registry.committed(csv_bytes(people), region=village)
    before = await outcomes(registry, cycle_id, village)
    assert before["DI LUAR"]["overlap:pkh"] == "unknown"
    roster = roster_xlsx("PKH", [(people[1].kk, people[1].nik or "")])
    await registry.committed(roster, region=village, name="pkh.xlsx")
    after = await outcomes(registry, cycle_id, village)
    assert after["DI LUAR"]["overlap:pkh"] == "met"
    assert after["DI DALAM"]["overlap:pkh"] == "not_met"
    assert after["DI DALAM"]["overlap:sembako"] == "unknown"
    assert (after["DI LUAR"]["all"], after["DI DALAM"]["all"]) == ("needs_review", "ineligible")


async def test_a_roster_by_nik_counts_for_the_whole_family(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    kk = a_kk()
    head = Someone(name="KEPALA", kk=kk)
    member = Someone(name="ANAK", kk=kk, relation="4", born="2010-01-01")
    await registry.committed(csv_bytes([head, member]), region=village)
    roster = roster_xlsx("BLT-DD", [(member.nik or "", member.nik or "")], target=1)
    await registry.committed(roster, region=village, name="blt.xlsx")
    assert (await outcomes(registry, cycle_id, village))["KEPALA"]["overlap:blt_dd"] == "not_met"


async def test_an_old_roster_says_nothing_about_today(registry: Registry, cycle_id: str) -> None:
    village = a_village()
    someone = Someone(name="LAMA")
    await registry.committed(csv_bytes([someone]), region=village)
    roster = roster_xlsx("PKH", [(someone.kk, someone.nik or "")], year=2005)
    await registry.committed(roster, region=village, name="pkh.xlsx")
    assert (await outcomes(registry, cycle_id, village))["LAMA"]["overlap:pkh"] == "unknown"


async def test_a_dead_head_is_not_met_and_a_moved_one_unknown(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    people = [Someone(name="WAFAT", status="2"), Someone(name="PINDAH", status="3")]
    people.append(Someone(name="TANPA KEPALA", relation="4"))
    await registry.committed(csv_bytes(people), region=village)
    found = await outcomes(registry, cycle_id, village)
    assert found["WAFAT"]["head_alive"] == "not_met"
    assert (found["PINDAH"]["head_alive"], found["PINDAH"]["in_province"]) == ("unknown", "unknown")
    assert found["TANPA KEPALA"]["head_alive"] == "unknown"


async def test_a_later_quarter_supersedes_and_rewrites_nothing(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    someone = Someone(name="NAIK")
    await registry.committed(csv_bytes([someone]), region=village)
    for period, decile in (("2026-Q1", 1), ("2026-Q2", 9)):
        content = dtsen_csv([(someone.kk, decile)], period)
        await registry.committed(content, region=village, name="dtsen.csv")
    found = await outcomes(registry, cycle_id, village)
    assert found["NAIK"]["decile"] == "not_met"
    chain = await registry.rows(
        "SELECT d.id, d.supersedes_id, f.inputs ->> 'decile' AS decile, d.fact_ids FROM decisions d"
        " JOIN findings f ON f.id = d.findings_id WHERE d.household_id = :h ORDER BY d.id",
        h=found["NAIK"]["id"],
    )
    assert [one.decile for one in chain] == [None, "1", "9"]
    assert [one.supersedes_id for one in chain] == [None, chain[0].id, chain[1].id]
    assert len(chain[2].fact_ids) == 1
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text("UPDATE decisions SET outcome = 'eligible'"))


async def test_a_review_needs_a_reason_a_verifier_and_an_open_question(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    await registry.committed(csv_bytes([Someone(name="RAGU")]), region=village)
    household = (await outcomes(registry, cycle_id, village))["RAGU"]["id"]
    path = f"/v1/cycles/{cycle_id}/reviews"
    body = {"household_ids": [household], "outcome": "eligible", "reason": "ya"}
    short = await registry.client.post(path, json=body, headers=verifier())
    assert short.json()["code"] == "reason_too_short"
    body["reason"] = "Dikunjungi, rumah berlantai tanah"
    assert (await registry.client.post(path, json=body, headers=operator())).status_code == 403
    far = await registry.client.post(path, json=body, headers=verifier("62.71"))
    assert far.json()["code"] == "outside_your_regions"
    me = verifier(subject=str(new_id()))
    assert (await registry.client.post(path, json=body, headers=me)).json() == {"decided": 1}
    assert (await registry.client.post(path, json=body, headers=me)).json() == {"decided": 0}
    late = await registry.client.post(path, json=body, headers=verifier())
    assert late.json()["code"] == "review_not_needed"


async def test_a_persons_judgement_stands_until_the_facts_change(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    someone = Someone(name="DINILAI")
    await registry.committed(csv_bytes([someone]), region=village)
    household = (await outcomes(registry, cycle_id, village))["DINILAI"]["id"]
    body = {"household_ids": [household], "outcome": "eligible", "reason": "Rumah tidak layak huni"}
    await registry.client.post(f"/v1/cycles/{cycle_id}/reviews", json=body, headers=verifier())
    await registry.committed(csv_bytes([someone, Someone()]), region=village)
    assert (await outcomes(registry, cycle_id, village))["DINILAI"]["all"] == "eligible"
    content = dtsen_csv([(someone.kk, 10)])
    await registry.committed(content, region=village, name="dtsen.csv")
    assert (await outcomes(registry, cycle_id, village))["DINILAI"]["all"] == "ineligible"


async def test_a_page_of_families_is_judged_at_once_or_none_is(
    registry: Registry, cycle_id: str
) -> None:
    village = a_village()
    people = [Someone(name="KEPALA A"), Someone(name="KEPALA B")]
    await registry.committed(csv_bytes(people), region=village)
    shown = [one["id"] for one in (await outcomes(registry, cycle_id, village)).values()]
    form = {
        "cycle_id": cycle_id,
        "outcome": "eligible",
        "reason": "Kedua rumah dikunjungi",
        "back": f"/decisions?region={village}",
        "shown_id": shown,
    }
    nobody = await registry.client.post("/decisions/review", data=form, headers=verifier())
    assert nobody.json()["code"] == "nobody_chosen"
    form["everyone"] = "yes"
    everyone = await registry.client.post("/decisions/review", data=form, headers=verifier())
    assert everyone.status_code == 303
    found = await outcomes(registry, cycle_id, village)
    assert {one["all"] for one in found.values()} == {"eligible"}
