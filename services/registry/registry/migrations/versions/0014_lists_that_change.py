"""Lists that change a running programme: differences, their checking, ends and suspensions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from common.tables import append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = (
    "list_samples",
    "sample_families",
    "field_visits",
    "list_strikes",
    "removal_guards",
    "enrolment_steps",
)
APPEND_ONLY = ("field_visits", "list_strikes", "enrolment_steps")
FIXED = "id, list_id, household_id, programme_id, cycle_id, region_code, decision_id, enrolled_at"
SIGNED = "'approving', 'approved'"


def upgrade() -> None:
    add_to_lists()
    add_to_enrolments()
    create_list_samples()
    create_sample_families()
    create_field_visits()
    create_list_strikes()
    create_removal_guards()
    create_enrolment_steps()
    for table in APPEND_ONLY:
        op.execute(append_only(table))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    take_from_enrolments()
    take_from_lists()


def list_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("kind", sa.Text(), server_default=sa.text("'full'"), nullable=False),
        sa.Column("base_cycle_id", sa.Uuid(), nullable=True),
        sa.Column("leaving", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("guard", JSONB(), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=True),
        sa.Column("second_approved_by", sa.Text(), nullable=True),
        sa.Column("second_approved_by_name", sa.Text(), nullable=True),
        sa.Column("second_approved_at", sa.DateTime(timezone=True), nullable=True),
    )


LIST_CHECKS = {
    "kind": "kind IN ('full', 'difference')",
    "base_cycle": "(kind = 'difference') = (base_cycle_id IS NOT NULL)",
    "only_difference_ends": "kind = 'difference' OR leaving = 0",
    "second_approver_differs": "second_approved_by IS NULL OR (second_approved_by <> proposed_by "
    "AND second_approved_by <> verified_by AND second_approved_by <> approved_by)",
    "guard_whole": "(guard IS NULL) = (grace_days IS NULL) AND "
    "(second_approved_by IS NULL) = (second_approved_at IS NULL)",
    "second_signature": "state NOT IN ('approving', 'approved') OR guard IS NULL "
    "OR second_approved_by IS NOT NULL",
}
VERIFIED_BY = "(verified_by IS NOT NULL AND verified_at IS NOT NULL AND content_hash IS NOT NULL)"
APPROVED_BY = "(approved_by IS NOT NULL AND decree_number IS NOT NULL AND decree_on IS NOT NULL)"


def add_to_lists() -> None:
    for column in list_columns():
        op.add_column("beneficiary_lists", column)
    for name, rule in LIST_CHECKS.items():
        check("beneficiary_lists", name, rule)
    write_states("'verified', 'awaiting_second', 'approving'", "'awaiting_second', ")
    op.add_column(
        "list_members",
        sa.Column("action", sa.Text(), server_default=sa.text("'enter'"), nullable=False),
    )
    check("list_members", "action", "action IN ('enter', 'stay', 'leave')")
    write_steps("'proposed', 'verified', 'returned', 'approved', 'second_approved'")


def take_from_lists() -> None:
    write_steps("'proposed', 'verified', 'returned', 'approved'")
    op.drop_column("list_members", "action")
    for name in LIST_CHECKS:
        op.drop_constraint(op.f(f"ck_beneficiary_lists_{name}"), "beneficiary_lists")
    write_states("'verified', 'approving'", "")
    for column in reversed(list_columns()):
        op.drop_column("beneficiary_lists", column.name)


def check(table: str, name: str, rule: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def write_states(fixed: str, second: str) -> None:
    """Write the states anew: those in which the content is fixed, and the one in between."""
    for name in ("state", "verification_whole", "approval_whole"):
        op.drop_constraint(op.f(f"ck_beneficiary_lists_{name}"), "beneficiary_lists")
    check(
        "beneficiary_lists",
        "state",
        f"state IN ('proposing', 'proposed', {fixed}, 'approved', 'returned')",
    )
    check(
        "beneficiary_lists",
        "verification_whole",
        f"state NOT IN ({fixed}, 'approved') OR {VERIFIED_BY}",
    )
    check(
        "beneficiary_lists",
        "approval_whole",
        f"state NOT IN ({second}{SIGNED}) OR {APPROVED_BY}",
    )
    op.execute("DROP INDEX uq_beneficiary_lists_open")
    op.execute(
        "CREATE UNIQUE INDEX uq_beneficiary_lists_open ON beneficiary_lists "
        f"(cycle_id, region_code) WHERE state IN ('proposing', 'proposed', {fixed})"
    )


def write_steps(steps: str) -> None:
    op.drop_constraint(op.f("ck_list_steps_step"), "list_steps")
    check("list_steps", "step", f"step IN ({steps})")


def enrolment_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspend_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_by_list", sa.Uuid(), nullable=True),
        sa.Column("ended_by_change", sa.Uuid(), nullable=True),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=True),
    )


ENROLMENT_CHECKS = {
    "state": "state IN ('active', 'suspended', 'ended')",
    "end_whole": "(state = 'ended') = (ended_at IS NOT NULL) AND "
    "(ended_at IS NULL) = (end_reason IS NULL) AND "
    "(ended_at IS NULL) = (num_nonnulls(ended_by_list, ended_by_change) = 0) AND "
    "(ended_at IS NOT NULL OR grace_until IS NULL)",
    "suspension_whole": "(state = 'suspended') = (suspended_at IS NOT NULL) AND "
    "(suspended_at IS NULL) = (suspend_reason IS NULL)",
}


def add_to_enrolments() -> None:
    for column in enrolment_columns():
        op.add_column("enrolments", column)
    for name, rule in ENROLMENT_CHECKS.items():
        check("enrolments", name, rule)
    op.create_foreign_key(
        op.f("fk_enrolments_ended_by_list_beneficiary_lists"),
        "enrolments",
        "beneficiary_lists",
        ["ended_by_list"],
        ["id"],
    )
    op.create_index(
        "ix_enrolments_cycle_region",
        "enrolments",
        ["cycle_id", "region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "ix_enrolments_ended",
        "enrolments",
        ["ended_by_list", "id"],
        postgresql_where=sa.text("ended_by_list IS NOT NULL"),
    )
    # Its state may change from now on; who is enrolled by which list may not, and no row goes.
    op.execute("DROP TRIGGER enrolments_append_only ON enrolments")
    op.execute(
        "CREATE TRIGGER enrolments_never_gone BEFORE DELETE OR TRUNCATE ON enrolments "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER enrolments_fixed BEFORE UPDATE OF {FIXED} ON enrolments "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def take_from_enrolments() -> None:
    for name in ("enrolments_never_gone", "enrolments_fixed"):
        op.execute(f"DROP TRIGGER {name} ON enrolments")
    for name in ("ix_enrolments_ended", "ix_enrolments_cycle_region"):
        op.drop_index(name, table_name="enrolments")
    for name in ENROLMENT_CHECKS:
        op.drop_constraint(op.f(f"ck_enrolments_{name}"), "enrolments")
    for column in reversed(enrolment_columns()):
        op.drop_column("enrolments", column.name)
    op.execute(append_only("enrolments"))


def create_list_samples() -> None:
    op.create_table(
        "list_samples",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("families", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("drawn_by_name", sa.Text(), nullable=False),
        sa.Column(
            "drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("size BETWEEN 1 AND families", name=op.f("ck_list_samples_size")),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["beneficiary_lists.id"],
            name=op.f("fk_list_samples_list_id_beneficiary_lists"),
        ),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_list_samples")),
    )


def create_sample_families() -> None:
    op.create_table(
        "sample_families",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kept_reason", sa.Text(), nullable=True),
        sa.Column("kept_by", sa.Text(), nullable=True),
        sa.Column("kept_by_name", sa.Text(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nulls(kept_reason, kept_by, kept_by_name, kept_at) IN (0, 4)",
            name=op.f("ck_sample_families_kept_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["list_samples.list_id"],
            name=op.f("fk_sample_families_list_id_list_samples"),
        ),
        sa.PrimaryKeyConstraint("list_id", "household_id", name=op.f("pk_sample_families")),
        sa.UniqueConstraint(
            "list_id", "position", name=op.f("uq_sample_families_list_id_position")
        ),
    )


def create_field_visits() -> None:
    op.create_table(
        "field_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("place_code", sa.String(length=13), nullable=False),
        sa.Column("latitude", sa.Numeric(precision=8, scale=5), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=8, scale=5), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "finding = 'as_recorded' OR coalesce(length(note), 0) >= 10",
            name=op.f("ck_field_visits_finding_has_note"),
        ),
        sa.CheckConstraint(
            "finding IN ('as_recorded', 'differs', 'not_found', 'refuses')",
            name=op.f("ck_field_visits_finding"),
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND latitude BETWEEN -90 AND 90 "
            "AND longitude BETWEEN -180 AND 180",
            name=op.f("ck_field_visits_position"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_visits")),
    )
    op.create_index(
        "ix_field_visits_list_id",
        "field_visits",
        ["list_id", "household_id", "recorded_at"],
        unique=False,
    )


def create_list_strikes() -> None:
    op.create_table(
        "list_strikes",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("struck_by", sa.Text(), nullable=False),
        sa.Column("struck_by_name", sa.Text(), nullable=False),
        sa.Column(
            "struck_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "cause <> 'person' OR coalesce(length(reason), 0) >= 10",
            name=op.f("ck_list_strikes_reason_length"),
        ),
        sa.CheckConstraint(
            "cause IN ('person', 'decision_changed', 'family_gone')",
            name=op.f("ck_list_strikes_cause"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["beneficiary_lists.id"],
            name=op.f("fk_list_strikes_list_id_beneficiary_lists"),
        ),
        sa.PrimaryKeyConstraint("list_id", "household_id", name=op.f("pk_list_strikes")),
    )
    op.create_index("ix_list_strikes_household_id", "list_strikes", ["household_id"], unique=False)


def create_removal_guards() -> None:
    op.create_table(
        "removal_guards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("decree_number", sa.Text(), nullable=False),
        sa.Column("decree_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("programme_percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("village_percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("village_families_min", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> proposed_by",
            name=op.f("ck_removal_guards_two_people"),
        ),
        sa.CheckConstraint(
            "num_nulls(approved_by, approved_by_name, approved_at) IN (0, 3)",
            name=op.f("ck_removal_guards_approval_whole"),
        ),
        sa.CheckConstraint(
            "programme_percent BETWEEN 0 AND 100 AND village_percent BETWEEN 0 AND 100",
            name=op.f("ck_removal_guards_percentages"),
        ),
        sa.CheckConstraint(
            "village_families_min >= 1 AND grace_days >= 0", name=op.f("ck_removal_guards_figures")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_guards")),
    )
    op.create_index(
        "ix_removal_guards_programme_id",
        "removal_guards",
        ["programme_id", "valid_from"],
        unique=False,
    )


def create_enrolment_steps() -> None:
    op.create_table(
        "enrolment_steps",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=True),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "step IN ('ended', 'suspended', 'resumed')", name=op.f("ck_enrolment_steps_step")
        ),
        sa.CheckConstraint(
            "num_nonnulls(list_id, change_id) = 1", name=op.f("ck_enrolment_steps_cause")
        ),
        sa.CheckConstraint("version > 1", name=op.f("ck_enrolment_steps_version")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_enrolment_steps_enrolment_id_enrolments"),
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "version", name=op.f("pk_enrolment_steps")),
    )
