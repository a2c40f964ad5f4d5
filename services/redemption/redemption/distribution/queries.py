"""Every SQL statement about distribution days."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.distribution.tables import (
    distribution_shares,
    distribution_signatures,
    distribution_stock,
    distributions,
)

LISTED_MAX = 200
ADD = insert(distributions).on_conflict_do_nothing(index_elements=["id"]).returning(
    distributions.c.id
)  # fmt: skip
ADD_SHARE = insert(distribution_shares)
ADD_STOCK = insert(distribution_stock).on_conflict_do_nothing().returning(distribution_stock.c.id)
SIGN = insert(distribution_signatures)
ONE = select(distributions).where(distributions.c.id == bindparam("distribution_id"))
LOCK = ONE.with_for_update()
ALL = select(distributions).order_by(distributions.c.held_on.desc()).limit(LISTED_MAX)
OF_PARTNER = ALL.where(distributions.c.partner_id == bindparam("partner_id"))
# Days that a terminal takes part in, from yesterday on: what it still may have to send or fetch.
OF_TERMINAL = text("""
    SELECT d.id, d.name, d.place, d.held_on, d.state, s.region_codes, s.card_ends
    FROM distribution_shares s JOIN distributions d ON d.id = s.distribution_id
    WHERE s.terminal_id = :terminal_id AND d.state IN ('planned', 'open')
      AND d.held_on >= CAST(:since AS date)
    ORDER BY d.held_on
""")
SHARES = text("""
    SELECT s.terminal_id, s.region_codes, s.card_ends, t.label, t.last_seen_at, t.unsent_lines,
           t.unsent_at, t.revoked_at IS NOT NULL AS is_revoked,
           l.families AS leased_families, l.expires_at AS leased_until
    FROM distribution_shares s JOIN terminals t ON t.id = s.terminal_id
    LEFT JOIN LATERAL (
        SELECT families, expires_at FROM leases
        WHERE terminal_id = s.terminal_id AND distribution_id = s.distribution_id
          AND returned_at IS NULL AND released_at IS NULL AND expires_at > now()
        ORDER BY taken_at DESC LIMIT 1) l ON true
    WHERE s.distribution_id = :distribution_id ORDER BY t.label, s.terminal_id
""")
STOCK = (
    select(distribution_stock)
    .where(distribution_stock.c.distribution_id == bindparam("distribution_id"))
    .order_by(distribution_stock.c.noted_at, distribution_stock.c.id)
)
ONE_STOCK = select(distribution_stock).where(distribution_stock.c.id == bindparam("id"))
SIGNATURES = (
    select(distribution_signatures)
    .where(distribution_signatures.c.distribution_id == bindparam("distribution_id"))
    .order_by(distribution_signatures.c.signed_at)
)
SET_STATE = (
    update(distributions)
    .where(distributions.c.id == bindparam("distribution_id"))
    .values(
        state=bindparam("new_state"),
        closed_at=bindparam("at"),
        cancel_reason=bindparam("reason"),
    )
)
FREEZE = (
    update(distributions)
    .where(distributions.c.id == bindparam("distribution_id"), distributions.c.report.is_(None))
    .values(report=bindparam("new_report"), report_hash=bindparam("new_hash"))
)
TERMINALS_OF_PARTNER = text("""
    SELECT id, label FROM terminals WHERE partner_id = :partner_id AND revoked_at IS NULL
    ORDER BY label, id
""")
# Families with a card in each village, by the cards that count, as a lease takes them: whoever was
# not given the card yet cannot be served. It is what is expected before the day is known.
FAMILIES_OF_VILLAGES = text("""
    SELECT c.region_code, count(DISTINCT c.household_id) AS families
    FROM cards c LEFT JOIN card_statuses s USING (card_id)
    WHERE c.region_code = ANY(CAST(:region_codes AS text[]))
      AND coalesce(s.status, 'valid') = 'valid'
    GROUP BY c.region_code
