"""Hand out a print file, after proving that it is the one whose hash was recorded."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.printing import count_queries, queries
from issuance.printing.read_batch import lock_part, read_part
from issuance.printing.rules import AGAIN_REASONS
from issuance.printing.take_part import file_context


@dataclass(frozen=True, slots=True)
class Download:
    """A file that a person takes. `download_id` is made by the client, so that one that broke off
    can be repeated and counts once."""

    download_id: UUID
    batch_id: UUID
    part: int
    # Why again; nothing for the first time.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PrintFile:
    name: str
    media_type: str
    content: bytes


async def take_file(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, wanted: Download
) -> PrintFile:
    """Return a file, and note who took it, how often and why.

    Raises Refused: print_not_ready, download_needs_reason, print_already_counted, id_reused,
    print_file_damaged, and those of read_part.
    """
    batch_id, number = wanted.batch_id, wanted.part
    await lock_part(tx, batch_id, number)
    batch, part = await read_part(tx, principal, batch_id, number)
    sealed = await tx.scalar(queries.SELECT_FILE, {"id": batch_id, "number": number})
    if part["state"] != "printed" or sealed is None:
        raise Refused("print_not_ready")
    await _note(tx, principal, part, wanted)
    content = sealer.open(sealed, file_context(batch_id, number))
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), part["sha256"]):
        raise Refused("print_file_damaged")
    await audit.record(
        tx,
        principal,
        "print.downloaded",
        "print_batch",
        batch_id,
        region_code=part["region_code"],
        details={"part": number, "cards": part["cards_in_file"], "sha256": part["sha256"]},
    )
    ending, media_type = (
        ("zip", "application/zip") if batch["kind"] == "bureau" else ("pdf", "application/pdf")
    )
    name = f"kartu-{part['region_code']}-{str(batch_id)[-12:]}-{number}.{ending}"
    return PrintFile(name, media_type, content)


async def _note(
    tx: AsyncConnection, principal: Principal, part: RowMapping, wanted: Download
) -> None:
    found = await tx.execute(count_queries.SELECT_DOWNLOAD, {"download_id": wanted.download_id})
    known = found.mappings().one_or_none()
    if known is not None:
        same = (known["batch_id"], known["part"], known["taken_by"])
        if same != (wanted.batch_id, wanted.part, principal.subject):
            raise Refused("id_reused")
        return
    if part["counted_at"] is not None:
        raise Refused("print_already_counted")
    is_first = part["downloads"] == 0
    if not is_first and wanted.reason not in AGAIN_REASONS:
        raise Refused("download_needs_reason")
    await tx.execute(
        count_queries.INSERT_DOWNLOAD,
        {
            "download_id": wanted.download_id,
            "batch_id": wanted.batch_id,
            "part": wanted.part,
            "number": part["downloads"] + 1,
            "reason": "" if is_first else wanted.reason,
            "taken_at": clock.utc_now(),
            "taken_by": principal.subject,
            "taken_by_name": principal.name,
        },
    )


async def downloads_of(tx: AsyncConnection, batch_id: UUID, number: int) -> list[RowMapping]:
    """Return every time that a file was taken, in order."""
    found = await tx.execute(count_queries.SELECT_DOWNLOADS, {"id": batch_id, "number": number})
    return list(found.mappings().all())
