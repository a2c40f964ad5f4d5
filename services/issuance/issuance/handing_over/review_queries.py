"""Every SQL statement about hand-overs that another person looks at."""

from sqlalchemy import bindparam, text, update

from issuance.handing_over.tables import hand_overs

_IN_REGIONS = """EXISTS (SELECT 1 FROM unnest(CAST(:regions AS text[])) AS r (code)
    WHERE o.region_code = r.code OR o.region_code LIKE r.code || '.%')"""
# `others` are the families for whom the same person has collected, this one included.
SELECT_HELD = text(f"""
    SELECT o.*, h.sealed_head_name, (SELECT count(DISTINCT x.household_id) FROM hand_overs x
        WHERE x.collector_nik_index = o.collector_nik_index) AS families
    FROM hand_overs o JOIN card_households h USING (household_id)
    WHERE o.held_because IS NOT NULL AND o.judgement IS NULL AND {_IN_REGIONS}
    ORDER BY o.received_at LIMIT 100
""")  # noqa: S608 - constants of the code
SELECT_FLAGGED = text(f"""
    SELECT f.flag, f.measured, o.handover_id, o.household_id, o.region_code, o.giver, o.giver_name,
        o.handed_at, o.received_at, h.sealed_head_name
    FROM hand_over_flags f JOIN hand_overs o USING (handover_id)
        JOIN card_households h USING (household_id)
    WHERE f.seen_at IS NULL AND {_IN_REGIONS}
    ORDER BY o.received_at, f.flag LIMIT 100
""")  # noqa: S608 - constants of the code
COUNT_HELD = text(f"""
    SELECT count(*) FROM hand_overs o
    WHERE o.held_because IS NOT NULL AND o.judgement IS NULL AND {_IN_REGIONS}
""")  # noqa: S608 - constants of the code
JUDGE = (
    update(hand_overs)
    .where(hand_overs.c.handover_id == bindparam("id"))
    .values(
        judgement=bindparam("word"),
        judged_at=bindparam("at"),
        judged_by=bindparam("by"),
        judged_by_name=bindparam("by_name"),
        sealed_judgement_note=bindparam("note"),
    )
    .returning(*hand_overs.c)
)
LOCK_CARD_OF = text("""
    SELECT c.* FROM cards c JOIN hand_overs o USING (card_id)
    WHERE o.handover_id = :id FOR UPDATE OF c
""")
MARK_SEEN = text("""
    UPDATE hand_over_flags SET seen_at = :at, seen_by = :by, seen_by_name = :by_name
    WHERE handover_id = :id AND flag = :flag AND seen_at IS NULL
""")
