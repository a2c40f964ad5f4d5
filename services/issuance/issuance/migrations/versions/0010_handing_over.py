"""Hand-overs at desks and in villages, and what came back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What table definitions cannot say: nobody hands over to the own family or to the own hands,
# a hand-over is judged once and otherwise never changed, a held card does not count, and a round
# that was counted stays as it was.
STATEMENTS = (
    """
CREATE FUNCTION hand_over_not_own() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE own giver_declarations%ROWTYPE;
BEGIN
    SELECT * INTO own FROM giver_declarations
    WHERE subject = NEW.giver AND (is_first OR decision = 'accepted')
    ORDER BY coalesce(decided_at, declared_at) DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'who hands over has not said the own numbers'
            USING ERRCODE = '23514', CONSTRAINT = 'giver_declared';
    END IF;
    IF EXISTS (SELECT 1 FROM cards JOIN card_households USING (household_id)
               WHERE card_id = NEW.card_id AND kk_index = own.kk_index) THEN
        RAISE EXCEPTION 'nobody hands over the card of the own family'
            USING ERRCODE = '23514', CONSTRAINT = 'not_own_family';
    END IF;
    IF NEW.collector_nik_index = own.nik_index THEN
        RAISE EXCEPTION 'nobody hands over to the own hands'
            USING ERRCODE = '23514', CONSTRAINT = 'not_own_collector';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER hand_over_not_own BEFORE INSERT ON hand_overs FOR EACH ROW
EXECUTE FUNCTION hand_over_not_own()
""",
    """
CREATE FUNCTION hand_over_judged_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE words text[] := ARRAY['judgement', 'judged_at', 'judged_by', 'judged_by_name',
                              'sealed_judgement_note'];
BEGIN
    IF OLD.judgement IS NOT NULL OR to_jsonb(NEW) - words IS DISTINCT FROM to_jsonb(OLD) - words
    THEN
        RAISE EXCEPTION 'a hand-over is judged once and otherwise never changed'
            USING ERRCODE = '23514', CONSTRAINT = 'hand_over_judged_once';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER hand_over_judged_once BEFORE UPDATE ON hand_overs FOR EACH ROW
EXECUTE FUNCTION hand_over_judged_once()
""",
    """
CREATE TRIGGER hand_over_stays BEFORE DELETE OR TRUNCATE ON hand_overs FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change()
""",
    """
CREATE FUNCTION card_counts_unless_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM hand_overs WHERE card_id = NEW.card_id
               AND held_because IS NOT NULL AND judgement IS DISTINCT FROM 'confirmed') THEN
        RAISE EXCEPTION 'a held hand-over does not count before another person has confirmed it'
            USING ERRCODE = '23514', CONSTRAINT = 'card_counts_unless_held';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER card_counts_unless_held BEFORE INSERT ON card_changes FOR EACH ROW
WHEN (NEW.state = 'active') EXECUTE FUNCTION card_counts_unless_held()
""",
    """
