"""The SQL statements about batches of payment orders and the orders in them."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from redemption.entitlements.queries import TERMS_OF
from redemption.payments.rules import Batch, Change, Ordered, Payee, Said
from redemption.payments.tables import payment_batches

_NAMES = tuple(field.name for field in fields(Batch))
_columns = [payment_batches.c[name] for name in _NAMES]
# A statement of a request ends after some seconds: a bank's answer is written in such parts.
ROWS_AT_ONCE = 4000
ADD_BATCH = insert(payment_batches)
FIND = select(*_columns).where(payment_batches.c.id == text(":batch_id"))
LOCK = FIND.with_for_update()
FILES = {
    form: select(payment_batches.c[f"{form}_sealed"]).where(
        payment_batches.c.id == text(":batch_id")
    )
    for form in ("csv", "xml")
}
ADD_INSTRUCTIONS = text("""
    INSERT INTO payment_instructions (id, batch_id, position, matter_id, household_id, cycle_id,
        benefit_id, subject_id, card_id, partner_id, payout_id, amount_rupiah, state)
    SELECT id, :batch_id, position, matter_id, household_id, cycle_id, benefit_id, subject_id,
           card_id, partner_id, CASE WHEN household_id IS NOT NULL THEN id END, amount_rupiah,
           'waiting'
    FROM unnest(CAST(:ids AS uuid[]), CAST(:matter_ids AS uuid[]), CAST(:household_ids AS uuid[]),
                CAST(:cycle_ids AS uuid[]), CAST(:benefit_ids AS uuid[]),
                CAST(:subject_ids AS uuid[]), CAST(:card_ids AS text[]),
                CAST(:partner_ids AS uuid[]), CAST(:amount_rupiahs AS bigint[])) WITH ORDINALITY
        AS w(id, matter_id, household_id, cycle_id, benefit_id, subject_id, card_id, partner_id,
             amount_rupiah, position)
""")
_OF_PAYEE = (
    "id", "matter_id", "household_id", "cycle_id", "benefit_id", "subject_id", "card_id",
    "partner_id", "amount_rupiah",
)  # fmt: skip
# How far the bank is with each batch, and what still waits for a person's words.
COUNTS_OF_BATCH = """
    SELECT count(*) FILTER (WHERE i.state = 'paid') AS paid,
           count(*) FILTER (WHERE i.state = 'failed') AS failed,
           count(*) FILTER (WHERE i.state = 'waiting') AS waiting,
           coalesce(sum(i.amount_rupiah) FILTER (WHERE i.state = 'paid'), 0)::bigint AS paid_rupiah,
           coalesce(sum(i.amount_rupiah) FILTER (WHERE i.state = 'failed'), 0)::bigint
               AS failed_rupiah,
           coalesce(sum(i.amount_rupiah) FILTER (WHERE i.state = 'waiting'), 0)::bigint
               AS waiting_rupiah
    FROM payment_instructions i WHERE i.batch_id = b.id
"""
DIFFERENCES_OF_BATCH = """
    SELECT count(*) AS to_explain FROM payment_result_files f
    JOIN payment_result_lines l ON l.file_id = f.id
        AND l.outcome NOT IN ('paid', 'failed', 'repeated')
    WHERE f.batch_id = b.id AND NOT EXISTS (
        SELECT 1 FROM payment_explanations e
        WHERE (e.file_id, e.position) = (l.file_id, l.position))
