"""Every statement about jobs."""

from sqlalchemy import bindparam, func, insert, select, text, update

from registry.jobs.tables import jobs

INSERT = insert(jobs)
# One that runs past its lease belongs to a worker that died: it is taken again.
CLAIM = text("""
    UPDATE jobs SET state = 'running', lease_token = :token, attempts = attempts + 1,
        leased_until = clock_timestamp() + make_interval(secs => :lease_s)
    WHERE id = (
        SELECT id FROM jobs
        WHERE kind = ANY(:kinds) AND state IN ('queued', 'running')
          AND (leased_until IS NULL OR leased_until < clock_timestamp())
        ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, subject_id, arguments, requested_by, requested_by_name, attempts
""")
EXTEND = text("""
    UPDATE jobs SET leased_until = clock_timestamp() + make_interval(secs => :lease_s),
        done = :done, total = :total
    WHERE id = :id AND lease_token = :token AND state = 'running'
""")
FINISH = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .where(jobs.c.lease_token == bindparam("token"))
    .where(jobs.c.state == "running")
    .values(state="done", finished_at=func.clock_timestamp(), done=jobs.c.total)
)
FAIL = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .where(jobs.c.lease_token == bindparam("token"))
    .where(jobs.c.state == "running")
    .values(
        state="failed",
        failure_code=bindparam("code"),
        failure_facts=bindparam("facts"),
        finished_at=func.clock_timestamp(),
    )
)
# The lease ends some seconds from now, so that a fault is not met again at once.
RETRY_LATER = text("""
    UPDATE jobs SET state = 'queued', lease_token = NULL,
        leased_until = clock_timestamp() + make_interval(secs => :wait_s)
    WHERE id = :id AND lease_token = :token AND state = 'running'
""")
LATEST = (
    select(jobs)
    .where(jobs.c.subject_id == bindparam("subject_id"))
    .order_by(jobs.c.requested_at.desc(), jobs.c.id.desc())
    .limit(1)
)
UNFINISHED = (
    select(func.count())
    .select_from(jobs)
    .where(jobs.c.kind == bindparam("kind"))
    .where(jobs.c.state.in_(("queued", "running")))
)
