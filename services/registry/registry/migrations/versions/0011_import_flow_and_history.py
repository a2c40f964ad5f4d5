"""Imports that a second person confirms and that can be undone; history that stands on its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.tables import append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "'uploaded', 'staged', 'committing', 'committed', 'refused', 'withdrawn', 'needs_mapping'"
FLOW_STATES = f"{STATES}, 'confirming', 'undoing', 'undone'"
RULES = {
    "commit_has_time": "(state IN ('committed', 'undoing', 'undone')) = (committed_at IS NOT NULL)",
    "confirmed_by_another": "confirmed_by IS NULL OR confirmed_by <> committed_by",
    "large_is_confirmed": (
        "second_reasons = '[]'::jsonb OR confirmed_by IS NOT NULL"
        " OR state NOT IN ('committing', 'committed', 'undoing', 'undone')"
    ),
    "undone_by_another": "undone_by IS NULL OR undone_by <> committed_by",
    "undoing_has_reason": "state NOT IN ('undoing', 'undone') OR undo_reason IS NOT NULL",
}
NEW_COLUMNS = {
    "import_batches": (
        "scopes villages second_reasons confirmed_by confirmed_by_name confirmed_at undone_by "
        "undone_by_name undone_at undo_reason"
    ),
    "staged_rows": (
        "father_name mother_name phone_index phone_sealed region_code from_region "
        "known_person_id known_household_id before"
    ),
    "persons": "father_name mother_name phone_index phone_sealed",
    "households": "version",
    "person_versions": "nik_index nik_sealed phone_index phone_sealed",
}
NEW_TABLES = (
    "staged_missing", "household_versions", "withdrawn_households", "withdrawn_facts",
    "withdrawn_roster_loads",
)  # fmt: skip
REFUSE_UNSHELVED = """
    CREATE FUNCTION refuse_unshelved() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE is_kept boolean;
    BEGIN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM withdrawn_%I WHERE id = $1)', TG_TABLE_NAME)
            INTO is_kept USING OLD.id;
        IF NOT is_kept THEN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '2F002';
        END IF;
        RETURN OLD;
    END $$
"""

# What two foreign keys said row by row, said once for all rows of a statement: a province's people
# come in at once, and asking for each took a third of that time. They hold as the keys did: what is
# referred to is locked until the end of the transaction, except what it has made itself, which
# nobody else can see; and a removal looks for those who have come in meanwhile.
REFERENCES = (("persons", "household_id", "households", "id"),
              ("households", "region_code", "regions", "code"))  # fmt: skip
BY_INDEX = (
    "SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off "
    "SET enable_nestloop = on"
)
REFER = (
    """
    CREATE FUNCTION {table}_refer() RETURNS trigger LANGUAGE plpgsql {by_index} AS $$
    DECLARE own CONSTANT xid := pg_current_xact_id()::xid;
    BEGIN
        IF NOT EXISTS (
            SELECT FROM (SELECT DISTINCT {column} AS key FROM added) a
            LEFT JOIN {referred} r ON r.{key} = a.key
            WHERE r.xmin IS DISTINCT FROM own
        ) THEN
            RETURN NULL;
        END IF;
        PERFORM FROM {referred} r WHERE r.{key} IN (SELECT {column} FROM added) FOR KEY SHARE;
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT {column} AS key FROM added) a
            LEFT JOIN {referred} r ON r.{key} = a.key WHERE r.{key} IS NULL
        ) THEN
            RAISE EXCEPTION '{table} refer to {referred} that do not exist'
                USING ERRCODE = '23503', CONSTRAINT = '{name}';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION {table}_still_refer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM {referred} WHERE {key} = NEW.{column} FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION '{table} refer to {referred} that do not exist'
                USING ERRCODE = '23503', CONSTRAINT = '{name}';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION {table}_referred() RETURNS trigger LANGUAGE plpgsql {by_index} AS $$
    BEGIN
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'an older look does not see who has come in since'
                USING ERRCODE = '25001';
        END IF;
        IF EXISTS (SELECT FROM removed r JOIN {table} t ON t.{column} = r.{key}) THEN
            RAISE EXCEPTION '{table} still refer to these {referred}'
                USING ERRCODE = '23503', CONSTRAINT = '{name}';
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER {table}_refer AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION {table}_refer()",
    "CREATE TRIGGER {table}_still_refer AFTER UPDATE ON {table} FOR EACH ROW "
    "WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION {table}_still_refer()",
    "CREATE TRIGGER {table}_referred AFTER DELETE ON {referred} REFERENCING OLD TABLE AS removed "
    "FOR EACH STATEMENT EXECUTE FUNCTION {table}_referred()",
    "CREATE TRIGGER {referred}_same_{key} BEFORE UPDATE ON {referred} FOR EACH ROW "
    "WHEN (OLD.{key} <> NEW.{key}) EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {referred}_kept BEFORE TRUNCATE ON {referred} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    change_batches()
    change_staged_rows()
    create_staged_missing()
    change_people()
    change_versions()
    create_household_versions()
    create_withdrawn_households()
    let_facts_be_withdrawn()
    refer_by_statement()


