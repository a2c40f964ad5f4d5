"""Every statement about other systems' profiles, messages, subscriptions and deliveries."""

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.dci.tables import (
    exchange_callbacks,
    exchange_clients,
    exchange_keys,
    exchange_messages,
    exchange_subscriptions,
)

_c = exchange_clients.c
# ----------------------------------------------------------------------------------- profiles
PROFILE = select(exchange_clients).where(_c.client_id == bindparam("client"))
LOCK_PROFILE = PROFILE.with_for_update()
PROFILES = select(exchange_clients).order_by(_c.created_at.desc()).limit(200)
INSERT_PROFILE = upsert(exchange_clients).on_conflict_do_nothing().returning(_c.client_id)
CHANGE_PROFILE = (
    update(exchange_clients)
    .where(_c.client_id == bindparam("client"))
    .values(
        sender_id=bindparam("new_sender_id"),
        agency_name=bindparam("new_agency_name"),
        purpose=bindparam("new_purpose"),
        legal_basis=bindparam("new_legal_basis"),
        regions=bindparam("new_regions"),
        fields=bindparam("new_fields"),
        roster_codes=bindparam("new_roster_codes"),
        callback_addresses=bindparam("new_callback_addresses"),
        public_keys=bindparam("new_public_keys"),
        keys_address=bindparam("new_keys_address"),
        needs_signature=bindparam("new_needs_signature"),
        valid_until=bindparam("new_valid_until"),
        changed_at=func.now(),
    )
)
SENDER_TAKEN = text("""
    SELECT EXISTS (SELECT 1 FROM exchange_clients
                   WHERE sender_id = :sender_id AND client_id <> :client)
""")
DISABLE_PROFILE = (
    update(exchange_clients)
    .where(_c.client_id == bindparam("client"), _c.disabled_at.is_(None))
    .values(disabled_at=func.now())
)

# ----------------------------------------------------------------------------------- messages
_m = exchange_messages.c
TAKE_MESSAGE = upsert(exchange_messages).on_conflict_do_nothing().returning(_m.correlation_id)
MESSAGE = select(exchange_messages).where(_m.correlation_id == bindparam("correlation"))
ANSWERED = (
    update(exchange_messages)
    .where(_m.correlation_id == bindparam("correlation"), _m.answered_at.is_(None))
    .values(outcome=bindparam("new_outcome"), answered_at=func.now())
)
# What a system sent before, by one of the three names it may use for it.
STATUS_OF = text("""
    SELECT correlation_id, transaction_id, outcome, answered_at, received_at, action
    FROM exchange_messages
    WHERE client_id = :client AND registry = :registry AND action = ANY(:actions)
      AND ((:by = 'transaction_id' AND transaction_id = :value)
        OR (:by = 'correlation_id' AND CAST(correlation_id AS text) = :value)
        OR (:by = 'reference_id_list' AND outcome -> 'references' ?| CAST(:references AS text[])))
    ORDER BY received_at DESC LIMIT 20
""")
COUNTS_OF_CLIENT = text("""
    SELECT action, count(*) AS messages, max(received_at) AS last_at
    FROM exchange_messages WHERE client_id = :client GROUP BY action ORDER BY 3 DESC
""")

# ------------------------------------------------------------------------------ subscriptions
_s = exchange_subscriptions.c
SUBSCRIBE = upsert(exchange_subscriptions).on_conflict_do_nothing().returning(_s.code)
SUBSCRIPTION = select(exchange_subscriptions).where(
    _s.code == bindparam("subscription"), _s.client_id == bindparam("client")
)
UNSUBSCRIBE = (
    update(exchange_subscriptions)
    .where(_s.code == bindparam("subscription"), _s.unsubscribed_at.is_(None))
    .values(unsubscribed_at=func.now())
)
SUBSCRIPTIONS_OF = (
    select(exchange_subscriptions)
    .where(_s.client_id == bindparam("client"))
    .order_by(_s.subscribed_at.desc())
    .limit(50)
)
_OPEN = """
    s.unsubscribed_at IS NULL AND c.disabled_at IS NULL AND c.valid_until >= current_date
    AND (s.starts_at IS NULL OR s.starts_at <= now()) AND (s.ends_at IS NULL OR s.ends_at > now())
"""
OPEN_SUBSCRIPTIONS = text(f"""
    SELECT s.*, c.regions, c.fields FROM exchange_subscriptions s
    JOIN exchange_clients c ON c.client_id = s.client_id
    WHERE {_OPEN} ORDER BY s.code LIMIT 500
""")  # noqa: S608
IS_ANYBODY_TOLD = text(f"""
    SELECT EXISTS (SELECT 1 FROM exchange_subscriptions s
        JOIN exchange_clients c ON c.client_id = s.client_id WHERE {_OPEN})
""")  # noqa: S608

