"""The lines of a settlement, a page at a time: a partner may have hundreds of thousands."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.problems import Refused
from redemption.settlement import line_queries
from redemption.settlement.act_rules import LINE_KINDS
from redemption.settlement.settlement_csv import csv_head, csv_rows

# What is held in memory of a file at a time: about 3 MB.
FILE_PAGE = 5000
SEPARATOR = "_"


@dataclass(frozen=True, slots=True)
class Place:
    """Up to which line somebody has read."""

    at: datetime
    kind: str
    line_id: UUID

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return the place of a line."""
        return cls(row["at"], row["kind"], row["line_id"])

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the place that a cursor names; raises Refused invalid_input."""
        try:
            at, kind, line_id = text.split(SEPARATOR)
            moment = datetime.fromisoformat(at)
            place = cls(moment.astimezone(UTC), kind, UUID(line_id))
            is_one = kind in LINE_KINDS and moment.tzinfo is not None
        except (ValueError, OverflowError):
            is_one = False
        if not is_one:
            raise Refused("invalid_input", fields=[{"field": "after", "problem": "cursor"}])
        return place

    def __str__(self) -> str:
        """Return the cursor: it holds nothing that an address must not have."""
        at = self.at.astimezone(UTC).replace(tzinfo=None).isoformat()
        return SEPARATOR.join((f"{at}Z", self.kind, str(self.line_id)))


async def page_of(
    tx: AsyncConnection, settlement_id: UUID, after: Place | None, rows: int
) -> tuple[Sequence[RowMapping], Place | None]:
    """Return the next lines by time, and where to go on if there may be more."""
    asked: dict[str, Any] = {"settlement_id": settlement_id, "rows": rows}
    if after is None:
        found = await tx.execute(line_queries.LINES, asked)
    else:
        place = {"at": after.at, "kind": after.kind, "line_id": after.line_id}
        found = await tx.execute(line_queries.LINES_AFTER, asked | place)
    lines = found.mappings().all()
    return lines, Place.of(lines[-1]) if len(lines) == rows else None


async def csv_of(engine: AsyncEngine, settlement_id: UUID) -> AsyncIterator[bytes]:
    """Give the file of a settlement piece by piece; its lines never change."""
    yield csv_head()
    after: Place | None = None
    while True:
        # A transaction for each page: whoever reads slowly holds no connection meanwhile.
        async with engine.connect() as tx:
            lines, after = await page_of(tx, settlement_id, after, FILE_PAGE)
        yield csv_rows(lines)
        if after is None:
            return