def downgrade() -> None:
    refer_by_row()
    for table in ("facts", "roster_loads"):
        op.execute(f"DROP TRIGGER {table}_kept ON {table}")
    op.execute("DROP TRIGGER facts_append_only ON facts")
    op.execute(append_only("facts"))
    op.execute("DROP FUNCTION refuse_unshelved()")
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_index("ix_person_versions_household_id", "person_versions")
    op.drop_index("uq_persons_temporary_number", "persons")
    op.create_unique_constraint("uq_persons_temporary_number", "persons", ["temporary_number"])
    for name in ("state", *RULES):
        op.drop_constraint(op.f(f"ck_import_batches_{name}"), "import_batches")
    op.drop_constraint(op.f("ck_persons_phone_whole"), "persons")
    for table, names in NEW_COLUMNS.items():
        for name in names.split():
            op.drop_column(table, name)
    commit_has_time = "(state = 'committed') = (committed_at IS NOT NULL)"
    for name, rule in (("state", f"state IN ({STATES})"), ("commit_has_time", commit_has_time)):
        op.create_check_constraint(op.f(f"ck_import_batches_{name}"), "import_batches", rule)
    op.execute("ALTER TABLE staged_rows SET LOGGED")
    op.create_foreign_key(
        op.f("fk_staged_rows_import_id_import_batches"),
        *("staged_rows", "import_batches", ["import_id"], ["id"]),
    )
    op.create_foreign_key(
        op.f("fk_person_versions_person_id_persons"),
        *("person_versions", "persons", ["person_id"], ["id"]),
    )


