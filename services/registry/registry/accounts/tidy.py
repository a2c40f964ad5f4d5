"""Forgetting what is over: codes, refresh tokens, grants, sign-ins, failures, keys."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from registry.accounts import attempts, oauth_queries, queries

TIDY_EVERY_S = 3600.0


async def tidy(tx: AsyncConnection) -> None:
    """Delete what no rule looks at any more; the audit log keeps what happened."""
    now = clock.utc_now()
    for statement in (
        oauth_queries.DELETE_OLD_CODES,
        oauth_queries.DELETE_OLD_REFRESH_TOKENS,
        oauth_queries.DELETE_EMPTY_GRANTS,
        queries.DELETE_OVER_SIGN_INS,
        oauth_queries.DELETE_OVER_KEYS,
    ):
        await tx.execute(statement, {"now": now})
    await attempts.tidy(tx, now)