"""
LIST = text(f"""
    SELECT {", ".join(f"b.{name}" for name in _NAMES)}, c.*, o.*
    FROM payment_batches b, LATERAL ({COUNTS_OF_BATCH}) c, LATERAL ({DIFFERENCES_OF_BATCH}) o
    WHERE b.run_id IS NULL
      AND b.id < coalesce(CAST(:before AS uuid), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY b.id DESC LIMIT :rows
""")  # noqa: S608 - constants of the code
COUNTS = text(f"""
    SELECT c.*, o.*
    FROM payment_batches b, LATERAL ({COUNTS_OF_BATCH}) c, LATERAL ({DIFFERENCES_OF_BATCH}) o
    WHERE b.id = :batch_id
""")  # noqa: S608
APPROVE = text("""
    UPDATE payment_batches SET state = 'approved', approved_by = :by, approved_by_name = :name,
        approved_at = :at WHERE id = :batch_id
""")
SEND = text("""
    UPDATE payment_batches SET sent_by = :by, sent_by_name = :name, sent_at = :at
    WHERE id = :batch_id AND sent_at IS NULL
""")
WITHDRAW = text("""
    UPDATE payment_batches SET state = 'withdrawn', withdrawn_by = :by, withdrawn_by_name = :name,
        withdrawn_at = :at, withdrawn_reason = :reason WHERE id = :batch_id
""")
WITHDRAW_INSTRUCTIONS = text("""
    UPDATE payment_instructions SET state = 'withdrawn', version = version + 1
    WHERE batch_id = :batch_id RETURNING payout_id
""")
# In the order of the ids, as everyone takes these rows.
LOCK_ORDERS = text("""
    SELECT id, batch_id, amount_rupiah, state, reason_code, bank_reference
    FROM payment_instructions WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")
CHANGE = text("""
    UPDATE payment_instructions i SET state = w.state, outcome_at = :at, reason_code = w.reason,
        bank_reference = w.reference, version = i.version + 1,
        payout_id = coalesce(w.payout_id, i.payout_id)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
                CAST(:references AS text[]), CAST(:payouts AS uuid[]))
        AS w(id, state, reason, reference, payout_id)
    WHERE i.id = w.id
    RETURNING i.id, i.household_id, i.cycle_id, i.benefit_id, i.subject_id, i.partner_id,
              i.amount_rupiah, i.state, i.reason_code, i.outcome_at, i.version, i.payout_id
""")
ONE = text("SELECT * FROM payment_instructions WHERE id = :instruction_id")
IS_UNDER_WAY = text("""
    SELECT EXISTS (SELECT 1 FROM payment_instructions
                   WHERE matter_id = :matter_id AND state IN ('waiting', 'paid'))
""")
OF_BATCH = text("""
    SELECT id, position, amount_rupiah, state, reason_code, outcome_at, partner_id
    FROM payment_instructions
    WHERE batch_id = :batch_id AND (:state = '' OR state = :state) AND position > :after
    ORDER BY position LIMIT :rows
""")
FAILURES = text("""
    SELECT reason_code, count(*) AS count, sum(amount_rupiah)::bigint AS rupiah
    FROM payment_instructions WHERE batch_id = :batch_id AND state = 'failed'
    GROUP BY reason_code ORDER BY count(*) DESC, reason_code
""")
# The last word about each of a family's rights to cash; for the counter.
LATEST_OF_HOUSEHOLD = text("""
    SELECT DISTINCT ON (i.cycle_id, i.benefit_id, i.subject_id)
           i.cycle_id, i.benefit_id, i.subject_id, i.state, i.reason_code, i.outcome_at
    FROM payment_instructions i JOIN payment_batches b ON b.id = i.batch_id
    WHERE i.household_id = :household_id AND i.state <> 'withdrawn'
    ORDER BY i.cycle_id, i.benefit_id, i.subject_id, b.drawn_up_at DESC, i.id
""")
NAMES_OF_CYCLE = select(
    TERMS_OF.c.terms_benefit_id, TERMS_OF.c.benefit_name_id, TERMS_OF.c.benefit_name_en
).where(TERMS_OF.c.terms_cycle_id == text(":cycle_id"))


def batch_of(row: RowMapping) -> Batch:
    """Return the batch in a row."""
    return Batch(**{name: row[name] for name in _NAMES})


async def find(tx: AsyncConnection, batch_id: UUID) -> Batch | None:
    """Return a batch."""
    row = (await tx.execute(FIND, {"batch_id": batch_id})).mappings().one_or_none()
    return batch_of(row) if row else None


async def lock(tx: AsyncConnection, batch_id: UUID) -> Batch | None:
    """Return a batch and hold it until the transaction ends."""
    row = (await tx.execute(LOCK, {"batch_id": batch_id})).mappings().one_or_none()
    return batch_of(row) if row else None


async def add_instructions(tx: AsyncConnection, batch_id: UUID, payees: Sequence[Payee]) -> None:
    """Write the orders of a batch, in their order."""
    arrays: dict[str, Any] = {
        f"{name}s": [getattr(one, name) for one in payees] for name in _OF_PAYEE
    }
    await tx.execute(ADD_INSTRUCTIONS, {**arrays, "batch_id": batch_id})


def by_whom(caller: Principal, batch_id: UUID, now: datetime) -> dict[str, Any]:
    """Return the parameters of an act on a batch."""
    return {"batch_id": batch_id, "by": caller.subject, "name": caller.name, "at": now}


async def lock_orders(tx: AsyncConnection, lines: Sequence[Said]) -> dict[UUID, Ordered]:
    """Return the orders that lines name, of whatever batch, held until the transaction ends."""
    ids = sorted({line.instruction_id for line in lines if line.instruction_id is not None})
    found: dict[UUID, Ordered] = {}
    for start in range(0, len(ids), ROWS_AT_ONCE):
        part = {"ids": ids[start : start + ROWS_AT_ONCE]}
        rows = (await tx.execute(LOCK_ORDERS, part)).mappings()
        found |= {row["id"]: Ordered(**row) for row in rows}
    return found


async def change(
    tx: AsyncConnection, changes: Sequence[Change], now: datetime
) -> Sequence[RowMapping]:
    """Write what orders have become; return them."""
    found: list[RowMapping] = []
    for start in range(0, len(changes), ROWS_AT_ONCE):
        part = changes[start : start + ROWS_AT_ONCE]
        asked = {
            "ids": [one.id for one in part],
            "states": [one.state for one in part],
            "reasons": [one.reason_code for one in part],
            "references": [one.bank_reference for one in part],
            "payouts": [one.payout_id for one in part],
            "at": now,
        }
        found += (await tx.execute(CHANGE, asked)).mappings().all()
    return found


async def names_of_cycle(tx: AsyncConnection, cycle_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Return the names of a cycle's benefits, Indonesian and English."""
    rows = await tx.execute(NAMES_OF_CYCLE, {"cycle_id": cycle_id})
    return {row.terms_benefit_id: (row.benefit_name_id, row.benefit_name_en) for row in rows}


async def latest_of_household(
    tx: AsyncConnection, household_id: UUID
) -> dict[tuple[UUID, UUID, UUID], RowMapping]:
    """Return the last word about a family's payments, by cycle, benefit and subject."""
    rows = (await tx.execute(LATEST_OF_HOUSEHOLD, {"household_id": household_id})).mappings()
    return {(row["cycle_id"], row["benefit_id"], row["subject_id"]): row for row in rows}
