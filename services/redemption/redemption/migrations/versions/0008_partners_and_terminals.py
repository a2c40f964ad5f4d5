"""Partners with contracts, and the devices that they enrol."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
NEW_TABLES = (
    "terminal_sessions",
    "terminal_operators",
    "terminals",
    "terminal_code_attempts",
    "terminal_codes",
    "partner_changes",
    "partner_operators",
    "partner_hours",
)
NEW_COLUMNS = (
    "benefit_codes",
    "contract_from",
    "contract_until",
    "account_sealed",
    "version",
    "proposed_by",
    "proposed_by_name",
    "activated_by",
    "activated_by_name",
    "activated_at",
)


def upgrade() -> None:
    give_partners_a_contract()
    make_partner_tables()
    make_terminal_tables()
    make_operator_tables()
    keep_what_was_decided()


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    for name in ("contract_in_order", "activated_by_another", "serves_once_activated", "status"):
        op.drop_constraint(op.f(f"ck_partners_{name}"), "partners")
    # An older program knows two states only, and gives nothing in the second.
    op.execute("UPDATE partners SET status = 'suspended' WHERE status <> 'active'")
    op.create_check_constraint(
        op.f("ck_partners_status"), "partners", "status IN ('active', 'suspended')"
    )
    for column in NEW_COLUMNS:
        op.drop_column("partners", column)


def moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def give_partners_a_contract() -> None:
    # Partners of before have no contract on record: without dates they serve without limit.
    op.add_column(
        "partners",
        sa.Column(
            "benefit_codes",
            sa.ARRAY(sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::text[]"),
        ),
    )
    op.add_column("partners", sa.Column("contract_from", sa.Date()))
    op.add_column("partners", sa.Column("contract_until", sa.Date()))
    op.add_column("partners", sa.Column("account_sealed", sa.LargeBinary()))
    op.add_column(
        "partners", sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )
    for name in ("proposed_by", "proposed_by_name", "activated_by", "activated_by_name"):
        op.add_column("partners", sa.Column(name, sa.Text()))
    op.add_column("partners", moment("activated_at"))
    op.drop_constraint(op.f("ck_partners_status"), "partners")
    op.create_check_constraint(
        op.f("ck_partners_status"),
        "partners",
        "status IN ('proposed', 'active', 'suspended', 'ended')",
    )
    op.create_check_constraint(
        op.f("ck_partners_contract_in_order"), "partners", "contract_until >= contract_from"
    )
    op.create_check_constraint(
        op.f("ck_partners_activated_by_another"), "partners", "activated_by <> proposed_by"
    )
    op.create_check_constraint(
        op.f("ck_partners_serves_once_activated"),
        "partners",
        "status IN ('proposed', 'ended') OR proposed_by IS NULL OR activated_by IS NOT NULL",
    )


def make_partner_tables() -> None:
    op.create_table(
        "partner_hours",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens_at", sa.Time(), nullable=False),
        sa.Column("closes_at", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "weekday", name=op.f("pk_partner_hours")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_partner_hours_weekday")),
        sa.CheckConstraint(
            "closes_at > opens_at", name=op.f("ck_partner_hours_closes_after_opening")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_hours_partner_id_partners")
        ),
    )
    op.create_table(
        "partner_operators",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        moment("first_seen_at", nullable=False),
        moment("last_seen_at", nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "subject", name=op.f("pk_partner_operators")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_operators_partner_id_partners")
        ),
    )
    op.create_table(
        "partner_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary()),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        moment("proposed_at", nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_by_name", sa.Text()),
        moment("decided_at"),
        sa.Column("decision_reason", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint(
            "kind IN ('onboard', 'details', 'terms', 'account', 'suspend', 'lift', 'end')",
            name=op.f("ck_partner_changes_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused', 'withdrawn', 'at_once')",
            name=op.f("ck_partner_changes_outcome"),
        ),
        sa.CheckConstraint(
            "num_nulls(outcome, decided_by, decided_by_name, decided_at) IN (0, 4)",
            name=op.f("ck_partner_changes_decision_is_whole"),
        ),
        sa.CheckConstraint(
            "outcome <> 'approved' OR decided_by <> proposed_by",
            name=op.f("ck_partner_changes_approved_by_another"),
        ),
        sa.CheckConstraint(
            "outcome <> 'at_once' OR kind IN ('details', 'suspend', 'end')",
            name=op.f("ck_partner_changes_at_once_only_some"),
        ),
        sa.CheckConstraint(
            "(kind = 'account') = (account_sealed IS NOT NULL)",
            name=op.f("ck_partner_changes_account_is_sealed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_changes")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_changes_partner_id_partners")
        ),
    )
    op.create_index(
        "ix_partner_changes_partner_id", "partner_changes", ["partner_id", "proposed_at"]
    )
    op.create_index(
        "uq_partner_changes_waiting",
        "partner_changes",
        ["partner_id", "kind"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )


def make_terminal_tables() -> None:
    op.create_table(
        "terminal_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        moment("made_at", nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        moment("expires_at", nullable=False),
        moment("used_at"),
        moment("withdrawn_at"),
        sa.CheckConstraint(
            "used_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_terminal_codes_one_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal_codes")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_terminal_codes_partner_id_partners")
        ),
        sa.UniqueConstraint("code_index", name=op.f("uq_terminal_codes_code_index")),
    )
    op.create_index("ix_terminal_codes_partner_id", "terminal_codes", ["partner_id", "made_at"])
    op.create_table(
        "terminal_code_attempts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        moment("began_at", nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_terminal_code_attempts")),
    )
    op.create_table(
        "terminals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        moment("enrolled_at", nullable=False),
        moment("last_seen_at", nullable=False),
        sa.Column("unsent_lines", sa.Integer()),
        moment("unsent_at"),
        moment("revoked_at"),
        sa.Column("revoked_by", sa.Text()),
        sa.Column("revoked_by_name", sa.Text()),
        sa.Column("revoked_reason", sa.Text()),
        sa.CheckConstraint(
            "algorithm IN ('ecdsa-p256-sha256', 'ed25519')", name=op.f("ck_terminals_algorithm")
        ),
        sa.CheckConstraint(
            "octet_length(public_key) = CASE algorithm WHEN 'ed25519' THEN 32 ELSE 65 END",
            name=op.f("ck_terminals_key_of_algorithm"),
        ),
        sa.CheckConstraint(
            "num_nulls(revoked_at, revoked_by, revoked_by_name, revoked_reason) IN (0, 4)",
            name=op.f("ck_terminals_revocation_is_whole"),
        ),
        sa.CheckConstraint("unsent_lines >= 0", name=op.f("ck_terminals_unsent_lines")),
        sa.CheckConstraint(
            "(unsent_lines IS NULL) = (unsent_at IS NULL)",
            name=op.f("ck_terminals_unsent_has_time"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminals")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_terminals_partner_id_partners")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["terminal_codes.id"], name=op.f("fk_terminals_code_id_terminal_codes")
        ),
        sa.UniqueConstraint("code_id", name=op.f("uq_terminals_code_id")),
        sa.UniqueConstraint("public_key", name=op.f("uq_terminals_public_key")),
    )
    op.create_index("ix_terminals_partner_id", "terminals", ["partner_id", "enrolled_at"])


def make_operator_tables() -> None:
    op.create_table(
        "terminal_operators",
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("pin_sealed", sa.LargeBinary(), nullable=False),
        moment("full_sign_in_at", nullable=False),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        moment("removed_at"),
        sa.PrimaryKeyConstraint("terminal_id", "operator_id", name=op.f("pk_terminal_operators")),
        sa.CheckConstraint(
            "role IN ('partner_admin', 'partner_operator')", name=op.f("ck_terminal_operators_role")
        ),
        sa.CheckConstraint(
            "tries_left BETWEEN 0 AND 5", name=op.f("ck_terminal_operators_tries_left")
        ),
        sa.ForeignKeyConstraint(
            ["terminal_id"],
            ["terminals.id"],
            name=op.f("fk_terminal_operators_terminal_id_terminals"),
        ),
    )
    op.create_table(
        "terminal_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("terminal_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        moment("began_at", nullable=False),
        moment("expires_at", nullable=False),
        moment("ended_at"),
        sa.ForeignKeyConstraint(
            ["terminal_id", "operator_id"],
            ["terminal_operators.terminal_id", "terminal_operators.operator_id"],
            name=op.f("fk_terminal_sessions_terminal_id_terminal_operators"),
        ),
        sa.CheckConstraint("expires_at > began_at", name=op.f("ck_terminal_sessions_lasts")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_terminal_sessions")),
    )
    op.create_index(
        "ix_terminal_sessions_terminal_id",
        "terminal_sessions",
        ["terminal_id", "subject", "expires_at"],
    )


def keep_what_was_decided() -> None:
    # A decision stands, a device keeps its key and its partner, and none comes back once revoked.
    op.execute(
        "CREATE TRIGGER partner_changes_decided_once BEFORE UPDATE ON partner_changes "
        "FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER partner_changes_kept BEFORE DELETE OR TRUNCATE ON partner_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER terminals_same_device BEFORE UPDATE ON terminals FOR EACH ROW "
        "WHEN (OLD.public_key <> NEW.public_key OR OLD.algorithm <> NEW.algorithm "
        "OR OLD.partner_id <> NEW.partner_id "
        "OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at AND OLD.revoked_at IS NOT NULL) "
        "EXECUTE FUNCTION refuse_change()"
    )
