"""What a family's right is, and what may be taken of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common.problems import Refused


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A family's right to one benefit in one cycle, with the benefit's terms."""

    household_id: UUID
    id: UUID
    cycle_id: UUID
    benefit_id: UUID
    remaining_quantity: int
    remaining_rupiah: int
    version: int
    kind: str
    name_id: str
    name_en: str
    unit_rupiah: int
    partner_kinds: tuple[str, ...]
    opens_on: date
    closes_on: date
    # Whether its enrolment holds: running, suspended or ended; and, when it ended, until when
    # this very benefit goes on.
    standing: str = "running"
    ends_at: datetime | None = None
    # Whose right it is: the family's or one person's, whose id is then the subject's.
    subject: str = "household"
    subject_id: UUID | None = None
    goods_categories: tuple[str, ...] = ()
    # What the benefit is called in partners' contracts.
    code: str = ""
    programme_code: str = ""
    # Set aside for a terminal until then.
    lease_id: UUID | None = None
    lease_terminal_id: UUID | None = None
    leased_until: datetime | None = None

    @property
    def is_balance(self) -> bool:
        """Whether it is spent in rupiah, in parts."""
        return self.kind == "balance"

    @property
    def whose(self) -> UUID:
        """Return the subject's id: the person's, or the family's."""
        return self.subject_id or self.household_id

    def is_set_aside(self, terminal_id: UUID | None, at: datetime) -> bool:
        """Tell whether it is leased, at this moment, to another terminal than this one."""
        if self.leased_until is None or at >= self.leased_until:
            return False
        return self.lease_terminal_id != terminal_id

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left."""
        return (self.remaining_rupiah if self.is_balance else self.remaining_quantity) == 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one redemption takes: whole parcels or services (0 of a balance), and their rupiah."""

    quantity: int
    amount_rupiah: int


def granted(kind: str, quantity: int, amount_rupiah: int) -> Taken:
    """Return what one family gets of a benefit; `amount_rupiah` is the value of one."""
    if kind == "balance":
        return Taken(0, amount_rupiah)
    return Taken(quantity, quantity * amount_rupiah)


def why_not_open(entitlement: Entitlement, today: date) -> str | None:
    """Return why nothing can be taken on this day, or None."""
    if today < entitlement.opens_on:
        return "cycle_not_open"
    if today > entitlement.closes_on:
        return "cycle_closed"
    return None


def why_not_held(entitlement: Entitlement, at: datetime, today: date) -> Refused | None:
    """Return the refusal of a right whose enrolment does not hold, or whose cycle is not open."""
    if entitlement.ends_at is not None and at >= entitlement.ends_at:
        return Refused("entitlement_ended")
    if entitlement.standing == "suspended":
        return Refused("entitlement_suspended")
    code = why_not_open(entitlement, today)
    # A right that ends on a later day than its cycle is one that is kept through a grace period.
    if code is None or (code == "cycle_closed" and entitlement.ends_at is not None):
        return None
    opens_on, closes_on = entitlement.opens_on.isoformat(), entitlement.closes_on.isoformat()
    return Refused(code, opens_on=opens_on, closes_on=closes_on)


def demand_category(entitlement: Entitlement, goods_category: str | None) -> None:
    """Refuse what a balance may not be spent on: goods_category_needed, goods_not_allowed."""
    allowed = entitlement.goods_categories
    if not allowed or goods_category in allowed:
        return
    code = "goods_category_needed" if goods_category is None else "goods_not_allowed"
    raise Refused(code, allowed=", ".join(allowed))


def take(
    entitlement: Entitlement,
    quantity: int | None,
    amount_rupiah: int | None,
    goods_category: str | None = None,
) -> Taken:
    """Return what is taken, or raise Refused: already_redeemed, insufficient_entitlement, …"""
    if entitlement.is_used_up:
        raise Refused("already_redeemed")
    demand_category(entitlement, goods_category)
    if entitlement.is_balance:
        if amount_rupiah is None or quantity not in (None, 1):
            raise Refused("amount_needed")
        if amount_rupiah > entitlement.remaining_rupiah:
            raise Refused(
                "insufficient_entitlement",
                remaining_quantity=0,
                remaining_rupiah=entitlement.remaining_rupiah,
            )
        return Taken(0, amount_rupiah)
    if amount_rupiah is not None:
        raise Refused("amount_is_fixed")
    wanted = quantity or 1
    if wanted > entitlement.remaining_quantity:
        raise Refused(
            "insufficient_entitlement",
            remaining_quantity=entitlement.remaining_quantity,
            remaining_rupiah=entitlement.remaining_rupiah,
        )
    return Taken(wanted, wanted * entitlement.unit_rupiah)


def adjusted(entitlement: Entitlement, quantity: int, amount_rupiah: int) -> Taken:
    """Return what a change by a person adds to a right, or takes of it below zero.

    Raises Refused: adjustment_wrong_measure.
    """
    if entitlement.is_balance:
        if quantity != 0 or amount_rupiah == 0:
            raise Refused("adjustment_wrong_measure")
        return Taken(0, amount_rupiah)
    if quantity == 0 or amount_rupiah != 0:
        raise Refused("adjustment_wrong_measure")
    return Taken(quantity, quantity * entitlement.unit_rupiah)


def demand_adjustable(entitlement: Entitlement, change: Taken, at: datetime, today: date) -> None:
    """Refuse to take more than is left, or what is set aside; and to add to what is over.

    Raises Refused: adjustment_too_large, entitlement_set_aside, cycle_closed, entitlement_ended, …
    """
    if change.quantity > 0 or change.amount_rupiah > 0:
        refusal = why_not_held(entitlement, at, today)
        if refusal is not None and refusal.code != "cycle_not_open":
            raise refusal
        return
    if entitlement.is_set_aside(None, at):
        raise Refused("entitlement_set_aside")
    left = entitlement.remaining_quantity, entitlement.remaining_rupiah
    if left[0] + change.quantity < 0 or left[1] + change.amount_rupiah < 0:
        raise Refused("adjustment_too_large", remaining_quantity=left[0], remaining_rupiah=left[1])
