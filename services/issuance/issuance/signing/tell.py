"""Tell those who verify cards about a key, whenever something about it changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.events import SigningKeyPublishedV1
from issuance.signing import queries


async def tell(tx: AsyncConnection, key: Mapping[Any, Any]) -> None:
    """Write the event that carries a key's public side, dates and state."""
    event = SigningKeyPublishedV1(
        kid=key["kid"],
        algorithm=key["algorithm"],
        public_key=key["public_key"].hex(),
        state=key["state"],
        not_before=key["not_before"],
        sign_until=key["sign_until"],
        verify_until=key["verify_until"],
    )
    version = await tx.scalar(queries.COUNT_CHANGES, {"key_id": key["id"]})
    await outbox.publish(
        tx, event, source="issuance", subject=f"key:{key['kid']}", sequence=int(version or 0)
    )
