"""The demonstration's day at a counter: parcels given yesterday, one of them undone.

So that a statement, a settlement and a cycle's page have something in them from the first minute.
And which cards can be tried at which counter.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import demo, outbox
from common.auth.principal import Principal
from common.card_number import card_number
from common.events import RedemptionsRecordedV1
from common.web.formats import WIB, in_wib
from redemption.redeeming import queries
from redemption.redeeming.lines import Redemption
from redemption.redeeming.record_many import lock_situations, record_many
from redemption.redeeming.reverse import reverse
from redemption.redeeming.rules import Attempt, Wanted
from redemption.redeeming.rules_of_many import judge_all
from redemption.redeeming.tell import SOURCE, recorded

# Families of one village, so that all others are as the registry left them.
VILLAGE = "62.03.01.1008"
FAMILIES = 9
FIRST_AT, APART = time(8, 5), timedelta(minutes=17)
UNDONE_AFTER = timedelta(minutes=4)
OPERATING = "partner_operator"
OPERATOR, ADMIN = ("demo:petugas", "Petugas contoh"), ("demo:admin-mitra", "Admin mitra contoh")
REASON = "Paket dikembalikan: keluarga salah dipanggil."
WAITING = text("""
    SELECT c.card_id, e.id AS entitlement_id
    FROM cards c
    JOIN card_statuses s ON s.card_id = c.card_id AND s.status = 'valid'
    JOIN entitlements e ON e.household_id = c.household_id AND e.remaining_quantity > 0
    JOIN benefits b ON (b.cycle_id, b.id) = (e.cycle_id, e.benefit_id) AND b.kind = 'parcel'
    WHERE c.region_code = :village
    ORDER BY c.card_id LIMIT :families
""")
# Of each ready-made operator's partner and benefit some cards that count, in their families' hands
# and without a PIN: what is typed at the counter. No name is opened for it.
TO_TRY = text("""
    WITH offers AS (
        SELECT p.id AS partner_id, b.name_id, c.card_id,
               row_number() OVER (PARTITION BY p.id, b.id ORDER BY c.card_id) AS place
        FROM partners p
        JOIN benefits b ON p.kind = ANY(b.partner_kinds)
        JOIN entitlements e ON (e.cycle_id, e.benefit_id) = (b.cycle_id, b.id)
            AND e.standing = 'running' AND (e.remaining_quantity > 0 OR e.remaining_rupiah > 0)
            AND coalesce(e.leased_until, :now) <= :now
        JOIN cards c ON c.household_id = e.household_id
        JOIN card_statuses s ON s.card_id = c.card_id AND s.status = 'valid'
        WHERE p.id = ANY(CAST(:partner_ids AS uuid[]))
          AND NOT EXISTS (SELECT 1 FROM card_pins n WHERE n.card_id = c.card_id)
        GROUP BY p.id, b.id, b.name_id, c.card_id)
    SELECT partner_id, name_id, card_id FROM offers WHERE place <= :cards
    ORDER BY partner_id, name_id, card_id
""")
CARDS_TO_TRY = 3


@dataclass(frozen=True, slots=True)
class Seeded:
    """Whether nothing is left to do, and how many families were given something."""

    is_done: bool
    given: int = 0


async def cards_to_try(tx: AsyncConnection, now: datetime) -> dict[tuple[str, str], list[str]]:
    """Return numbers of cards by ready-made operator and benefit, for who tries the counter."""
    operators = {
        demo.PARTNERS_OF_LOGINS[user]: user
        for user, role in demo.LOGINS.items()
        if role == OPERATING
    }
    asked = {"partner_ids": list(operators), "now": now, "cards": CARDS_TO_TRY}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in await tx.execute(TO_TRY, asked):
        found[operators[row.partner_id], row.name_id].append(card_number(row.card_id))
    return dict(found)


async def seed_acts(tx: AsyncConnection, now: datetime) -> Seeded:
    """Give parcels to some families as of yesterday; safe to repeat.

    Until the registry's rights and cards have arrived there is nothing to give: ask again. On a
    cycle's first day nobody can have got anything yesterday, and nothing is given.
    """
    first_id = _id_of(0)
    if await queries.find(tx, first_id) is not None:
        return Seeded(is_done=True)
    rows = (await tx.execute(WAITING, {"village": VILLAGE, "families": FAMILIES})).mappings().all()
    if len(rows) < FAMILIES:
        return Seeded(is_done=False)
    day = in_wib(now).date() - timedelta(days=1)
    begin = datetime.combine(day, FIRST_AT, WIB)
    attempts = [_attempt(place, row, begin + place * APART) for place, row in enumerate(rows)]
    verdicts = judge_all(attempts, await lock_situations(tx, attempts))
    lines = [one for one in verdicts if isinstance(one, Redemption)]
    versions = await record_many(tx, lines)
    told = tuple(
        recorded(line, version)
        for line, version in zip(lines, versions, strict=True)
        if version is not None
    )
    if told:
        event = RedemptionsRecordedV1(redemptions=told)
        await outbox.publish(tx, event, source=SOURCE, subject=str(first_id), sequence=1)
        await _undo_last(tx, lines[-1])
    return Seeded(is_done=True, given=len(told))


def _id_of(place: int) -> UUID:
    return uuid5(demo.PARTNER_FOOD_POINT_ID, f"act {place}")


def _attempt(place: int, row: RowMapping, at: datetime) -> Attempt:
    wanted = Wanted(
        id=_id_of(place),
        shown=row["card_id"],
        entitlement_id=row["entitlement_id"],
        benefit_id=None,
        cycle_id=None,
        quantity=None,
        amount_rupiah=None,
        holder_check="name_compared",
    )
    return Attempt(wanted, row["card_id"], "scanned", demo.PARTNER_FOOD_POINT_ID, *OPERATOR, at)


async def _undo_last(tx: AsyncConnection, line: Redemption) -> None:
    nobody: frozenset[str] = frozenset()
    admin = Principal(*ADMIN, nobody, nobody, partner_id=demo.PARTNER_FOOD_POINT_ID)
    await reverse(
        tx,
        admin,
        redemption_id=line.id,
        reversal_id=uuid5(line.id, "reversal"),
        reason=REASON,
        now=line.redeemed_at + UNDONE_AFTER,
    )
