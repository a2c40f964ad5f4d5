"""The SQL statements that put lines of the ledger into settlements, and show them."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

# In no settlement that stands.
_OPEN = """
    NOT EXISTS (SELECT 1 FROM settlement_lines s
                WHERE s.line_id = p.line_id AND s.kind = p.kind AND NOT s.is_withdrawn)
"""
# One settlement of a partner at a time is drawn up or withdrawn.
LOCK_PARTNER = text("SELECT pg_advisory_xact_lock(620030, hashtext(:partner_id))")
LATEST = text("""
    SELECT id, last_on, until, state, owed_rupiah FROM settlements
    WHERE partner_id = :partner_id AND state <> 'withdrawn' ORDER BY last_on DESC LIMIT 1
""")
FIRST_OPEN_AT = text(f"""
    SELECT min(at) FROM partner_lines p WHERE partner_id = :partner_id AND at < :until AND {_OPEN}
""")  # noqa: S608 - constants of the code
# The settlement and its lines in one statement: whatever is open by the end of the last day,
# also of days before, so that what came late is in this one.
DRAW = text(f"""
    WITH open AS MATERIALIZED (
        SELECT * FROM partner_lines p WHERE partner_id = :partner_id AND at < :until AND {_OPEN}
    ), sums AS (
        SELECT count(*) AS lines,
               coalesce(sum(amount_rupiah) FILTER (WHERE amount_rupiah > 0), 0) AS given,
               -coalesce(sum(amount_rupiah)
                         FILTER (WHERE amount_rupiah < 0 AND kind <> 'carried'), 0) AS deducted,
               coalesce(sum(amount_rupiah) FILTER (WHERE kind = 'carried'), 0) AS carried
        FROM open
    ), drawn AS (
        INSERT INTO settlements (id, partner_id, partner_name, first_on, last_on, until, state,
            lines, given_rupiah, deducted_rupiah, carried_rupiah, owed_rupiah, drawn_up_by,
            drawn_up_by_name, drawn_up_at)
        SELECT :id, :partner_id, :partner_name, :first_on, :last_on, :until, 'drawn_up', lines,
               given, deducted, carried, given - deducted + carried, :by, :by_name, :at
        FROM sums WHERE lines > 0
        RETURNING id
    )
    INSERT INTO settlement_lines (settlement_id, kind, line_id, act_id, at, cycle_id, benefit_id,
                                  quantity, amount_rupiah)
    SELECT d.id, o.kind, o.line_id, o.act_id, o.at, o.cycle_id, o.benefit_id, o.quantity,
           o.amount_rupiah
    FROM drawn d, open o
""")  # noqa: S608
FREE_LINES = text("""
    UPDATE settlement_lines SET is_withdrawn = true WHERE settlement_id = :settlement_id
""")
# Partners with something that is in no settlement yet, before some moment.
TO_DRAW = text(f"""
    SELECT w.partner_id, n.name AS partner_name, n.kind, w.lines, w.rupiah
    FROM (SELECT partner_id, count(*) AS lines, sum(amount_rupiah)::bigint AS rupiah
          FROM partner_lines p WHERE at < :until AND {_OPEN} GROUP BY partner_id) w
    JOIN partners n ON n.id = w.partner_id
    ORDER BY n.name, w.partner_id LIMIT :rows
""")  # noqa: S608
_TERMS = """
    LEFT JOIN benefits b ON (b.cycle_id, b.id) = (l.cycle_id, l.benefit_id)
"""
_LINE = f"""
    SELECT l.kind, l.line_id, l.act_id, l.at, l.quantity, l.amount_rupiah,
           b.name_id AS benefit_name_id, b.name_en AS benefit_name_en
    FROM settlement_lines l {_TERMS}
    WHERE l.settlement_id = :settlement_id
"""  # noqa: S608
_IN_ORDER = "ORDER BY l.at, l.kind, l.line_id LIMIT :rows"
LINES = text(f"{_LINE} {_IN_ORDER}")
LINES_AFTER = text(f"""
    {_LINE} AND (l.at, l.kind, l.line_id)
            > (CAST(:at AS timestamptz), CAST(:kind AS text), CAST(:line_id AS uuid))
    {_IN_ORDER}
""")
TOTALS = text(f"""
    SELECT coalesce(b.name_id, '') AS benefit_name_id,
           coalesce(b.name_en, '') AS benefit_name_en,
           count(*) FILTER (WHERE l.amount_rupiah >= 0) AS given,
           coalesce(sum(l.amount_rupiah) FILTER (WHERE l.amount_rupiah > 0), 0)::bigint
               AS given_rupiah,
           count(*) FILTER (WHERE l.amount_rupiah < 0) AS deducted,
           -coalesce(sum(l.amount_rupiah) FILTER (WHERE l.amount_rupiah < 0), 0)::bigint
               AS deducted_rupiah,
           sum(l.amount_rupiah)::bigint AS owed_rupiah
    FROM settlement_lines l {_TERMS}
    WHERE l.settlement_id = :settlement_id AND l.kind <> 'carried'
    GROUP BY 1, 2 ORDER BY 1
""")  # noqa: S608
KINDS = text("""
    SELECT kind, count(*) AS lines, sum(amount_rupiah)::bigint AS rupiah FROM settlement_lines
    WHERE settlement_id = :settlement_id GROUP BY kind
    ORDER BY array_position(ARRAY['redemption', 'conflict', 'judgement', 'reversal', 'carried'],
                            kind)
""")


async def first_open_at(tx: AsyncConnection, partner_id: UUID, until: Any) -> Any:
    """Return when the oldest line was written that is in no settlement yet, or None."""
    return await tx.scalar(FIRST_OPEN_AT, {"partner_id": partner_id, "until": until})


async def latest(tx: AsyncConnection, partner_id: UUID) -> RowMapping | None:
    """Return a partner's last settlement that stands."""
    found = await tx.execute(LATEST, {"partner_id": partner_id})
    return found.mappings().one_or_none()
