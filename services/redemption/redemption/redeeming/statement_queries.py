"""Statements as text with `$n` for asyncpg, and the places where they can be run."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import ARRAY, Executable, bindparam, column, func
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

# A plan that was made while the tables were small would read all of them for every batch since:
# a batch is a handful of rows, each found by its key. One message for all of it.
BEGIN = (
    "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; "
    "SET LOCAL enable_mergejoin = off"
)
COMMIT, ROLLBACK = "COMMIT", "ROLLBACK"


class Fetches(Protocol):
    """Somewhere to run a statement of this module: asyncpg's own connection is one."""

    async def fetch(self, query: str, *values: Any) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a statement."""


class InTransaction:
    """The transaction of a request or message, as a place for these statements.

    Where none has begun, the first statement goes through SQLAlchemy, which then begins it; the
    others go straight to the driver's connection, at a third of the cost.
    """

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx
        self._driver: Any = None

    async def fetch(self, query: str, *values: Any) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a statement; raises DBAPIError as SQLAlchemy does."""
        if self._driver is None:
            raw = await self._tx.get_raw_connection()
            driver: Any = raw.driver_connection
            self._driver = driver
            if not driver.is_in_transaction():
                found = await self._tx.exec_driver_sql(query, values)
                return cast(Sequence[Mapping[str, Any]], found.mappings().all())
        try:
            return cast(Sequence[Mapping[str, Any]], await self._driver.fetch(query, *values))
        except (PostgresError, InterfaceError) as error:
            raise failed(self._driver, error) from error


def failed(driver: Any, error: Exception) -> DBAPIError:
    """Return what SQLAlchemy would raise; the values are people's, and not for error texts."""
    gone = bool(driver.is_closed())
    return DBAPIError("(a batch of redemptions)", None, error, connection_invalidated=gone)


class Statement:
    """A statement compiled once for asyncpg, whose values are given by name."""

    def __init__(self, statement: Executable) -> None:
        dialect: Any = asyncpg.dialect
        compiled: Any = statement.compile(dialect=dialect())  # type: ignore[attr-defined]
        self.text = str(compiled)
        self.names = tuple(compiled.positiontup or ())
        # Words that are part of the statement itself.
        self._fixed = {name: one for name, one in compiled.params.items() if one is not None}

    async def fetch(self, place: Fetches, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the rows of this statement."""
        given = {**self._fixed, **values}
        return await place.fetch(self.text, *[given[name] for name in self.names])


def rows_of(name: str, types: Mapping[str, Any]) -> Any:
    """Return rows that are given as one array a column, with `nth`, their place."""
    arrays = [bindparam(f"{name}_{one}", type_=ARRAY(kind)) for one, kind in types.items()]
    columns = [column(one, kind) for one, kind in types.items()]
    return (
        func.unnest(*arrays).table_valued(*columns, with_ordinality="nth").render_derived(name=name)
    )
