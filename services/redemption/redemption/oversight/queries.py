"""Every other SQL statement of oversight: progress, deaths, places, the queue and judgements."""

from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from redemption.oversight.rules import RIGHT_OUTCOMES
from redemption.redeeming.line_queries import LINES

# One worker looks at a time; another one's turn is simply skipped.
TRY_LOOK = text("SELECT pg_try_advisory_xact_lock(620023)")
DONE_UNTIL = text("SELECT done_until FROM signal_progress WHERE kind = :kind")
# Before anything was looked at: from the first line there is.
FIRST_LINE = text("SELECT min(redeemed_at) FROM redemptions")
SET_DONE = text("""
    INSERT INTO signal_progress (kind, done_until) VALUES (:kind, :until)
    ON CONFLICT (kind) DO UPDATE SET done_until = excluded.done_until
""")
NOTE_DEATH = text("""
    INSERT INTO reported_deaths (household_id, happened_on, is_alone, region_code, changed_at)
    VALUES (:household_id, :happened_on, :is_alone, :region_code, :changed_at)
    ON CONFLICT (household_id, happened_on) DO UPDATE SET
        is_alone = excluded.is_alone, region_code = excluded.region_code,
        changed_at = excluded.changed_at, noted_at = now()
    WHERE reported_deaths.changed_at < excluded.changed_at
""")
SET_PLACE = text("""
    INSERT INTO partner_places (partner_id, latitude, longitude, noted_by, noted_by_name)
    VALUES (:partner_id, :latitude, :longitude, :by, :by_name)
    ON CONFLICT (partner_id) DO UPDATE SET latitude = excluded.latitude,
        longitude = excluded.longitude, noted_by = excluded.noted_by,
        noted_by_name = excluded.noted_by_name, noted_at = now()
""")
PLACES = text("SELECT * FROM partner_places")
_IN_REGIONS = """(s.region_code = ANY(CAST(:scopes AS text[]))
    OR s.region_code LIKE ANY(CAST(:below AS text[])))"""
_SHOWN = """s.*, cardinality(s.evidence) AS evidence_count,
    (SELECT max(j.judged_at) FROM signal_judgements j WHERE j.signal_id = s.id) AS judged_at"""
QUEUE = text(f"""
    SELECT {_SHOWN} FROM signals s
    WHERE {_IN_REGIONS} AND (:is_all OR s.state <> 'closed') AND (:kind = '' OR s.kind = :kind)
    ORDER BY (s.state = 'closed'), s.is_grave DESC, s.last_at DESC, s.id LIMIT :rows OFFSET :skip
""")  # noqa: S608 - our own words only
COUNTS = text(f"""
    SELECT s.kind, count(*) AS waiting FROM signals s
    WHERE {_IN_REGIONS} AND s.state <> 'closed' GROUP BY s.kind
""")  # noqa: S608
ONE = text(f"SELECT {_SHOWN} FROM signals s WHERE s.id = :id")  # noqa: S608
LOCK = text("SELECT * FROM signals WHERE id = :id FOR UPDATE")
JUDGEMENTS = text("SELECT * FROM signal_judgements WHERE signal_id = :id ORDER BY look")
JUDGE = text("""
    INSERT INTO signal_judgements (signal_id, look, outcome, reason, evidence_count, judged_by,
        judged_by_name, first_judged_by)
    VALUES (:id, :look, :outcome, :reason, :evidence_count, :by, :by_name, :first_by)
""")
SET_STATE = text("UPDATE signals SET state = :state, outcome = :outcome WHERE id = :id")
# How often a kind was right since its present threshold, and before.
STATISTICS = text(f"""
    SELECT s.kind, s.measure_id, count(*) AS raised,
        count(*) FILTER (WHERE s.state <> 'closed') AS waiting,
        count(*) FILTER (WHERE s.state = 'closed') AS judged,
        count(*) FILTER (WHERE s.outcome IN {RIGHT_OUTCOMES!r}) AS led_further,
        count(*) FILTER (WHERE s.outcome = 'explained') AS explained,
        count(*) FILTER (WHERE s.outcome = 'false_alarm') AS false_alarms
    FROM signals s WHERE {_IN_REGIONS} GROUP BY s.kind, s.measure_id
    ORDER BY s.kind, max(s.raised_at) DESC
""")  # noqa: S608
EVIDENCE = (
    select(LINES)
    .where(LINES.c.id == bindparam("ids", type_=ARRAY(Uuid)).any_())
    .order_by(LINES.c.redeemed_at, LINES.c.id)
)
CONFLICTS = text("""
    SELECT id, code, partner_name, said_at, received_at, amount_rupiah, quantity, operator_name
    FROM conflicts WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY received_at, id
""")

# Wrong PINs, each with who stood at the counter: never what was typed.
PIN_EVIDENCE = text("""
    SELECT f.failed_at, f.card_id, f.attempts_left, coalesce(o.name, '') AS operator_name
    FROM pin_failures f
    LEFT JOIN partner_operators o ON (o.partner_id, o.subject) = (f.partner_id, f.operator)
    WHERE f.act_id = ANY(CAST(:ids AS uuid[])) ORDER BY f.failed_at, f.attempts_left DESC
""")
DEATH = text("""
    SELECT happened_on, changed_at FROM reported_deaths
    WHERE household_id = :household_id AND happened_on = :happened_on
""")


def scope(regions: tuple[str, ...]) -> dict[str, Any]:
    """Return the values by which statements find some regions and all below them."""
    return {"scopes": list(regions), "below": [f"{code}.%" for code in regions]}
