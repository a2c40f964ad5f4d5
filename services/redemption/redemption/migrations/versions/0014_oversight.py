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
APPEND_ONLY = ("complaint_answers", "complaint_steps", "signal_judgements")
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
    op.create_table(
        "complaint_misses",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_complaint_misses")),
    )
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.String(length=16), nullable=True),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("partner_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("involved", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_by_name", sa.Text(), nullable=False),
        sa.Column("received_partner_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("assigned_to_name", sa.Text(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('not_received', 'collected_by_other', 'short_or_bad', "
            "'asked_for_money', 'refused_service', 'other')",
            name=op.f("ck_complaints_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'reopened' OR reopened_at IS NOT NULL",
            name=op.f("ck_complaints_reopened_when"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'assigned', 'answered', 'reopened')",
            name=op.f("ck_complaints_state"),
        ),
        sa.CheckConstraint(
            "(household_id IS NULL) = (card_id IS NULL)", name=op.f("ck_complaints_card_of_family")
        ),
        sa.CheckConstraint(
            "NOT (assigned_to = ANY (involved))", name=op.f("ck_complaints_assigned_uninvolved")
        ),
        sa.CheckConstraint(
            "assigned_to <> received_by", name=op.f("ck_complaints_assigned_another")
        ),
        sa.CheckConstraint(
            "num_nulls(assigned_to, assigned_to_name, assigned_at) IN (0, 3)",
            name=op.f("ck_complaints_assigned_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("number", name=op.f("uq_complaints_number")),
    )
    op.create_index("ix_complaints_household_id", "complaints", ["household_id"], unique=False)
    op.create_index(
        "ix_complaints_open",
        "complaints",
        ["region_code", "due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('received', 'assigned', 'reopened')"),
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "ix_complaints_received_by", "complaints", ["received_by", "received_at"], unique=False
    )
    op.create_index(
        "ix_complaints_received_partner_id",
        "complaints",
        ["received_partner_id", "received_at"],
        unique=False,
    )
    op.create_index("ix_complaints_redemption_id", "complaints", ["redemption_id"], unique=False)
    op.create_table(
        "complaint_answers",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_by_name", sa.Text(), nullable=False),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("involved", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("first_answered_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'partly', 'not_upheld', 'cannot_tell', 'withdrawn')",
            name=op.f("ck_complaint_answers_outcome"),
        ),
        sa.CheckConstraint(
            "(round = 1) = (first_answered_by IS NULL)",
            name=op.f("ck_complaint_answers_second_knows_first"),
        ),
        sa.CheckConstraint(
            "NOT (answered_by = ANY (involved))", name=op.f("ck_complaint_answers_not_involved")
        ),
        sa.CheckConstraint(
            "answered_by <> received_by", name=op.f("ck_complaint_answers_not_the_receiver")
        ),
        sa.CheckConstraint(
            "first_answered_by <> answered_by", name=op.f("ck_complaint_answers_second_is_another")
        ),
        sa.CheckConstraint("round BETWEEN 1 AND 2", name=op.f("ck_complaint_answers_rounds")),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_answers_complaint_id_complaints"),
        ),
        sa.PrimaryKeyConstraint("complaint_id", "round", name=op.f("pk_complaint_answers")),
    )
    op.create_table(
        "complaint_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "step IN ('received', 'assigned', 'answered', 'reopened')",
            name=op.f("ck_complaint_steps_step"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_steps_complaint_id_complaints"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_steps")),
    )
    op.create_index(
        "ix_complaint_steps_complaint_id", "complaint_steps", ["complaint_id", "at"], unique=False
    )
    op.create_index(
        "uq_complaint_steps_reopened",
        "complaint_steps",
        ["complaint_id"],
        unique=True,
        postgresql_where=sa.text("step = 'reopened'"),
    )
    op.create_table(
        "partner_places",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column(
            "noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "latitude BETWEEN -5.0 AND 2.0", name=op.f("ck_partner_places_latitude")
        ),
        sa.CheckConstraint(
            "longitude BETWEEN 108.0 AND 118.0", name=op.f("ck_partner_places_longitude")
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_partner_places")),
    )
    op.create_table(
        "reported_deaths",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("is_alone", sa.Boolean(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("household_id", "happened_on", name=op.f("pk_reported_deaths")),
    )
    op.create_index("ix_reported_deaths_noted_at", "reported_deaths", ["noted_at"], unique=False)
    op.create_table(
        "signal_progress",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_signal_progress")),
    )
    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("window_key", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("partner_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("is_grave", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column(
            "raised_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_signals_closed_has_outcome")
        ),
        sa.CheckConstraint(
            "kind IN ('companion_many_cards', 'terminal_too_fast', 'far_places', "
            "'whole_balances', 'after_death', 'pin_failures', 'conflict_share')",
            name=op.f("ck_signals_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('explained', 'follow_up', 'partner_suspended', 'false_alarm')",
            name=op.f("ck_signals_outcome"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'second_look', 'closed')", name=op.f("ck_signals_state")
        ),
        sa.CheckConstraint(
            "subject_kind IN ('companion', 'terminal', 'operator', 'card', 'partner', 'household')",
            name=op.f("ck_signals_subject_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint(
            "kind", "subject_id", "window_key", name=op.f("uq_signals_kind_subject_id_window_key")
        ),
    )
    op.create_index("ix_signals_partner_id", "signals", ["partner_id"], unique=False)
    op.create_index(
        "ix_signals_region_code",
        "signals",
        ["region_code", "state"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "signal_judgements",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("look", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("judged_by", sa.Text(), nullable=False),
        sa.Column("judged_by_name", sa.Text(), nullable=False),
        sa.Column(
            "judged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("first_judged_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('explained', 'follow_up', 'partner_suspended', 'false_alarm')",
            name=op.f("ck_signal_judgements_outcome"),
        ),
        sa.CheckConstraint(
            "(look = 1) = (first_judged_by IS NULL)",
            name=op.f("ck_signal_judgements_second_knows_first"),
        ),
        sa.CheckConstraint(
            "first_judged_by <> judged_by", name=op.f("ck_signal_judgements_second_is_another")
        ),
        sa.CheckConstraint("look IN (1, 2)", name=op.f("ck_signal_judgements_look")),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_signal_judgements_signal_id_signals")
        ),
        sa.PrimaryKeyConstraint("signal_id", "look", name=op.f("pk_signal_judgements")),
    )
    # Small over the whole ledger, because lines are written in the order of time.
    op.create_index(
        "ix_redemptions_redeemed_at", "redemptions", ["redeemed_at"], postgresql_using="brin"
    )
    for table in APPEND_ONLY:
        op.execute(append_only(table))
    seed()


def downgrade() -> None:
    op.drop_index("ix_redemptions_redeemed_at", table_name="redemptions")
    op.drop_table("signal_judgements")
    op.drop_table("signals")
    op.drop_table("signal_progress")
    op.drop_table("reported_deaths")
    op.drop_table("partner_places")
    op.drop_table("complaint_steps")
    op.drop_table("complaint_answers")
    op.drop_table("complaints")
    op.drop_table("complaint_misses")
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
