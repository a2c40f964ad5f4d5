"""What was known of a family on any day, and by whose word."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes, dtsen_csv

from common.auth.principal import Principal
from common.clock import utc_now
from common.problems import Refused
from registry.people.history import as_of

READER = Principal("r", "Pembaca", frozenset(), frozenset({"people.read"}), ("62",))


async def age(registry: Registry, table: str, column: str, import_id: str, days: int) -> None:
    """Let what an import wrote be from some days ago, as if it had been committed then."""
    async with registry.engine.begin() as tx:
        if table == "person_versions":
            await tx.execute(text("ALTER TABLE person_versions DISABLE TRIGGER USER"))
        await tx.execute(
            text(f"UPDATE {table} SET {column} = now() - make_interval(days => :d)"  # noqa: S608
                 " WHERE import_id = :i"),
            {"d": days, "i": import_id},
        )  # fmt: skip
        if table == "person_versions":
            await tx.execute(text("ALTER TABLE person_versions ENABLE TRIGGER USER"))


async def test_a_family_is_shown_as_known_on_a_day_each_value_with_its_file(
    registry: Registry,
) -> None:
    village = a_village()
    someone = Someone(name="LAMA")
    first = await registry.committed(csv_bytes([someone]), region=village, name="pertama.csv")
    changed = Someone(name="LAMA", kk=someone.kk, nik=someone.nik, status="2")
    second = await registry.committed(csv_bytes([changed]), region=village, name="kedua.csv")
    await registry.committed(dtsen_csv([(someone.kk, 2)]), region=village, name="desil.csv")
    await age(registry, "households", "recorded_at", first["id"], 20)
    await age(registry, "person_versions", "recorded_at", first["id"], 20)
    await age(registry, "person_versions", "replaced_at", first["id"], 10)
    await age(registry, "persons", "recorded_at", second["id"], 10)
    household_id: UUID = await registry.value(
        "SELECT id FROM households WHERE region_code = :v", v=village
    )
    today = utc_now().date()
    async with registry.engine.begin() as tx:
        before = await as_of(tx, READER, household_id, today - timedelta(days=40))
        then = await as_of(tx, READER, household_id, today - timedelta(days=15))
        now = await as_of(tx, READER, household_id, today)
    assert (before.region, before.members) == (None, [])
    (old,), (new,) = then.members, now.members
    assert (old.values["status"].value, new.values["status"].value) == ("alive", "dead")
    names = {id: row["file_name"] for id, row in now.sources.items()}
    assert names[new.values["status"].import_id] == "kedua.csv"
    assert names[new.values["name"].import_id] == "pertama.csv"
    assert (len(then.facts), now.facts[0]["value"]) == (0, "2")
    assert names[now.facts[0]["import_id"]] == "desil.csv"


async def test_history_of_others_is_refused_and_every_look_is_recorded(registry: Registry) -> None:
    village, elsewhere = a_village(), a_village()
    await registry.committed(csv_bytes([Someone()]), region=village)
    household_id = await registry.value(
        "SELECT id FROM households WHERE region_code = :v", v=village
    )
    other = Principal("o", "Lain", frozenset(), frozenset({"people.read"}), (elsewhere,))
    with pytest.raises(Refused) as refused:
        async with registry.engine.begin() as tx:
            await as_of(tx, other, household_id, utc_now().date())
    assert refused.value.code == "outside_your_regions"
    page = await registry.client.get(
        f"/households/{household_id}/history", headers=operator(village)
    )
    assert page.status_code == 200
    assert "penduduk.csv" in page.text
    looks = await registry.value(
        "SELECT count(*) FROM audit_log WHERE action = 'household.history'"
        " AND subject_id = CAST(:h AS text)",
        h=str(household_id),
    )
    assert looks == 1
