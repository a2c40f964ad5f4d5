"""A person is of a family that exists and a family of a region, whoever writes at the same time."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_village, csv_bytes

from common.ids import new_id

ADD_FAMILY = text("""
    INSERT INTO households (id, region_code, kk_index, kk_sealed, import_id)
    VALUES (:id, :region, uuid_send(:id), 'x', :id)
""")
ADD_PERSON = text("""
    INSERT INTO persons (id, household_id, temporary_number, name, name_key, sex, relation, status,
                         import_id)
    SELECT uuidv7(), h, 'TN-' || uuidv7(), 'ADA', 'ADA', 'F', 'head', 'alive', uuidv7()
    FROM unnest(CAST(:homes AS uuid[])) h
""")
REMOVE_FAMILY = text("DELETE FROM households WHERE id = :id")
WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""
WITHIN_S = 60.0


async def a_family(registry: Registry) -> UUID:
    family = new_id()
    async with registry.engine.begin() as tx:
        await tx.execute(ADD_FAMILY, {"id": family, "region": a_village()})
    return family


async def until_somebody_waits(registry: Registry) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await registry.value(WAITS):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def refused(tx: AsyncConnection, statement: Any, **values: object) -> str:
    with pytest.raises(DBAPIError) as caught:
        await tx.execute(statement, values)
    return str(caught.value.orig.sqlstate)  # type: ignore[union-attr]


async def people_of(registry: Registry, family: UUID) -> int:
    return int(
        await registry.value("SELECT count(*) FROM persons WHERE household_id = :h", h=family)
    )


async def test_nobody_comes_into_a_family_that_is_not_there(registry: Registry) -> None:
    family = await a_family(registry)
    async with registry.engine.connect() as tx:
        assert await refused(tx, ADD_PERSON, homes=[family, new_id()]) == "23503"
    assert await people_of(registry, family) == 0


async def test_nobody_is_moved_to_a_family_that_is_not_there(registry: Registry) -> None:
    village = a_village()
    await registry.committed(csv_bytes([Someone()]), region=village)
    move = text("""
        UPDATE persons SET household_id = :to
        WHERE household_id IN (SELECT id FROM households WHERE region_code = :v)
    """)
    async with registry.engine.connect() as tx:
        assert await refused(tx, move, to=new_id(), v=village) == "23503"


async def test_a_family_with_people_stays_and_keeps_its_id(registry: Registry) -> None:
    family = await a_family(registry)
    async with registry.engine.begin() as tx:
        await tx.execute(ADD_PERSON, {"homes": [family]})
    for statement, state in (
        (REMOVE_FAMILY, "23503"),
        (text("UPDATE households SET id = uuidv7() WHERE id = :id"), "2F002"),
        (text("TRUNCATE households CASCADE"), "2F002"),
    ):
        async with registry.engine.connect() as tx:
            assert await refused(tx, statement, id=family) == state
    assert await people_of(registry, family) == 1


async def test_a_family_is_of_a_region_that_exists(registry: Registry) -> None:
    family = await a_family(registry)
    move = text("UPDATE households SET region_code = '62.99.99.2999' WHERE id = :id")
    drop = text("DELETE FROM regions WHERE code = (SELECT region_code FROM households LIMIT 1)")
    async with registry.engine.connect() as tx:
        assert await refused(tx, ADD_FAMILY, id=new_id(), region="62.99.99.2999") == "23503"
    async with registry.engine.connect() as tx:
        assert await refused(tx, move, id=family) == "23503"
    async with registry.engine.connect() as tx:
        assert await refused(tx, drop) == "23503"


async def test_a_family_is_not_removed_from_under_somebody_who_comes_in(registry: Registry) -> None:
    family = await a_family(registry)
    async with registry.engine.connect() as comes, registry.engine.connect() as removes:
        await comes.execute(ADD_PERSON, {"homes": [family]})
        removing = asyncio.create_task(refused(removes, REMOVE_FAMILY, id=family))
        await until_somebody_waits(registry)
        await comes.commit()
        assert await removing == "23503"
    assert await people_of(registry, family) == 1


async def test_nobody_comes_into_a_family_that_is_being_removed(registry: Registry) -> None:
    family = await a_family(registry)
    async with registry.engine.connect() as removes, registry.engine.connect() as comes:
        await removes.execute(REMOVE_FAMILY, {"id": family})
        coming = asyncio.create_task(refused(comes, ADD_PERSON, homes=[family]))
        await until_somebody_waits(registry)
        await removes.commit()
        assert await coming == "23503"
    assert await people_of(registry, family) == 0


async def test_a_look_that_is_older_than_the_people_removes_no_family(registry: Registry) -> None:
    family = await a_family(registry)
    async with registry.engine.connect() as removes:
        old = await removes.execution_options(isolation_level="REPEATABLE READ")
        await old.execute(text("SELECT 1 FROM households LIMIT 1"))
        async with registry.engine.begin() as comes:
            await comes.execute(ADD_PERSON, {"homes": [family]})
        assert await refused(old, REMOVE_FAMILY, id=family) == "25001"
    assert await people_of(registry, family) == 1
