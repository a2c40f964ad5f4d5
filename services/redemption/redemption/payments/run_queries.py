"""The SQL statements about runs: the files for a bank that one act draws up together."""

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.payments.queries import COUNTS_OF_BATCH, DIFFERENCES_OF_BATCH
from redemption.payments.run_rules import UNDER_WORK, Run
from redemption.payments.run_tables import payment_runs

_NAMES = tuple(field.name for field in fields(Run))
_run = select(*(payment_runs.c[name] for name in _NAMES))
_this = payment_runs.c.id == text(":run_id")
ADD_RUN = insert(payment_runs)
FIND = _run.where(_this)
# Not against a file that is being drawn up for it, which may take seconds.
LOCK = FIND.with_for_update(key_share=True)
HOLD = select(payment_runs.c.id).where(_this).with_for_update(read=True)
STATE = select(payment_runs.c.state).where(_this)
# Two workers never work at one run; the row stays free for whoever wants to stop it.
NEXT = (
    _run.where(
        payment_runs.c.state.in_(UNDER_WORK),
        text("pg_try_advisory_xact_lock(620031, hashtext(CAST(payment_runs.id AS text)))"),
    )
    .order_by(payment_runs.c.drawn_up_at, payment_runs.c.id)
    .limit(1)
)
NOTE_FILE = text("""
    UPDATE payment_runs SET files = files + :files, lines = lines + :lines,
        total_rupiah = total_rupiah + :rupiah, without_card = without_card + :without_card,
        after_household = :after_household, after_benefit = :after_benefit,
        after_subject = :after_subject
    WHERE id = :run_id AND state = 'drawing'
""")
STEP = text("UPDATE payment_runs SET state = :state WHERE id = :run_id")
APPROVE = text("""
    UPDATE payment_runs SET state = 'approved', approved_by = :by, approved_by_name = :name,
        approved_at = :at WHERE id = :run_id
""")
WITHDRAW = text("""
    UPDATE payment_runs SET state = 'withdrawing', withdrawn_by = :by, withdrawn_by_name = :name,
        withdrawn_at = :at, withdrawn_reason = :reason WHERE id = :run_id
""")
FILES = text("SELECT id FROM payment_batches WHERE run_id = :run_id ORDER BY run_position")
NEXT_TO_WITHDRAW = text("""
    SELECT id FROM payment_batches WHERE run_id = :run_id AND state <> 'withdrawn'
    ORDER BY run_position LIMIT 1
""")
IS_SENT = text("""
    SELECT EXISTS (SELECT 1 FROM payment_batches WHERE run_id = :run_id AND sent_at IS NOT NULL)
""")
# Every file with how far the bank is with it, in the order of the files.
WITH_COUNTS = text(f"""
    SELECT b.id, b.run_position, b.lines, b.total_rupiah, b.state, b.sent_at, b.csv_sha256,
           b.xml_sha256, c.*, o.*
    FROM payment_batches b, LATERAL ({COUNTS_OF_BATCH}) c, LATERAL ({DIFFERENCES_OF_BATCH}) o
    WHERE b.run_id = :run_id ORDER BY b.run_position
""")  # noqa: S608 - constants of the code
LATEST = text(f"""
    SELECT {", ".join(f"r.{name}" for name in _NAMES)}, s.paid, s.failed, s.waiting, s.sent
    FROM payment_runs r, LATERAL (
        SELECT count(*) FILTER (WHERE i.state = 'paid') AS paid,
               count(*) FILTER (WHERE i.state = 'failed') AS failed,
               count(*) FILTER (WHERE i.state = 'waiting') AS waiting,
               count(DISTINCT b.id) FILTER (WHERE b.sent_at IS NOT NULL) AS sent
        FROM payment_batches b JOIN payment_instructions i ON i.batch_id = b.id
        WHERE b.run_id = r.id) s
    WHERE r.id < coalesce(CAST(:before AS uuid), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY r.id DESC LIMIT :rows
""")  # noqa: S608
FAILURES = text("""
    SELECT i.reason_code, count(*) AS count, sum(i.amount_rupiah)::bigint AS rupiah
    FROM payment_instructions i JOIN payment_batches b ON b.id = i.batch_id
    WHERE b.run_id = :run_id AND i.state = 'failed'
    GROUP BY i.reason_code ORDER BY count(*) DESC, i.reason_code
""")


def run_of(row: RowMapping) -> Run:
    """Return the run in a row."""
    return Run(**{name: row[name] for name in _NAMES})


async def find(tx: AsyncConnection, run_id: UUID) -> Run | None:
    """Return a run."""
    row = (await tx.execute(FIND, {"run_id": run_id})).mappings().one_or_none()
    return run_of(row) if row else None


async def lock(tx: AsyncConnection, run_id: UUID) -> Run | None:
    """Return a run and hold it until the transaction ends."""
    row = (await tx.execute(LOCK, {"run_id": run_id})).mappings().one_or_none()
    return run_of(row) if row else None


async def hold(tx: AsyncConnection, run_id: UUID) -> None:
    """Let nobody decide on a run until the transaction ends; others may hold it too."""
    await tx.execute(HOLD, {"run_id": run_id})


async def state_of(tx: AsyncConnection, run_id: UUID) -> str | None:
    """Return a run's state."""
    found: str | None = await tx.scalar(STATE, {"run_id": run_id})
    return found


async def next_run(tx: AsyncConnection) -> Run | None:
    """Return the oldest run for which the worker has something to do and no other one has."""
    row = (await tx.execute(NEXT)).mappings().one_or_none()
    return run_of(row) if row else None


async def file_ids(tx: AsyncConnection, run_id: UUID) -> Sequence[UUID]:
    """Return the ids of a run's files, in their order."""
    return (await tx.execute(FILES, {"run_id": run_id})).scalars().all()
