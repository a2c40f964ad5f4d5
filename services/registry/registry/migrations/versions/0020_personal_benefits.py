"""Benefits of single persons, and what a balance may be spent on."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
CHECKS = {
    "subject": "subject IN ('household', 'person')",
    "members_of_persons_only": "subject = 'person' OR (num_nonnulls(age_from, age_to, ages_on) = 0 "
    "AND cardinality(relations) = 0)",
    "ages": "0 <= age_from AND age_from <= age_to AND age_to <= 150",
    "goods": "kind = 'balance' OR cardinality(goods_categories) = 0",
}
NO_WORDS = sa.text("'{}'::text[]")


def upgrade() -> None:
    household = sa.text("'household'")
    for column in (
        sa.Column("subject", sa.Text(), server_default=household, nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("ages_on", sa.Date(), nullable=True),
        sa.Column("relations", sa.ARRAY(sa.Text()), server_default=NO_WORDS, nullable=False),
        sa.Column("goods_categories", sa.ARRAY(sa.Text()), server_default=NO_WORDS, nullable=False),
    ):
        op.add_column("benefits", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_benefits_{name}"), "benefits", condition)
    op.create_table(
        "enrolled_persons",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("benefit_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_enrolled_persons_enrolment_id_enrolments"),
        ),
        sa.PrimaryKeyConstraint("cycle_id", "person_id", name=op.f("pk_enrolled_persons")),
    )
    op.create_index("ix_enrolled_persons_enrolment_id", "enrolled_persons", ["enrolment_id"])


def downgrade() -> None:
    op.drop_index("ix_enrolled_persons_enrolment_id", table_name="enrolled_persons")
    op.drop_table("enrolled_persons")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_benefits_{name}"), "benefits")
    for name in ("goods_categories", "relations", "ages_on", "age_to", "age_from", "subject"):
        op.drop_column("benefits", name)
