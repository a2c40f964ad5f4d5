"""What a terminal may do without network, and for how long rights may be set aside for it."""

from dataclasses import dataclass
from uuid import UUID

LEASE_HOURS_DEFAULT = 24
# A week: no lease is longer, whatever a decree says (a CHECK says it too).
LEASE_HOURS_MAX = 168


@dataclass(frozen=True, slots=True)
class OfflinePolicy:
    """The rule of one benefit in one cycle; without a decided one nothing is allowed."""

    cycle_id: UUID
    benefit_id: UUID
    # Whether families outside the lease may be served at all.
    is_allowed: bool = False
    per_act_rupiah_max: int = 0
    per_act_quantity_max: int = 0
    # Acts outside a lease that one terminal may note between two syncs.
    acts_per_terminal_max: int = 0
    lease_hours_max: int = LEASE_HOURS_DEFAULT
    # 0 where nobody has decided anything.
    version: int = 0

    def allows(self, *, quantity: int, amount_rupiah: int, nth: int) -> bool:
        """Tell whether an act outside a lease, the nth since the last sync, is within the rule."""
        return (
            self.is_allowed
            and quantity <= self.per_act_quantity_max
            and amount_rupiah <= self.per_act_rupiah_max
            and nth <= self.acts_per_terminal_max
        )
