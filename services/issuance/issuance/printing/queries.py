"""Every SQL statement about print batches, their parts and their files."""

from sqlalchemy import bindparam, insert, select, text, update

from issuance.printing.rules import CARDS_PER_BATCH_MAX
from issuance.printing.tables import print_batches, print_files, print_parts

_batches, _parts = print_batches, print_parts
IN_REGION = "(c.region_code = :region_code OR c.region_code LIKE :inside)"
# What somebody else is just claiming is passed over: two who ask at once never get the same card.
CLAIM_WAITING = text(f"""
    SELECT c.card_id, c.household_id, c.region_code, h.sealed_head_name
    FROM cards c JOIN card_households h USING (household_id)
    WHERE c.state = 'signed' AND {IN_REGION}
    ORDER BY c.region_code, c.card_id LIMIT {CARDS_PER_BATCH_MAX} FOR UPDATE OF c SKIP LOCKED
""")  # noqa: S608 - constants of the code
CLAIM_ONE = text("""
    SELECT c.card_id, c.household_id, c.region_code, c.state
    FROM cards c WHERE c.card_id = :card_id FOR UPDATE
""")
COUNT_WAITING = text(f"""
    SELECT c.region_code, count(*) AS cards FROM cards c
    WHERE c.state = 'signed' AND {IN_REGION} GROUP BY 1 ORDER BY 1
""")  # noqa: S608
INSERT_BATCH = insert(_batches)
INSERT_PARTS = text("""
    INSERT INTO print_parts (batch_id, part, region_code, cards, state)
    SELECT :batch_id, part, region_code, cards, 'queued'
    FROM unnest(CAST(:parts AS int[]), CAST(:region_codes AS text[]), CAST(:cards AS int[]))
        AS planned (part, region_code, cards)
""")
# A card that came back (it was blocked, or its batch cancelled) leaves the file it was meant for.
LEAVE_OTHER_FILES = text("""
    UPDATE print_batch_cards SET left_out = 'signed'
    WHERE card_id = ANY(CAST(:card_ids AS text[])) AND left_out = ''
""")
INSERT_BATCH_CARDS = text("""
    INSERT INTO print_batch_cards (batch_id, part, position, card_id)
    SELECT :batch_id, :part, place - 1, card_id
    FROM unnest(CAST(:card_ids AS text[])) WITH ORDINALITY AS chosen (card_id, place)
""")

SELECT_BATCH = select(_batches).where(_batches.c.batch_id == bindparam("id"))
_PART = (_parts.c.batch_id == bindparam("id"), _parts.c.part == bindparam("number"))
SELECT_PART_FOR_UPDATE = select(_parts).where(*_PART).with_for_update()
SELECT_PARTS_FOR_UPDATE = (
    select(_parts)
    .where(_parts.c.batch_id == bindparam("id"))
    .order_by(_parts.c.part)
    .with_for_update()
)
# A part with what people did with its file.
_PARTS_WITH_STORY = """
    SELECT p.*, coalesce(d.downloads, 0) AS downloads, d.last_at, d.last_by_name, d.last_reason,
           n.good, n.spoiled, n.counted_at, n.counted_by, n.counted_by_name,
           r.received, r.missing, r.received_at, r.received_by_name, r.place,
           coalesce(f.to_destroy, 0) AS to_destroy,
           (SELECT count(*) FROM print_batch_cards o
            WHERE o.batch_id = p.batch_id AND o.part = p.part AND o.left_out <> '') AS left_out
    FROM print_parts p
    LEFT JOIN LATERAL (
        SELECT max(number) AS downloads, max(taken_at) AS last_at,
               (array_agg(taken_by_name ORDER BY number DESC))[1] AS last_by_name,
               (array_agg(reason ORDER BY number DESC))[1] AS last_reason
        FROM print_downloads WHERE batch_id = p.batch_id AND part = p.part) d ON true
    LEFT JOIN print_counts n ON n.batch_id = p.batch_id AND n.part = p.part
    LEFT JOIN print_receipts r ON r.batch_id = p.batch_id AND r.part = p.part
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE destroyed_at IS NULL) AS to_destroy
        FROM print_faults WHERE batch_id = p.batch_id AND part = p.part) f ON true
    WHERE p.batch_id = :id
"""
SELECT_PARTS = text(f"{_PARTS_WITH_STORY} ORDER BY p.part")
SELECT_PART = text(f"{_PARTS_WITH_STORY} AND p.part = :number")
SELECT_PART_CARDS = text("""
    SELECT p.position, p.card_id, p.left_out, c.state, c.region_code,
           f.kind AS fault, f.destroyed_at, f.destroyed_by_name
    FROM print_batch_cards p JOIN cards c USING (card_id)
    LEFT JOIN print_faults f USING (card_id, batch_id, part)
    WHERE p.batch_id = :id AND p.part = :number ORDER BY p.position
""")
_MINE = """EXISTS (SELECT 1 FROM unnest(CAST(:regions AS text[])) AS r (code)
           WHERE {code} = r.code OR {code} LIKE r.code || '.%' {or_wider})"""
