"""Raising a notice on families that are on a programme which the matrix wants looked at."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from registry.eligibility import bulk
from registry.eligibility.evaluate import Basis
from registry.eligibility.overlap_rules import OUTSIDE, PREFIX
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import NewFlag

KIND = "other_programme"


async def flag_overlaps(
    tx: AsyncConnection, caller: Principal, cycle_id: UUID, basis: Basis, region_code: str
) -> int:
    """Raise a notice on each family that a pair with outcome flag concerns; return how many."""
    raised = 0
    for one in basis.plan.criteria:
        if not one.is_for_review:
            continue
        other = one.code.removeprefix(PREFIX)
        asked = {
            "cycle_id": cycle_id,
            "region_prefix": f"{region_code}%",
            "fact": OUTSIDE.get(other, f"enrolled_{other}"),
            "exception": f"allowed_{other}",
        }
        rows = (await tx.execute(bulk.OVERLAPPING, asked)).all()
        flags = [
            NewFlag(
                "household", row.household_id, row.household_id, row.region_code, KIND,
                f"Matriks tumpang tindih: {other}", basis.facts_on, severity="notice",
            )
            for row in rows
        ]  # fmt: skip
        raised += await raise_flags(tx, caller, flags) if flags else 0
    return raised
