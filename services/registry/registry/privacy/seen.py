"""Whose data an account has seen since a moment, for a breach notice (UU 27/2022 art. 46)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.regions import place_of
from registry.accounts import queries as account_queries
from registry.privacy import seen_queries as queries

PAGE_ROWS = 100
FILE_ROWS_MAX = 1_000_000
COLUMNS = ("household_id", "village_code", "village", "persons", "looks", "first", "last", "how")


@dataclass(frozen=True, slots=True)
class Culprit:
    """Whose looks are asked for: an account (or terminal), or one request; and when."""

    since: datetime
    until: datetime
    actor: str | None = None
    request_ref: str | None = None

    def values(self) -> dict[str, object]:
        """Return what the statements are given."""
        return {
            "since": self.since,
            "until": self.until,
            "actor": self.actor,
            "request_ref": self.request_ref,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """The families that were seen: how many, a page of them, and sets that were looked at whole."""

    families: int
    rows: Sequence[RowMapping]
    sets: Sequence[RowMapping]


async def by_login(tx: AsyncConnection, culprit: Culprit) -> Culprit:
    """Return the same with the account's id, when it was named by its login."""
    if culprit.actor is None:
        return culprit
    found = await tx.execute(account_queries.SELECT_BY_USERNAME, {"username": culprit.actor})
    account = found.mappings().first()
    return replace(culprit, actor=str(account["id"])) if account else culprit


async def seen(
    tx: AsyncConnection,
    caller: Principal,
    culprit: Culprit,
    *,
    after: UUID | None = None,
    rows: int = PAGE_ROWS,
) -> Seen:
    """Return whose data was seen, and note that it was asked."""
    values = culprit.values()
    page = await tx.execute(queries.FAMILIES, {**values, "after": after, "rows": rows})
    families = int(await tx.scalar(queries.COUNT_FAMILIES, values) or 0)
    sets = (await tx.execute(queries.SETS, values)).mappings().all()
    await audit.record(
        tx,
        caller,
        "seen.read",
        "account",
        culprit.actor or "-",
        details={"since": culprit.since.isoformat(), "families": families},
    )
    return Seen(families, page.mappings().all(), sets)


def as_csv(rows: Sequence[RowMapping]) -> str:
    """Return the families for a notice: ids and villages, no number and no name."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            (
                row["household_id"],
                row["region_code"] or "",
                place_of(row["region_code"]) if row["region_code"] else "",
                row["persons"],
                row["looks"],
                row["first_at"].isoformat(timespec="seconds"),
                row["last_at"].isoformat(timespec="seconds"),
                " ".join(row["actions"]),
            )
        )
    return out.getvalue()
