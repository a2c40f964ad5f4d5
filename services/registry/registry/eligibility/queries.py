"""Every other statement of eligibility: programmes, criteria, decisions of one family."""

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.eligibility.tables import (
    benefits,
    criteria,
    criteria_examples,
    criteria_versions,
    current_decisions,
    cycles,
    decisions,
    findings,
    programmes,
)
from registry.people.queries import SHOWN_HEAD

INSERT_PROGRAMME = upsert(programmes).on_conflict_do_nothing()
INSERT_BENEFIT = upsert(benefits).on_conflict_do_nothing()
ADD_BENEFIT = upsert(benefits).on_conflict_do_nothing().returning(benefits.c.id)
BENEFIT = select(benefits).where(benefits.c.id == bindparam("benefit_id"))
INSERT_CYCLE = upsert(cycles).on_conflict_do_nothing()
INSERT_VERSION = insert(criteria_versions)
INSERT_CRITERION = insert(criteria)
PROGRAMMES = select(programmes).order_by(programmes.c.code)
PROGRAMME = select(programmes).where(programmes.c.code == bindparam("code"))
PROGRAMME_BY_ID = select(programmes).where(programmes.c.id == bindparam("programme_id"))
BENEFITS = (
    select(benefits)
    .where(benefits.c.programme_id == bindparam("programme_id"))
    .order_by(benefits.c.code)
)
CYCLES = (
    select(cycles)
    .where(cycles.c.programme_id == bindparam("programme_id"))
    .order_by(cycles.c.opens_on.desc())
)
ALL_CYCLES = (
    select(cycles, programmes.c.name_id, programmes.c.name_en)
    .join(programmes, programmes.c.id == cycles.c.programme_id)
    .order_by(cycles.c.opens_on.desc(), cycles.c.id)
)
CYCLE = select(cycles).where(cycles.c.id == bindparam("cycle_id"))
LOCK_CYCLE = CYCLE.with_for_update()
CYCLES_TO_DECIDE = select(cycles.c.id).where(cycles.c.closes_on >= bindparam("today"))
SET_FACTS_ON = (
    update(cycles).where(cycles.c.id == bindparam("cycle_id")).values(facts_on=bindparam("day"))
)
VERSIONS = (
    select(criteria_versions)
    .where(criteria_versions.c.programme_id == bindparam("programme_id"))
    .order_by(criteria_versions.c.version.desc())
)
EVERY_VERSION = (
    select(criteria_versions, programmes.c.name_id, programmes.c.name_en)
    .join(programmes, programmes.c.id == criteria_versions.c.programme_id)
    .order_by(programmes.c.code, criteria_versions.c.version.desc())
    .limit(200)
)
VERSION = select(criteria_versions).where(criteria_versions.c.id == bindparam("version_id"))
LOCK_VERSION = VERSION.with_for_update()
LAST_VERSION = select(func.coalesce(func.max(criteria_versions.c.version), 0)).where(
    criteria_versions.c.programme_id == bindparam("programme_id")
)
# The approved version that started last counts: an older one does not come back when it is over.
_STARTED_LAST = (
    select(criteria_versions.c.id)
    .where(criteria_versions.c.programme_id == bindparam("programme_id"))
    .where(criteria_versions.c.state == "approved")
    .where(criteria_versions.c.valid_from <= bindparam("day"))
    .order_by(criteria_versions.c.valid_from.desc())
    .limit(1)
)
VERSION_ON = (
    select(criteria_versions)
    .where(criteria_versions.c.id == _STARTED_LAST.scalar_subquery())
    .where(func.coalesce(criteria_versions.c.valid_to, bindparam("day")) >= bindparam("day"))
)
CRITERIA = (
    select(criteria)
    .where(criteria.c.criteria_version_id == bindparam("version_id"))
    .order_by(criteria.c.position)
)
DELETE_CRITERIA = text("DELETE FROM criteria WHERE criteria_version_id = :version_id")
REDRAFT_VERSION = (
    update(criteria_versions)
    .where(criteria_versions.c.id == bindparam("version_id"))
    .values(
        decree_number=bindparam("decree"),
        decree_on=bindparam("decreed"),
        valid_from=bindparam("since"),
        valid_to=bindparam("until"),
        fact_age_days_max=bindparam("age"),
        drafted_at=func.now(),
    )
)
INSERT_EXAMPLE = upsert(criteria_examples).on_conflict_do_nothing()
EXAMPLES = (
    select(criteria_examples)
    .where(criteria_examples.c.criteria_version_id == bindparam("version_id"))
    .order_by(criteria_examples.c.id)
)
DELETE_EXAMPLE = text("""
    DELETE FROM criteria_examples WHERE id = :example_id AND criteria_version_id = :version_id
""")
# The facts and rosters that a decision looked at, and who said so when.
SOURCES = text("""
    SELECT f.code, f.value, f.period, f.valid_from, f.valid_to, f.source, f.recorded_at,
           f.subject_id <> f.household_id AS is_of_member
    FROM facts f WHERE f.id = ANY(CAST(:fact_ids AS bigint[]))
    UNION ALL
    SELECT l.code, 'loaded', l.period, l.valid_from, l.valid_to, l.source, l.recorded_at, false
    FROM roster_loads l WHERE l.id = ANY(CAST(:roster_load_ids AS bigint[]))
    ORDER BY 1, 4 DESC
""")
APPROVE_VERSION = (
    update(criteria_versions)
    .where(criteria_versions.c.id == bindparam("version_id"))
    .values(
        state="approved",
        approved_by=bindparam("person"),
        approved_by_name=bindparam("person_name"),
        approved_at=func.now(),
        content_hash=bindparam("hash"),
    )
)
DECISIONS_OF_HOUSEHOLD = (
    select(
        decisions,
        findings.c.inputs,
        findings.c.outcomes,
        findings.c.criteria_version_id,
        findings.c.overlap_version_id,
        criteria_versions.c.decree_number,
        criteria_versions.c.version,
        cycles.c.name.label("cycle_name"),
        programmes.c.name_id,
        programmes.c.name_en,
        (current_decisions.c.decision_id.is_not(None)).label("is_current"),
    )
    .join(findings, findings.c.id == decisions.c.findings_id)
    .join(criteria_versions, criteria_versions.c.id == findings.c.criteria_version_id)
    .join(cycles, cycles.c.id == decisions.c.cycle_id)
    .join(programmes, programmes.c.id == cycles.c.programme_id)
    .outerjoin(
        current_decisions,
        (current_decisions.c.decision_id == decisions.c.id)
        & (current_decisions.c.cycle_id == decisions.c.cycle_id)
        & (current_decisions.c.household_id == decisions.c.household_id),
    )
    .where(decisions.c.household_id == bindparam("household_id"))
    .order_by(decisions.c.id.desc())
    .limit(20)
)
LOCK_CURRENT = text("""
    SELECT c.household_id, c.region_code, c.decision_id, d.outcome, d.findings_id, d.fact_ids,
           d.roster_load_ids, d.reviewed_by
    FROM current_decisions c JOIN decisions d ON d.id = c.decision_id
    WHERE c.cycle_id = :cycle_id AND c.household_id = ANY(:household_ids)
    ORDER BY c.household_id FOR UPDATE OF c
""")
INSERT_REVIEW = insert(decisions)
POINT_TO_REVIEW = text("""
    UPDATE current_decisions SET decision_id = :decision_id, outcome = :outcome
    WHERE cycle_id = :cycle_id AND household_id = :household_id
""")
OUTCOMES_BY_REGION = text("""
    SELECT left(c.region_code, :width) AS region_code,
           count(*) FILTER (WHERE c.outcome = 'eligible') AS eligible,
           count(*) FILTER (WHERE c.outcome = 'needs_review') AS needs_review,
           count(*) FILTER (WHERE c.outcome = 'ineligible') AS ineligible
    FROM current_decisions c
    WHERE c.cycle_id = :cycle_id AND EXISTS (
        SELECT 1 FROM unnest(CAST(:scopes AS text[])) s WHERE c.region_code LIKE s || '%')
    GROUP BY 1 ORDER BY 1 LIMIT 500
""")
DECIDED = text(f"""
    SELECT c.household_id, c.region_code, c.outcome, c.decision_id, f.outcomes, f.inputs,
           d.reviewed_by_name, d.decided_at, h.name AS head_name
    FROM current_decisions c
    JOIN decisions d ON d.id = c.decision_id JOIN findings f ON f.id = d.findings_id
    {SHOWN_HEAD.format(household="c.household_id")}
    WHERE c.cycle_id = :cycle_id AND c.region_code = :region_code
      AND (CAST(:outcome AS text) IS NULL OR c.outcome = :outcome)
      AND (CAST(:after AS uuid) IS NULL OR c.household_id > :after)
    ORDER BY c.household_id LIMIT :rows
""")  # noqa: S608
