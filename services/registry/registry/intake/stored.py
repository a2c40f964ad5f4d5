"""An uploaded file brought back from its sealed pieces, for as long as it is being read."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from registry.intake import queries
from registry.intake.upload import piece_context


@asynccontextmanager
async def opened_file(tx: AsyncConnection, sealer: Sealer, import_id: UUID) -> AsyncIterator[Path]:
    """Give the file in a folder that only this process can read; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="khbs-import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as file:
            stream = await tx.stream(queries.PIECES, {"import_id": import_id})
            position = 0
            async for row in stream:
                file.write(sealer.open(row.content, piece_context(import_id, position)))
                position += 1
        yield path
