"""The photo of a family's head, when the family wanted one on its card."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
)

from issuance.photos.rules import CONSENT_BY, SEALED_BYTES_MAX, SOURCES
from issuance.schema import metadata


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


household_photos = Table(
    "household_photos",
    metadata,
    Column("household_id", Uuid, ForeignKey("card_households.household_id"), primary_key=True),
    # The client's id of this photo: the same one sent twice is one photo.
    Column("photo_id", Uuid, nullable=False, unique=True),
    # A JPEG, sealed, context "household_photos.photo:<household_id>".
    Column("sealed_photo", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    # Who of the family agreed that it is on the card; without that there is no photo.
    Column("consent_by", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_by_name", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(f"source IN ({_quoted(SOURCES)})", name="source"),
    CheckConstraint(f"consent_by IN ({_quoted(CONSENT_BY)})", name="consent_by"),
    CheckConstraint(f"octet_length(sealed_photo) <= {SEALED_BYTES_MAX}", name="size"),
)
