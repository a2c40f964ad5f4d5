"""Aggregated data sets: frozen, checked by another person, published with small cells hidden."""

import csv
import io
import json
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy.exc import IntegrityError
from tests.clients import bearer
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_village, csv_bytes
from tests.registry.test_progress import count

from common.ids import new_id
from registry.reports.definitions import DATASETS

OWNER = bearer("programme_owner", regions=("62",))
STEWARD = bearer("data_steward", regions=("62",))
PERIODS = iter(f"2031-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))


async def some_data(registry: Registry, families: int = 7) -> str:
    village = a_village()
    people = [Someone() for _ in range(families)]
    await registry.committed(csv_bytes(people), region=village)
    await count(registry)
    return village


async def prepare(
    registry: Registry, code: str = "kemajuan-pendataan", **changes: Any
) -> httpx.Response:
    body = {"id": str(new_id()), "dataset_code": code, "period": next(PERIODS), **changes}
    return await registry.client.post("/v1/dataset-releases", json=body, headers=OWNER)


async def publish(
    registry: Registry, one: dict[str, Any], headers: dict[str, str] = STEWARD
) -> httpx.Response:
    return await registry.client.post(
        f"/v1/dataset-releases/{one['id']}/publication",
        json={"content_hash": one["content_hash"]},
        headers=headers,
    )


async def test_a_release_is_counted_checked_and_published_for_everybody(registry: Registry):
    village = await some_data(registry)
    made = await prepare(registry)
    assert made.status_code == 201, made.text
    one = made.json()
    path = f"/open-data/kemajuan-pendataan/{one['period']}"
    assert (await registry.client.get(f"{path}.csv")).status_code == 404
    assert (await publish(registry, one)).status_code == 200
    table = await registry.client.get(f"{path}.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert {row["kode_kecamatan"] for row in rows} >= {village[:8]}
    as_json = (await registry.client.get(f"{path}.json")).json()
    assert len(as_json["rows"]) == len(rows) == 136
    metadata = (await registry.client.get("/open-data/kemajuan-pendataan/metadata.json")).json()
    assert {one["name"] for one in metadata["variabel"]} == set(rows[0])
    assert all(v["konsep" if "konsep" in v else "concept"] for v in metadata["variabel"])
    catalogue = (await registry.client.get("/open-data/catalog.json")).json()
    assert any(one["period"] in found["path"] for found in catalogue["resources"])


async def test_small_cells_are_published_nowhere(registry: Registry):
    village = await some_data(registry, families=3)
    one = (await prepare(registry)).json()
    await publish(registry, one)
    answer = await registry.client.get(f"/open-data/kemajuan-pendataan/{one['period']}.json")
    rows = {row["kode_kecamatan"]: row for row in answer.json()["rows"]}
    counts = [
        value
        for row in rows.values()
        for name, value in row.items()
        if name.startswith("keluarga_") and value is not None
    ]
    assert not [value for value in counts if 0 < value < 5]
    total = await registry.value(
        "SELECT sum(families) FROM village_progress WHERE region_code LIKE :d",
        d=f"{village[:8]}.%",
    )
    if total < 5:
        assert rows[village[:8]]["keluarga_terdata"] is None
        assert rows[village[:8]]["persen_ditetapkan"] is None


@pytest.mark.parametrize("code", sorted(DATASETS))
async def test_every_data_set_counts_or_says_that_there_is_nothing(registry: Registry, code: str):
    await some_data(registry)
    made = await prepare(registry, code)
    if made.status_code == 409:
        assert made.json()["code"] == "dataset_empty"
        return
    assert made.status_code == 201, made.text
    answer = await publish(registry, made.json())
    assert answer.status_code == 200, answer.text


async def test_who_prepared_a_release_does_not_publish_it(registry: Registry):
    await some_data(registry)
    both = bearer("programme_owner", "data_steward", regions=("62",))
    body = {"id": str(new_id()), "dataset_code": "kemajuan-pendataan", "period": next(PERIODS)}
    one = (await registry.client.post("/v1/dataset-releases", json=body, headers=both)).json()
    answer = await publish(registry, one, both)
    assert (answer.status_code, answer.json()["code"]) == (403, "same_person_prepared")
    with pytest.raises(IntegrityError):
        async with registry.engine.begin() as tx:
            await tx.exec_driver_sql(
                "UPDATE dataset_releases SET state = 'published', checked_by = prepared_by,"
                " checked_at = now() WHERE id = $1",
                (one["id"],),
            )


async def test_what_was_not_looked_at_is_not_published(registry: Registry):
    await some_data(registry)
    one = (await prepare(registry)).json()
    answer = await publish(registry, {**one, "content_hash": "00" * 32})
    assert answer.json()["code"] == "release_changed"
    async with registry.engine.begin() as tx:
        rows = json.dumps([{**one["rows"][0], "keluarga_terdata": 123456}, *one["rows"][1:]])
        await tx.exec_driver_sql(
            "UPDATE dataset_releases SET rows = $1::text::jsonb WHERE id = $2", (rows, one["id"])
        )
    assert (await publish(registry, one)).json()["code"] == "release_changed"


async def test_one_period_is_published_once(registry: Registry):
    await some_data(registry)
    first = (await prepare(registry)).json()
    second = (await prepare(registry, period=first["period"])).json()
    assert (await publish(registry, first)).status_code == 200
    assert (await publish(registry, first)).status_code == 200
    answer = await publish(registry, second)
    assert answer.json()["code"] == "period_published_already"


async def test_a_repeat_gets_the_first_release(registry: Registry):
    await some_data(registry)
    first = (await prepare(registry)).json()
    await some_data(registry)
    again = await prepare(registry, id=first["id"], period=first["period"])
    assert again.json()["content_hash"] == first["content_hash"]
    other = await prepare(registry, id=first["id"])
    assert other.json()["code"] == "id_reused"


async def test_a_release_goes_back_with_a_reason(registry: Registry):
    await some_data(registry)
    one = (await prepare(registry)).json()
    path = f"/v1/dataset-releases/{one['id']}/return"
    short = await registry.client.post(path, json={"reason": "tidak"}, headers=STEWARD)
    assert short.json()["code"] == "reason_too_short"
    reason = {"reason": "Kecamatan Timpah belum mengirim data"}
    answer = await registry.client.post(path, json=reason, headers=STEWARD)
    assert answer.json()["state"] == "returned"
    assert (await publish(registry, one)).json()["code"] == "release_closed"


async def test_the_pages_show_releases_and_their_meaning(registry: Registry):
    await some_data(registry)
    one = (await prepare(registry)).json()
    page = await registry.client.get(f"/datasets/releases/{one['id']}", headers=STEWARD)
    assert page.status_code == 200
    assert one["content_hash"] in page.text
    await publish(registry, one)
    for path in ("/datasets", "/open-data", "/open-data/kemajuan-pendataan"):
        page = await registry.client.get(path, headers=STEWARD)
        assert page.status_code == 200, path
    dictionary = await registry.client.get("/open-data/kemajuan-pendataan/dictionary.csv")
    assert dictionary.text.splitlines()[0].startswith("name,title_id,")
