"""One family's rights with all their lines, in order, for finance and for who watches over it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.card_token import WrongCardNumber, parse_card_number
from common.problems import Refused
from common.sealed import Sealer
from redemption.cards import queries as cards
from redemption.entitlements import adjustment_queries
from redemption.entitlements.persons import Person, persons_of

RIGHTS = text("""
    SELECT e.*, b.name_id, b.name_en, b.kind, b.unit_rupiah, b.subject, b.goods_categories,
           c.programme_name_id, c.programme_name_en, c.name AS cycle_name, c.opens_on, c.closes_on,
           l.decree_number, l.decree_on
    FROM entitlements e
    JOIN benefits b ON b.cycle_id = e.cycle_id AND b.id = e.benefit_id
    JOIN cycles c ON c.id = e.cycle_id
    LEFT JOIN LATERAL (
        SELECT i.decree_number, i.decree_on
        FROM enrolments n JOIN beneficiary_lists i ON i.id = n.list_id
        WHERE n.household_id = e.household_id AND i.cycle_id = e.cycle_id
          AND e.benefit_id = ANY(i.benefit_ids)
        ORDER BY i.approved_at, i.id LIMIT 1) l ON true
    WHERE e.household_id = :household_id
    ORDER BY c.opens_on DESC, c.id, b.name_id, b.id, e.subject_id
""")
# Every line that there is about a family's rights, whichever room wrote it: only to be shown.
LINES = text("""
    SELECT * FROM (
    SELECT cycle_id, benefit_id, subject_id, granted_at AS at, 0 AS place, 'grant' AS kind,
           quantity, amount_rupiah, NULL AS note
    FROM grants WHERE household_id = :household_id
    UNION ALL
    SELECT cycle_id, benefit_id, subject_id, redeemed_at, 1, 'redemption', -quantity,
           -amount_rupiah, partner_name
    FROM redemptions WHERE household_id = :household_id
    UNION ALL
    SELECT r.cycle_id, r.benefit_id, r.subject_id, v.reversed_at, 2, 'reversal', v.quantity,
           v.amount_rupiah, v.reason
    FROM reversals v
    JOIN redemptions r ON r.id = v.redemption_id AND r.household_id = v.household_id
    WHERE v.household_id = :household_id
    UNION ALL
    SELECT m.cycle_id, m.benefit_id, m.subject_id, m.at, 3, m.kind, m.quantity, m.amount_rupiah,
           a.reason
    FROM other_moves m
    LEFT JOIN adjustments a ON m.kind = 'adjustment' AND a.id = m.id
        AND a.household_id = m.household_id
    WHERE m.household_id = :household_id) lines
    ORDER BY (place > 0), at, place
""")


@dataclass(frozen=True, slots=True)
class Move:
    """A line of the ledger, and what was left after it."""

    at: datetime
    kind: str
    quantity: int
    amount_rupiah: int
    note: str | None
    left_quantity: int
    left_rupiah: int


@dataclass(frozen=True, slots=True)
class Right:
    """A right with its lines, whose last balance is what is left of it."""

    terms: RowMapping
    person: Person | None
    moves: list[Move]

    @property
    def is_whole(self) -> bool:
        """Tell whether the lines add up to what is left."""
        last = self.moves[-1] if self.moves else None
        left = (last.left_quantity, last.left_rupiah) if last else None
        return left == (self.terms["remaining_quantity"], self.terms["remaining_rupiah"])


async def find_family(tx: AsyncConnection, caller: Principal, card_text: str) -> UUID:
    """Return the family whose card has a number that was typed; the look is noted.

    Raises Refused: card_number_mistyped, card_number_malformed, card_unknown, outside_your_regions.
    """
    try:
        card_id = parse_card_number(card_text)
    except WrongCardNumber as wrong:
        code = "card_number_mistyped" if wrong.mistyped else "card_number_malformed"
        raise Refused(code) from None
    found = await cards.find(tx, card_id)
    if found is None:
        raise Refused("card_unknown")
    caller.demand_region(found[0].region_code)
    await audit.record(
        tx, caller, "family.found", "card", card_id, region_code=found[0].region_code
    )
    return found[0].household_id


async def read_family(
    tx: AsyncConnection, caller: Principal, own: Sealer, household_id: UUID
) -> list[Right]:
    """Return a family's rights with their lines; who looked is noted.

    Raises Refused: not_found, outside_your_regions.
    """
    region_code = await adjustment_queries.region_of(tx, household_id)
    if region_code is None:
        raise Refused("not_found")
    caller.demand_region(region_code)
    asked = {"household_id": household_id}
    rights = (await tx.execute(RIGHTS, asked)).mappings().all()
    lines: dict[tuple[Any, ...], list[RowMapping]] = defaultdict(list)
    for row in (await tx.execute(LINES, asked)).mappings():
        lines[row["cycle_id"], row["benefit_id"], row["subject_id"]].append(row)
    persons = await persons_of(tx, own, [household_id])
    await audit.record(
        tx, caller, "family_rights.read", "household", household_id, region_code=region_code
    )
    return [
        Right(
            terms=row,
            person=persons.get(row["subject_id"]),
            moves=running(lines[row["cycle_id"], row["benefit_id"], row["subject_id"]]),
        )
        for row in rights
    ]


def running(lines: Sequence[RowMapping]) -> list[Move]:
    """Return lines with what was left after each."""
    moves, quantity, rupiah = [], 0, 0
    for line in lines:
        quantity += line["quantity"]
        rupiah += line["amount_rupiah"]
        moves.append(
            Move(
                line["at"],
                line["kind"],
                line["quantity"],
                line["amount_rupiah"],
                line["note"],
                quantity,
                rupiah,
            )
        )
    return moves
