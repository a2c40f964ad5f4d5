"""What committing a file would change, row by row and field by field; numbers stay masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from registry.intake import queries
from registry.intake.upload import get_for

MASK = "••••"
MASKED = frozenset({"nik", "phone", "address"})
ROWS = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what is recorded now and what the file says; empty for nothing."""

    field: str
    before: str
    after: str


def differences(row: Mapping[str, Any]) -> list[Difference]:
    """Return what a changed row changes."""
    old = row["before"] or {}
    found = []
    for field in row["changed_fields"] or ():
        if field in MASKED:
            found.append(Difference(field, MASK if old.get(field) else "", MASK))
        elif field == "village":
            found.append(Difference(field, old.get(field) or "", row["region_code"] or ""))
        elif field == "household":
            found.append(Difference(field, "", ""))
        else:
            found.append(Difference(field, str(old.get(field) or ""), str(row[field] or "")))
    return found


async def changes(
    tx: AsyncConnection, caller: Principal, import_id: UUID, change: str, after: int
) -> list[dict[str, Any]]:
    """Return rows that are new or changed, a page at a time; the look is recorded."""
    batch = await get_for(tx, caller, import_id)
    asked = {"import_id": import_id, "change": change, "after": after, "rows": ROWS}
    rows = (await tx.execute(queries.CHANGES, asked)).mappings().all()
    await audit.record(
        tx, caller, "import.read", "import", import_id, region_code=batch["region_code"]
    )
    return [
        {
            "row_number": row["row_number"],
            "name": row["name"],
            "region_code": row["region_code"],
            "differences": differences(dict(row)),
        }
        for row in rows
    ]


async def missing(
    tx: AsyncConnection, caller: Principal, import_id: UUID, after: UUID | None
) -> list[dict[str, Any]]:
    """Return the living whom the file does not name, a page at a time; the look is recorded."""
    batch = await get_for(tx, caller, import_id)
    asked = {"import_id": import_id, "after": after, "rows": ROWS}
    rows = (await tx.execute(queries.MISSING, asked)).mappings().all()
    await audit.record(
        tx, caller, "import.read", "import", import_id, region_code=batch["region_code"]
    )
    return [dict(row) for row in rows]
