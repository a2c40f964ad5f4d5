"""Every statement about what is kept longer than its rule says.

Each kind of record has two: what is over its time (counted in a dry run, `:rows` of it taken in a
batch), and what is done to it. `:before` is the moment until which a record is too old.
"""

from dataclasses import dataclass

from sqlalchemy import TextClause, select, text

from registry.privacy.tables import retention_rules

RULES = select(retention_rules).order_by(retention_rules.c.record_kind)
READ_ONLY = text("SET TRANSACTION READ ONLY")

_FINISHED = """
    (b.committed_at IS NOT NULL OR b.state IN ('refused', 'withdrawn', 'undone'))
    AND coalesce(b.committed_at, b.uploaded_at) < :before
"""
_GONE = """
    p.status IN ('dead', 'moved') AND NOT EXISTS (
        SELECT 1 FROM tombstones t WHERE t.subject_id = p.id)
"""
_PAID = """
    (EXISTS (SELECT 1 FROM enrolments e WHERE e.household_id = p.household_id)
     OR EXISTS (SELECT 1 FROM household_redemptions r WHERE r.household_id = p.household_id))
"""
_LAST_PAID = """
    greatest(p.recorded_at,
        (SELECT max(e.enrolled_at) FROM enrolments e WHERE e.household_id = p.household_id),
        (SELECT max(r.redeemed_at) FROM household_redemptions r
         WHERE r.household_id = p.household_id))
"""


@dataclass(frozen=True, slots=True)
class Over:
    """Records of one kind that are over their time: how many, and a batch of them.

    `act` does away with a batch by itself; without it, `batch` names people to erase.
    """

    count: TextClause
    batch: TextClause | None = None
    act: TextClause | None = None


def _people(condition: str) -> Over:
    where = f"FROM persons p JOIN households h ON h.id = p.household_id WHERE {_GONE} {condition}"
    return Over(
        count=text(f"SELECT count(*) {where}"),
        batch=text(
            f"SELECT p.id AS person_id, p.household_id, h.region_code {where} "
            "ORDER BY p.id LIMIT :rows FOR UPDATE OF p SKIP LOCKED"
        ),
    )


def _rows_of_imports(table: str) -> Over:
    where = f"FROM {table} x JOIN import_batches b ON b.id = x.import_id WHERE {_FINISHED}"
    return Over(
        count=text(f"SELECT count(*) {where}"),
        act=text(
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608
            f"SELECT x.ctid {where} LIMIT :rows))"
        ),
    )


OVER: dict[str, Over] = {
    "staged_rows": _rows_of_imports("staged_rows"),
    "import_files": _rows_of_imports("import_pieces"),
    "persons_without_payment": _people(f"AND p.recorded_at < :before AND NOT {_PAID}"),
    "persons_with_payment": _people(f"AND {_PAID} AND {_LAST_PAID} < :before"),
    "subject_requests": Over(
        count=text("""
            SELECT count(*) FROM subject_requests
            WHERE state <> 'open' AND decided_at < :before AND requester <> ''
        """),
        act=text("""
            UPDATE subject_requests SET requester = '', wish = '', evidence = NULL
            WHERE id IN (SELECT id FROM subject_requests WHERE state <> 'open'
                         AND decided_at < :before AND requester <> '' LIMIT :rows)
        """),
    ),
}
