"""Work that takes longer than a person waits for: asked for in a request, done by the worker."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.schema import metadata

STATES = ("queued", "running", "done", "failed")

jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    # What the job is about: an import, a list, a cycle.
    Column("subject_id", Uuid, nullable=False),
    Column("arguments", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("requested_by", Text, nullable=False),
    Column("requested_by_name", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'queued'")),
    # Who does it now, and until when that worker need not be doubted.
    Column("lease_token", Uuid),
    Column("leased_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer, nullable=False, server_default=text("0")),
    Column("failure_code", Text),
    Column("failure_facts", JSONB),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("finished_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failure_has_code"),
    Index(
        "ix_jobs_waiting",
        "kind",
        "requested_at",
        postgresql_where=text("state IN ('queued', 'running')"),
    ),
    Index("ix_jobs_subject_id", "subject_id", "requested_at"),
)
