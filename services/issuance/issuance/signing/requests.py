"""Ask the signer to sign something, and look whether it has: the asker has no key."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.problems import Refused
from common.regions import PROVINCE
from issuance.signing import request_queries
from issuance.signing.purposes import CONTENT_TYPES, PAYLOAD_BYTES_MAX


async def ask_signature(
    tx: AsyncConnection,
    *,
    request_id: UUID,
    purpose: str,
    payload: bytes,
    asked_by: str,
    region_code: str = PROVINCE,
) -> None:
    """Ask for a signature over a payload; the signer answers within a second of the commit.

    A repeat changes nothing. Raises Refused id_reused when the id was used for something else, and
    ValueError for an unknown purpose or a payload that is too large: mistakes of the caller's code.
    """
    if purpose not in CONTENT_TYPES or len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError("a purpose or size that the signer does not sign")
    wish = {"purpose": purpose, "payload": payload, "region_code": region_code}
    asked = {"id": request_id, **wish, "asked_at": clock.utc_now(), "asked_by": asked_by}
    if (await tx.execute(request_queries.INSERT_REQUEST, asked)).first() is not None:
        return
    found = await tx.execute(request_queries.SELECT_REQUEST, {"request_id": request_id})
    known = found.mappings().one()
    if any(known[name] != value for name, value in wish.items()):
        raise Refused("id_reused")


async def signature_of(tx: AsyncConnection, request_id: UUID) -> bytes | None:
    """Return the signed message (COSE_Sign1), or None while the signer has not answered."""
    token: bytes | None = await tx.scalar(request_queries.SELECT_TOKEN, {"request_id": request_id})
    return token
