"""What one system has done and what waits for it, as its page shows it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from registry.dci import queries


@dataclass(frozen=True, slots=True)
class Overview:
    """Messages by kind, subscriptions, and what is or was on its way."""

    messages: list[dict[str, Any]]
    subscriptions: list[dict[str, Any]]
    callbacks: list[dict[str, Any]]


async def of(tx: AsyncConnection, client_id: str) -> Overview:
    """Return what is known of a system's use; nothing of whom it asked about."""
    asked = {"client": client_id}
    messages, subscriptions, callbacks = [
        [dict(row) for row in (await tx.execute(statement, asked)).mappings()]
        for statement in (
            queries.COUNTS_OF_CLIENT,
            queries.SUBSCRIPTIONS_OF,
            queries.CALLBACKS_OF,
        )
    ]
    return Overview(messages, subscriptions, callbacks)
