"""The trust bundle, the other forms of status lists, and emergency deltas."""

import sqlalchemy as sa
from alembic import op

from common.tables import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PUBLICATION_FUNCTION = """
CREATE FUNCTION refuse_older_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version < OLD.version OR NEW.issued_at < OLD.issued_at
       OR (NEW.version = OLD.version AND NEW.body <> OLD.body) THEN
        RAISE EXCEPTION '% has version % and does not go back to %', OLD.path, OLD.version,
            NEW.version USING ERRCODE = '23514', CONSTRAINT = 'publication_never_goes_back';
    END IF;
    RETURN NEW;
END $$
"""
PUBLICATION_TRIGGER = """
CREATE TRIGGER publication_never_goes_back BEFORE UPDATE ON publications
FOR EACH ROW EXECUTE FUNCTION refuse_older_publication()
"""
BUNDLE_FUNCTION = """
CREATE FUNCTION refuse_older_bundle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(620011);
    IF NEW.version <= (SELECT max(version) FROM trust_bundles) THEN
        RAISE EXCEPTION 'a trust bundle is newer than every bundle before it'
            USING ERRCODE = '23514', CONSTRAINT = 'bundle_version_goes_up';
    END IF;
    RETURN NEW;
END $$
"""
BUNDLE_TRIGGER = """
CREATE TRIGGER bundle_version_goes_up BEFORE INSERT ON trust_bundles
FOR EACH ROW EXECUTE FUNCTION refuse_older_bundle()
"""


def upgrade() -> None:
    create_publications()
    create_trust_bundles()
    # The signer publishes every list anew, within seconds, in the new place and both forms.
    op.drop_table("published_lists")
    op.drop_column("status_lists", "version")
    op.add_column(
        "status_entries",
        sa.Column(
            "changed_in",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
    )
    op.add_column(
        "status_entries",
        sa.Column("urgent", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.create_index("ix_status_entries_changed_in", "status_entries", ["changed_in"])


def downgrade() -> None:
    op.drop_index("ix_status_entries_changed_in", "status_entries")
    op.drop_column("status_entries", "urgent")
    op.drop_column("status_entries", "changed_in")
    op.add_column(
        "status_lists",
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
    )
    create_published_lists()
    op.drop_table("trust_bundles")
    op.drop_table("publications")
    op.execute("DROP FUNCTION refuse_older_bundle()")
    op.execute("DROP FUNCTION refuse_older_publication()")


def create_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.CheckConstraint("path ~ '^/[a-z0-9./_-]+$'", name=op.f("ck_publications_path")),
        sa.CheckConstraint("version > 0", name=op.f("ck_publications_version")),
        sa.CheckConstraint("expires_at > issued_at", name=op.f("ck_publications_dates")),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_publications")),
    )
    op.execute(PUBLICATION_FUNCTION)
    op.execute(PUBLICATION_TRIGGER)


def create_trust_bundles() -> None:
    op.create_table(
        "trust_bundles",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("next_root", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_trust_bundles_version")),
        sa.CheckConstraint("expires_at > issued_at", name=op.f("ck_trust_bundles_dates")),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_trust_bundles_sha256")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_trust_bundles")),
        sa.UniqueConstraint("publication_id", name=op.f("uq_trust_bundles_publication_id")),
    )
    op.execute(append_only("trust_bundles"))
    op.execute(BUNDLE_FUNCTION)
    op.execute(BUNDLE_TRIGGER)


def create_published_lists() -> None:
    op.create_table(
        "published_lists",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_number"],
            ["status_lists.number"],
            name=op.f("fk_published_lists_list_number_status_lists"),
        ),
        sa.PrimaryKeyConstraint("list_number", name=op.f("pk_published_lists")),
    )
