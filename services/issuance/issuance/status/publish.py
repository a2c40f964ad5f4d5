"""Sign and publish the status lists that say something new, or whose publication grows old."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from common.cose import to_be_signed
from common.status_list import encode_status_list, status_list_header, status_list_token
from issuance.signing.open_signer import KeyRoom
from issuance.status import queries
from issuance.status.rules import BITS

# A terminal that has a list may rely on it this long without asking again, and never past EXPIRES.
TTL = timedelta(hours=12)
EXPIRES = timedelta(days=7)
RENEW_AFTER = timedelta(hours=6)


async def publish_lists(
    tx: AsyncConnection, keys: KeyRoom, address: str, now: datetime
) -> list[int]:
    """Publish what needs it and return the numbers of those lists. Raises NoSigningKey."""
    stale = await queries.stale_lists(tx, now - RENEW_AFTER)
    for row in stale:
        number = row["number"]
        entries = await tx.execute(queries.SELECT_ENTRIES, {"list_number": number})
        signer = await keys.signer(tx, now)
        protected = status_list_header(signer.algorithm, signer.kid)
        payload = encode_status_list(
            {entry[0]: entry[1] for entry in entries},
            size=row["size"],
            bits=BITS,
            uri=f"{address}/{number}",
            issued_at=now,
            expires_at=now + EXPIRES,
            ttl=TTL,
        )
        signature = signer.sign(to_be_signed(protected, payload))
        token = status_list_token(protected, payload, signature)
        await tx.execute(
            queries.UPSERT_PUBLISHED,
            {
                "list_number": number,
                "version": row["version"],
                "token": token,
                "etag": f'"{hashlib.sha256(token).hexdigest()[:32]}"',
                "issued_at": now,
                "expires_at": now + EXPIRES,
            },
        )
    return [row["number"] for row in stale]
