"""Signals, complaints, and who collects for whom."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
APPEND_ONLY: tuple[str, ...] = ()
# What holds until the province sets its own: starting values of the system, not of a decree.
SEED_REASON = (
    "Nilai awal bawaan sistem, belum ditetapkan dinas. Tinjau dan tetapkan sendiri setelah "
    "penyaluran pertama."
)
SEEDS = {
    "companion_limit": {
        "family_same_address": {"families_max": 4, "authorised_max": 6, "is_refused_beyond": 0},
        "family_elsewhere": {"families_max": 3, "authorised_max": 5, "is_refused_beyond": 0},
        "neighbour": {"families_max": 2, "authorised_max": 4, "is_refused_beyond": 1},
        "village_companion": {"families_max": 3, "authorised_max": 10, "is_refused_beyond": 1},
        "village_officer": {"families_max": 3, "authorised_max": 10, "is_refused_beyond": 1},
        "other": {"families_max": 1, "authorised_max": 2, "is_refused_beyond": 1},
    },
    "complaint_clock": {
        "not_received": {"days": 10, "is_working_days": 1},
        "collected_by_other": {"days": 5, "is_working_days": 1},
        "short_or_bad": {"days": 10, "is_working_days": 1},
        "asked_for_money": {"days": 3, "is_working_days": 1},
        "refused_service": {"days": 5, "is_working_days": 1},
        "other": {"days": 14, "is_working_days": 1},
    },
    "signal_threshold": {
        "companion_many_cards": {"is_watched": 1, "is_grave": 0, "families": 6},
        "terminal_too_fast": {"is_watched": 1, "is_grave": 0, "acts": 12, "minutes": 3},
        "far_places": {"is_watched": 1, "is_grave": 0, "minutes": 30, "km_per_hour": 120},
        "whole_balances": {
            "is_watched": 1,
            "is_grave": 1,
            "percent": 95,
            "acts": 6,
            "minutes": 30,
            "closing_acts": 4,
            "closing_minutes": 30,
        },
        "after_death": {"is_watched": 1, "is_grave": 1, "alone_days": 0, "head_days": 60},
        "pin_failures": {"is_watched": 1, "is_grave": 0, "failures": 15, "locks": 3},
        "conflict_share": {
            "is_watched": 1,
            "is_grave": 0,
            "percent": 5,
            "conflicts": 5,
            "days": 30,
        },
    },
}
SEED = sa.text(
    "INSERT INTO measures (id, topic, code, settings, reason, state, proposed_by, "
    "proposed_by_name, decided_by, decided_by_name, decided_at) VALUES (gen_random_uuid(), "
    ":topic, :code, CAST(:settings AS jsonb), :reason, 'approved', 'seed', 'Nilai awal sistem', "
    "'migration 0014', 'Pemasangan sistem', now())"
)


def upgrade() -> None:
    op.create_table(
        "measures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL)",
            name=op.f("ck_measures_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state = 'withdrawn' OR decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_measures_two_people"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_measures_state"),
        ),
        sa.CheckConstraint(
            "topic IN ('companion_limit', 'complaint_clock', 'signal_threshold')",
            name=op.f("ck_measures_topic"),
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_measures_has_reason")),
        sa.CheckConstraint(
            "num_nulls(decided_by, decided_by_name, decided_at) IN (0, 3)",
            name=op.f("ck_measures_decision_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
    )
    op.create_index(
        "ix_measures_code", "measures", ["topic", "code", "state", "decided_at"], unique=False
    )
    op.create_index(
        "uq_measures_proposed",
        "measures",
        ["topic", "code"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "companions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed_person", sa.LargeBinary(), nullable=False),
        sa.Column("has_phone", sa.Boolean(), nullable=False),
        sa.Column(
            "known_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companions")),
    )
    op.create_table(
        "companion_authorisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("companion_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("acts_max", sa.Integer(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "acts_max BETWEEN 1 AND 100", name=op.f("ck_companion_authorisations_acts_max")
        ),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_companion_authorisations_dates")),
        sa.CheckConstraint(
            "num_nulls(ended_by, ended_by_name, ended_at, end_reason) IN (0, 4)",
            name=op.f("ck_companion_authorisations_end_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["companion_id"],
            ["companions.id"],
            name=op.f("fk_companion_authorisations_companion_id_companions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companion_authorisations")),
    )
    op.create_index(
        "ix_companion_authorisations_companion_id",
        "companion_authorisations",
        ["companion_id"],
        unique=False,
    )
    op.create_index(
        "ix_companion_authorisations_household_id",
        "companion_authorisations",
        ["household_id", "companion_id"],
        unique=False,
    )
    op.create_index(
        "ix_companion_authorisations_region_code",
        "companion_authorisations",
        ["region_code", "to_on"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "companion_marks",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("companion_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["companion_id"],
            ["companions.id"],
            name=op.f("fk_companion_marks_companion_id_companions"),
        ),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_companion_marks")),
    )
    op.create_table(
        "companion_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("companion_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("authorisation_id", sa.Uuid(), nullable=True),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("partner_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=True),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT (is_held AND authorisation_id IS NOT NULL)",
            name=op.f("ck_companion_acts_held_or_authorised"),
        ),
        sa.ForeignKeyConstraint(
            ["authorisation_id"],
            ["companion_authorisations.id"],
            name=op.f("fk_companion_acts_authorisation_id_companion_authorisations"),
        ),
        sa.ForeignKeyConstraint(
            ["companion_id"],
            ["companions.id"],
            name=op.f("fk_companion_acts_companion_id_companions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companion_acts")),
    )
    op.create_index(
        "ix_companion_acts_companion_id",
        "companion_acts",
        ["companion_id", "cycle_id", "household_id"],
        unique=False,
    )
    op.create_index(
        "ix_companion_acts_household_id",
        "companion_acts",
        ["household_id", "noted_at"],
        unique=False,
    )
    op.create_index(
        "ix_companion_acts_region_code",
        "companion_acts",
        ["region_code", "noted_at"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "ix_companion_acts_used_at",
        "companion_acts",
        ["used_at"],
        unique=False,
        postgresql_where=sa.text("used_at IS NOT NULL"),
    )
    for table in APPEND_ONLY:
        op.execute(append_only(table))
    seed()


def downgrade() -> None:
    op.drop_table("companion_acts")
    op.drop_table("companion_marks")
    op.drop_table("companion_authorisations")
    op.drop_table("companions")
    op.drop_table("measures")


def seed() -> None:
    rows = [
        {"topic": topic, "code": code, "settings": json.dumps(settings), "reason": SEED_REASON}
        for topic, codes in SEEDS.items()
        for code, settings in codes.items()
    ]
    for row in rows:
        op.execute(SEED.bindparams(**row))
