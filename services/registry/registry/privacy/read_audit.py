"""An auditor reads what was done, by whom, to what; that is noted too."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from registry.privacy import queries
from registry.privacy.rules import Search, scope_of

PAGE_ROWS = 50


async def read_audit(
    tx: AsyncConnection, reader: Principal, search: Search
) -> list[dict[str, Any]]:
    """Return at most PAGE_ROWS notes within the reader's regions, youngest first."""
    given = {**asdict(search), "scope": scope_of(reader.regions), "how_many": PAGE_ROWS}
    rows = [dict(row) for row in (await tx.execute(queries.SELECT_PAGE, given)).mappings()]
    looked_for = {
        name: str(value) for name, value in asdict(search).items() if value and name != "before"
    }
    await audit.record(tx, reader, "audit.read", "audit_log", "registry", details=looked_for)
    return rows
