"""A file as a workbook that says what is wrong in it, to correct and send again."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from registry.intake import queries
from registry.intake.stored import opened_file
from registry.intake.upload import get_for
from registry.intake.workbook import corrected_workbook

ROWS_MAX = 50_000


async def wrong_rows_workbook(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, import_id: UUID, language: str
) -> bytes:
    """Return the clerk's file with errors and notes beside each row; the download is recorded.

    Raises Refused: not_found, outside_your_regions, import_not_ready.
    """
    batch = await get_for(tx, caller, import_id)
    if "sheet" not in batch["about"]:
        raise Refused("import_not_ready")
    asked = {"import_id": import_id, "rows": ROWS_MAX}
    rows = (await tx.execute(queries.MARKED_ROWS, asked)).all()
    problems: dict[int, Any] = {
        row.row_number: [*row.errors, *({**one, "is_note": True} for one in row.warnings)]
        for row in rows
    }
    await audit.record(
        tx, caller, "import.download", "import", import_id, region_code=batch["region_code"]
    )
    async with opened_file(tx, sealer, import_id) as path:
        return await asyncio.to_thread(
            corrected_workbook,
            path,
            batch["about"]["sheet"],
            batch["about"]["header_row"],
            problems,
            language,
        )
