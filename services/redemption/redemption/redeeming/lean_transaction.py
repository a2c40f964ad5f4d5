"""The till's transaction, on the driver's own connection: three round trips beside its statements
become two, and SQLAlchemy's way to each of them is left out.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from asyncpg import InterfaceError, PostgresError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from redemption.redeeming.statement_queries import BEGIN, COMMIT, ROLLBACK, failed

log = structlog.get_logger()


@asynccontextmanager
async def lean_transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection that is in a transaction; it is committed at the end, or undone.

    Raises DBAPIError where SQLAlchemy would, also when the commit fails.
    """
    async with engine.connect() as tx:
        # Whatever else goes through SQLAlchemy begins nothing of its own.
        await tx.execution_options(isolation_level="AUTOCOMMIT")
        driver: Any = (await tx.get_raw_connection()).driver_connection
        try:
            await _say(driver, BEGIN)
            yield tx
            if await _say(driver, COMMIT) != COMMIT:
                # PostgreSQL says so where a statement had failed and nobody had noticed.
                raise RuntimeError("a transaction was undone that was to be committed")
        except BaseException:
            await _undo(driver)
            raise


async def _say(driver: Any, words: str) -> str:
    try:
        return str(await driver.execute(words))
    except (PostgresError, InterfaceError) as error:
        raise failed(driver, error) from error


async def _undo(driver: Any) -> None:
    """Undo what was begun; a connection that cannot be asked any more is given up.

    Asked for in any case: where nobody waited for the answer to BEGIN, the driver has not heard
    yet that it is in a transaction, and the connection would keep it for whoever takes it next.
    """
    try:
        await driver.execute(ROLLBACK)
    except BaseException as error:
        log.warning("connection given up", error=type(error).__name__)
        driver.terminate()
        # What failed before is what is told.
        if not isinstance(error, Exception):
            raise
