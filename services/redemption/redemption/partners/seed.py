"""The partners of the demonstration: one of each kind, with contract, hours and account."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from common import demo
from common.sealed import Sealer
from redemption.partners import queries, seed_queries
from redemption.partners.account_rules import Account
from redemption.partners.accounts import seal_account
from redemption.partners.term_rules import Hours, Terms

PROVINCE = "62"
PROPOSER, PROPOSER_NAME = "seed:administrator", "Administrator (contoh)"
DECIDER, DECIDER_NAME = "seed:finance", "Keuangan (contoh)"
WORKDAYS, SIX_DAYS, EVERY_DAY = range(1, 6), range(1, 7), range(1, 8)


@dataclass(frozen=True, slots=True)
class Example:
    id: UUID
    kind: str
    name: str
    address: str
    outside_code: str
    days: range
    opens_at: time
    closes_at: time
    account: Account

    def terms(self, today: date) -> Terms:
        """Return what is agreed: from the first day of this year to the last of the next."""
        return Terms(
            name=self.name,
            kind=self.kind,
            address=self.address,
            outside_code=self.outside_code,
            region_codes=(PROVINCE,),
            contract_from=date(today.year, 1, 1),
            contract_until=date(today.year + 1, 12, 31),
            hours=tuple(Hours(day, self.opens_at, self.closes_at) for day in self.days),
        )


EXAMPLES = (
    Example(
        demo.PARTNER_FOOD_POINT_ID,
        "food_point",
        "Titik Pangan Bukit Tunggal",
        "Jl. Tjilik Riwut km 5, Palangka Raya",
        "",
        EVERY_DAY,
        time(6),
        time(21),
        Account("Bank Kalteng", "TITIK PANGAN BUKIT TUNGGAL", "1000203040"),
    ),
    Example(
        demo.PARTNER_MARKET_ID,
        "market",
        "Toko Berkat Sahabat, Pasar Kahayan",
        "Pasar Kahayan blok B-12, Palangka Raya",
        "",
        EVERY_DAY,
        time(5),
        time(18),
        Account("Bank Kalteng", "TOKO BERKAT SAHABAT", "1000203057"),
    ),
    Example(
        demo.PARTNER_SCHOOL_ID,
        "school",
        "SMA Negeri Contoh 1 Kapuas",
        "Jl. Pemuda 1, Kuala Kapuas",
        "30200000",
        WORKDAYS,
        time(7),
        time(15),
        Account("Bank Kalteng", "SMA NEGERI CONTOH 1 KAPUAS", "1000203064"),
    ),
    Example(
        demo.PARTNER_CLINIC_ID,
        "clinic",
        "Puskesmas Contoh Kasongan",
        "Jl. Cilik Riwut 10, Kasongan",
        "P6206000000",
        SIX_DAYS,
        time(7, 30),
        time(14),
        Account("Bank Kalteng", "PUSKESMAS CONTOH KASONGAN", "1000203071"),
    ),
    Example(
        demo.PARTNER_UNIVERSITY_ID,
        "university",
        "Universitas Contoh Kalimantan Tengah",
        "Jl. Yos Sudarso 1, Palangka Raya",
        "111000",
        WORKDAYS,
        time(8),
        time(16),
        Account("Bank Kalteng", "UNIVERSITAS CONTOH KALTENG", "1000203088"),
    ),
    Example(
        demo.PARTNER_BANK_ID,
        "bank",
        "Bank Contoh Kalteng, Cabang Sampit",
        "Jl. S. Parman 2, Sampit",
        "",
        WORKDAYS,
        time(8),
        time(15),
        Account("Bank Kalteng", "BANK CONTOH KALTENG", "1000203095"),
    ),
)


async def seed_demo(tx: AsyncConnection, sealer: Sealer | None = None) -> None:
    """Add the demonstration's partners, put forward by one and activated by another.

    Those that are there stay as they are; one of before contracts, that nobody has changed, is
    given what it lacks. Without a sealer no accounts are written.
    """
    now = datetime.now(UTC)
    for example in EXAMPLES:
        terms = example.terms(now.date())
        await queries.add_missing(tx, [_row(example, terms)])
        untouched = {"of_partner": example.id, **_agreed(terms, now)}
        if (await tx.execute(seed_queries.FILL_IN, untouched)).rowcount == 0:
            continue
        await tx.execute(
            seed_queries.ADD_HOURS,
            [
                {
                    "partner_id": example.id,
                    "weekday": one.weekday,
                    "opens_at": one.opens_at,
                    "closes_at": one.closes_at,
                }
                for one in terms.hours
            ],
        )
        await tx.execute(seed_queries.ADD_CHANGE, _change(example, terms, now))
        if sealer is not None:
            sealed = seal_account(sealer, example.id, example.account)
            await tx.execute(seed_queries.ADD_ACCOUNT, {"of_partner": example.id, "sealed": sealed})


def _row(example: Example, terms: Terms) -> dict[str, object]:
    same = ("name", "kind", "address", "outside_code")
    own = {name: getattr(terms, name) for name in same}
    return {"id": example.id, **own, "region_codes": list(terms.region_codes), "status": "active"}


def _agreed(terms: Terms, now: datetime) -> dict[str, object]:
    return {
        "from_day": terms.contract_from,
        "until_day": terms.contract_until,
        "proposer": PROPOSER,
        "proposer_name": PROPOSER_NAME,
        "decider": DECIDER,
        "decider_name": DECIDER_NAME,
        "now": now,
    }


def _change(example: Example, terms: Terms, now: datetime) -> dict[str, object]:
    return {
        "id": uuid5(example.id, "onboard"),
        "partner_id": example.id,
        "kind": "onboard",
        "before": {},
        "after": terms.told(),
        "proposed_by": PROPOSER,
        "proposed_by_name": PROPOSER_NAME,
        "proposed_at": now,
        "outcome": "approved",
        "decided_by": DECIDER,
        "decided_by_name": DECIDER_NAME,
        "decided_at": now,
    }
