"""Enrolments that wait or end, and changes in the lives of families that have a card."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The registry suspends and resumes by the same name; a person never lifts their own block.
UNBLOCK_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_unblock_by_the_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM card_changes
               WHERE card_id = NEW.card_id AND version = NEW.version - 1 AND actor = NEW.actor
                     {unless}) THEN
        RAISE EXCEPTION 'a card is unblocked by another person than the one who blocked it'
            USING ERRCODE = '23514', CONSTRAINT = 'unblocked_by_another';
    END IF;
    RETURN NEW;
END $$
"""
REGISTRY_RESUMES = (
    "AND NOT (actor = 'registry' AND reason = 'enrolment_suspended' "
    "AND NEW.reason = 'enrolment_resumed')"
)


def upgrade() -> None:
    create_enrolment_standings()
    create_card_household_changes()
    op.execute(UNBLOCK_FUNCTION.format(unless=REGISTRY_RESUMES))


def downgrade() -> None:
    op.execute(UNBLOCK_FUNCTION.format(unless=""))
    op.drop_table("card_household_changes")
    op.drop_table("enrolment_standings")


def create_enrolment_standings() -> None:
    op.create_table(
        "enrolment_standings",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(standing = 'ended') = (ends_at IS NOT NULL)",
            name=op.f("ck_enrolment_standings_end_has_time"),
        ),
        sa.CheckConstraint(
            "standing IN ('running', 'suspended', 'ended')",
            name=op.f("ck_enrolment_standings_standing"),
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_enrolment_standings")),
    )
    op.create_index(
        "ix_enrolment_standings_household_id", "enrolment_standings", ["household_id"], unique=False
    )


def create_card_household_changes() -> None:
    op.create_table(
        "card_household_changes",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("card_action", sa.Text(), nullable=False),
        sa.Column("replace_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "card_action IN ('none', 'reissue', 'revoke')",
            name=op.f("ck_card_household_changes_card_action"),
        ),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_card_household_changes")),
    )