BATCHES_SHOWN = 50
# Batches of one's regions, and wider ones with a file for one's own.
SELECT_BATCHES = text(f"""
    SELECT b.*, s.states, s.made, s.in_files, s.counted, s.received
    FROM print_batches b
    JOIN LATERAL (
        SELECT array_agg(DISTINCT p.state) AS states,
               count(*) FILTER (WHERE p.state = 'printed') AS made,
               coalesce(sum(p.cards_in_file), 0) AS in_files,
               count(n.part) AS counted, count(e.part) AS received
        FROM print_parts p
        LEFT JOIN print_counts n ON n.batch_id = p.batch_id AND n.part = p.part
        LEFT JOIN print_receipts e ON e.batch_id = p.batch_id AND e.part = p.part
        WHERE p.batch_id = b.batch_id) s ON true
    WHERE {
    _MINE.format(code="b.region_code", or_wider="OR r.code LIKE b.region_code || '.%'")
} AND EXISTS (SELECT 1 FROM print_parts p WHERE p.batch_id = b.batch_id AND {
    _MINE.format(code="p.region_code", or_wider="")
})
    ORDER BY b.requested_at DESC, b.batch_id LIMIT {BATCHES_SHOWN}
""")  # noqa: S608

# One worker has a part for a while; one that died loses it when that is over.
TAKE_PART = text("""
    UPDATE print_parts SET taken_until = :until, tries = tries + 1
    WHERE (batch_id, part) = (
        SELECT p.batch_id, p.part FROM print_parts p JOIN print_batches b USING (batch_id)
        WHERE p.state = 'queued' AND b.kind = :kind
              AND (p.taken_until IS NULL OR p.taken_until <= :now)
        ORDER BY b.requested_at, b.batch_id, p.part LIMIT 1 FOR UPDATE OF p SKIP LOCKED)
    RETURNING batch_id, part, region_code, tries, signature_request_id
""")
COUNT_QUEUED = text("""
    SELECT count(*) FROM print_parts p JOIN print_batches b USING (batch_id)
    WHERE p.state = 'queued' AND b.kind = :kind AND (p.taken_until IS NULL OR p.taken_until <= :now)
""")
# What is drawn of a part: only cards that are still on their way to the printer.
SELECT_CARDS_TO_DRAW = text("""
    SELECT c.card_id, c.household_id, c.region_code, c.sealed_token, c.expires_at, h.sealed_photo
    FROM print_batch_cards p JOIN cards c USING (card_id)
    LEFT JOIN household_photos h USING (household_id)
    WHERE p.batch_id = :id AND p.part = :number AND p.left_out = '' AND c.state = 'in_print'
    ORDER BY p.position
""")
LOCK_CARDS_OF_PART = text("""
    SELECT c.card_id, c.state FROM print_batch_cards p JOIN cards c USING (card_id)
    WHERE p.batch_id = :id AND p.part = :number AND p.left_out = ''
    ORDER BY c.card_id FOR UPDATE OF c
""")
MARK_LEFT_OUT = text("""
    UPDATE print_batch_cards p SET left_out = c.state FROM cards c
    WHERE p.batch_id = :id AND p.part = :number AND c.card_id = p.card_id
          AND p.card_id = ANY(CAST(:card_ids AS text[]))
""")
INSERT_FILE = insert(print_files)
SELECT_FILE = select(print_files.c.sealed).where(
    print_files.c.batch_id == bindparam("id"), print_files.c.part == bindparam("number")
)
UPDATE_PRINTED = (
    update(_parts)
    .where(*_PART)
    .values(
        state="printed",
        taken_until=None,
        failure="",
        made_at=bindparam("at"),
        sha256=bindparam("digest"),
        file_bytes=bindparam("size"),
        cards_in_file=bindparam("cards_held"),
    )
)
UPDATE_PART_STATE = (
    update(_parts).where(*_PART).values(state=bindparam("new_state"), taken_until=None)
)
NOTE_FAILURE = text("""
    UPDATE print_parts SET failure = :failure, taken_until = NULL,
           state = CASE WHEN tries >= :tries_max THEN 'failed' ELSE state END
    WHERE batch_id = :id AND part = :number AND state = 'queued'
""")
# What was not a failure does not count as a try.
GIVE_BACK = text("""
    UPDATE print_parts SET taken_until = :until, tries = greatest(tries - 1, 0),
           signature_request_id = coalesce(:request_id, signature_request_id)
    WHERE batch_id = :id AND part = :number AND state = 'queued'
""")
RETRY_FAILED = text("""
    UPDATE print_parts SET state = 'queued', tries = 0, taken_until = NULL
    WHERE batch_id = :id AND state = 'failed' RETURNING part
""")
CANCEL_UNMADE = text("""
    UPDATE print_parts SET state = 'cancelled', taken_until = NULL
    WHERE batch_id = :id AND state IN ('queued', 'failed') RETURNING part
""")
MARK_CANCELLED = text("""
    UPDATE print_batches SET cancelled_at = :at, cancelled_by = :by, cancelled_by_name = :by_name
    WHERE batch_id = :id AND cancelled_at IS NULL
""")
SELECT_CARDS_OF_PARTS = text("""
    SELECT card_id FROM print_batch_cards
    WHERE batch_id = :id AND part = ANY(CAST(:parts AS int[])) ORDER BY card_id
""")
STRAYS_AT_ONCE_MAX = 1_000
# In print by its state, and in no file that is yet to be made, however that came about: it waits
# for a batch again.
SELECT_STRAYS = text(f"""
    SELECT c.card_id, c.region_code FROM cards c
    WHERE c.state = 'in_print' AND NOT EXISTS (
        SELECT 1 FROM print_batch_cards p JOIN print_parts t USING (batch_id, part)
        WHERE p.card_id = c.card_id AND p.left_out = '' AND t.state IN ('queued', 'failed'))
    ORDER BY c.card_id LIMIT {STRAYS_AT_ONCE_MAX} FOR UPDATE OF c SKIP LOCKED
""")  # noqa: S608
# Printed by its state although its file was received: it was blocked then, and is not any more. Or
# it was printed by the older program, which had no counts and called signed cards printed.
SELECT_UNBLOCKED_SINCE = text(f"""
    SELECT c.card_id, coalesce(r.place, c.region_code) AS place,
           CASE WHEN r.place IS NULL THEN 'printed_before_counts' ELSE 'print_received' END
               AS reason
    FROM cards c
    LEFT JOIN print_batch_cards p ON p.card_id = c.card_id AND p.left_out = ''
    LEFT JOIN print_receipts r ON r.batch_id = p.batch_id AND r.part = p.part
    WHERE c.state = 'printed' AND (r.place IS NOT NULL OR EXISTS (
        SELECT 1 FROM card_changes l
        WHERE l.card_id = c.card_id AND l.old_state = 'signed' AND l.state = 'printed'))
    ORDER BY c.card_id LIMIT {STRAYS_AT_ONCE_MAX} FOR UPDATE OF c SKIP LOCKED
""")  # noqa: S608
