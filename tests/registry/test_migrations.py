"""The registry's schema: made from nothing, undone to nothing, and equal to the code's tables."""

from collections.abc import Callable

from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.servers import in_own_thread

from common import migrate


async def tables_of(url: str) -> set[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        found = set(rows.scalars())
    await engine.dispose()
    return found


async def differences(url: str) -> list[object]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda sync: migrate.differences("registry", sync))
    await engine.dispose()
    return found


async def test_the_schema_goes_down_and_up_and_is_what_the_code_says(
    new_database: Callable[[str], str],
) -> None:
    url = new_database("registry")
    config = migrate.config_for("registry", url)
    whole = await tables_of(url)
    assert await differences(url) == []
    in_own_thread(lambda: command.downgrade(config, "0002"))
    left = await tables_of(url)
    assert "households" not in left
    assert "jobs" not in left
    assert "accounts" in left
    in_own_thread(lambda: command.upgrade(config, "head"))
    assert await tables_of(url) == whole
    assert await differences(url) == []
