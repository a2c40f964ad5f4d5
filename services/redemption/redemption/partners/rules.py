"""What a partner is, and whom and what it may serve."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.auth.principal import Principal
from common.regions import covers

KINDS = ("food_point", "market", "school", "clinic", "university", "bank")
STATUSES = ("proposed", "active", "suspended", "ended")
# What can become of a partner after it was put forward ("onboard"). Name, address and hours, a
# suspension and an end hold at once; terms, account and the end of a suspension take two people.
CHANGES = ("onboard", "details", "terms", "account", "suspend", "lift", "end")
OUTCOMES = ("approved", "refused", "withdrawn", "at_once")
# The codes by which others know a partner. NPSN: eight digits, or P or K and seven for PKBM, SKB
# and LKP; universities have six. BPJS facilities have eight digits and letters, a puskesmas P and
# ten digits at Kemenkes, other facilities seven digits there.
OUTSIDE_CODES = {
    "school": re.compile(r"[0-9]{8}|[PK][0-9]{7}"),
    "university": re.compile(r"[0-9]{6}"),
    "clinic": re.compile(r"[0-9]{4}[0-9A-Z]{4}|P[0-9]{10}|[0-9]{7}"),
}
# A village's code, or nothing.
VILLAGE_CODE = r"^(62\.\d{2}\.\d{2}\.[12]\d{3})?$"
BENEFIT_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.-]{0,39}(/[A-Z0-9][A-Z0-9_.-]{0,39})?")


@dataclass(frozen=True, slots=True)
class Partner:
    id: UUID
    name: str
    kind: str
    address: str
    outside_code: str
    region_codes: tuple[str, ...]
    status: str
    benefit_codes: tuple[str, ...] = ()
    contract_from: date | None = None
    contract_until: date | None = None

    @property
    def is_active(self) -> bool:
        """Whether it may serve at all, as far as its state says; see `why_not_serving`."""
        return self.status == "active"

    def why_not_serving(self, on: date) -> str | None:
        """Return why nothing can be had here on this day (WIB), or None."""
        if self.status != "active":
            return f"partner_{self.status}"
        is_early = self.contract_from is not None and on < self.contract_from
        is_late = self.contract_until is not None and on > self.contract_until
        return "partner_contract_over" if is_early or is_late else None

    def serves(self, region_code: str) -> bool:
        """Tell whether families of a region may come here."""
        return any(covers(own, region_code) for own in self.region_codes)

    def may_give(
        self, partner_kinds: Collection[str], programme_code: str, benefit_code: str
    ) -> bool:
        """Tell whether a benefit may be had here: by the partner's kind, and by its contract."""
        if self.kind not in partner_kinds:
            return False
        named = {programme_code, f"{programme_code}/{benefit_code}"}
        return not self.benefit_codes or not named.isdisjoint(self.benefit_codes)

    def is_seen_by(self, caller: Principal) -> bool:
        """Tell whether somebody may know of it: its own people, or staff of a region it serves."""
        if caller.partner_id is not None:
            return caller.partner_id == self.id
        return any(
            covers(scope, own) or covers(own, scope)
            for scope in caller.regions
            for own in self.region_codes
        )

    def is_managed_by(self, caller: Principal) -> bool:
        """Tell whether somebody may change it: staff whose limits hold all that it serves."""
        return caller.partner_id is None and all(caller.covers(own) for own in self.region_codes)


def is_outside_code(kind: str, code: str) -> bool:
    """Tell whether a code has the form that others give to this kind; other kinds need none."""
    form = OUTSIDE_CODES.get(kind)
    return form is None or form.fullmatch(code) is not None
