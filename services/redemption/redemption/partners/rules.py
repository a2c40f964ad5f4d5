"""What a partner is."""

from dataclasses import dataclass
from uuid import UUID

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
