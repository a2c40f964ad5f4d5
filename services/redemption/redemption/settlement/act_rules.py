"""What can be done with a settlement, when, and by whom."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.auth.principal import Principal
from common.problems import Refused

# Where programs find them.
SETTLEMENTS = "/v1/settlements"
STATES = ("drawn_up", "sent", "disputed", "agreed", "approved", "withdrawn")
LINE_KINDS = ("redemption", "reversal", "conflict", "judgement", "carried")
ACTS = ("drawn_up", "sent", "agreed", "disputed", "answered", "approved", "withdrawn")
WORDS_MIN, WORDS_MAX = 5, 1000
# What may be done in which state, and what it becomes.
STEPS: dict[str, tuple[frozenset[str], str]] = {
    "sent": (frozenset({"drawn_up"}), "sent"),
    "agreed": (frozenset({"sent"}), "agreed"),
    "disputed": (frozenset({"sent"}), "disputed"),
    "answered": (frozenset({"disputed"}), "sent"),
    "approved": (frozenset({"agreed"}), "approved"),
    "withdrawn": (frozenset({"drawn_up", "sent", "disputed", "agreed"}), "withdrawn"),
}
NEEDS_WORDS = frozenset({"disputed", "answered", "withdrawn"})
OF_PARTNER = frozenset({"agreed", "disputed"})
# What is shown as the state once it is approved: what the payment of it became.
PAYMENT_STATES = {"waiting": "paying", "paid": "settled", "failed": "payment_failed"}


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settlement without its lines."""

    id: UUID
    partner_id: UUID
    partner_name: str
    first_on: date
    last_on: date
    state: str
    lines: int
    given_rupiah: int
    deducted_rupiah: int
    carried_rupiah: int
    owed_rupiah: int
    drawn_up_by: str
    # Of the payment order that was given last for it, where one was.
    payment_state: str | None = None
    payment_batch_id: UUID | None = None
    payment_reason: str = ""

    @property
    def number(self) -> str:
        """The number that people read out: the end of its id."""
        return f"P-{self.id.hex[-8:-4]}-{self.id.hex[-4:]}".upper()

    @property
    def shown_state(self) -> str:
        """Return the state as people read it: after the approval, that of its payment."""
        if self.state != "approved":
            return self.state
        if self.owed_rupiah < 0:
            return "carried"
        if self.owed_rupiah == 0:
            return "settled"
        return PAYMENT_STATES.get(self.payment_state or "", "approved")

    @property
    def can_be_paid(self) -> bool:
        """Whether a payment order may be drawn up for it."""
        is_open = self.payment_state in (None, "failed", "withdrawn")
        return self.state == "approved" and self.owed_rupiah > 0 and is_open


def next_acts(settlement: Settlement, caller: Principal) -> list[str]:
    """Return what this person can do with it now, in the order in which it is offered."""
    return [act for act in STEPS if why_not(settlement, act, caller) is None]


def why_not(settlement: Settlement, act: str, caller: Principal) -> str | None:
    """Return why this person can't do this now, or None."""
    if act in OF_PARTNER:
        if caller.partner_id != settlement.partner_id:
            return "another_partner"
        if "settlement.agree" not in caller.permissions:
            return "permission_missing"
    elif caller.partner_id is not None or "settlement.manage" not in caller.permissions:
        return "permission_missing"
    if settlement.state not in STEPS[act][0]:
        return "settlement_elsewhere"
    if act == "approved" and caller.subject == settlement.drawn_up_by:
        return "maker_decides"
    return None


def demand_words(act: str, words: str) -> str:
    """Return the words of an act, or refuse one that needs them and has none."""
    plain = words.strip()
    if act in NEEDS_WORDS and len(plain) < WORDS_MIN:
        raise Refused("words_needed")
    return plain
