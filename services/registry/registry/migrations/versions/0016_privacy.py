"""Requests about personal data, retention, incidents; signed audit checkpoints; search by name."""

import sqlalchemy as sa
from alembic import op

from common.migrate import create_checkpoint_tables, drop_checkpoint_tables
from common.tables import append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Older values of somebody may go when that person has a tombstone, and only then.
BURIED = {
    "person_versions": "person_id",
    "household_versions": "household_id",
    "withdrawn_households": "id",
}
REFUSE_UNBURIED = """
    CREATE FUNCTION refuse_unburied() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT 1 FROM tombstones
                       WHERE subject_id = (to_jsonb(OLD) ->> TG_ARGV[0])::uuid) THEN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '2F002';
        END IF;
        RETURN OLD;
    END $$
"""
YEAR = 365
# record kind, days, counted from, legal basis
RULES = (
    (
        "staged_rows",
        90,
        "import_finished",
        "UU 27/2022 pasal 16 ayat (2) huruf g dan pasal 43: tujuan tercapai setelah disimpan",
    ),
    (
        "import_files",
        2 * YEAR,
        "import_finished",
        "UU 27/2022 pasal 43; berkas sumber disimpan sampai pemeriksaan tahun berikutnya selesai",
    ),
    (
        "persons_without_payment",
        5 * YEAR,
        "death_or_move",
        "UU 27/2022 pasal 43: tujuan tercapai, tidak ada catatan pembayaran",
    ),
    (
        "persons_with_payment",
        10 * YEAR,
        "last_payment",
        "UU 43/2009 kearsipan: bukti pertanggungjawaban keuangan; UU 27/2022 pasal 15",
    ),
    (
        "subject_requests",
        5 * YEAR,
        "request_decided",
        "UU 27/2022 pasal 31: bukti pelayanan permintaan subjek data",
    ),
)


def upgrade() -> None:
    # For word_similarity(). No index of trigrams: it would cost an import of a province more than
    # the import itself, and a regency's names are compared in less than a second without it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "subject_requests",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("region_code", sa.String(13), nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("requester_role", sa.Text, nullable=False),
        sa.Column("identity_seen", sa.Text, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("field", sa.Text),
        sa.Column("value_sealed", sa.LargeBinary),
        sa.Column("evidence", sa.Text),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'open'")),
        sa.Column("outcome_reason", sa.Text),
        sa.Column("legal_ground", sa.Text),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("recorded_by_name", sa.Text, nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_by_name", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "kind IN ('copy', 'correction', 'restriction', 'objection', 'erasure')",
            name=op.f("ck_subject_requests_kind"),
        ),
        sa.CheckConstraint(
            "requester_role IN ('self', 'parent', 'proxy')",
            name=op.f("ck_subject_requests_requester_role"),
        ),
        sa.CheckConstraint(
            "identity_seen IN ('ktp', 'kk', 'birth_certificate', 'letter')",
            name=op.f("ck_subject_requests_identity_seen"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'refused')", name=op.f("ck_subject_requests_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND "
            "(decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_subject_requests_decision_whole"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('correction', 'erasure') OR decided_by IS NULL OR "
            "decided_by <> recorded_by",
            name=op.f("ck_subject_requests_two_people"),
        ),
        sa.CheckConstraint(
            "kind <> 'correction' OR field IS NOT NULL",
            name=op.f("ck_subject_requests_correction_whole"),
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR outcome_reason IS NOT NULL",
            name=op.f("ck_subject_requests_refusal_has_reason"),
        ),
        sa.CheckConstraint(
            "received_at <= due_at", name=op.f("ck_subject_requests_due_after_received")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_requests")),
    )
    op.create_index(
        "ix_subject_requests_open",
        "subject_requests",
        ["due_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_subject_requests_household_id", "subject_requests", ["household_id"])
    op.create_table(
        "tombstones",
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid),
        sa.Column("record_kind", sa.Text),
        sa.Column("erased_by", sa.Text, nullable=False),
        sa.Column("erased_by_name", sa.Text, nullable=False),
        sa.Column(
            "erased_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.CheckConstraint(
            "subject_kind IN ('person', 'household')", name=op.f("ck_tombstones_subject_kind")
        ),
        sa.CheckConstraint(
            "(request_id IS NULL) <> (record_kind IS NULL)", name=op.f("ck_tombstones_one_cause")
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_tombstones")),
    )
    op.create_index("ix_tombstones_household_id", "tombstones", ["household_id"])
    op.create_table(
        "retention_rules",
        sa.Column("record_kind", sa.Text, nullable=False),
        sa.Column("keep_days", sa.Integer, nullable=False),
        sa.Column("counted_from", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.CheckConstraint("keep_days >= 1", name=op.f("ck_retention_rules_keep_days")),
        sa.PrimaryKeyConstraint("record_kind", name=op.f("pk_retention_rules")),
    )
    op.create_table(
        "privacy_incidents",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("request_ref", sa.Text),
        sa.Column("seen_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data_exposed", sa.Text, nullable=False),
        sa.Column("how_it_happened", sa.Text, nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("families", sa.Integer, nullable=False),
        sa.Column("agency_told_on", sa.Date),
        sa.Column("people_told_on", sa.Date),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("recorded_by_name", sa.Text, nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.CheckConstraint(
            "(actor IS NULL) <> (request_ref IS NULL)",
            name=op.f("ck_privacy_incidents_one_culprit"),
        ),
        sa.CheckConstraint("seen_from <= seen_until", name=op.f("ck_privacy_incidents_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_incidents")),
    )
    op.create_index("ix_privacy_incidents_discovered_at", "privacy_incidents", ["discovered_at"])
    op.bulk_insert(
        sa.table(
            "retention_rules",
            sa.column("record_kind", sa.Text),
            sa.column("keep_days", sa.Integer),
            sa.column("counted_from", sa.Text),
            sa.column("legal_basis", sa.Text),
        ),
        [
            {"record_kind": kind, "keep_days": days, "counted_from": start, "legal_basis": basis}
            for kind, days, start, basis in RULES
        ],
    )
    op.execute(append_only("tombstones"))
    op.execute(REFUSE_UNBURIED)
    for table, column in BURIED.items():
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_buried BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_unburied('{column}')"
        )
    create_checkpoint_tables(op.get_bind())


def downgrade() -> None:
    drop_checkpoint_tables(op.get_bind())
    for table in BURIED:
        op.execute(f"DROP TRIGGER {table}_buried ON {table}")
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(append_only(table))
    op.execute("DROP FUNCTION refuse_unburied()")
    for table in ("privacy_incidents", "retention_rules", "tombstones", "subject_requests"):
        op.drop_table(table)
    op.execute("DROP EXTENSION pg_trgm")
