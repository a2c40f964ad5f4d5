"""The statements that find signals, one per kind, over what came since the last look.

They read the lines of other rooms as sets (redemptions, companions' acts, conflicts, hours), for
a loop over rows would take minutes where these take a second. A moment is when the service wrote
a line, or what the phone said of a line written without network.
"""

from sqlalchemy import TextClause, text

from redemption.oversight.rules import EVIDENCE_MAX

AT = "coalesce(r.said_at, r.redeemed_at)"
# How long after it was given a line may still come, and how far back lines are looked at again.
LOOK_BACK = "interval '60 days'"
SLACK = "interval '1 day'"
# A journey longer than this says nothing about speed; nearer than this, nothing about distance.
FAR_HOURS, FAR_KM = 12, 10
# A partner whose point nobody noted lies somewhere in its village: so much nearer it may be.
ROUGH_KM = 10
_COLUMNS = (
    "subject_kind, subject_id, window_key, region_code, partner_id, partner_name, terminal_id, "
    "facts, evidence, first_at, last_at"
)
REGENCY = "mode() WITHIN GROUP (ORDER BY left({}, 5))"


def ids_of(column: str, order: str, only: str = "") -> str:
    """Return the expression that gathers ids as evidence, so many at most."""
    chosen = f" FILTER (WHERE {only})" if only else ""
    return f"(array_agg({column} ORDER BY {order}){chosen})[1:{EVIDENCE_MAX}]"


def raising(found: str) -> TextClause:
    """Return the statement that raises what is found; more evidence is added to what is there."""
    return text(f"""
    INSERT INTO signals (id, kind, measure_id, is_grave, {_COLUMNS})
    SELECT gen_random_uuid(), :kind, CAST(:measure_id AS uuid), CAST(:is_grave AS boolean),
        {_COLUMNS}
    FROM ({found}) found
    ON CONFLICT (kind, subject_id, window_key) DO UPDATE SET
        facts = excluded.facts, evidence = excluded.evidence, first_at = excluded.first_at,
        last_at = excluded.last_at, changed_at = now()
    WHERE signals.facts IS DISTINCT FROM excluded.facts
       OR signals.evidence IS DISTINCT FROM excluded.evidence
    RETURNING id, (xmax = 0) AS is_new
    """)  # noqa: S608 - our own words only


_COMPANION = f"""
    WITH fresh AS (
        SELECT DISTINCT companion_id, cycle_id FROM companion_acts
        WHERE used_at >= :since AND used_at < :until
    )
    SELECT 'companion' AS subject_kind, a.companion_id::text AS subject_id,
        a.cycle_id::text AS window_key, {REGENCY.format("a.region_code")} AS region_code,
        CAST(NULL AS uuid) AS partner_id, '' AS partner_name, CAST(NULL AS uuid) AS terminal_id,
        jsonb_build_object('families', count(DISTINCT a.household_id), 'acts', count(*),
            'held', count(*) FILTER (WHERE a.is_held),
            'authorised', count(*) FILTER (WHERE a.authorisation_id IS NOT NULL),
            'partners', count(DISTINCT a.partner_id)) AS facts,
        {ids_of("a.id", "a.used_at, a.id")} AS evidence,
        min(a.used_at) AS first_at, max(a.used_at) AS last_at
    FROM companion_acts a JOIN fresh USING (companion_id, cycle_id)
    WHERE a.used_at IS NOT NULL GROUP BY a.companion_id, a.cycle_id
    HAVING count(DISTINCT a.household_id) >= :families OR bool_or(a.is_held)
"""  # noqa: S608
# A window of so many lines that is short enough; every line in such a window is evidence.
_FAST = f"""
    WITH touched AS (
        SELECT r.partner_id, r.terminal_id, r.mode,
            CASE WHEN r.terminal_id IS NULL THEN r.redeemed_by END AS operator,
            min({AT}) AS from_at, max({AT}) AS to_at
        FROM redemptions r WHERE r.redeemed_at >= :since AND r.redeemed_at < :until
        GROUP BY 1, 2, 3, 4
    ), lines AS (
        SELECT r.id, r.partner_id, r.partner_name, r.terminal_id, r.mode, t.operator,
            r.region_code, {AT} AS at,
            lag({AT}, CAST(:acts AS int) - 1) OVER one AS opened
        FROM touched t JOIN redemptions r ON r.partner_id = t.partner_id
            AND r.redeemed_at >= greatest(t.from_at - {SLACK}, :since - {LOOK_BACK})
            AND r.terminal_id IS NOT DISTINCT FROM t.terminal_id AND r.mode = t.mode
            AND (t.operator IS NULL OR r.redeemed_by = t.operator)
            AND {AT} BETWEEN t.from_at - {SLACK} AND t.to_at + {SLACK}
        WINDOW one AS (PARTITION BY r.partner_id, r.terminal_id, t.operator, r.mode
                       ORDER BY {AT}, r.id)
    ), judged AS (
        SELECT *, max(CASE WHEN at - opened <= make_interval(mins => :minutes) THEN 1 ELSE 0 END)
            OVER (PARTITION BY partner_id, terminal_id, operator, mode ORDER BY at, id
                  ROWS BETWEEN CURRENT ROW AND CAST(:acts AS int) - 1 FOLLOWING) = 1 AS is_fast
        FROM lines
    )
    SELECT CASE WHEN terminal_id IS NULL THEN 'operator' ELSE 'terminal' END AS subject_kind,
        coalesce(terminal_id::text, partner_id::text || ':' || operator) AS subject_id,
        mode || ':' || (at AT TIME ZONE 'Asia/Jakarta')::date AS window_key,
        {REGENCY.format("region_code")} AS region_code,
        partner_id, max(partner_name) AS partner_name, terminal_id,
        jsonb_build_object('acts', count(*), 'needed', CAST(:acts AS int),
            'minutes', CAST(:minutes AS int),
            'seconds', round(extract(epoch FROM min(at - opened))),
            'is_said', mode = 'offline') AS facts,
        {ids_of("id", "at, id")} AS evidence, min(at) AS first_at, max(at) AS last_at
    FROM judged WHERE is_fast
    GROUP BY partner_id, terminal_id, operator, mode, (at AT TIME ZONE 'Asia/Jakarta')::date
"""  # noqa: S608
# `least` passes over what is unknown, so a place that nobody noted is asked for by itself. What
# was given under a lease was given where the phone had gone, not where its partner stands.
_KM = """CASE WHEN p.latitude IS NOT NULL AND q.latitude IS NOT NULL
    THEN (6371 * 2 * asin(least(1, sqrt(
    power(sin(radians(q.latitude - p.latitude) / 2), 2) + cos(radians(p.latitude))
    * cos(radians(q.latitude)) * power(sin(radians(q.longitude - p.longitude) / 2), 2))))) END"""
