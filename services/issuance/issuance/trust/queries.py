"""Every SQL statement about trust bundles."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.trust.tables import trust_bundles

_bundles = trust_bundles
BUNDLE_LOCK = 620_013
HOLD_BUNDLE = text(f"SELECT pg_advisory_xact_lock({BUNDLE_LOCK})")
SELECT_LAST = select(_bundles).order_by(_bundles.c.version.desc()).limit(1)
HISTORY_MAX = 20
SELECT_HISTORY = (
    select(
        _bundles.c.version,
        _bundles.c.issued_at,
        _bundles.c.expires_at,
        _bundles.c.published_at,
        _bundles.c.published_by,
    )
    .order_by(_bundles.c.version.desc())
    .limit(HISTORY_MAX)
)
INSERT_BUNDLE = insert(_bundles)


async def last_bundle(tx: AsyncConnection) -> RowMapping | None:
    """Return the newest published bundle."""
    return (await tx.execute(SELECT_LAST)).mappings().one_or_none()


async def history(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return the newest bundles with who published them, newest first."""
    return (await tx.execute(SELECT_HISTORY)).mappings().all()