# ------------------------------------------------------------------------------------ changes
# Every transaction before the snapshot's first unfinished one is over: what they wrote is seen
# whole and once, however long the import took that wrote it.
NEXT_HORIZON = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
HORIZON = text("SELECT transaction_number FROM exchange_horizon WHERE id = 1 FOR UPDATE")
BEGIN_HORIZON = text("""
    INSERT INTO exchange_horizon (id, transaction_number) VALUES (1, :number)
    ON CONFLICT (id) DO NOTHING
""")
MOVE_HORIZON = text("UPDATE exchange_horizon SET transaction_number = :number WHERE id = 1")
# A row's xmin has 32 bits of the number: the distance from the old horizon is taken round them.
_WRITTEN_SINCE = """
    mod(CAST(CAST({}.xmin AS text) AS bigint) - mod(:since, 4294967296) + 4294967296, 4294967296)
        < :till - :since
"""
NOTE_CHANGES = (
    text(f"""
        INSERT INTO exchange_changes (registry, event, household_id, subject_id)
        SELECT 'social', 'REGISTER', id, id FROM (
            SELECT h.id FROM households h WHERE {_WRITTEN_SINCE.format("h")}
            UNION SELECT p.household_id FROM persons p WHERE {_WRITTEN_SINCE.format("p")}) c
    """),  # noqa: S608
    text(f"""
        INSERT INTO exchange_changes (registry, event, household_id, subject_id)
        SELECT 'social', 'NewHouseHoldMember', p.household_id, p.id
        FROM persons p JOIN households h ON h.id = p.household_id
        WHERE {_WRITTEN_SINCE.format("p")} AND p.version = 1 AND NOT {_WRITTEN_SINCE.format("h")}
    """),  # noqa: S608
    text(f"""
        INSERT INTO exchange_changes (registry, event, household_id, subject_id)
        SELECT 'ibr', CASE WHEN e.state = 'active' AND e.version = 1
                           THEN 'enrollement' ELSE 'enrollement_status_change' END,
               e.household_id, e.id
        FROM enrolments e WHERE {_WRITTEN_SINCE.format("e")}
    """),  # noqa: S608
)
TAKE_CHANGES = text("""
    DELETE FROM exchange_changes WHERE id IN (
        SELECT id FROM exchange_changes ORDER BY id LIMIT :rows FOR UPDATE SKIP LOCKED)
    RETURNING id, registry, event, household_id, subject_id
""")

# ---------------------------------------------------------------------------------- callbacks
_b = exchange_callbacks.c
ENQUEUE = insert(exchange_callbacks)
# Claimed before it is sent and not after: a worker that dies leaves it to be tried again.
CLAIM_CALLBACK = text("""
    UPDATE exchange_callbacks SET attempts = attempts + 1,
        next_try_at = clock_timestamp() + make_interval(secs => :lease_s)
    WHERE id = (SELECT id FROM exchange_callbacks
                WHERE state = 'waiting' AND next_try_at <= clock_timestamp()
                ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, client_id, registry, action, address, correlation_id, body_sealed, attempts
""")
CALLBACK_DONE = text("""
    UPDATE exchange_callbacks SET state = :state, last_status = :status, last_fault = :fault,
        finished_at = clock_timestamp(),
        body_sealed = CASE WHEN :state = 'sent' THEN CAST('' AS bytea) ELSE body_sealed END
    WHERE id = :callback AND state = 'waiting'
""")
CALLBACK_LATER = text("""
    UPDATE exchange_callbacks SET last_status = :status, last_fault = :fault,
        next_try_at = clock_timestamp() + make_interval(secs => :wait_s)
    WHERE id = :callback AND state = 'waiting'
""")
CALLBACKS_OF = text("""
    SELECT id, action, state, attempts, next_try_at, last_status, last_fault, created_at,
           finished_at, body_sealed <> '' AS is_kept
    FROM exchange_callbacks WHERE client_id = :client
    ORDER BY (state = 'dead') DESC, created_at DESC LIMIT 30
""")
SEND_AGAIN = text("""
    UPDATE exchange_callbacks SET state = 'waiting', attempts = 0, finished_at = NULL,
        next_try_at = clock_timestamp()
    WHERE id = :callback AND client_id = :client AND state = 'dead' AND body_sealed <> ''
    RETURNING id
""")
# The id of a message is kept for ever (a replay must be known); what it said is not.
FORGET_MESSAGES = text("""
    UPDATE exchange_messages SET body_sealed = ''
    WHERE received_at < now() - make_interval(days => :days) AND body_sealed <> ''
""")
FORGET_CALLBACKS = text("""
    UPDATE exchange_callbacks SET body_sealed = ''
    WHERE state = 'dead' AND finished_at < now() - make_interval(days => :days)
      AND body_sealed <> ''
""")

# --------------------------------------------------------------------------------------- keys
_k = exchange_keys.c
LOCK_KEYS = text("SELECT pg_advisory_xact_lock(620018)")
SIGNING_KEY = (
    select(exchange_keys)
    .where(_k.published_until.is_(None))
    .order_by(_k.created_at.desc())
    .limit(1)
)
PUBLISHED_KEYS = (
    select(_k.public_jwk)
    .where((_k.published_until.is_(None)) | (_k.published_until > func.now()))
    .order_by(_k.created_at.desc())
)
INSERT_EXCHANGE_KEY = insert(exchange_keys)
RETIRE_EXCHANGE_KEYS = (
    update(exchange_keys)
    .where(_k.id != bindparam("kept"), _k.published_until.is_(None))
    .values(published_until=bindparam("until"))
)
