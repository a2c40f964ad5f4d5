"""Taking a file from a person: limits, a sealed copy, and a job to read it."""

import hashlib
from pathlib import PurePath
from typing import Protocol
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import all_regions
from common.sealed import Sealer
from registry.intake import queries
from registry.intake.sheet import TEXT_BYTES_MAX
from registry.jobs.request import request

PIECE_BYTES = 1024 * 1024
FILE_NAME_CHARACTERS_MAX = 120
READ_JOB = "import.read"


class Content(Protocol):
    """A file that can be read twice: once for its hash, once for its pieces."""

    async def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""


def piece_context(import_id: UUID, position: int) -> str:
    """Return what a sealed piece of a file is bound to."""
    return f"import_pieces:{import_id}:{position}"


async def upload(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    *,
    import_id: UUID,
    region_code: str,
    file_name: str,
    content: Content,
) -> RowMapping:
    """Keep a file and ask for it to be read; a repeat with the same id gets the first one back.

    Raises Refused: region_unknown, outside_your_regions, file_empty, file_too_large, id_reused.
    """
    if region_code not in all_regions():
        raise Refused("region_unknown")
    caller.demand_region(region_code)
    earlier = await find(tx, import_id)
    digest, size = await _measure(content)
    if earlier is not None:
        if (earlier["sha256"], earlier["region_code"]) != (digest, region_code):
            raise Refused("id_reused")
        return earlier
    kept = {
        "id": import_id,
        "region_code": region_code,
        "file_name": PurePath(file_name).name[:FILE_NAME_CHARACTERS_MAX] or "berkas",
        "sha256": digest,
        "byte_size": size,
        **_uploader(caller),
    }
    await tx.execute(queries.INSERT_BATCH, kept)
    await _keep_pieces(tx, sealer, import_id, content)
    await request(tx, caller, READ_JOB, import_id)
    about = {"sha256": digest.hex(), "bytes": size}
    await audit.record(
        tx, caller, "import.upload", "import", import_id, region_code=region_code, details=about
    )
    return await get(tx, import_id)


def _uploader(caller: Principal) -> dict[str, object]:
    # The worker has no caller to ask whose villages people may come from.
    return {
        "uploaded_by": caller.subject,
        "uploaded_by_name": caller.name,
        "scopes": list(caller.regions),
    }


async def _measure(content: Content) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    while piece := await content.read(PIECE_BYTES):
        size += len(piece)
        if size > TEXT_BYTES_MAX:
            raise Refused("file_too_large", size_mb=TEXT_BYTES_MAX // 1024 // 1024)
        digest.update(piece)
    if size == 0:
        raise Refused("file_empty")
    return digest.digest(), size


async def _keep_pieces(
    tx: AsyncConnection, sealer: Sealer, import_id: UUID, content: Content
) -> None:
    await content.seek(0)
    position = 0
    while piece := await content.read(PIECE_BYTES):
        sealed = sealer.seal(piece, piece_context(import_id, position))
        await tx.execute(
            queries.INSERT_PIECE, {"import_id": import_id, "position": position, "content": sealed}
        )
        position += 1


async def find(tx: AsyncConnection, import_id: UUID) -> RowMapping | None:
    """Return an import, or None."""
    found = await tx.execute(queries.BATCH, {"import_id": import_id})
    return found.mappings().one_or_none()


async def get(tx: AsyncConnection, import_id: UUID) -> RowMapping:
    """Return an import; raises Refused when there is none."""
    found = await find(tx, import_id)
    if found is None:
        raise Refused("not_found")
    return found


async def get_for(tx: AsyncConnection, caller: Principal, import_id: UUID) -> RowMapping:
    """Return an import of the caller's regions; raises Refused."""
    found = await get(tx, import_id)
    caller.demand_region(found["region_code"])
    return found
