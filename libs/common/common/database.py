"""The connection to PostgreSQL: engines, the transaction of a request, and what may be retried."""

import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import MetaData, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from starlette.responses import Response

from common.auth.principal import permission_of

STATEMENT_TIMEOUT_S = 4
LOCK_TIMEOUT_S = 2
IDLE_IN_TRANSACTION_TIMEOUT_S = 5
EVENT_STATEMENT_TIMEOUT_S = 30
EVENT_LOCK_TIMEOUT_S = 20
EVENT_IDLE_IN_TRANSACTION_TIMEOUT_S = 60
BULK_STATEMENT_TIMEOUT_S = 900
# How soon PostgreSQL notices that the client of a running statement is gone.
CLIENT_CHECK_MS = 250
CONNECT_TIMEOUT_S = 3
POOL_TIMEOUT_S = 5
POOL_RECYCLE_S = 900
# A pooled connection that rested longer is asked before it is used. SQLAlchemy's own pre-ping
# asks every time and needs three round trips on asyncpg; a closed socket is seen without asking.
PING_AFTER_IDLE_S = 10
TRIES_MAX = 3

# Serialization failure and deadlock: PostgreSQL undid the transaction, so doing it again is safe.
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
# Undone because something took too long (statement, lock, idle): the same request may pass later.
TOO_SLOW_SQLSTATES = frozenset({"57014", "55P03", "25P03"})
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
    lock_timeout_s: int = LOCK_TIMEOUT_S,
    idle_in_transaction_timeout_s: int = IDLE_IN_TRANSACTION_TIMEOUT_S,
) -> AsyncEngine:
    """Return an engine on which every call ends: a frozen peer costs a timeout, not a process."""
    engine = create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=POOL_RECYCLE_S,
        # The values of a failed statement are people's names and numbers: not for error texts.
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": statement_timeout_s + 1,
            "server_settings": {
                "application_name": application_name,
                "synchronous_commit": "on",
                "statement_timeout": f"{statement_timeout_s}s",
                "lock_timeout": f"{lock_timeout_s}s",
                "idle_in_transaction_session_timeout": f"{idle_in_transaction_timeout_s}s",
                "client_connection_check_interval": f"{CLIENT_CHECK_MS}ms",
                "timezone": "UTC",
                # Plans of short statements gain nothing from compilation.
                "jit": "off",
            },
        },
    )
    event.listen(engine.sync_engine, "checkin", _note_rest)
    event.listen(engine.sync_engine, "checkout", _refuse_dead)
    return engine


def _note_rest(_dbapi_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _refuse_dead(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
    """Make the pool open another connection instead of a dead one."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError("closed while it rested")
    rests_since = record.info.get("rests_since")
    if rests_since is not None and time.monotonic() - rests_since > PING_AFTER_IDLE_S:
        try:
            dbapi_connection.ping()
        except Exception as error:
            raise DisconnectionError("does not answer after its rest") from error


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
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    sqlstate = sqlstate_of(error)
    if sqlstate:
        return sqlstate.startswith(AWAY_SQLSTATE_PREFIXES)
    # A missing file is an OSError too, and no reason to wait for PostgreSQL.
    is_network = isinstance(error, (PoolTimeout, ConnectionError, TimeoutError, socket.gaierror))
    return is_network or type(error) is OSError


def is_outcome_unknown(error: BaseException) -> bool:
    """Tell whether the same request may well succeed when it is sent again."""
    again = RETRYABLE_SQLSTATES | TOO_SLOW_SQLSTATES
    return is_database_away(error) or sqlstate_of(error) in again


async def answers(engine: AsyncEngine) -> bool:
    """Tell whether PostgreSQL answers right now."""
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception:  # noqa: BLE001 - whatever the reason, it does not answer
        return False
    return True


class TransactionRoute(APIRoute):
    """A route whose request is done again when PostgreSQL asks for it (40001, 40P01)."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap the route so that a lost race is run again, at most TRIES_MAX times in all."""
        handle = super().get_route_handler()
        needs_caller = permission_of(self) not in {None, "(public)"}

        async def handle_with_retries(request: Request) -> Response:
            # An uploaded file is read once and gone: such a request cannot be run again.
            is_form = request.headers.get("content-type", "").startswith("multipart/")
            tries_left = 1 if is_form else TRIES_MAX
            if needs_caller and not is_form:
                # Before the transaction takes its connection: finding a session takes one too,
                # and requests that hold one while they wait for a second wait for each other.
                await request.app.state.identify(request)
            while True:
                tries_left -= 1
                try:
                    # FastAPI ends function-scoped dependencies outside of this handler, where
                    # a commit that fails could not be tried again and the transaction of the
                    # first try would stay open beside the second: each try gets its own stack.
                    async with AsyncExitStack() as stack:
                        request.scope["fastapi_function_astack"] = stack
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
