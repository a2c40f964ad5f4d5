"""The demonstration's rule: parcels may be given without network, one each, twenty a terminal."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import demo

# A benefit of the demonstration's programme, as the registry makes it.
PARCEL_ID = UUID("01930000-0000-7000-8000-000000000111")
POLICY_ID = UUID("01930000-0000-7000-8000-000000000151")
DECREE_ON = date(2026, 2, 20)
ADD = text("""
    INSERT INTO offline_policies (id, cycle_id, benefit_id, version, is_allowed,
        per_act_rupiah_max, per_act_quantity_max, acts_per_terminal_max, lease_hours_max,
        decree_number, decree_on, reason, proposed_by, proposed_by_name, proposed_at, outcome,
        decided_by, decided_by_name, decided_at, valid_from)
    VALUES (:id, :cycle_id, :benefit_id, 1, true, 150000, 1, 20, 24, 'SK-CONTOH/2026', :decree_on,
        'Contoh: banyak desa belum bersinyal', 'demo:penyusun', 'Penyusun contoh', :at, 'approved',
        'demo:pejabat', 'Pejabat contoh', :at, :at)
    ON CONFLICT DO NOTHING
""")


async def seed_demo(tx: AsyncConnection) -> None:
    """Write the rule; what is there already stays as it is."""
    await tx.execute(
        ADD,
        {
            "id": POLICY_ID,
            "cycle_id": demo.CYCLE_ID,
            "benefit_id": PARCEL_ID,
            "decree_on": DECREE_ON,
            "at": datetime(2026, 2, 20, tzinfo=UTC),
        },
    )
