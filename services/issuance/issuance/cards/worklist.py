"""What waits for a card desk: families whose card asks for something."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.sealed import Sealer
from issuance.cards import worklist_queries
from issuance.cards.order import head_name_context

ROWS_MAX = 50
# A family is asked to come so long before its card runs out.
WARNED_BEFORE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Asked:
    """A family that a desk should see to.

    `why`: "replace" (its head is another now), "runs_out" (within WARNED_BEFORE) or "no_card" (its
    last one has run out, its enrolment has not).
    """

    why: str
    since: datetime
    household_id: UUID
    name: str
    region_code: str
    card_id: str
    state: str
    expires_at: datetime | None


async def families_that_ask(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, region_code: str
) -> list[Asked]:
    """Return the families of a region that a desk should see to, who waits longest first.

    At most ROWS_MAX; each is noted as read. Raises Refused outside_your_regions.
    """
    principal.demand_region(region_code)
    values = {
        "region_code": region_code,
        "now": clock.utc_now(),
        "warned": WARNED_BEFORE,
        "rows": ROWS_MAX,
    }
    rows = (await tx.execute(worklist_queries.WORKLIST, values)).mappings().all()
    for row in rows:
        await audit.record(
            tx,
            principal,
            "household.found",
            "household",
            row["household_id"],
            region_code=row["region_code"],
        )
    return [_asked(row, sealer) for row in rows]


def _asked(row: RowMapping, sealer: Sealer) -> Asked:
    context = head_name_context(row["household_id"])
    return Asked(
        row["why"],
        row["since"],
        row["household_id"],
        sealer.open_text(row["sealed_head_name"], context),
        row["region_code"],
        row["card_id"],
        row["state"],
        row["expires_at"],
    )
