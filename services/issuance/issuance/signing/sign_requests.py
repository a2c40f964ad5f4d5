"""Answer what other processes have asked the signer to sign."""

import asyncio
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.signing import request_queries
from issuance.signing.open_signer import KeyRoom, Signers
from issuance.signing.private_keys import NoSigningKey, Signer
from issuance.signing.purposes import sign_message

BATCH_MAX = 20


async def sign_waiting(tx: AsyncConnection, room: KeyRoom, now: datetime) -> int:
    """Sign up to BATCH_MAX waiting requests, oldest first; return how many. Raises NoSigningKey.

    A request's answer and the fact that it was answered are one transaction, so that one that was
    interrupted is answered by the next call, and none twice.
    """
    found = await tx.execute(request_queries.SELECT_TO_SIGN, {"limit": BATCH_MAX})
    waiting = found.mappings().all()
    if not waiting:
        return 0
    signers = await room.signers(tx, now)
    for request in waiting:
        signer, token = await _signed(signers, request)
        answer = {"kid": signer.kid.hex(), "token": token, "signed_at": now}
        await tx.execute(request_queries.UPDATE_SIGNED, {"request_id": request["id"], **answer})
    return len(waiting)


async def _signed(signers: Signers, request: RowMapping) -> tuple[Signer, bytes]:
    """Return a signed message and whose signature it is; a device that is away stops nobody."""
    purpose, payload = request["purpose"], request["payload"]
    failure = NoSigningKey("no active key signs: python -m issuance.cli keys list")
    async for signer in signers.for_messages(request["region_code"]):
        try:
            # A device may take its time.
            return signer, await asyncio.to_thread(sign_message, signer, purpose, payload)
        except NoSigningKey as error:
            failure = error
    raise failure
