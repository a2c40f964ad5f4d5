"""Statements that join two records of one person, and part them again."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.matching.tables import merges

LOCK_PERSONS = text("""
    SELECT p.id, p.household_id, p.status, p.relation, p.merged_into, p.version, h.region_code,
           p.nik_index IS NOT NULL AS has_nik
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.id = ANY (CAST(:person_ids AS uuid[])) ORDER BY p.id FOR UPDATE OF p
""")
# An enrolment of a cycle that is not over: a card and rights hang on it.
ENROLLED = text("""
    SELECT EXISTS (SELECT 1 FROM enrolments e JOIN cycles c ON c.id = e.cycle_id
                   WHERE e.household_id = :household_id AND c.closes_on >= :today)
""")
CLOSE_PERSON = text("""
    UPDATE persons SET status = 'merged', merged_into = :kept_id, version = version + 1,
        relation = CASE relation WHEN 'head' THEN 'other' ELSE relation END, recorded_at = now()
    WHERE id = :closed_id AND status <> 'merged'
""")
REOPEN_PERSON = text("""
    UPDATE persons SET status = :status, relation = :relation, merged_into = NULL,
        version = version + 1, recorded_at = now()
    WHERE id = :closed_id AND status = 'merged' AND merged_into = :kept_id
""")
# A fact is never changed: it is shelved, and said anew about the other record, with its source and
# time. One that the other record has already for the same file and time stays where it is.
_FACT = "code, value, period, valid_from, valid_to, source, import_id, recorded_at"
SHELVE_FACTS = text(f"""
    INSERT INTO withdrawn_facts (id, household_id, subject_id, {_FACT})
    SELECT id, household_id, subject_id, {_FACT} FROM facts f
    WHERE f.subject_id = :from_id
      AND (CAST(:ids AS bigint[]) IS NULL OR f.id = ANY (CAST(:ids AS bigint[])))
      AND NOT EXISTS (SELECT 1 FROM facts o WHERE o.import_id = f.import_id
          AND o.subject_id = :to_id AND o.code = f.code AND o.period = f.period)
    RETURNING id
""")  # noqa: S608
SAY_ANEW = text(f"""
    INSERT INTO facts (household_id, subject_id, {_FACT})
    SELECT :to_household_id, :to_id, {_FACT} FROM withdrawn_facts
    WHERE id = ANY (CAST(:shelved AS bigint[])) ORDER BY id
    RETURNING id
""")  # noqa: S608
TAKE_OUT = text("DELETE FROM facts WHERE id = ANY (CAST(:shelved AS bigint[]))")
MOVE_FLAGS = text("""
    UPDATE flags f SET subject_id = :to_id, household_id = :to_household_id,
        region_code = :to_region
    WHERE f.subject_id = :from_id AND f.kind <> 'possible_duplicate'
      AND (CAST(:ids AS uuid[]) IS NULL OR f.id = ANY (CAST(:ids AS uuid[])))
      AND NOT EXISTS (SELECT 1 FROM flags o WHERE o.subject_id = :to_id AND o.kind = f.kind
          AND o.source = f.source AND o.cleared_at IS NULL AND f.cleared_at IS NULL)
    RETURNING f.id
""")
# Records that had been joined to the one that is closed now follow it.
FOLLOW = text("""
    UPDATE persons SET merged_into = :to_id
    WHERE merged_into = :from_id
      AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY (CAST(:ids AS uuid[])))
    RETURNING id
""")
LIVING_MEMBERS = text("""
    SELECT count(*) FROM persons WHERE household_id = :household_id AND status <> 'merged'
""")
# The other open pairs of a closed record have nothing left to compare.
CLOSE_PAIRS = text("""
    UPDATE match_candidates SET state = 'gone', decided_by = NULL, decided_by_name = NULL,
        decided_at = NULL
    WHERE (person_a = :closed_id OR person_b = :closed_id) AND state IN ('open', 'later')
      AND id <> :candidate_id
    RETURNING id, person_a, person_b
""")
OPEN_PAIRS_AGAIN = text("""
    UPDATE match_candidates SET state = 'open' WHERE id = ANY (CAST(:ids AS uuid[]))
        AND state = 'gone'
    RETURNING person_a, person_b
""")
INSERT_MERGE = insert(merges)
STANDING_MERGE = (
    select(merges)
    .where(merges.c.candidate_id == bindparam("candidate_id"))
    .where(merges.c.undone_at.is_(None))
    .with_for_update()
)
UNDO = (
    update(merges)
    .where(merges.c.id == bindparam("merge_id"))
    .values(
        undone_by=bindparam("person"),
        undone_by_name=bindparam("person_name"),
        undone_at=func.clock_timestamp(),
        undo_reason=bindparam("why"),
    )
)