CREATE TRIGGER round_stays_closed BEFORE UPDATE ON rounds FOR EACH ROW
WHEN (OLD.state IN ('closed', 'cancelled')) EXECUTE FUNCTION refuse_change()
""",
)


def upgrade() -> None:
    op.create_table(
        "giver_declarations",
        sa.Column("declaration_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("nik_index", sa.LargeBinary(), nullable=False),
        sa.Column("kk_index", sa.LargeBinary(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('accepted', 'refused')", name=op.f("ck_giver_declarations_decision")
        ),
        sa.CheckConstraint(
            "NOT is_first OR decision IS NULL",
            name=op.f("ck_giver_declarations_first_counts_at_once"),
        ),
        sa.CheckConstraint(
            "decided_by <> subject", name=op.f("ck_giver_declarations_decided_by_another")
        ),
        sa.CheckConstraint(
            "num_nonnulls(decision, decided_at, decided_by, decided_by_name) IN (0, 4)",
            name=op.f("ck_giver_declarations_decided_whole"),
        ),
        sa.CheckConstraint(
            "octet_length(nik_index) = 16 AND octet_length(kk_index) = 16",
            name=op.f("ck_giver_declarations_indexes"),
        ),
        sa.PrimaryKeyConstraint("declaration_id", name=op.f("pk_giver_declarations")),
    )
    op.create_index(
        "ix_giver_declarations_nik_index", "giver_declarations", ["nik_index"], unique=False
    )
    op.create_index(
        "uq_giver_declarations_first",
        "giver_declarations",
        ["subject"],
        unique=True,
        postgresql_where=sa.text("is_first"),
    )
    op.create_index(
        "uq_giver_declarations_waiting",
        "giver_declarations",
        ["subject"],
        unique=True,
        postgresql_where=sa.text("NOT is_first AND decision IS NULL"),
    )
    op.create_table(
        "rounds",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("companion", sa.Text(), nullable=True),
        sa.Column("companion_name", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over", sa.Integer(), nullable=True),
        sa.Column("returned", sa.Integer(), nullable=True),
        sa.Column("not_counted", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_by_name", sa.Text(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (num_nonnulls(closed_at, closed_by, closed_by_name, "
            "counted) = 4) AND num_nonnulls(closed_at, closed_by, closed_by_name, counted) IN"
            " (0, 4)",
            name=op.f("ck_rounds_closed_whole"),
        ),
        sa.CheckConstraint(
            "(state IN ('ready', 'out', 'cancelled') AND num_nonnulls(returned_at, "
            "handed_over, returned, not_counted) = 0) OR (state IN ('back', 'closed') AND "
            "num_nonnulls(returned_at, handed_over, returned, not_counted) = 4 AND "
            "handed_over + returned + not_counted = taken)",
            name=op.f("ck_rounds_adds_up"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(companion, companion_name, taken_at) = CASE WHEN state IN ('ready',"
            " 'cancelled') THEN 0 ELSE 3 END",
            name=op.f("ck_rounds_carried_by_one"),
        ),
        sa.CheckConstraint(
            "state IN ('ready', 'out', 'back', 'closed', 'cancelled')", name=op.f("ck_rounds_state")
        ),
        sa.CheckConstraint("closed_by <> companion", name=op.f("ck_rounds_closed_by_another")),
        sa.CheckConstraint("counted = returned", name=op.f("ck_rounds_counted_as_returned")),
        sa.CheckConstraint("taken BETWEEN 1 AND 300", name=op.f("ck_rounds_taken")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_rounds")),
    )
    op.create_index("ix_rounds_companion", "rounds", ["companion", "planned_on"], unique=False)
    op.create_index("ix_rounds_region_code", "rounds", ["region_code", "planned_on"], unique=False)
    op.create_table(
        "round_cards",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_out", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.Column("desk_asked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("desk_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("desk_done_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'returned') = (return_reason IS NOT NULL) AND (return_reason IS NULL "
            "OR return_reason IN ('moved', 'died', 'not_at_home', 'refused', 'wrong_name', "
            "'not_known', 'card_not_valid', 'other'))",
            name=op.f("ck_round_cards_return_has_reason"),
        ),
        sa.CheckConstraint(
            "(outcome = 'waiting') = (outcome_at IS NULL)",
            name=op.f("ck_round_cards_outcome_has_time"),
        ),
        sa.CheckConstraint(
            "NOT is_out OR outcome IN ('waiting', 'returned')",
            name=op.f("ck_round_cards_given_is_not_out"),
        ),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'handed_over', 'returned', 'not_counted')",
            name=op.f("ck_round_cards_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_round_cards_card_id_cards")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.round_id"], name=op.f("fk_round_cards_round_id_rounds")
        ),
        sa.PrimaryKeyConstraint("round_id", "card_id", name=op.f("pk_round_cards")),
    )
    op.create_index(
        "ix_round_cards_asked",
        "round_cards",
        ["round_id"],
        unique=False,
        postgresql_where=sa.text("desk_asked AND desk_done_at IS NULL"),
    )
    op.create_index(
        "uq_round_cards_out",
        "round_cards",
        ["card_id"],
        unique=True,
        postgresql_where=sa.text("is_out"),
    )
    op.create_table(
        "phone_journals",
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.round_id"], name=op.f("fk_phone_journals_round_id_rounds")
        ),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_phone_journals")),
    )
    op.create_index("ix_phone_journals_round_id", "phone_journals", ["round_id"], unique=False)
    op.create_table(
        "journal_lines",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("sealed_line", sa.LargeBinary(), nullable=True),
        sa.Column("settled_as", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal <> '')", name=op.f("ck_journal_lines_refused_says_why")
        ),
        sa.CheckConstraint("act IN ('hand_over', 'return')", name=op.f("ck_journal_lines_act")),
        sa.CheckConstraint(
            "settled_as IS NULL OR (settled_as IN ('returned', 'with_family') AND state = "
            "'refused')",
            name=op.f("ck_journal_lines_settled"),
        ),
        sa.CheckConstraint(
            "state IN ('accepted', 'already', 'refused')", name=op.f("ck_journal_lines_state")
        ),
        sa.CheckConstraint(
            "num_nonnulls(settled_as, settled_at, settled_by_name) IN (0, 3)",
            name=op.f("ck_journal_lines_settled_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["phone_journals.journal_id"],
            name=op.f("fk_journal_lines_journal_id_phone_journals"),
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_journal_lines")),
    )
    op.create_index(
        "ix_journal_lines_journal_id", "journal_lines", ["journal_id", "sequence"], unique=False
    )
    op.create_table(
        "quarantines",
        sa.Column("quarantine_id", sa.Uuid(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_batch", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('gap', 'chain_broken', 'sequence_repeated', 'changed_after', 'unreadable')",
            name=op.f("ck_quarantines_reason"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(released_at, released_by, released_by_name) IN (0, 3)",
            name=op.f("ck_quarantines_released_whole"),
        ),
        sa.CheckConstraint(
            "released_by <> holder", name=op.f("ck_quarantines_released_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["phone_journals.journal_id"],
            name=op.f("fk_quarantines_journal_id_phone_journals"),
        ),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantines")),
    )
    op.create_index("uq_quarantines_digest", "quarantines", ["journal_id", "digest"], unique=True)
    op.create_table(
        "hand_overs",
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("giver_name", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("sealed_collector_name", sa.LargeBinary(), nullable=True),
        sa.Column("collector_nik_index", sa.LargeBinary(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_signature", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_photo", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("held_because", sa.Text(), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_by", sa.Text(), nullable=True),
        sa.Column("judged_by_name", sa.Text(), nullable=True),
        sa.Column("sealed_judgement_note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(collector = 'representative') = (collector_nik_index IS NOT NULL)",
            name=op.f("ck_hand_overs_representative_known"),
        ),
        sa.CheckConstraint(
            "collector = 'head' OR sealed_collector_name IS NOT NULL",
            name=op.f("ck_hand_overs_named"),
        ),
        sa.CheckConstraint(
            "collector IN ('head', 'family_member', 'representative')",
            name=op.f("ck_hand_overs_collector"),
        ),
        sa.CheckConstraint(
            "document IN ('ktp', 'kk', 'surat_kuasa', 'ktp_and_surat_kuasa', "
            "'none_known_personally')",
            name=op.f("ck_hand_overs_document"),
        ),
        sa.CheckConstraint(
            "held_because IN ('collects_for_many', 'collector_is_staff')",
            name=op.f("ck_hand_overs_held_because"),
        ),
        sa.CheckConstraint(
            "judgement IN ('confirmed', 'refused')", name=op.f("ck_hand_overs_judgement")
        ),
        sa.CheckConstraint(
            "relation IN ('', 'spouse', 'child', 'parent', 'sibling', 'other_family', "
            "'neighbour', 'village_staff', 'other')",
            name=op.f("ck_hand_overs_relation"),
        ),
        sa.CheckConstraint("judged_by <> giver", name=op.f("ck_hand_overs_judged_by_another")),
        sa.CheckConstraint(
            "judgement IS NULL OR held_because IS NOT NULL",
            name=op.f("ck_hand_overs_judged_if_held"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(judgement, judged_at, judged_by, judged_by_name, "
            "sealed_judgement_note) IN (0, 5)",
            name=op.f("ck_hand_overs_judged_whole"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(latitude, longitude) IN (0, 2)", name=op.f("ck_hand_overs_position_whole")
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.card_id"], name=op.f("fk_hand_overs_card_id_cards")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.round_id"], name=op.f("fk_hand_overs_round_id_rounds")
        ),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_hand_overs")),
        sa.UniqueConstraint("card_id", name=op.f("uq_hand_overs_card_id")),
    )
    op.create_index(
        "ix_hand_overs_collector",
        "hand_overs",
        ["collector_nik_index", "received_at"],
        unique=False,
    )
    op.create_index("ix_hand_overs_giver", "hand_overs", ["giver", "handed_at"], unique=False)
    op.create_index(
        "ix_hand_overs_held",
        "hand_overs",
        ["region_code"],
        unique=False,
        postgresql_where=sa.text("held_because IS NOT NULL AND judgement IS NULL"),
    )
    op.create_index(
        "ix_hand_overs_region_code", "hand_overs", ["region_code", "received_at"], unique=False
    )
    op.create_index("ix_hand_overs_round_id", "hand_overs", ["round_id"], unique=False)
    op.create_table(
        "hand_over_flags",
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("measured", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Text(), nullable=True),
        sa.Column("seen_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "flag IN ('many_at_once', 'far_away', 'odd_hour', 'odd_clock')",
            name=op.f("ck_hand_over_flags_flag"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(seen_at, seen_by, seen_by_name) IN (0, 3)",
            name=op.f("ck_hand_over_flags_seen_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["hand_overs.handover_id"],
            name=op.f("fk_hand_over_flags_handover_id_hand_overs"),
        ),
        sa.PrimaryKeyConstraint("handover_id", "flag", name=op.f("pk_hand_over_flags")),
    )
    op.create_index(
        "ix_hand_over_flags_unseen",
        "hand_over_flags",
        ["flag"],
        unique=False,
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER card_counts_unless_held ON card_changes")
    op.drop_table("hand_over_flags")
    op.drop_table("hand_overs")
    op.drop_table("quarantines")
    op.drop_table("journal_lines")
    op.drop_table("phone_journals")
    op.drop_table("round_cards")
    op.drop_table("rounds")
    op.drop_table("giver_declarations")
    for function in ("card_counts_unless_held", "hand_over_judged_once", "hand_over_not_own"):
        op.execute(f"DROP FUNCTION {function}()")
