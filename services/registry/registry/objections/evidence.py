"""Photos and papers that come with an objection: few, small, known kinds, sealed in pieces."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from registry.objections import queries, rules
from registry.objections.steps import locked, note_step

PIECE_BYTES = 1024 * 1024


class Content(Protocol):
    """A file that can be read."""

    async def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""


def piece_context(evidence_id: UUID, position: int) -> str:
    """Return what a sealed piece of a file is bound to."""
    return f"objection_evidence_pieces:{evidence_id}:{position}"


async def add_evidence(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    objection_id: UUID,
    *,
    evidence_id: UUID,
    content: Content,
) -> RowMapping:
    """Keep a file of an open objection; the same file again is the same one.

    Its kind is read from its first bytes, never from its name. Raises Refused: not_found,
    objection_not_open, evidence_kind_unknown, evidence_too_large, evidence_too_many, file_empty,
    id_reused.
    """
    one = await locked(tx, caller, objection_id)
    pieces, digest, size = await _read(content)
    kept = (await tx.execute(queries.EVIDENCE, {"objection_id": objection_id})).mappings().all()
    for earlier in kept:
        if bytes(earlier["sha256"]) == digest:
            return earlier
        if earlier["id"] == evidence_id:
            raise Refused("id_reused")
    media_type = _demand_room(one, len(kept), pieces[0])
    about = {
        "id": evidence_id,
        "objection_id": objection_id,
        "position": len(kept) + 1,
        "media_type": media_type,
        "byte_size": size,
        "sha256": digest,
        "added_by": caller.subject,
        "added_by_name": caller.name,
    }
    await _keep(tx, sealer, about, pieces)
    await note_step(tx, caller, objection_id, "evidence_added")
    await _note(tx, caller, one, "objection.evidence_added")
    return (await tx.execute(queries.EVIDENCE, {"objection_id": objection_id})).mappings().all()[-1]


async def _keep(
    tx: AsyncConnection, sealer: Sealer, about: dict[str, Any], pieces: list[bytes]
) -> None:
    await tx.execute(queries.ADD_EVIDENCE, about)
    for position, piece in enumerate(pieces):
        sealed = sealer.seal(piece, piece_context(about["id"], position))
        kept = {"evidence_id": about["id"], "position": position, "content": sealed}
        await tx.execute(queries.ADD_PIECE, kept)


def _demand_room(one: RowMapping, files: int, beginning: bytes) -> str:
    """Return what kind of file it is; refuse when it cannot be taken."""
    if one["state"] not in rules.OPEN_STATES:
        raise Refused("objection_not_open")
    if files >= rules.FILES_MAX:
        raise Refused("evidence_too_many", files=rules.FILES_MAX)
    media_type = rules.media_type(beginning)
    if media_type is None:
        raise Refused("evidence_kind_unknown")
    return media_type


async def _read(content: Content) -> tuple[list[bytes], bytes, int]:
    digest, size, pieces = hashlib.sha256(), 0, []
    while piece := await content.read(PIECE_BYTES):
        size += len(piece)
        if size > rules.FILE_BYTES_MAX:
            raise Refused("evidence_too_large", size_mb=rules.FILE_BYTES_MAX // 1024 // 1024)
        digest.update(piece)
        pieces.append(piece)
    if not pieces:
        raise Refused("file_empty")
    return pieces, digest.digest(), size


async def opened(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, one: RowMapping, evidence_id: UUID
) -> tuple[RowMapping, bytes]:
    """Return a file of an objection, opened, and note who looked; raises Refused not_found."""
    rows = (await tx.execute(queries.EVIDENCE, {"objection_id": one["id"]})).mappings()
    found = next((row for row in rows if row["id"] == evidence_id), None)
    if found is None:
        raise Refused("not_found")
    await _note(tx, caller, one, "objection.evidence_read")
    return found, b"".join([piece async for piece in _pieces(tx, sealer, evidence_id)])


async def _pieces(tx: AsyncConnection, sealer: Sealer, evidence_id: UUID) -> AsyncIterator[bytes]:
    rows = (await tx.execute(queries.PIECES, {"evidence_id": evidence_id})).all()
    for position, row in enumerate(rows):
        yield sealer.open(row.content, piece_context(evidence_id, position))


async def _note(tx: AsyncConnection, caller: Principal, one: RowMapping, action: str) -> None:
    await audit.record(
        tx,
        caller,
        action,
        "objection",
        one["id"],
        region_code=one["region_code"],
        details={"household_id": str(one["household_id"])},
    )
