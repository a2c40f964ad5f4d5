"""Keys for parts of the province, keys in devices, and what the signer is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ANSWERED_ONCE_FUNCTION = """
CREATE FUNCTION refuse_other_signing_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.token IS NOT NULL
       OR (NEW.id, NEW.purpose, NEW.payload, NEW.region_code, NEW.asked_at, NEW.asked_by)
          IS DISTINCT FROM
          (OLD.id, OLD.purpose, OLD.payload, OLD.region_code, OLD.asked_at, OLD.asked_by) THEN
        RAISE EXCEPTION 'a signing request does not change and is answered once'
            USING ERRCODE = '23514', CONSTRAINT = 'signing_request_answered_once';
    END IF;
    RETURN NEW;
END $$
"""
ANSWERED_ONCE_TRIGGER = """
CREATE TRIGGER signing_request_answered_once BEFORE UPDATE ON signing_requests
FOR EACH ROW EXECUTE FUNCTION refuse_other_signing_request()
"""


def upgrade() -> None:
    create_signing_requests()


def downgrade() -> None:
    op.drop_table("signing_requests")
    op.execute("DROP FUNCTION refuse_other_signing_request()")


def create_signing_requests() -> None:
    op.create_table(
        "signing_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('print_manifest')", name=op.f("ck_signing_requests_purpose")
        ),
        sa.CheckConstraint(
            "octet_length(payload) <= 1048576", name=op.f("ck_signing_requests_payload")
        ),
        sa.CheckConstraint(
            "num_nulls(kid, token, signed_at) IN (0, 3)",
            name=op.f("ck_signing_requests_signed_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_requests")),
    )
    op.create_index(
        "ix_signing_requests_waiting",
        "signing_requests",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("token IS NULL"),
    )
    op.execute(ANSWERED_ONCE_FUNCTION)
    op.execute(ANSWERED_ONCE_TRIGGER)
