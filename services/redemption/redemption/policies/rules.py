"""What a terminal may do without network, and for how long rights may be set aside for it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from common.problems import Refused

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


class Limits(Protocol):
    """The limits of a rule."""

    @property
    def is_allowed(self) -> bool:
        """Whether families outside the lease may be served."""

    @property
    def per_act_rupiah_max(self) -> int:
        """Rupiah of one act."""

    @property
    def per_act_quantity_max(self) -> int:
        """Parcels or services of one act."""

    @property
    def acts_per_terminal_max(self) -> int:
        """Acts of one terminal between two syncs."""

    @property
    def lease_hours_max(self) -> int:
        """Hours of a lease."""


def demand_sense(limits: Limits) -> None:
    """Refuse a rule that allows acts and leaves no room for any, or a lease of no length.

    Raises Refused: policy_allows_nothing, lease_hours_wrong.
    """
    if not 1 <= limits.lease_hours_max <= LEASE_HOURS_MAX:
        raise Refused("lease_hours_wrong", hours=LEASE_HOURS_MAX)
    has_room = limits.acts_per_terminal_max > 0 and (
        limits.per_act_rupiah_max > 0 or limits.per_act_quantity_max > 0
    )
    if limits.is_allowed and not has_room:
        raise Refused("policy_allows_nothing")
