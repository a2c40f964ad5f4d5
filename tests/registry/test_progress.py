"""How far data collection is: counted from what was written, drawn, and only when it changed."""

import asyncio
import re
from typing import Any

import pytest
from tests.clients import bearer
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_kk, a_village, csv_bytes

from common.ids import new_id
from common.regions import all_regions
from common.shares import share_of, step_of
from common.village_points import village_points
from common.web.village_map import draw
from registry.reports.refresh import refresh
from registry.reports.rules import MEASURES, suppressed


async def count(registry: Registry) -> None:
    """Count now, whatever the server's counters of writes say yet."""
    async with registry.engine.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM progress_refreshes")
        assert await refresh(tx)


async def look(registry: Registry) -> bool:
    """Count as the worker does, without its rest between two counts; tell whether it did."""
    async with registry.engine.begin() as tx:
        await tx.exec_driver_sql("UPDATE progress_refreshes SET took_ms = 0")
        return await refresh(tx)


async def eventually(registry: Registry, *, counted: bool) -> None:
    """The server's counters may follow a commit by a second."""
    async with asyncio.timeout(10):
        while await look(registry) != counted:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.05)


async def progress_of(registry: Registry, region: str) -> dict[str, Any]:
    answer = await registry.client.get("/v1/progress", params={"in": region}, headers=operator())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_village_is_counted_by_its_families_and_what_they_lack(registry: Registry):
    village = a_village()
    whole, lacking = a_kk(), a_kk()
    people = [
        Someone(kk=whole),
        Someone(kk=whole, name="ANAK", relation="4", born="2015-01-02"),
        Someone(kk=lacking),
        Someone(kk=lacking, name="BAYI", relation="4", nik="", born="2025-01-02"),
        Someone(name="YANG MENINGGAL", status="2"),
    ]
    await registry.committed(csv_bytes(people), region=village)
    await count(registry)
    sums = (await progress_of(registry, village))["sums"]
    # A family in which nobody lives any more is not counted.
    assert (sums["families"], sums["complete"], sums["persons"], sums["files"]) == (2, 1, 4, 1)


async def test_what_is_flagged_is_complete_but_not_clean(registry: Registry):
    village = a_village()
    await registry.committed(csv_bytes([Someone(), Someone()]), region=village)
    rows = await registry.rows("SELECT id FROM households WHERE region_code = :v", v=village)
    async with registry.engine.begin() as tx:
        await tx.exec_driver_sql(
            "INSERT INTO flags (id, subject_kind, subject_id, household_id, region_code, kind,"
            " severity, source, source_on, raised_by, raised_by_name)"
            " VALUES ($1, 'household', $2, $2, $3, 'moved', 'blocking', 'uji', '2026-01-01',"
            " 'x', 'X')",
            (new_id(), rows[0].id, village),
        )
    await count(registry)
    sums = (await progress_of(registry, village))["sums"]
    assert (sums["complete"], sums["checked"], sums["flagged"]) == (2, 1, 1)


async def test_a_region_is_the_sum_of_what_is_in_it(registry: Registry):
    village = a_village()
    await registry.committed(csv_bytes([Someone()]), region=village)
    await count(registry)
    regency = await progress_of(registry, village[:5])
    districts = {row["code"]: row for row in regency["regions"]}
    assert districts[village[:8]]["families"] >= 1
    assert regency["sums"]["families"] == sum(row["families"] for row in regency["regions"])
    province = await progress_of(registry, "62")
    assert len(province["regions"]) == 14
    assert sum(row["villages"] for row in province["regions"]) == 1571
    assert province["days"][0]["families"] == province["sums"]["families"]


async def test_nothing_is_counted_anew_while_nothing_was_written(registry: Registry):
    await count(registry)
    await eventually(registry, counted=False)
    await registry.committed(csv_bytes([Someone()]), region=a_village())
    await eventually(registry, counted=True)


async def test_counting_rests_nine_times_as_long_as_it_took(registry: Registry):
    await count(registry)
    async with registry.engine.begin() as tx:
        await tx.exec_driver_sql("UPDATE progress_refreshes SET took_ms = 60000, marker = 'x'")
        assert not await refresh(tx)


