"""Every SQL statement of the desk's own lists."""

from sqlalchemy import text

ROWS_MAX = 20
_HERE = """EXISTS (SELECT 1 FROM unnest(CAST(:scopes AS text[])) s (code)
                  WHERE c.region_code = s.code OR c.region_code LIKE s.code || '.%')"""
# Cards that lie at a desk until their families come, by village.
AT_DESK = text(f"""
    SELECT c.region_code, count(*) AS cards, min(l.at) AS since
    FROM cards c JOIN card_changes l USING (card_id, version)
    WHERE c.state = 'at_desk' AND {_HERE}
    GROUP BY 1 ORDER BY 1
""")  # noqa: S608 - constants of the code
# Blocked by a person: another one may let them count again. What the registry suspended it lifts.
BLOCKED = text(f"""
    SELECT c.card_id, c.household_id, c.region_code, l.at, l.actor, l.actor_name, l.reason
    FROM cards c JOIN card_changes l USING (card_id, version)
    WHERE c.state = 'blocked' AND l.actor <> 'registry' AND {_HERE}
    ORDER BY l.at DESC LIMIT {ROWS_MAX}
""")  # noqa: S608
# What one person did since the day began.
OWN_WORK = text(f"""
    SELECT l.card_id, c.household_id, c.region_code, l.at, l.state, l.reason
    FROM card_changes l JOIN cards c USING (card_id)
    WHERE l.actor = :actor AND l.at >= :since AND l.change_id IS NOT NULL
    ORDER BY l.at DESC LIMIT {ROWS_MAX}
""")  # noqa: S608
OWN_COUNT = text("""
    SELECT count(*) FROM card_changes
    WHERE actor = :actor AND at >= :since AND change_id IS NOT NULL
""")
# The file that holds a card, and whether the desk has it made for this card alone.
FILE_OF = text("""
    SELECT b.batch_id, x.part, b.card_id IS NOT NULL AS is_own
    FROM print_batch_cards x JOIN print_batches b USING (batch_id)
    WHERE x.card_id = :card_id AND x.left_out = ''
""")
HAND_OVER_OF = text("""
    SELECT collector, relation, document, giver_name, handed_at, held_because, judgement
    FROM hand_overs WHERE card_id = :card_id
""")
# Numbers that this person tried within the last hour and that led nowhere here.
COUNT_MISSES = text("""
    SELECT count(*) FROM audit_log
    WHERE actor = :actor AND at > clock_timestamp() - interval '1 hour'
      AND action = 'household.searched' AND subject_id = 'kk'
      AND details->>'outcome' IN ('kk_unknown', 'outside_your_regions')
""")
