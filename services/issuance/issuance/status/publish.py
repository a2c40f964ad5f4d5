"""Publish the status of all cards: whole signed lists, and between them the signed delta."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.status_list import compress, pack_groups
from issuance.signing.open_signer import KeyRoom
from issuance.signing.private_keys import Signer
from issuance.signing.queries import last_theft
from issuance.status import queries
from issuance.status.forms import Issue, delta_file, list_files
from issuance.status.publish_file import publish_file
from issuance.status.rules import (
    BITS,
    DELTA_ENTRIES_MAX,
    DELTA_PATH,
    DELTA_RENEW_AFTER,
    NEW_CARDS_WAIT,
    RENEW_AFTER,
)

News = list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Published:
    """What one round published: the numbers of whole lists, and the delta's entries if one was."""

    lists: tuple[int, ...] = ()
    delta: int | None = None


async def publish(tx: AsyncConnection, keys: KeyRoom, address: str, now: datetime) -> Published:
    """Publish whatever says something new or grows old. Raises NoSigningKey.

    Everything of one round has one `iat`, later than that of any round before: so a verifier always
    knows which of two statements about a card is the younger one.
    """
    if not await tx.scalar(queries.TRY_PUBLISHER_LOCK):
        return Published()
    issue = await _next_issue(tx, address, now)
    whole: list[RowMapping] = []
    news: News = []
    base: dict[int, datetime] = {}
    for row in (await tx.execute(queries.SELECT_LISTS)).mappings().all():
        of_list = await _urgent_news(tx, row)
        if await _is_due(tx, row, of_list, now):
            whole.append(row)
            base[row["number"]] = issue.issued_at
        else:
            news.extend(of_list)
            base[row["number"]] = row["issued_at"]
    if not base or not (whole or await _delta_is_due(tx, now)):
        return Published()
    signer = await keys.signer(tx, now)
    for row in whole:
        await _publish_list(tx, signer, issue, row)
    await publish_file(tx, delta_file(signer, issue, base, news))
    return Published(tuple(row["number"] for row in whole), len(news))


async def _next_issue(tx: AsyncConnection, address: str, now: datetime) -> Issue:
    await tx.execute(queries.UPDATE_FOREIGN_TRANSACTIONS)
    snapshot = str(await tx.scalar(queries.SELECT_SNAPSHOT))
    last = await tx.scalar(queries.SELECT_LAST_ISSUED)
    issued_at = now.replace(microsecond=0)
    return Issue(
        address, max(issued_at, last + timedelta(seconds=1)) if last else issued_at, snapshot
    )


async def _urgent_news(tx: AsyncConnection, row: RowMapping) -> News:
    if row["snapshot"] is None or row["is_foreign"]:
        return []
    found = await tx.execute(
        queries.SELECT_URGENT_NEWS,
        {
            "list_number": row["number"],
            "snapshot": row["snapshot"],
            # One more than a delta takes tells that it is too many.
            "limit": DELTA_ENTRIES_MAX + 1,
        },
    )
    return [(row["number"], index, status) for index, status in found]


async def _is_due(tx: AsyncConnection, row: RowMapping, news: News, now: datetime) -> bool:
    """Tell whether a whole list must be made."""
    if row["snapshot"] is None or row["is_foreign"] or len(news) > DELTA_ENTRIES_MAX:
        return True
    age = now - row["issued_at"]
    if age >= RENEW_AFTER:
        return True
    theft_at = await last_theft(tx)
    if theft_at is not None and row["issued_at"] <= theft_at:
        # Under the stolen key it would be refused.
        return True
    wanted = {"list_number": row["number"], "snapshot": row["snapshot"]}
    return age >= NEW_CARDS_WAIT and bool(await tx.scalar(queries.HAS_NEW_CARDS, wanted))


async def _delta_is_due(tx: AsyncConnection, now: datetime) -> bool:
    file = await queries.file_at(tx, DELTA_PATH)
    if file is None or now - file["issued_at"] >= DELTA_RENEW_AFTER:
        return True
    return bool(await tx.scalar(queries.HAS_URGENT_NEWS, {"snapshot": file["snapshot"]}))


async def _publish_list(tx: AsyncConnection, signer: Signer, issue: Issue, row: RowMapping) -> None:
    entries = await tx.execute(queries.SELECT_ENTRIES, {"list_number": row["number"]})
    groups = {status: _integers(indices) for status, indices in entries}
    packed = compress(pack_groups(groups, size=row["size"], bits=BITS))
    for file in list_files(signer, issue, row["number"], packed):
        await publish_file(tx, file)


def _integers(big_endian: bytes) -> Iterable[int]:
    numbers = array("i", big_endian)
    numbers.byteswap()
    return numbers