_FAR = f"""
    WITH places AS (
        SELECT m.id AS partner_id, coalesce(n.latitude, v.latitude) AS latitude,
            coalesce(n.longitude, v.longitude) AS longitude,
            CASE WHEN n.partner_id IS NULL THEN {ROUGH_KM} ELSE 0 END AS rough_km
        FROM partners m LEFT JOIN partner_places n ON n.partner_id = m.id
        LEFT JOIN jsonb_to_recordset(CAST(:villages AS jsonb))
            AS v(code text, latitude float8, longitude float8) ON v.code = m.village_code
    ), pairs AS (
        SELECT r.card_id, r.region_code, r.id AS one, o.id AS other, r.partner_name,
            least(r.moment, coalesce(o.said_at, o.redeemed_at)) AS first_at,
            greatest(r.moment, coalesce(o.said_at, o.redeemed_at)) AS last_at,
            r.said_at IS NOT NULL OR o.said_at IS NOT NULL AS is_said,
            {_KM} AS km, coalesce(p.rough_km + q.rough_km, 0) AS rough_km,
            extract(epoch FROM greatest(r.moment - coalesce(o.said_at, o.redeemed_at),
                coalesce(o.said_at, o.redeemed_at) - r.moment)) AS seconds,
            (SELECT bool_and(length(code) >= 5) FROM unnest(a.region_codes || b.region_codes) code)
                AND NOT EXISTS (SELECT 1 FROM unnest(a.region_codes) x, unnest(b.region_codes) y
                                WHERE left(x, 5) = left(y, 5)) AS is_other_regency
        FROM (SELECT r.*, {AT} AS moment FROM redemptions r
              WHERE r.redeemed_at >= :since AND r.redeemed_at < :until) r
        JOIN redemptions o ON o.household_id = r.household_id AND o.card_id = r.card_id
            AND o.partner_id <> r.partner_id AND coalesce(o.said_at, o.redeemed_at)
                BETWEEN r.moment - make_interval(hours => {FAR_HOURS})
                    AND r.moment + make_interval(hours => {FAR_HOURS})
        JOIN partners a ON a.id = r.partner_id JOIN partners b ON b.id = o.partner_id
        LEFT JOIN places p ON p.partner_id = r.partner_id AND r.lease_id IS NULL
        LEFT JOIN places q ON q.partner_id = o.partner_id AND o.lease_id IS NULL
    ), far AS (
        SELECT * FROM pairs WHERE CASE
            WHEN km IS NOT NULL THEN
                km - rough_km >= {FAR_KM}
                AND (km - rough_km) * 3600 > CAST(:km_per_hour AS int) * seconds
            ELSE is_other_regency AND seconds <= 60 * CAST(:minutes AS int) END
    )
    SELECT 'card' AS subject_kind, card_id AS subject_id,
        (last_at AT TIME ZONE 'Asia/Jakarta')::date::text AS window_key,
        min(region_code) AS region_code, CAST(NULL AS uuid) AS partner_id, '' AS partner_name,
        CAST(NULL AS uuid) AS terminal_id,
        jsonb_build_object('km', round(max(km)), 'minutes', round(min(seconds) / 60),
            'is_rough', bool_or(rough_km > 0 AND km IS NOT NULL),
            'is_said', bool_or(is_said)) AS facts,
        (SELECT array_agg(DISTINCT id) FROM unnest(array_agg(one) || array_agg(other)) id)
            AS evidence,
        min(first_at) AS first_at, max(last_at) AS last_at
    FROM far GROUP BY card_id, (last_at AT TIME ZONE 'Asia/Jakarta')::date
"""  # noqa: S608
FIND_EARLY = {
    "companion_many_cards": raising(_COMPANION),
    "terminal_too_fast": raising(_FAST),
    "far_places": raising(_FAR),
}
