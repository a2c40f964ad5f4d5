"""Flags on persons and families; pairs that may be one person, and what was done about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATUSES = "'alive', 'dead', 'moved', 'missing'"


def upgrade() -> None:
    create_flags()
    create_match_runs()
    create_match_candidates()
    create_merges()
    change_persons()


def downgrade() -> None:
    op.drop_index("ix_persons_born_on", "persons")
    op.drop_index("ix_persons_merged_into", "persons")
    op.drop_constraint(op.f("ck_persons_merged_has_survivor"), "persons")
    op.drop_constraint(op.f("ck_persons_status"), "persons")
    op.execute("UPDATE persons SET status = 'moved' WHERE status = 'merged'")
    op.create_check_constraint(op.f("ck_persons_status"), "persons", f"status IN ({STATUSES})")
    op.drop_column("persons", "merged_into")
    for table in ("merges", "match_candidates", "match_runs", "flags"):
        op.drop_table(table)


def change_persons() -> None:
    op.add_column("persons", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.drop_constraint(op.f("ck_persons_status"), "persons")
    op.create_check_constraint(
        op.f("ck_persons_status"), "persons", f"status IN ({STATUSES}, 'merged')"
    )
    op.create_check_constraint(
        op.f("ck_persons_merged_has_survivor"),
        "persons",
        "(status = 'merged') = (merged_into IS NOT NULL)",
    )
    op.create_index(
        "ix_persons_merged_into",
        "persons",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_persons_born_on", "persons", ["born_on"])


def create_flags() -> None:
    op.create_table(
        "flags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("raised_by_name", sa.Text(), nullable=False),
        moment("raised_at"),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.Column("cleared_by_name", sa.Text(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clear_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "subject_kind IN ('person', 'household')", name=op.f("ck_flags_subject_kind")
        ),
        sa.CheckConstraint("severity IN ('blocking', 'notice')", name=op.f("ck_flags_severity")),
        sa.CheckConstraint(
            "(cleared_at IS NULL) = (cleared_by IS NULL) AND (cleared_at IS NULL) = "
            "(clear_reason IS NULL) AND (cleared_at IS NULL) = (cleared_by_name IS NULL)",
            name=op.f("ck_flags_cleared_whole"),
        ),
        sa.CheckConstraint(
            "severity <> 'blocking' OR NOT is_by_hand OR cleared_by <> raised_by",
            name=op.f("ck_flags_maker_is_not_clearer"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    op.create_index(
        "uq_flags_open",
        "flags",
        ["subject_id", "kind", "source"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_index("ix_flags_subject_id", "flags", ["subject_id", "raised_at"])
    op.create_index(
        "ix_flags_open_blocking",
        "flags",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
        postgresql_where=sa.text("cleared_at IS NULL AND severity = 'blocking'"),
    )
    op.create_index(
        "ix_flags_region_code",
        "flags",
        ["region_code", "id"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )


def create_match_runs() -> None:
    op.create_table(
        "match_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("counts", json_column(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        moment("finished_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_runs")),
    )
    op.create_index("ix_match_runs_finished_at", "match_runs", ["finished_at"])


def create_match_candidates() -> None:
    op.create_table(
        "match_candidates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_a", sa.Uuid(), nullable=False),
        sa.Column("person_b", sa.Uuid(), nullable=False),
        sa.Column("region_a", sa.String(length=13), nullable=False),
        sa.Column("region_b", sa.String(length=13), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("evidence", json_column(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        moment("found_at"),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("person_a < person_b", name=op.f("ck_match_candidates_in_order")),
        sa.CheckConstraint(
            "strength IN ('high', 'low')", name=op.f("ck_match_candidates_strength")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'later', 'same', 'different', 'gone')",
            name=op.f("ck_match_candidates_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'gone')) = (decided_by IS NULL) AND "
            "(decided_by IS NULL) = (decided_at IS NULL) AND "
            "(decided_by IS NULL) = (decided_by_name IS NULL)",
            name=op.f("ck_match_candidates_decided_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_candidates")),
        sa.UniqueConstraint("person_a", "person_b", name="uq_match_candidates_pair"),
    )
    op.create_index("ix_match_candidates_person_b", "match_candidates", ["person_b"])
    op.create_index(
        "ix_match_candidates_waiting",
        "match_candidates",
        ["weight", "id"],
        postgresql_where=sa.text("state IN ('open', 'later')"),
    )


def create_merges() -> None:
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("closed_id", sa.Uuid(), nullable=False),
        sa.Column("closed_household_id", sa.Uuid(), nullable=False),
        sa.Column("moved", json_column(), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("merged_by_name", sa.Text(), nullable=False),
        moment("merged_at"),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_by_name", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kept_id <> closed_id", name=op.f("ck_merges_two_records")),
        sa.CheckConstraint(
            "(undone_by IS NULL) = (undone_at IS NULL) AND "
            "(undone_by IS NULL) = (undone_by_name IS NULL) AND "
            "(undone_by IS NULL) = (undo_reason IS NULL)",
            name=op.f("ck_merges_undone_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["match_candidates.id"],
            name=op.f("fk_merges_candidate_id_match_candidates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(
        "uq_merges_standing",
        "merges",
        ["closed_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_merges_candidate_id", "merges", ["candidate_id"])


def json_column() -> postgresql.JSONB:
    return postgresql.JSONB(astext_type=sa.Text())


def moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
