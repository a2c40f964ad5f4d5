"""Where the audit chain ended is signed: it cannot be made anew unseen, nor a signature removed."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.common import scenes

from common import audit, audit_checkpoint
from common.auth.principal import Principal
from common.database import new_engine
from common.sealed import Sealer

SOMEONE = Principal(subject="p-1", name="Petugas", roles=frozenset(), permissions=frozenset())
SEALER = Sealer(bytes([7]) * 32)
TABLES = ("audit_log", "audit_chain", "audit_checkpoints", "audit_keys")
POINTS = 3


@pytest.fixture
async def log(new_database: Callable[[str], str]) -> AsyncIterator[AsyncEngine]:
    """A chain with three signed checkpoints, each two rows further."""
    url = await asyncio.to_thread(new_database, "common")
    engine = new_engine(url, application_name="test")
    for number in range(POINTS):
        async with engine.begin() as tx:
            for part in "ab":
                await audit.record(tx, SOMEONE, "household.read", "household", f"{number}{part}")
        await grow(engine)
        async with engine.begin() as tx:
            assert await audit_checkpoint.write_checkpoint(tx, "common", SEALER) == 2 * number + 2
    yield engine
    await engine.dispose()


async def grow(engine: AsyncEngine) -> None:
    await tamper(
        engine,
        "UPDATE audit_log SET at = at - interval '11 seconds'"
        " WHERE id NOT IN (SELECT audit_id FROM audit_chain)",
    )
    async with engine.begin() as tx:
        await audit.extend_chain(tx)


async def tamper(engine: AsyncEngine, *statements: str) -> None:
    await scenes.run(
        engine,
        *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES),
        *statements,
        *(f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in TABLES),
    )


async def problems(engine: AsyncEngine, service: str = "common", key: str = "") -> list[str]:
    async with engine.begin() as tx:
        return list((await audit_checkpoint.verify_checkpoints(tx, service, key)).problems)


async def test_checkpoints_hold_and_nothing_new_is_not_signed_again(log: AsyncEngine):
    assert await problems(log) == []
    async with log.begin() as tx:
        assert await audit_checkpoint.write_checkpoint(tx, "common", SEALER) is None
        found = await audit_checkpoint.verify_checkpoints(tx, "common")
    assert (found.count, len(found.keys)) == (POINTS, 1)
    assert await problems(log, key=found.keys[0]) == []


@pytest.mark.parametrize("table", ["audit_checkpoints", "audit_keys"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET key_id = 'x'"])
async def test_no_checkpoint_or_key_can_be_changed_or_removed(
    log: AsyncEngine, table: str, act: str
):
    column = "key_id" if table == "audit_checkpoints" else "id"
    with pytest.raises(DBAPIError, match="append-only"):
        await scenes.run(log, act.format(table).replace("key_id", column))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE audit_checkpoints SET signature = sha256('a') WHERE sequence = 3",
            "checkpoint 3 of .* the signature is not right",
        ),
        (
            "UPDATE audit_checkpoints SET chain_hash = sha256('a') WHERE sequence = 2",
            "checkpoint 2 of .* the signature is not right",
        ),
        ("DELETE FROM audit_checkpoints WHERE sequence = 2", "checkpoint 2 was removed"),
        ("DELETE FROM audit_checkpoints WHERE sequence = 1", "checkpoint 1 was removed"),
        ("DELETE FROM audit_keys", "its key is not known"),
    ],
)
async def test_a_forged_or_removed_checkpoint_is_named(log: AsyncEngine, statement: str, says: str):
    await tamper(log, statement)
    found = await problems(log)
    assert found
    async with log.connect() as connection:
        assert await connection.scalar(text("SELECT :found ~ :says"), {
            "found": found[0], "says": says})  # fmt: skip


async def test_a_chain_made_anew_contradicts_its_checkpoints(log: AsyncEngine):
    await tamper(log, "UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_chain")
    async with log.begin() as tx:
        await audit.extend_chain(tx)
        assert (await audit.verify(tx)).holds
    assert "is not what was signed" in (await problems(log))[0]


async def test_signatures_by_a_key_of_ones_own_are_not_those_of_the_key_that_is_kept(
    log: AsyncEngine,
):
    async with log.begin() as tx:
        (kept,) = (await audit_checkpoint.verify_checkpoints(tx, "common")).keys
    await tamper(log, "DELETE FROM audit_checkpoints", "DELETE FROM audit_keys")
    async with log.begin() as tx:
        await audit_checkpoint.write_checkpoint(tx, "common", Sealer(bytes([9]) * 32))
    assert await problems(log) == []
    assert "another key than the one you keep" in (await problems(log, key=kept))[0]


async def test_a_checkpoint_of_another_service_is_not_ours(log: AsyncEngine):
    assert len(await problems(log, service="redemption")) == POINTS
