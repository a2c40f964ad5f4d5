"""Every statement about changes in families' lives."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.changes.tables import household_changes, life_changes, person_changes
from registry.people.queries import IS_RESTRICTED, SHOWN_HEAD

CHANGE = select(life_changes).where(life_changes.c.id == bindparam("change_id"))
LOCK_CHANGE = CHANGE.with_for_update()
INSERT_CHANGE = insert(life_changes)
DECIDE = (
    update(life_changes)
    .where(life_changes.c.id == bindparam("change_id"))
    .values(
        state=bindparam("new_state"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=func.clock_timestamp(),
        decided_note=bindparam("note"),
    )
)
# A change that waits and touches any of these families, as its own or as the other one.
WAITING = text("""
    SELECT id FROM life_changes
    WHERE state = 'recorded' AND (household_id = ANY(CAST(:household_ids AS uuid[]))
          OR other_household_id = ANY(CAST(:household_ids AS uuid[])))
    LIMIT 1
""")
UNDONE_ALREADY = text("""
    SELECT EXISTS (SELECT 1 FROM life_changes
                   WHERE corrects_id = :corrects_id AND state IN ('recorded', 'confirmed'))
""")
MEMBERS = text("""
    SELECT id, version, household_id, relation, status, name FROM persons
    WHERE household_id = :household_id AND status <> 'merged'
    ORDER BY (relation <> 'head'), born_on NULLS LAST, id LIMIT 100
""")
# Lists that are being carried out with these families on them hold their rows until they are done.
WAIT_FOR_LISTS = text("""
    SELECT l.id FROM beneficiary_lists l
    WHERE l.state = 'approving' AND l.id IN (
        SELECT m.list_id FROM list_members m
        WHERE m.household_id = ANY(CAST(:household_ids AS uuid[])))
    ORDER BY l.id FOR SHARE
""")
LOCK_PERSONS = text("""
    SELECT id, version, household_id, relation, status FROM persons
    WHERE id = ANY(CAST(:person_ids AS uuid[])) ORDER BY id FOR UPDATE
""")
ENROLMENT_REGIONS = text("""
    SELECT DISTINCT region_code FROM enrolments WHERE id = ANY(CAST(:enrolment_ids AS uuid[]))
""")
# The names that may be shown; whose data are restricted has none here.
NAMES = text(f"""
    SELECT p.id, p.name FROM persons p
    WHERE p.id = ANY(CAST(:person_ids AS uuid[])) AND NOT {IS_RESTRICTED}
""")  # noqa: S608
SEQUENCE = text("""
    SELECT coalesce(max(sequence), 0) FROM household_changes WHERE household_id = :household_id
""")
WAS_EVER_ENROLLED = text("""
    SELECT EXISTS (SELECT 1 FROM enrolments WHERE household_id = :household_id)
""")
ADD_HOUSEHOLD_CHANGE = insert(household_changes)
ADD_PERSON_CHANGE = insert(person_changes)
HOUSEHOLD_CHANGES_OF = (
    select(household_changes)
    .where(household_changes.c.change_id == bindparam("change_id"))
    .order_by(household_changes.c.household_id)
)
PERSON_CHANGES_OF = (
    select(person_changes)
    .where(person_changes.c.change_id == bindparam("change_id"))
    .order_by(person_changes.c.person_id)
)
ENROLMENT_STEPS_OF = text("""
    SELECT s.enrolment_id, s.step, e.household_id, e.version = s.version AS is_last
    FROM enrolment_steps s
    JOIN enrolments e ON e.id = s.enrolment_id WHERE s.change_id = :change_id
    ORDER BY s.enrolment_id
""")
ENROLMENT_NAMES = text("""
    SELECT e.id, e.state, c.name AS cycle_name, p.name_id, p.name_en, l.decree_number
    FROM enrolments e JOIN cycles c ON c.id = e.cycle_id
    JOIN programmes p ON p.id = e.programme_id JOIN beneficiary_lists l ON l.id = e.list_id
    WHERE e.id = ANY(CAST(:enrolment_ids AS uuid[])) ORDER BY e.id
""")
_HEAD = SHOWN_HEAD.format(household="c.household_id")
_COLUMNS = """
    c.id, c.kind, c.state, c.household_id, c.region_code, c.to_region_code, c.happened_on,
    c.recorded_by, c.recorded_by_name, c.recorded_at, c.decided_by_name, c.decided_at,
    c.decided_note, c.reason, c.request, h.name AS head_name
"""
# A change shows to those of the place it leaves and of the place it goes to.
LISTED = text(f"""
    SELECT {_COLUMNS} FROM life_changes c {_HEAD}
    WHERE EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s
                  WHERE c.region_code LIKE s || '%' OR c.to_region_code LIKE s || '%')
      AND (:state = '' OR c.state = :state)
      AND (CAST(:before AS uuid) IS NULL OR c.id < :before)
    ORDER BY c.id DESC LIMIT :rows
""")  # noqa: S608
OF_HOUSEHOLD = text(f"""
    SELECT {_COLUMNS} FROM life_changes c {_HEAD}
    WHERE c.household_id = :household_id OR c.other_household_id = :household_id
    ORDER BY c.id DESC LIMIT 20
""")  # noqa: S608
# Suspensions whose last day is over and that nothing else has ended since.
SUSPENSIONS_OVER = text("""
    SELECT c.id, array_agg(e.id ORDER BY e.id) AS enrolment_ids
    FROM life_changes c
    JOIN enrolment_steps s ON s.change_id = c.id AND s.step = 'suspended'
    JOIN enrolments e ON e.id = s.enrolment_id AND e.version = s.version
    WHERE c.kind = 'suspend' AND c.state = 'confirmed' AND e.state = 'suspended'
      AND CAST(c.request ->> 'until_on' AS date) < :today
    GROUP BY c.id ORDER BY c.id LIMIT 100
""")