""")
# The benefits that the partner may give to these villages' families on that day, with what is left
# of them. Rights of enrolments that have ended are no longer anybody's.
LEFT = text("""
    SELECT e.cycle_id, e.benefit_id, b.name_id, b.name_en, b.kind, b.subject,
           count(*) FILTER (WHERE e.remaining_quantity > 0 OR e.remaining_rupiah > 0) AS left_over
    FROM (SELECT DISTINCT household_id FROM cards
          WHERE region_code = ANY(CAST(:region_codes AS text[]))) h
    JOIN entitlements e ON e.household_id = h.household_id
    JOIN benefits b ON b.cycle_id = e.cycle_id AND b.id = e.benefit_id
    JOIN cycles y ON y.id = e.cycle_id
    JOIN partners p ON p.id = :partner_id AND p.kind = ANY(b.partner_kinds)
    WHERE CAST(:held_on AS date) BETWEEN y.opens_on AND y.closes_on AND e.standing <> 'ended'
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY b.name_id, e.cycle_id
""")
# What the day's terminals gave on that day: on line by this service's clock, without network by
# what the terminal said, since the line itself may come days later.
_GIVEN = """
    SELECT d.benefit_id, d.cycle_id, d.terminal_id, d.quantity, d.amount_rupiah, d.redeemed_at,
           coalesce(d.said_at, d.redeemed_at) AT TIME ZONE 'Asia/Jakarta' AS at,
           d.mode, d.subject_id
    FROM redemptions d
    WHERE d.partner_id = :partner_id AND d.terminal_id = ANY(CAST(:terminal_ids AS uuid[]))
      AND d.redeemed_at >= CAST(:since AS timestamptz)
      AND CAST(coalesce(d.said_at, d.redeemed_at) AT TIME ZONE 'Asia/Jakarta' AS date)
          = CAST(:held_on AS date)
      AND NOT EXISTS (SELECT 1 FROM reversals v
                      WHERE v.redemption_id = d.id AND v.household_id = d.household_id)
"""
GIVEN = text(f"""
    SELECT benefit_id, cycle_id, count(*) AS acts, sum(greatest(quantity, 1)) AS quantity,
           sum(amount_rupiah)::bigint AS rupiah, count(DISTINCT subject_id) AS subjects
    FROM ({_GIVEN}) g GROUP BY 1, 2
""")  # noqa: S608 - every part is written here
BY_HOUR = text(f"""
    SELECT CAST(extract(hour FROM at) AS integer) AS hour, count(*) AS acts
    FROM ({_GIVEN}) g GROUP BY 1 ORDER BY 1
""")  # noqa: S608
BY_TERMINAL = text(f"""
    SELECT terminal_id, count(*) AS acts, count(*) FILTER (WHERE mode = 'offline') AS offline,
           max(redeemed_at) AS last_at
    FROM ({_GIVEN}) g GROUP BY 1
""")  # noqa: S608
# Lines that came after the report was signed by both.
AFTER_CLOSING = text(f"""
    SELECT count(*) FROM ({_GIVEN}) g WHERE redeemed_at > CAST(:closed_at AS timestamptz)
""")  # noqa: S608
BENEFIT_NAMES = text("""
    SELECT cycle_id, id AS benefit_id, name_id, name_en, kind FROM benefits
    WHERE id = ANY(CAST(:benefit_ids AS uuid[]))
""")


async def rows(tx: AsyncConnection, statement: Executable, **asked: Any) -> list[dict[str, Any]]:
    """Return what a statement finds."""
    return [dict(row) for row in (await tx.execute(statement, asked)).mappings()]


async def find(
    tx: AsyncConnection, distribution_id: UUID, *, lock: bool = False
) -> dict[str, Any] | None:
    """Return a distribution day, held until the transaction ends when asked to."""
    found = await rows(tx, LOCK if lock else ONE, distribution_id=distribution_id)
    return found[0] if found else None


async def families_of(tx: AsyncConnection, region_codes: Sequence[str]) -> dict[str, int]:
    """Return how many families with cards live in each of these villages; 0 where none does."""
    found = await rows(tx, FAMILIES_OF_VILLAGES, region_codes=list(region_codes))
    return dict.fromkeys(region_codes, 0) | {row["region_code"]: row["families"] for row in found}
