"""The connection to PostgreSQL: engines, the transaction of a request, and what may be retried."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from starlette.responses import Response

STATEMENT_TIMEOUT_S = 4
LOCK_TIMEOUT_S = 2
IDLE_IN_TRANSACTION_TIMEOUT_S = 5
BULK_STATEMENT_TIMEOUT_S = 900
CONNECT_TIMEOUT_S = 3
POOL_TIMEOUT_S = 5
POOL_RECYCLE_S = 900
TRIES_MAX = 3

# Serialization failure and deadlock: PostgreSQL undid the transaction, so doing it again is safe.
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
# Start-up, shutdown and connection loss: the server is away, not the statement wrong.
AWAY_SQLSTATE_PREFIXES = ("57P", "08", "53")


def new_metadata() -> MetaData:
    """Return a schema whose constraints are named by rule, so that migrations can name them."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_engine(
    database_url: str,
    *,
    application_name: str,
    pool_size: int = 10,
    statement_timeout_s: int = STATEMENT_TIMEOUT_S,
) -> AsyncEngine:
    """Return an engine on which every call ends: a frozen peer costs a timeout, not a process."""
    return create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=POOL_RECYCLE_S,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": statement_timeout_s + 1,
            "server_settings": {
                "application_name": application_name,
                "synchronous_commit": "on",
                "statement_timeout": f"{statement_timeout_s}s",
                "lock_timeout": f"{LOCK_TIMEOUT_S}s",
                "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_TIMEOUT_S}s",
                "timezone": "UTC",
                # Plans of short statements gain nothing from compilation.
                "jit": "off",
            },
        },
    )


async def transaction(request: Request) -> AsyncIterator[AsyncConnection]:
    """Give a request its one transaction."""
    engine: AsyncEngine = request.app.state.engine
    async with engine.begin() as connection:
        yield connection


# scope="function" commits before the answer is sent. FastAPI's default for a dependency with
# `yield` is after it: the client would read "redeemed" although the commit can still fail.
Transaction = Annotated[AsyncConnection, Depends(transaction, scope="function")]


def sqlstate_of(error: BaseException) -> str:
    """Return the SQLSTATE of a database error, or an empty text."""
    original = getattr(error, "orig", None)
    return str(getattr(original, "sqlstate", None) or getattr(error, "sqlstate", None) or "")


def is_retryable(error: BaseException) -> bool:
    """Tell whether the database undid the transaction and asks for it again."""
    return isinstance(error, DBAPIError) and sqlstate_of(error) in RETRYABLE_SQLSTATES


def is_database_away(error: BaseException) -> bool:
    """Tell whether the database could not be reached, as opposed to having refused."""
    if isinstance(error, (PoolTimeout, ConnectionError, TimeoutError)):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, (InterfaceError, OperationalError)):
            return sqlstate_of(error) not in RETRYABLE_SQLSTATES
        return sqlstate_of(error).startswith(AWAY_SQLSTATE_PREFIXES)
    return isinstance(error, OSError)


class TransactionRoute(APIRoute):
    """A route whose request is done again when PostgreSQL asks for it (40001, 40P01)."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap the route so that a lost race is run again, at most TRIES_MAX times in all."""
        handle = super().get_route_handler()

        async def handle_with_retries(request: Request) -> Response:
            # An uploaded file is read once and gone: such a request cannot be run again.
            is_form = request.headers.get("content-type", "").startswith("multipart/")
            tries_left = 1 if is_form else TRIES_MAX
            while True:
                tries_left -= 1
                try:
                    return await handle(request)
                except DBAPIError as error:
                    if tries_left == 0 or not is_retryable(error):
                        raise

        return handle_with_retries


async def in_transaction(
    engine: AsyncEngine, act: Callable[[AsyncConnection], Awaitable[Any]]
) -> Any:
    """Run `act` in one transaction, again when PostgreSQL asks for it."""
    for tries_left in reversed(range(TRIES_MAX)):
        try:
            async with engine.begin() as connection:
                return await act(connection)
        except DBAPIError as error:
            if tries_left == 0 or not is_retryable(error):
                raise
    raise AssertionError("unreachable")
