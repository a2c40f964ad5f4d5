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
# A key begins planned. Its numbers, its dates, its place and whoever made it never change; it is
# published once and activated once; its sealed side changes only while it may still sign (when it
# is sealed anew under another master key).
LAWFUL_FUNCTION = """
CREATE FUNCTION refuse_impossible_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lawful boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        lawful := NEW.state = 'planned' AND NEW.activated_at IS NULL;
    ELSE
        lawful :=
            (NEW.id, NEW.kid, NEW.algorithm, NEW.public_key, NEW.region_code, NEW.custody,
             NEW.device_uri, NEW.not_before, NEW.sign_until, NEW.verify_until, NEW.created_at,
             NEW.created_by)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.kid, OLD.algorithm, OLD.public_key, OLD.region_code, OLD.custody,
             OLD.device_uri, OLD.not_before, OLD.sign_until, OLD.verify_until, OLD.created_at,
             OLD.created_by)
            AND (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
                ('planned', 'active'), ('planned', 'retired'), ('planned', 'compromised'),
                ('active', 'verify_only'), ('active', 'compromised'),
                ('verify_only', 'retired'), ('verify_only', 'compromised'),
                ('retired', 'compromised')))
            AND (NEW.published_at IS NOT DISTINCT FROM OLD.published_at
                 OR OLD.published_at IS NULL AND OLD.state = 'planned')
            AND ((NEW.activated_at, NEW.activated_by, NEW.early_reason)
                 IS NOT DISTINCT FROM (OLD.activated_at, OLD.activated_by, OLD.early_reason)
                 OR (OLD.state, NEW.state) IN (('planned', 'active')));
    END IF;
    IF NOT lawful THEN
        RAISE EXCEPTION 'a signing key cannot change in this way'
            USING ERRCODE = '23514', CONSTRAINT = 'signing_key_lawful';
    END IF;
    RETURN NEW;
END $$
"""
LAWFUL_TRIGGER = """
CREATE TRIGGER signing_key_lawful BEFORE INSERT OR UPDATE ON signing_keys
FOR EACH ROW EXECUTE FUNCTION refuse_impossible_key_change()
"""
KEPT_TRIGGER = """
CREATE TRIGGER signing_keys_kept BEFORE DELETE OR TRUNCATE ON signing_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
# A state is the last line of the key's history, or the transaction does not commit.
HISTORY_FUNCTION = """
CREATE FUNCTION refuse_key_without_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM (
        SELECT new_state FROM signing_key_changes WHERE key_id = NEW.id
        ORDER BY at DESC, id DESC LIMIT 1
    ) AND NEW.state = (SELECT state FROM signing_keys WHERE id = NEW.id) THEN
        RAISE EXCEPTION 'a change of a signing key has a line in its history'
            USING ERRCODE = '23514', CONSTRAINT = 'signing_key_has_history';
    END IF;
    RETURN NULL;
END $$
"""
HISTORY_TRIGGER = """
CREATE CONSTRAINT TRIGGER signing_key_has_history AFTER INSERT OR UPDATE ON signing_keys
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_key_without_history()
"""
# Who made and activated the keys that were here before both were asked for.
FILL = """
UPDATE signing_keys SET
    created_by = coalesce((SELECT actor FROM signing_key_changes AS made
                           WHERE made.key_id = signing_keys.id AND made.old_state IS NULL LIMIT 1),
                          'prepare'),
    published_at = created_at,
    sealed_private_key = CASE WHEN state IN ('planned', 'active') THEN sealed_private_key END
"""
FILL_ACTIVATED = """
UPDATE signing_keys SET activated_at = created_at, early_reason = 'before this rule',
    activated_by = 'before two were asked for'
