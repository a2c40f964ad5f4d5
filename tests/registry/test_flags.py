"""Flags: several at once, each with source, date and weight; a list's families are held by them."""

import asyncio
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.registry.conftest import Registry, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes

from common.ids import new_id
from registry.flags.read import open_blocking_in, open_blocking_of


async def a_person(registry: Registry) -> tuple[str, Any, Any]:
    """A village with one family; the ids of its head and of the family."""
    village = a_village()
    await registry.committed(csv_bytes([Someone()]), region=village)
    rows = await registry.rows(
        "SELECT p.id, p.household_id FROM persons p JOIN households h ON h.id = p.household_id "
        "WHERE h.region_code = :code",
        code=village,
    )
    return village, rows[0].id, rows[0].household_id


def flag(person: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "subject_kind": "person",
        "subject_id": str(person),
        "kind": "dead",
        "source": "Akta kematian nomor 12",
        "source_on": "2026-05-04",
        **changes,
    }


async def post(registry: Registry, body: dict[str, Any], who: dict[str, str]) -> Any:
    return await registry.client.post("/v1/flags", json=body, headers=who)


async def clear(registry: Registry, flag_id: str, who: dict[str, str], reason: str) -> Any:
    return await registry.client.post(
        f"/v1/flags/{flag_id}/clearance", json={"reason": reason}, headers=who
    )


async def test_a_person_has_several_flags_and_the_same_one_only_once(registry: Registry) -> None:
    village, person, household = await a_person(registry)
    staff = operator(village, subject="desa")
    first = flag(person)
    for _ in range(2):
        assert (await post(registry, first, staff)).status_code == 201
    other = await post(registry, {**first, "note": "lain"}, staff)
    assert other.json()["code"] == "id_reused"
    twice = await post(registry, flag(person), staff)
    assert twice.json()["code"] == "flag_open_already"
    assert (await post(registry, flag(person, kind="civil_servant"), staff)).status_code == 201
    shown = await registry.client.get(f"/v1/households/{household}/flags", headers=staff)
    assert {one["kind"] for one in shown.json()["flags"]} == {"dead", "civil_servant"}
    page = await registry.client.get(f"/households/{household}", headers=staff)
    assert "Akta kematian nomor 12" in page.text


async def test_a_blocking_flag_of_a_person_is_cleared_by_somebody_else(registry: Registry) -> None:
    village, person, household = await a_person(registry)
    maker = verifier(village, subject="pembuat")
    body = flag(person)
    await post(registry, body, maker)
    async with registry.engine.connect() as tx:
        assert await open_blocking_of(tx, [household, new_id()]) == {household}
        assert await open_blocking_in(tx, village) == 1
    own = await clear(registry, body["id"], maker, "Sudah saya periksa.")
    assert own.json()["code"] == "same_person_raised"
    short = await clear(registry, body["id"], verifier(village), "ya")
    assert short.json()["code"] == "reason_too_short"
    other = verifier(village, subject="pemeriksa")
    for _ in range(2):
        done = await clear(registry, body["id"], other, "Orangnya hadir di kantor desa.")
        assert done.status_code == 200, done.text
    async with registry.engine.connect() as tx:
        assert await open_blocking_of(tx, [household]) == set()


async def test_the_database_itself_refuses_that_the_maker_clears(registry: Registry) -> None:
    village, person, _ = await a_person(registry)
    body = flag(person)
    await post(registry, body, verifier(village, subject="pembuat"))
    forged = text(
        "UPDATE flags SET cleared_by = raised_by, cleared_by_name = 'x', cleared_at = now(), "
        "clear_reason = 'x' WHERE id = CAST(:id AS uuid)"
    )
    refused = ""
    try:
        async with registry.engine.begin() as tx:
            await tx.execute(forged, {"id": body["id"]})
    except IntegrityError as error:
        refused = str(error)
    assert "maker_is_not_clearer" in refused


async def test_of_two_who_clear_at_once_one_does_and_the_other_is_told(registry: Registry) -> None:
    village, person, _ = await a_person(registry)
    body = flag(person, kind="not_matched_dukcapil")
    await post(registry, body, operator(village))
    answers = await asyncio.gather(
        *(
            clear(registry, body["id"], verifier(village, subject=who), f"Diperiksa oleh {who}.")
            for who in ("satu", "dua")
        )
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    late = next(one for one in answers if one.status_code == 409)
    assert late.json()["code"] == "flag_cleared"


async def test_flags_stay_within_the_regions_of_who_asks(registry: Registry) -> None:
    village, person, household = await a_person(registry)
    far = verifier("62.71")
    assert (await post(registry, flag(person), far)).json()["code"] == "outside_your_regions"
    body = flag(person)
    await post(registry, body, operator(village))
    cleared = await clear(registry, body["id"], far, "Tidak ada di wilayah ini.")
    assert cleared.json()["code"] == "outside_your_regions"
    seen = await registry.client.get(f"/v1/households/{household}/flags", headers=far)
    assert seen.status_code == 403
    listed = await registry.client.get("/v1/flags", headers=far)
    assert body["id"] not in {one["id"] for one in listed.json()["flags"]}


async def test_what_a_comparison_raised_is_not_cleared_by_hand(registry: Registry) -> None:
    village, person, household = await a_person(registry)
    assert (await post(registry, flag(person, kind="restricted"), operator(village))).json()[
        "code"
    ] == "invalid_input"
    row = text(
        "INSERT INTO flags (id, subject_kind, subject_id, household_id, region_code, kind, "
        "severity, source, source_on, raised_by, raised_by_name) VALUES (:id, 'person', :person, "
        ":household, :code, 'possible_duplicate', 'notice', 'Uji', '2026-01-01', 'a', 'A')"
    )
    flag_id = new_id()
    async with registry.engine.begin() as tx:
        values = {"id": flag_id, "person": person, "household": household, "code": village}
        await tx.execute(row, values)
    answer = await clear(registry, str(flag_id), verifier(village), "Bukan orang yang sama.")
    assert answer.json()["code"] == "flag_cleared_elsewhere"
    page = await registry.client.get("/flags", headers=verifier(village))
    assert 'href="/matches"' in page.text
