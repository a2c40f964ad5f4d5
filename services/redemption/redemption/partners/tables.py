"""The table of those who serve card holders."""

from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, Table, Text, Uuid, func

from redemption.partners.rules import KINDS, STATUSES
from redemption.schema import metadata


def one_of(column: str, words: tuple[str, ...]) -> str:
    """Return the SQL condition that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


partners = Table(
    "partners",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    # NPSN of a school, BPJS code of a clinic, and so on; empty where there is none.
    Column("outside_code", Text, nullable=False, server_default=""),
    # The regions whose families it may serve.
    Column("region_codes", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(one_of("kind", KINDS), name="kind"),
    CheckConstraint(one_of("status", STATUSES), name="status"),
    CheckConstraint("cardinality(region_codes) > 0", name="serves_somewhere"),
)
