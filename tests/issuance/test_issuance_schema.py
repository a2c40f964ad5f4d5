"""The database has what the code says it has."""

from sqlalchemy.ext.asyncio import create_async_engine

from common import migrate


async def test_the_migrations_make_exactly_the_tables_in_the_code(issuance_database_url):
    engine = create_async_engine(issuance_database_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda here: migrate.differences("issuance", here))
    await engine.dispose()
    assert found == []