async def test_the_page_shows_a_map_and_the_table_behind_it(registry: Registry):
    village = a_village()
    await registry.committed(csv_bytes([Someone(), Someone()]), region=village)
    await count(registry)
    page = await registry.client.get(
        f"/progress?in={village[:5]}&show=complete", headers=operator()
    )
    assert page.status_code == 200
    assert page.text.count('<circle class="dot') >= 40
    dot = re.compile(rf"in={re.escape(village)}&amp;[^>]*><circle[^>]*><title>[^<]*100%")
    assert dot.search(page.text)
    assert all_regions()[village[:8]].name in page.text


async def test_the_live_part_is_sent_only_when_it_changed(registry: Registry):
    await count(registry)
    first = await registry.client.get("/progress/live?in=62", headers=operator())
    since = re.search(r"since=([^\"]+)\"", first.text)
    assert since
    again = await registry.client.get(f"/progress/live?in=62&since={since[1]}", headers=operator())
    assert again.status_code == 204


async def test_a_region_that_is_none_is_refused(registry: Registry):
    answer = await registry.client.get("/v1/progress", params={"in": "62.99"}, headers=operator())
    assert answer.status_code == 422
    assert answer.json()["code"] == "region_unknown"


async def test_progress_is_for_those_who_may_read_reports(registry: Registry):
    answer = await registry.client.get("/v1/progress", headers=bearer("print_shop"))
    assert answer.status_code == 403


async def test_the_table_comes_as_a_file(registry: Registry):
    await count(registry)
    answer = await registry.client.get("/v1/progress.csv?in=62", headers=operator())
    lines = answer.text.splitlines()
    assert lines[0].startswith("code,name,villages,")
    assert len(lines) == 15


def test_every_village_has_a_point_inside_the_province():
    villages = {code for code in all_regions() if len(code) == 13}
    assert set(village_points()) == villages
    assert all(-3.6 < one.latitude < 0.9 for one in village_points().values())
    assert all(110.5 < one.longitude < 116.0 for one in village_points().values())


def test_a_map_keeps_north_up_and_everything_inside():
    rows = [
        {"region_code": code, **dict.fromkeys(MEASURES, 10)}
        for code in village_points()
        if code.startswith("62.71")
    ]
    drawn = draw(rows, measure="checked", level="regency", below=["62.71.01"])
    north = max(drawn.dots, key=lambda dot: village_points()[dot.code].latitude)
    assert north.y == min(dot.y for dot in drawn.dots)
    assert all(0 <= dot.x <= 720 and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    assert drawn.labels[0].text


@pytest.mark.parametrize(
    ("part", "whole", "share", "step"),
    [(0, 0, None, 0), (0, 9, 0, 1), (1, 1000, 1, 2), (999, 1000, 99, 4), (5, 5, 100, 5)],
)
def test_neither_all_nor_none_is_ever_rounded_to(part: int, whole: int, share: int, step: int):
    assert share_of(part, whole) == share
    assert step_of(share) == step


def test_a_lone_small_cell_takes_the_next_smallest_with_it():
    rows = [{"g": 1, "n": n, "rupiah": n * 10} for n in (3, 50, 20, 0)]
    found, hidden = suppressed(rows, counts=["n"], within=["g"], derived=["rupiah"])
    assert [row["n"] for row in found] == [None, 50, None, 0]
    assert [row["rupiah"] for row in found] == [None, 500, None, 0]
    assert hidden == 2


def test_two_small_cells_of_a_group_hide_each_other():
    rows = [{"g": 1, "n": n} for n in (3, 4, 20)]
    found, hidden = suppressed(rows, counts=["n"], within=["g"], derived=[])
    assert [row["n"] for row in found] == [None, None, 20]
    assert hidden == 2


def test_hidden_cells_that_add_up_to_few_take_another_with_them():
    rows = [{"g": 1, "n": n} for n in (1, 1, 30, 20)]
    found, hidden = suppressed(rows, counts=["n"], within=["g"], derived=[])
    assert [row["n"] for row in found] == [None, None, 30, None]
    assert hidden == 3


def test_a_part_of_a_whole_cannot_be_worked_out_from_the_others():
    rows = [
        {"g": 1, "yes": yes, "no": no, "open": few} for yes, no, few in ((90, 40, 2), (70, 60, 3))
    ]
    found, _ = suppressed(
        rows, counts=["yes", "no", "open"], within=["g"], derived=[], is_whole=True
    )
    assert all(list(row.values()).count(None) >= 2 for row in found)
    for name in ("yes", "no", "open"):
        assert [row[name] for row in found].count(None) in {0, 2}
