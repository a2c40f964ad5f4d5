"""Ids: UUIDv7, so that rows sort by time and no sequence is shared between databases."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7 (RFC 9562 §5.7)."""
    return uuid7()
