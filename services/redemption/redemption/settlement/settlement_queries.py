"""The SQL statements about settlements and what people did with them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.settlement.act_rules import Settlement
from redemption.settlement.tables import settlement_acts

_NAMES = tuple(field.name for field in fields(Settlement))
_OWN = ", ".join(f"s.{name}" for name in _NAMES if not name.startswith("payment_"))
# With what became of the last payment order that was given for it.
_WITH_PAYMENT = f"""
    SELECT {_OWN}, p.state AS payment_state, p.batch_id AS payment_batch_id,
           coalesce(p.reason_code, '') AS payment_reason, p.outcome_at AS paid_at,
           s.drawn_up_by_name, s.drawn_up_at,
           EXISTS (SELECT 1 FROM partners n WHERE n.id = s.partner_id
                   AND n.account_sealed IS NOT NULL) AS has_account
    FROM settlements s LEFT JOIN LATERAL (
        SELECT i.state, i.batch_id, i.reason_code, i.outcome_at FROM payment_instructions i
        WHERE i.matter_id = s.id ORDER BY i.state IN ('waiting', 'paid') DESC, i.batch_id DESC
        LIMIT 1) p ON true
"""  # noqa: S608 - constants of the code
ONE = text(f"{_WITH_PAYMENT} WHERE s.id = :settlement_id")
LOCK = text("SELECT id FROM settlements WHERE id = :settlement_id FOR UPDATE")
LIST = text(f"""
    {_WITH_PAYMENT}
    WHERE (CAST(:partner_id AS uuid) IS NULL OR s.partner_id = :partner_id)
      AND (CAST(:partner_id AS uuid) IS NULL OR s.state <> 'drawn_up')
      AND s.id < coalesce(CAST(:before AS uuid), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY s.id DESC LIMIT :rows
""")
TO_PAY = text(f"""
    SELECT * FROM ({_WITH_PAYMENT} WHERE s.state = 'approved' AND s.owed_rupiah > 0) w
    WHERE w.payment_state IS NULL OR w.payment_state IN ('failed', 'withdrawn')
    ORDER BY w.id LIMIT :rows
""")  # noqa: S608
# Held in the order of the ids, so that two who pay at once do not wait in a circle.
LOCK_APPROVED = text("""
    SELECT id FROM settlements WHERE state = 'approved' AND owed_rupiah > 0 AND NOT EXISTS (
        SELECT 1 FROM payment_instructions i
        WHERE i.matter_id = settlements.id AND i.state IN ('waiting', 'paid'))
    ORDER BY id LIMIT :rows FOR UPDATE
""")
STEP = text("""
    UPDATE settlements SET state = :state,
        agreed_by = CASE WHEN :act = 'agreed' THEN :by ELSE agreed_by END,
        agreed_at = CASE WHEN :act = 'agreed' THEN CAST(:at AS timestamptz) ELSE agreed_at END,
        agreed_for = CASE WHEN :act = 'agreed' THEN CAST(:for_partner AS uuid) ELSE agreed_for END,
        approved_by = CASE WHEN :act = 'approved' THEN :by ELSE approved_by END,
        approved_at = CASE WHEN :act = 'approved' THEN CAST(:at AS timestamptz)
                      ELSE approved_at END
    WHERE id = :settlement_id
""")
ADD_ACT = insert(settlement_acts)
FIND_ACT = text("SELECT settlement_id, act, words, by FROM settlement_acts WHERE id = :act_id")
ACTS = text("""
    SELECT act, words, by_name, at FROM settlement_acts WHERE settlement_id = :settlement_id
    ORDER BY at, id
""")


def settlement_of(row: RowMapping) -> Settlement:
    """Return the settlement in a row."""
    return Settlement(**{name: row[name] for name in _NAMES})


async def find(tx: AsyncConnection, settlement_id: UUID) -> tuple[Settlement, RowMapping] | None:
    """Return a settlement, and its row with the rest that is shown of it."""
    found = await tx.execute(ONE, {"settlement_id": settlement_id})
    row = found.mappings().one_or_none()
    return (settlement_of(row), row) if row else None


async def listed(
    tx: AsyncConnection, partner_id: UUID | None, before: UUID | None, rows: int
) -> Sequence[RowMapping]:
    """Return settlements, the newest first; a partner's own only once they were sent to it."""
    asked: dict[str, Any] = {"partner_id": partner_id, "before": before, "rows": rows}
    return (await tx.execute(LIST, asked)).mappings().all()
