"""Put together what the next trust bundle must say, from what the service knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.cose_keys import SigningKey
from common.trust_bundle import BundleContent, peek
from issuance.settings import Settings
from issuance.signing.queries import published_keys
from issuance.status.queries import list_numbers
from issuance.status.rules import DELTA_NAME
from issuance.trust import queries
from issuance.trust.rules import LISTS_AHEAD, MIN_APP, Request


async def what_to_sign(tx: AsyncConnection, settings: Settings) -> Request:
    """Return the request for a bundle one version above the last."""
    last = await queries.last_bundle(tx)
    content = peek(last["body"]) if last else None
    address = settings.status_list_address
    numbers = await list_numbers(tx)
    first_unused = max(numbers, default=-1) + 1
    return Request(
        version=content.version + 1 if content else 1,
        issuer=settings.trust_issuer,
        keys=tuple(sorted(await trusted_keys(tx), key=lambda key: key.kid)),
        lists={number: f"{address}/{number}" for number in range(first_unused + LISTS_AHEAD)},
        delta_uri=f"{address}/{DELTA_NAME}",
        min_app=MIN_APP,
        next_root=content.next_root if content else None,
    )


async def trusted_keys(tx: AsyncConnection) -> list[SigningKey]:
    """Return the keys that verifiers must know, those that were stolen too; not retired ones."""
    return [_key(row) for row in await published_keys(tx) if row["state"] != "retired"]


def _key(row: Mapping[Any, Any]) -> SigningKey:
    return SigningKey(
        row["algorithm"],
        row["public_key"],
        _second(row["not_before"]),
        _second(row["sign_until"]),
        _second(row["verify_until"]),
        row["state"],
    )


def _second(moment: datetime) -> datetime:
    # A bundle tells whole seconds, as tokens do.
    return moment.replace(microsecond=0)


async def in_force(tx: AsyncConnection) -> BundleContent | None:
    """Return what the newest published bundle says; it was verified when it was published."""
    last = await queries.last_bundle(tx)
    return peek(last["body"]) if last else None
