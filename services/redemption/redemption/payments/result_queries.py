"""The SQL statements about the bank's answers and what people said about differences."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.payments.rules import Judged
from redemption.payments.tables import (
    payment_explanations,
    payment_result_files,
)

ADD_FILE = insert(payment_result_files)
ADD_LINES = text("""
    INSERT INTO payment_result_lines (file_id, position, instruction_id, said_id, said,
        reason_code, amount_rupiah, bank_reference, outcome)
    SELECT :file_id, * FROM unnest(CAST(:positions AS integer[]), CAST(:orders AS uuid[]),
        CAST(:said_ids AS text[]), CAST(:said AS text[]), CAST(:reasons AS text[]),
        CAST(:amounts AS bigint[]), CAST(:references AS text[]), CAST(:outcomes AS text[]))
""")
ADD_EXPLANATION = insert(payment_explanations)
FIND_FILE = text("""
    SELECT id, batch_id, sha256 FROM payment_result_files
    WHERE id = :file_id OR (batch_id = :batch_id AND sha256 = :sha256)
""")
FILES = text("""
    SELECT f.id, f.form, f.lines, f.received_by_name, f.received_at,
           count(*) FILTER (WHERE l.outcome = 'paid') AS paid,
           count(*) FILTER (WHERE l.outcome = 'failed') AS failed,
           count(*) FILTER (WHERE l.outcome = 'repeated') AS repeated,
           count(*) FILTER (WHERE l.outcome NOT IN ('paid', 'failed', 'repeated')) AS differences
    FROM payment_result_files f JOIN payment_result_lines l ON l.file_id = f.id
    WHERE f.batch_id = :batch_id GROUP BY f.id ORDER BY f.received_at DESC, f.id
""")
# Every line that is not plainly what was ordered, with what a person has said of it; those that
# wait come first.
DIFFERENCES = text("""
    SELECT l.file_id, l.position, l.said_id, l.said, l.reason_code, l.amount_rupiah,
           l.bank_reference, l.outcome, l.instruction_id, f.received_by, f.received_by_name,
           f.received_at, i.amount_rupiah AS ordered_rupiah, i.state AS order_state,
           i.batch_id AS order_batch_id, e.words, e.decision, e.explained_by_name, e.explained_at
    FROM payment_result_files f
    JOIN payment_result_lines l ON l.file_id = f.id
        AND l.outcome NOT IN ('paid', 'failed', 'repeated')
    LEFT JOIN payment_instructions i ON i.id = l.instruction_id
    LEFT JOIN payment_explanations e ON (e.file_id, e.position) = (l.file_id, l.position)
    WHERE f.batch_id = :batch_id
    ORDER BY e.id IS NOT NULL, f.received_at, l.file_id, l.position LIMIT :rows
""")
DIFFERENCE = text("""
    SELECT l.*, f.batch_id, f.received_by, i.state AS order_state, i.batch_id AS order_batch_id
    FROM payment_result_lines l JOIN payment_result_files f ON f.id = l.file_id
    LEFT JOIN payment_instructions i ON i.id = l.instruction_id
    WHERE l.file_id = :file_id AND l.position = :position
""")
# In the order of the ids, as everyone takes these rows.
BATCHES_OF_ORDERS = text("""
    SELECT DISTINCT batch_id FROM payment_instructions
    WHERE id = ANY(CAST(:ids AS uuid[])) AND batch_id = ANY(CAST(:batch_ids AS uuid[]))
    ORDER BY batch_id
""")
EXPLANATION = text("""
    SELECT * FROM payment_explanations
    WHERE id = :explanation_id OR (file_id = :file_id AND position = :position)
""")


async def add_lines(tx: AsyncConnection, file_id: UUID, judged: Sequence[Judged]) -> None:
    """Keep every line of a file with what it turned out to be."""
    lines = [one.line for one in judged]
    await tx.execute(
        ADD_LINES,
        {
            "file_id": file_id,
            "positions": [line.position for line in lines],
            "orders": [one.instruction_id for one in judged],
            "said_ids": [line.said_id for line in lines],
            "said": [line.said for line in lines],
            "reasons": [line.reason_code for line in lines],
            "amounts": [line.amount_rupiah for line in lines],
            "references": [line.bank_reference for line in lines],
            "outcomes": [one.outcome for one in judged],
        },
    )


async def difference(tx: AsyncConnection, file_id: UUID, position: int) -> RowMapping | None:
    """Return a line with the file and the order that it is about."""
    found = await tx.execute(DIFFERENCE, {"file_id": file_id, "position": position})
    return found.mappings().one_or_none()
