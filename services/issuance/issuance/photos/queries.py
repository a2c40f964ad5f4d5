"""Every SQL statement about photos."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from issuance.photos.tables import household_photos

_OF_THE_FAMILY = household_photos.c.household_id == bindparam("id")

SELECT_PHOTO = select(household_photos).where(_OF_THE_FAMILY)
_NEW = upsert(household_photos)
STORE = _NEW.on_conflict_do_update(
    index_elements=["household_id"],
    set_={
        name: _NEW.excluded[name]
        for name in (
            "photo_id",
            "sealed_photo",
            "source",
            "consent_by",
            "taken_by",
            "taken_by_name",
            "taken_at",
        )
    },
)
REMOVE = delete(household_photos).where(_OF_THE_FAMILY).returning(household_photos.c.photo_id)
