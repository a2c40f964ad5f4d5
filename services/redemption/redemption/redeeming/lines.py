"""The lines of the ledger as the code handles them, and how people read them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from common.problems import Refused
from common.web.formats import WIB, Formats

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_SYMBOLS = 10
# Nothing was given before, and the calendar itself ends not far after: such a day is a slip.
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)
FORMATS = {language: Formats(language) for language in ("id", "en")}


@dataclass(frozen=True, slots=True)
class Redemption:
    """A line that was, or is to be, written."""

    id: UUID
    household_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    entitlement_id: UUID
    card_id: str
    card_reading: str
    holder_check: str
    region_code: str
    quantity: int
    amount_rupiah: int
    remaining_quantity: int
    remaining_rupiah: int
    partner_id: UUID
    partner_name: str
    redeemed_by: str
    redeemed_by_name: str
    redeemed_at: datetime
    benefit_name_id: str
    benefit_name_en: str
    benefit_kind: str
    subject_id: UUID
    terminal_id: UUID | None
    companion_id: UUID | None
    goods_category: str | None
    mode: str
    said_at: datetime | None
    lease_id: UUID | None


@dataclass(frozen=True, slots=True)
class Line(Redemption):
    """A redemption with what became of it."""

    reversal_id: UUID | None
    reversed_quantity: int | None
    reversed_rupiah: int | None
    reversal_reason: str | None
    reversed_by_name: str | None
    reversed_at: datetime | None

    @property
    def receipt_number(self) -> str:
        """The number that people read out."""
        return receipt_number(self.id)

    @property
    def state(self) -> str:
        """Whether it stands or was undone."""
        return "reversed" if self.reversal_id else "redeemed"

    @property
    def counted(self) -> int | None:
        """How many were given; None for a part of a balance, which is only rupiah."""
        return self.quantity or None

    @property
    def owed_rupiah(self) -> int:
        """What the partner is owed for it."""
        return self.amount_rupiah - (self.reversed_rupiah or 0)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A line that undoes a redemption."""

    id: UUID
    household_id: UUID
    redemption_id: UUID
    quantity: int
    amount_rupiah: int
    reason: str
    redeemed_by: str
    reversed_by: str
    reversed_by_name: str
    reversed_at: datetime


@dataclass(frozen=True, slots=True)
class Collected:
    """When and where a right was used before."""

    redeemed_at: datetime
    partner_name: str

    @property
    def facts(self) -> dict[str, str]:
        """Return when and where, as people read it and as programs do."""
        return {
            "first_redeemed_at": self.redeemed_at.isoformat(),
            "first_partner": self.partner_name,
            "when_id": FORMATS["id"].datetime(self.redeemed_at),
            "when_en": FORMATS["en"].datetime(self.redeemed_at),
        }


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of lines: a time, and the line before which to go on."""

    since: datetime
    until: datetime
    before: datetime
    before_id: UUID
    limit: int


def receipt_number(redemption_id: UUID) -> str:
    """Return the number that people read out: the id's last 50 bits in Crockford's base32."""
    rest = redemption_id.int
    symbols = []
    for _ in range(RECEIPT_SYMBOLS):
        rest, symbol = divmod(rest, 32)
        symbols.append(RECEIPT_ALPHABET[symbol])
    text = "".join(reversed(symbols))
    return f"{text[:5]}-{text[5:]}"


def bounds_of(first: date, last: date) -> tuple[datetime, datetime]:
    """Return when the first day begins in Kalimantan Tengah, and when the last one is over.

    Raises Refused invalid_input for a day outside FIRST_DAY and LAST_DAY.
    """
    if first < FIRST_DAY or last > LAST_DAY:
        between = f"{FIRST_DAY} – {LAST_DAY}"
        raise Refused("invalid_input", fields=[{"field": "date", "problem": between}])
    begin = datetime.combine(first, time.min, WIB)
    end = datetime.combine(last + timedelta(days=1), time.min, WIB)
    return begin.astimezone(UTC), end.astimezone(UTC)