def _uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _bytes(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, is_now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if is_now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def change_batches() -> None:
    codes = sa.text("'{}'::text[]")
    add = op.add_column
    for name in ("scopes", "villages"):
        column = sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=codes, nullable=False)
        add("import_batches", column)
    reasons = sa.Column(
        "second_reasons",
        postgresql.JSONB(astext_type=sa.Text()),
        server_default=sa.text("'[]'::jsonb"),
        nullable=False,
    )
    add("import_batches", reasons)
    for name in ("confirmed_by", "confirmed_by_name", "undone_by", "undone_by_name", "undo_reason"):
        add("import_batches", _text(name))
    for name in ("confirmed_at", "undone_at"):
        add("import_batches", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("state", "commit_has_time"):
        op.drop_constraint(op.f(f"ck_import_batches_{name}"), "import_batches")
    for name, rule in {"state": f"state IN ({FLOW_STATES})", **RULES}.items():
        op.create_check_constraint(op.f(f"ck_import_batches_{name}"), "import_batches", rule)


def change_staged_rows() -> None:
    """Rows that wait can be read again from the sealed file: they need no log and no reference."""
    op.drop_constraint("fk_staged_rows_import_id_import_batches", "staged_rows")
    op.execute("ALTER TABLE staged_rows SET UNLOGGED")
    for name in ("father_name", "mother_name"):
        op.add_column("staged_rows", _text(name))
    for name in ("phone_index", "phone_sealed"):
        op.add_column("staged_rows", _bytes(name))
    op.add_column("staged_rows", sa.Column("region_code", sa.String(13), nullable=True))
    op.add_column("staged_rows", sa.Column("from_region", sa.String(13), nullable=True))
    for name in ("known_person_id", "known_household_id"):
        op.add_column("staged_rows", _uuid(name, nullable=True))
    before = sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    op.add_column("staged_rows", before)


def create_staged_missing() -> None:
    op.create_table(
        "staged_missing",
        _uuid("import_id"),
        _uuid("person_id"),
        sa.Column("region_code", sa.String(13), nullable=False),
        _text("name", nullable=False),
        sa.PrimaryKeyConstraint("import_id", "person_id", name=op.f("pk_staged_missing")),
    )
    op.execute("ALTER TABLE staged_missing SET UNLOGGED")


def change_people() -> None:
    for name in ("father_name", "mother_name"):
        op.add_column("persons", _text(name))
    for name in ("phone_index", "phone_sealed"):
        op.add_column("persons", _bytes(name))
    op.create_check_constraint(
        op.f("ck_persons_phone_whole"), "persons", "(phone_index IS NULL) = (phone_sealed IS NULL)"
    )
    # Nearly everybody has a NIK and no temporary number: those need no entry.
    op.drop_constraint("uq_persons_temporary_number", "persons")
    op.create_index(
        "uq_persons_temporary_number",
        "persons",
        ["temporary_number"],
        unique=True,
        postgresql_where=sa.text("temporary_number IS NOT NULL"),
    )
    version = sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    op.add_column("households", version)


def change_versions() -> None:
    """A version outlives its person: that one may be withdrawn with the file that brought it."""
    op.drop_constraint("fk_person_versions_person_id_persons", "person_versions")
    for name in ("nik_index", "nik_sealed", "phone_index", "phone_sealed"):
        op.add_column("person_versions", _bytes(name))
    op.create_index("ix_person_versions_household_id", "person_versions", ["household_id"])


def create_household_versions() -> None:
    op.create_table(
        "household_versions",
        _uuid("household_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(13), nullable=False),
        _bytes("address_index"),
        _bytes("address_sealed"),
        _uuid("import_id"),
        _time("recorded_at"),
        _time("replaced_at", is_now=True),
        sa.PrimaryKeyConstraint("household_id", "version", name=op.f("pk_household_versions")),
    )
    op.execute(append_only("household_versions"))


def create_withdrawn_households() -> None:
    op.create_table(
        "withdrawn_households",
        _uuid("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(13), nullable=False),
        _bytes("kk_index", nullable=False),
        _bytes("kk_sealed", nullable=False),
        _bytes("address_index"),
        _bytes("address_sealed"),
        _uuid("import_id"),
        _time("recorded_at"),
        _time("withdrawn_at", is_now=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawn_households")),
    )
    op.execute(append_only("withdrawn_households"))


def let_facts_be_withdrawn() -> None:
    """A fact may go only when it has been put with the withdrawn ones."""
    op.create_table(
        "withdrawn_facts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        _uuid("household_id"),
        _uuid("subject_id"),
        *(_text(name, nullable=False) for name in ("code", "value", "period")),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("valid_from", "valid_to")),
        _text("source", nullable=False),
        _uuid("import_id"),
        _time("recorded_at"),
        _time("withdrawn_at", is_now=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawn_facts")),
    )
    op.create_table(
        "withdrawn_roster_loads",
        sa.Column("id", sa.BigInteger(), nullable=False),
        _text("code", nullable=False),
        sa.Column("region_code", sa.String(13), nullable=False),
        _text("period", nullable=False),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("valid_from", "valid_to")),
        _text("source", nullable=False),
        _uuid("import_id"),
        _time("recorded_at"),
        _time("withdrawn_at", is_now=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawn_roster_loads")),
    )
    op.create_index(
        "ix_withdrawn_facts_household_id", "withdrawn_facts", ["household_id"], unique=False
    )
    for table in ("withdrawn_facts", "withdrawn_roster_loads"):
        op.execute(append_only(table))
    op.execute("DROP TRIGGER facts_append_only ON facts")
    op.execute(
        "CREATE TRIGGER facts_append_only BEFORE UPDATE OR TRUNCATE ON facts "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(REFUSE_UNSHELVED)
    for table in ("facts", "roster_loads"):
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_unshelved()"
        )


def refer_by_statement() -> None:
    for table, column, referred, key in REFERENCES:
        name = f"fk_{table}_{column}_{referred}"
        op.drop_constraint(name, table)
        for statement in REFER:
            op.execute(
                statement.format(
                    table=table,
                    column=column,
                    referred=referred,
                    key=key,
                    name=name,
                    by_index=BY_INDEX,
                )
            )


def refer_by_row() -> None:
    for table, column, referred, key in REFERENCES:
        op.execute(f"DROP TRIGGER {referred}_same_{key} ON {referred}")
        op.execute(f"DROP TRIGGER {referred}_kept ON {referred}")
        for function in ("refer", "still_refer", "referred"):
            op.execute(f"DROP FUNCTION {table}_{function}() CASCADE")
        name = f"fk_{table}_{column}_{referred}"
        op.create_foreign_key(name, table, referred, [column], [key])
