"""A partner whose lines are written one by one, and somebody who looks at them for signals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, text
from tests.redemption.world import NOW, VILLAGE, World, a_cycle, a_list

from common import events
from common.database import in_transaction
from common.ids import new_id
from common.web.formats import WIB
from redemption.oversight.look import look_until
from redemption.redeeming.tables import redemptions

# A day of its own, with a noon to go by; lines lie some minutes around it.
NOON = datetime.combine(NOW.date() - timedelta(days=2), time(12), WIB)
LATER = NOW + timedelta(hours=1)


@dataclass
class Watch:
    """A partner whose lines are written one by one, and who looks at them."""

    world: World
    partner_id: UUID
    approved: events.BeneficiaryListApprovedV1
    terminal_id: UUID | None = field(default_factory=new_id)

    async def run(self, statement: str, **values: Any) -> Sequence[RowMapping]:
        async with self.world.engine.begin() as tx:
            found = await tx.execute(text(statement), values)
            return found.mappings().all() if found.returns_rows else []

    async def line(self, at: datetime, **changes: Any) -> UUID:
        """One line; `said_at` makes it one that was written without network."""
        household = changes.pop("household_id", new_id())
        values = {
            "id": new_id(),
            "household_id": household,
            "subject_id": household,
            "cycle_id": self.approved.cycle.cycle_id,
            "benefit_id": self.approved.benefits[0].benefit_id,
            "entitlement_id": new_id(),
            "card_id": household.hex[16:],
            "card_reading": "scanned",
            "holder_check": "name_compared",
            "region_code": VILLAGE,
            "quantity": 1,
            "amount_rupiah": 150_000,
            "remaining_quantity": 0,
            "remaining_rupiah": 0,
            "partner_id": self.partner_id,
            "partner_name": "Mitra Uji",
            "redeemed_by": "petugas",
            "redeemed_by_name": "Petugas Uji",
            "redeemed_at": at,
            "terminal_id": self.terminal_id,
            "mode": "offline" if "said_at" in changes else "online",
            **changes,
        }
        async with self.world.engine.begin() as tx:
            await tx.execute(insert(redemptions), values)
        return UUID(str(values["id"]))

    async def look(self, again_from: datetime | None = None) -> None:
        """Look at all lines once more, as after a restored backup."""
        since = again_from or NOON - timedelta(days=1)
        await self.run("UPDATE signal_progress SET done_until = :since", since=since)
        for _ in range(3):
            await in_transaction(self.world.engine, lambda tx: look_until(tx, LATER))

    async def raised(self, kind: str, subject_id: object) -> list[dict[str, Any]]:
        found = await self.run(
            "SELECT * FROM signals WHERE kind = :kind AND subject_id = :s ORDER BY window_key",
            kind=kind,
            s=str(subject_id),
        )
        return [dict(row) for row in found]


async def a_watch(world: World, benefit: events.Benefit, *regions: str) -> Watch:
    approved = a_list(a_cycle(), [benefit])
    await world.tell(approved)
    watch = Watch(world, new_id(), approved)
    await watch.run(
        "INSERT INTO partners (id, name, kind, address, region_codes, status) "
        "VALUES (:id, 'Mitra Uji', 'market', 'Pasar', CAST(:codes AS text[]), 'active')",
        id=watch.partner_id,
        codes=list(regions) or [VILLAGE],
    )
    return watch
