"""Every statement about columns that a person has to name, or has named."""

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as put

from registry.intake.tables import column_mappings, column_samples, import_batches

_m = column_mappings.c
_s = column_samples.c
_b = import_batches.c
PUT_SAMPLE = (
    put(column_samples)
    .values(import_id=bindparam("import_id"), content=bindparam("content"))
    .on_conflict_do_update(index_elements=[_s.import_id], set_={"content": bindparam("content")})
)
SAMPLE = select(_s.content).where(_s.import_id == bindparam("import_id"))
FORGET_SAMPLE = delete(column_samples).where(_s.import_id == bindparam("import_id"))
INSERT_MAPPING = insert(column_mappings)
MAPPING = select(column_mappings).where(_m.id == bindparam("mapping_id"))
# Of the mappings of one header the nearest counts (a village's own before its regency's), and of
# these the newest.
MAPPINGS_FOR = text("""
    SELECT DISTINCT ON (header_hash) header_hash, kind, places, made_by_name, made_at
    FROM column_mappings
    WHERE region_code = :region_code OR :region_code LIKE region_code || '.%'
    ORDER BY header_hash, length(region_code) DESC, made_at DESC
""")
# Only a file that is being read may turn out to need this.
NEEDS_MAPPING = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .where(_b.state == "uploaded")
    .values(state="needs_mapping")
)
READ_AGAIN = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .where(_b.state == "needs_mapping")
    .values(state="uploaded")
)
# What a person said was wrong: what was read by it goes, and the person is asked once more.
ASK_AGAIN = (
    update(import_batches)
    .where(_b.id == bindparam("import_id"))
    .values(state="uploaded", counts=text("'{}'::jsonb"), about=text("'{}'::jsonb"))
)