WHERE state IN ('active', 'verify_only')
"""
CHECKS = {
    "region": r"region_code ~ '^62(\.[0-9]{2}(\.[0-9]{2}(\.[12][0-9]{3})?)?)?$'",
    "custody": (
        "CASE custody"
        " WHEN 'sealed' THEN device_uri IS NULL"
        " AND (sealed_private_key IS NOT NULL) = (state IN ('planned', 'active'))"
        " WHEN 'pkcs11' THEN device_uri IS NOT NULL AND sealed_private_key IS NULL"
        " ELSE false END"
    ),
    "sealed": "octet_length(sealed_private_key) = 65 AND get_byte(sealed_private_key, 0) = 1",
    "device_uri": "device_uri LIKE 'pkcs11:%' AND device_uri NOT LIKE '%pin-value%'",
    "activated_whole": (
        "state NOT IN ('active', 'verify_only')"
        " OR num_nulls(published_at, activated_at, activated_by) = 0"
    ),
    "waited": (
        "coalesce(early_reason <> '', false) OR activated_at >= published_at + interval '30 days'"
    ),
    "two_people": (
        "created_by = 'prepare' OR lower(btrim(created_by)) <> lower(btrim(activated_by))"
    ),
}


def upgrade() -> None:
    create_signing_requests()
    op.create_index(
        "ix_cards_living_of_key",
        "cards",
        ["kid"],
        unique=False,
        postgresql_where=sa.text(
            "kid IS NOT NULL AND state NOT IN ('replaced', 'revoked', 'expired')"
        ),
    )
    widen_signing_keys()
    widen_changes()
    for statement in (LAWFUL_FUNCTION, LAWFUL_TRIGGER, KEPT_TRIGGER):
        op.execute(statement)
    for statement in (HISTORY_FUNCTION, HISTORY_TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER signing_key_has_history ON signing_keys")
    op.execute("DROP TRIGGER signing_keys_kept ON signing_keys")
    op.execute("DROP TRIGGER signing_key_lawful ON signing_keys")
    op.execute("DROP FUNCTION refuse_key_without_history()")
    op.execute("DROP FUNCTION refuse_impossible_key_change()")
    op.drop_index("ix_signing_key_changes_key_id", "signing_key_changes")
    op.drop_constraint(op.f("ck_signing_key_changes_theft_has_reason"), "signing_key_changes")
    op.drop_constraint(op.f("ck_signing_key_changes_actor"), "signing_key_changes")
    op.drop_column("signing_key_changes", "act")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_signing_keys_{name}"), "signing_keys")
    for name in NEW_COLUMNS:
        op.drop_column("signing_keys", name)
    op.drop_index("ix_cards_living_of_key", "cards")
    op.drop_table("signing_requests")
    op.execute("DROP FUNCTION refuse_other_signing_request()")


NEW_COLUMNS = (
    "region_code",
    "custody",
    "device_uri",
    "created_by",
    "published_at",
    "activated_at",
    "activated_by",
    "early_reason",
)


def widen_signing_keys() -> None:
    place = sa.Column("region_code", sa.String(13), nullable=False, server_default=sa.text("'62'"))
    op.add_column("signing_keys", place)
    custody = sa.Column("custody", sa.Text(), nullable=False, server_default=sa.text("'sealed'"))
    op.add_column("signing_keys", custody)
    op.add_column("signing_keys", sa.Column("device_uri", sa.Text(), nullable=True))
    op.add_column("signing_keys", sa.Column("created_by", sa.Text(), nullable=True))
    for name in ("published_at", "activated_at"):
        op.add_column("signing_keys", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("activated_by", "early_reason"):
        op.add_column("signing_keys", sa.Column(name, sa.Text(), nullable=True))
    op.execute(FILL)
    op.execute(FILL_ACTIVATED)
    op.alter_column("signing_keys", "created_by", nullable=False)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_signing_keys_{name}"), "signing_keys", condition)


def widen_changes() -> None:
    act = sa.Column("act", sa.Text(), nullable=False, server_default=sa.text("'changed'"))
    op.add_column("signing_key_changes", act)
    op.create_check_constraint(
        op.f("ck_signing_key_changes_actor"), "signing_key_changes", "actor <> ''"
    )
    op.create_check_constraint(
        op.f("ck_signing_key_changes_theft_has_reason"),
        "signing_key_changes",
        "act <> 'compromised' OR reason <> ''",
    )
    op.create_index(
        "ix_signing_key_changes_key_id", "signing_key_changes", ["key_id", "at"], unique=False
    )


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
