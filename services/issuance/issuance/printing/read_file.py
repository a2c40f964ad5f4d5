"""Hand out a print file, after proving that it is the one whose hash was recorded."""

import hashlib
import hmac
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.printing import queries
from issuance.printing.make_file import file_context
from issuance.printing.request_batch import find_batch


async def read_batch(tx: AsyncConnection, principal: Principal, batch_id: UUID) -> RowMapping:
    """Return a batch; raises Refused: not_found, outside_your_regions."""
    batch = await find_batch(tx, batch_id)
    if batch is None:
        raise Refused("not_found")
    principal.demand_region(batch["region_code"])
    return batch


async def read_file(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, batch_id: UUID
) -> tuple[RowMapping, bytes]:
    """Return a batch and its file; raises Refused: print_not_ready, print_file_damaged, and those
    of read_batch. Who took it is recorded."""
    batch = await read_batch(tx, principal, batch_id)
    sealed = await tx.scalar(queries.SELECT_FILE, {"id": batch_id})
    if batch["state"] != "printed" or sealed is None:
        raise Refused("print_not_ready")
    content = sealer.open(sealed, file_context(batch_id))
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), batch["sha256"]):
        raise Refused("print_file_damaged")
    await audit.record(
        tx,
        principal,
        "print.downloaded",
        "print_batch",
        batch_id,
        region_code=batch["region_code"],
        details={"cards": batch["cards"], "sha256": batch["sha256"]},
    )
    return batch, content
