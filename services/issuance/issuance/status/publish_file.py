"""Put one signed file where anybody may fetch it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common.public_file import etag_of
from issuance.status import queries


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file of the public site. `snapshot`: the state of the database that it tells, if any."""

    path: str
    media_type: str
    body: bytes
    issued_at: datetime
    expires_at: datetime
    snapshot: str | None = None


async def publish_file(tx: AsyncConnection, file: PublicFile) -> None:
    """Publish a file in the place of the one before it; the database refuses to go back."""
    await tx.execute(
        queries.UPSERT_FILE,
        {
            "path": file.path,
            "version": 1,
            "media_type": file.media_type,
            "body": file.body,
            "etag": etag_of(file.body),
            "issued_at": file.issued_at,
            "expires_at": file.expires_at,
            "snapshot": file.snapshot,
        },
    )
