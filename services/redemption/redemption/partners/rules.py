"""What a partner is."""

from dataclasses import dataclass
from uuid import UUID

from common.auth.principal import Principal
from common.regions import covers

KINDS = ("food_point", "market", "school", "clinic", "university", "bank")
STATUSES = ("active", "suspended")


@dataclass(frozen=True, slots=True)
class Partner:
    id: UUID
    name: str
    kind: str
    address: str
    outside_code: str
    region_codes: tuple[str, ...]
    status: str

    @property
    def is_active(self) -> bool:
        """Whether it may serve at all."""
        return self.status == "active"

    def serves(self, region_code: str) -> bool:
        """Tell whether families of a region may come here."""
        return any(covers(own, region_code) for own in self.region_codes)

    def is_seen_by(self, caller: Principal) -> bool:
        """Tell whether somebody may know of it: its own people, or staff of a region it serves."""
        if caller.partner_id is not None:
            return caller.partner_id == self.id
        return any(
            covers(scope, own) or covers(own, scope)
            for scope in caller.regions
            for own in self.region_codes
        )
