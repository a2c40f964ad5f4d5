"""What is agreed with a partner, its form and what of it changes at once or by two people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from typing import Any, Self

from common.regions import all_regions
from redemption.partners.rules import BENEFIT_CODE, KINDS, is_outside_code

NAME_MAX, ADDRESS_MAX = 120, 200
WEEKDAYS = range(1, 8)
# These hold at once; the others give rights, or blind the look at far places, and wait for a second
# person.
DETAILS = frozenset({"name", "address", "hours"})
OUTSIDE_CODE_REFUSALS = {
    "school": "npsn_malformed",
    "university": "university_code_malformed",
    "clinic": "clinic_code_malformed",
}


@dataclass(frozen=True, slots=True)
class Hours:
    """When a partner is open on one weekday (1 is Monday), on the clocks of the province."""

    weekday: int
    opens_at: time
    closes_at: time


@dataclass(frozen=True, slots=True)
class Terms:
    """All that one person puts forward of a partner, its bank account excepted."""

    name: str
    kind: str
    address: str
    outside_code: str
    region_codes: tuple[str, ...]
    benefit_codes: tuple[str, ...] = ()
    contract_from: date | None = None
    contract_until: date | None = None
    hours: tuple[Hours, ...] = ()
    # Where it stands; "" when that is not known.
    village_code: str = ""

    def told(self) -> dict[str, Any]:
        """Return them in the form in which changes are kept."""
        return {
            "name": self.name,
            "kind": self.kind,
            "address": self.address,
            "village_code": self.village_code,
            "outside_code": self.outside_code,
            "region_codes": sorted(self.region_codes),
            "benefit_codes": sorted(self.benefit_codes),
            "contract_from": self.contract_from.isoformat() if self.contract_from else None,
            "contract_until": self.contract_until.isoformat() if self.contract_until else None,
            "hours": [
                [one.weekday, f"{one.opens_at:%H:%M}", f"{one.closes_at:%H:%M}"]
                for one in sorted(self.hours, key=lambda one: one.weekday)
            ],
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return what `told` has told, also before partners had a village."""
        values = {one.name: told[one.name] for one in fields(cls) if one.name in told}
        for name in ("region_codes", "benefit_codes"):
            values[name] = tuple(values[name])
        for name in ("contract_from", "contract_until"):
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        values["hours"] = tuple(
            Hours(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in values["hours"]
        )
        return cls(**values)

    def faults(self) -> dict[str, str]:
        """Return what is wrong, by field: the words of refusals; empty when nothing is."""
        found = {}
        if not self.name or len(self.name) > NAME_MAX or not self.name.isprintable():
            found["name"] = "partner_name_malformed"
        if not self.address or len(self.address) > ADDRESS_MAX or not self.address.isprintable():
            found["address"] = "partner_address_malformed"
        if self.village_code and not is_village(self.village_code):
            found["village_code"] = "partner_village_unknown"
        if self.kind not in KINDS:
            found["kind"] = "partner_kind_unknown"
        elif not is_outside_code(self.kind, self.outside_code):
            found["outside_code"] = OUTSIDE_CODE_REFUSALS[self.kind]
        if not self.region_codes or any(one not in all_regions() for one in self.region_codes):
            found["region_codes"] = "partner_regions_unknown"
        if any(not BENEFIT_CODE.fullmatch(one) for one in self.benefit_codes):
            found["benefit_codes"] = "benefit_code_malformed"
        if self.contract_from and self.contract_until and self.contract_until < self.contract_from:
            found["contract_until"] = "contract_backwards"
        days = [one.weekday for one in self.hours]
        is_forward = all(one.closes_at > one.opens_at for one in self.hours)
        if not is_forward or len(days) != len(set(days)) or not set(days) <= set(WEEKDAYS):
            found["hours"] = "hours_backwards"
        return found


def is_village(code: str) -> bool:
    """Tell whether a region's code is that of a village."""
    region = all_regions().get(code)
    return region is not None and region.level == "village"


def week_of(hours: Iterable[Hours]) -> list[tuple[int, int, tuple[time, time] | None]]:
    """Return a week as stretches of days that are alike: first, last, and when open or None."""
    by_day = {one.weekday: (one.opens_at, one.closes_at) for one in hours}
    found: list[tuple[int, int, tuple[time, time] | None]] = []
    for day in WEEKDAYS:
        now = by_day.get(day)
        if found and found[-1][2] == now:
            found[-1] = (found[-1][0], day, now)
        else:
            found.append((day, day, now))
    return found


def differences(before: Terms, after: Terms) -> frozenset[str]:
    """Return the names of what differs."""
    old, new = before.told(), after.told()
    return frozenset(name for name in old if old[name] != new[name])


def holds_at_once(changed: frozenset[str]) -> bool:
    """Tell whether a change needs no second person."""
    return changed <= DETAILS
