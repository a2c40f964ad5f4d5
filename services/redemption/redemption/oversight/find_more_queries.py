"""The other statements that find signals: balances, deaths, PINs and conflicts."""

from redemption.oversight.find_queries import AT, FIND_EARLY, REGENCY, SLACK, ids_of, raising

# How long after its closing time an act still counts as one at closing time.
AFTER_CLOSING = "interval '2 hours'"
_WHOLE = f"""
    WITH lines AS (
        SELECT r.*, {AT} AS at, ({AT} AT TIME ZONE 'Asia/Jakarta') AS local_at
        FROM redemptions r
        JOIN benefits b ON b.cycle_id = r.cycle_id AND b.id = r.benefit_id AND b.kind = 'balance'
        JOIN grants g ON (g.household_id, g.cycle_id, g.benefit_id, g.subject_id)
            = (r.household_id, r.cycle_id, r.benefit_id, r.subject_id)
        WHERE r.partner_id IN (SELECT partner_id FROM redemptions
                WHERE redeemed_at >= :since AND redeemed_at < :until)
          AND r.redeemed_at >= (SELECT min(coalesce(said_at, redeemed_at)) - {SLACK}
                FROM redemptions WHERE redeemed_at >= :since AND redeemed_at < :until)
          AND r.redeemed_at < :until AND r.remaining_rupiah = 0
          AND r.amount_rupiah * 100 >= CAST(:percent AS int) * g.amount_rupiah
    ), windows AS (
        SELECT *, lag(at, CAST(:acts AS int) - 1) OVER (PARTITION BY partner_id ORDER BY at, id)
                AS opened,
            EXISTS (SELECT 1 FROM partner_hours h WHERE h.partner_id = lines.partner_id
                AND h.weekday = extract(isodow FROM local_at) AND local_at
                BETWEEN local_at::date + h.closes_at - make_interval(mins => :closing_minutes)
                    AND local_at::date + h.closes_at + {AFTER_CLOSING}) AS is_closing
        FROM lines
    ), judged AS (
        SELECT *, max(CASE WHEN at - opened <= make_interval(mins => :minutes) THEN 1 ELSE 0 END)
            OVER (PARTITION BY partner_id ORDER BY at, id
                  ROWS BETWEEN CURRENT ROW AND CAST(:acts AS int) - 1 FOLLOWING) = 1 AS is_run
        FROM windows
    )
    SELECT 'partner' AS subject_kind, partner_id::text AS subject_id,
        local_at::date::text AS window_key, {REGENCY.format("region_code")} AS region_code,
        partner_id, max(partner_name) AS partner_name, CAST(NULL AS uuid) AS terminal_id,
        jsonb_build_object('run', count(*) FILTER (WHERE is_run), 'minutes', :minutes::int,
            'closing', count(*) FILTER (WHERE is_closing),
            'rupiah', sum(amount_rupiah) FILTER (WHERE is_run OR is_closing),
            'is_said', bool_or(said_at IS NOT NULL)) AS facts,
        {ids_of("id", "at, id", "is_run OR is_closing")} AS evidence,
        min(at) FILTER (WHERE is_run OR is_closing) AS first_at,
        max(at) FILTER (WHERE is_run OR is_closing) AS last_at
    FROM judged GROUP BY partner_id, local_at::date
    HAVING bool_or(is_run) OR count(*) FILTER (WHERE is_closing) >= CAST(:closing_acts AS int)
""".replace(":minutes::int", "CAST(:minutes AS int)")  # noqa: S608 - our own words only
_DEATH = f"""
    WITH touched AS (
        SELECT d.household_id FROM reported_deaths d
        WHERE d.noted_at >= :since AND d.noted_at < :until
        UNION
        SELECT r.household_id FROM redemptions r
        JOIN reported_deaths d ON d.household_id = r.household_id
        WHERE r.redeemed_at >= :since AND r.redeemed_at < :until
    ), lines AS (
        SELECT r.*, d.happened_on, d.is_alone, {AT} AS at,
            ({AT} AT TIME ZONE 'Asia/Jakarta')::date - d.happened_on AS days
        FROM touched t JOIN reported_deaths d ON d.household_id = t.household_id
        JOIN redemptions r ON r.household_id = d.household_id
        JOIN cards c ON c.card_id = r.card_id AND c.issued_at < d.changed_at
    )
    SELECT 'household' AS subject_kind, household_id::text AS subject_id,
        happened_on::text AS window_key, min(region_code) AS region_code,
        CAST(NULL AS uuid) AS partner_id, '' AS partner_name, CAST(NULL AS uuid) AS terminal_id,
        jsonb_build_object('acts', count(*), 'days', max(days), 'is_alone', bool_or(is_alone),
            'rupiah', sum(amount_rupiah), 'partners', count(DISTINCT partner_id),
            'is_said', bool_or(said_at IS NOT NULL)) AS facts,
        {ids_of("id", "at, id")} AS evidence, min(at) AS first_at, max(at) AS last_at
    FROM lines WHERE days > CASE WHEN is_alone THEN CAST(:alone_days AS int)
                                 ELSE CAST(:head_days AS int) END
    GROUP BY household_id, happened_on
"""  # noqa: S608
_PIN = f"""
    WITH touched AS (
        SELECT DISTINCT partner_id, terminal_id FROM pin_failures
        WHERE failed_at >= :since AND failed_at < :until
    ), failed AS (
        SELECT f.*, (f.failed_at AT TIME ZONE 'Asia/Jakarta')::date AS day
        FROM touched t JOIN pin_failures f ON f.partner_id = t.partner_id
            AND f.terminal_id IS NOT DISTINCT FROM t.terminal_id
            AND f.failed_at >= date_trunc('day', CAST(:since AS timestamptz), 'Asia/Jakarta')
            AND f.failed_at < :until
    )
    SELECT CASE WHEN f.terminal_id IS NULL THEN 'partner' ELSE 'terminal' END AS subject_kind,
        coalesce(f.terminal_id, f.partner_id)::text AS subject_id, f.day::text AS window_key,
        left(p.region_codes[1], 5) AS region_code, p.id AS partner_id, p.name AS partner_name,
        f.terminal_id,
        jsonb_build_object('failures', count(*), 'operators', count(DISTINCT f.operator),
            'cards', count(DISTINCT f.card_id),
            'locks', count(*) FILTER (WHERE f.attempts_left = 0)) AS facts,
        {ids_of("f.act_id", "f.failed_at, f.act_id")} AS evidence,
        min(f.failed_at) AS first_at, max(f.failed_at) AS last_at
    FROM failed f JOIN partners p ON p.id = f.partner_id
    GROUP BY f.terminal_id, f.partner_id, p.id, f.day
    HAVING count(*) >= CAST(:failures AS int)
        OR count(*) FILTER (WHERE f.attempts_left = 0) >= CAST(:locks AS int)
"""  # noqa: S608
_CONFLICTS = f"""
    WITH touched AS (
        SELECT DISTINCT partner_id FROM conflicts
        WHERE received_at >= :since AND received_at < :until
    ), of_partner AS (
        SELECT c.partner_id, max(c.partner_name) AS partner_name, count(*) AS conflicts,
            {REGENCY.format("c.region_code")} AS region_code,
            {ids_of("c.id", "c.received_at, c.id")} AS evidence,
            min(c.received_at) AS first_at, max(c.received_at) AS last_at
        FROM touched t JOIN conflicts c ON c.partner_id = t.partner_id
            AND c.received_at >= CAST(:until AS timestamptz) - make_interval(days => :days)
            AND c.received_at < :until
        GROUP BY c.partner_id
    ), counted AS (
        SELECT o.*, (SELECT count(*) FROM redemptions r WHERE r.partner_id = o.partner_id
            AND r.redeemed_at >= CAST(:until AS timestamptz) - make_interval(days => :days)
            AND r.redeemed_at < :until AND r.mode = 'offline') AS accepted
        FROM of_partner o
    )
    SELECT 'partner' AS subject_kind, partner_id::text AS subject_id,
        to_char(last_at AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM') AS window_key, region_code,
        partner_id, partner_name, CAST(NULL AS uuid) AS terminal_id,
        jsonb_build_object('conflicts', conflicts, 'accepted', accepted,
            'percent', round(100.0 * conflicts / (conflicts + accepted), 1),
            'days', CAST(:days AS int)) AS facts,
        evidence, first_at, last_at
    FROM counted WHERE conflicts >= CAST(:conflicts AS int)
        AND 100 * conflicts >= CAST(:percent AS int) * (conflicts + accepted)
"""  # noqa: S608
FIND = FIND_EARLY | {
    "whole_balances": raising(_WHOLE),
    "after_death": raising(_DEATH),
    "pin_failures": raising(_PIN),
    "conflict_share": raising(_CONFLICTS),
}
