"""Every statement about whose data an account or a request has seen, and about incidents."""

from sqlalchemy import bindparam, insert, select, text

from registry.privacy.tables import privacy_incidents

_LOOKS = """
    WITH looks AS (
        SELECT a.action, a.at, a.subject_type, a.subject_id, a.details FROM audit_log a
        WHERE a.at BETWEEN :since AND :until
          AND (CAST(:actor AS text) IS NULL OR a.actor = :actor)
          AND (CAST(:request_ref AS text) IS NULL OR a.request_id = :request_ref)
    ), seen AS (
        SELECT CAST(subject_id AS uuid) AS household_id, action, at FROM looks
        WHERE subject_type = 'household'
        UNION ALL
        SELECT p.household_id, l.action, l.at FROM looks l JOIN persons p
            ON l.subject_type = 'person' AND p.id::text = l.subject_id
        UNION ALL
        SELECT CAST(h.id AS uuid), l.action, l.at
        FROM looks l CROSS JOIN LATERAL jsonb_array_elements_text(l.details -> 'households') h(id)
        WHERE jsonb_typeof(l.details -> 'households') = 'array'
        UNION ALL
        SELECT CAST(details ->> 'household_id' AS uuid), action, at FROM looks
        WHERE subject_type NOT IN ('household', 'person') AND details ->> 'household_id' IS NOT NULL
        UNION ALL
        SELECT m.household_id, l.action, l.at FROM looks l JOIN list_members m
            ON l.subject_type = 'beneficiary_list' AND m.list_id::text = l.subject_id
        UNION ALL
        SELECT DISTINCT p.household_id, l.action, l.at FROM looks l JOIN persons p
            ON l.subject_type = 'import' AND p.import_id::text = l.subject_id
    )
"""
FAMILIES = text(f"""{_LOOKS}
    SELECT s.household_id, h.region_code, count(*) AS looks, min(s.at) AS first_at,
           max(s.at) AS last_at, array_agg(DISTINCT s.action ORDER BY s.action) AS actions,
           (SELECT count(*) FROM persons p WHERE p.household_id = s.household_id) AS persons
    FROM seen s LEFT JOIN households h ON h.id = s.household_id
    WHERE (CAST(:after AS uuid) IS NULL OR s.household_id > :after)
    GROUP BY s.household_id, h.region_code ORDER BY s.household_id LIMIT :rows
""")  # noqa: S608
COUNT_FAMILIES = text(f"{_LOOKS} SELECT count(DISTINCT household_id) FROM seen")  # noqa: S608
# Looks at whole sets, of which the log does not say which families were on the screen.
SETS = text(f"""{_LOOKS}
    SELECT l.action, l.subject_type, l.subject_id, count(*) AS looks, max(l.at) AS last_at
    FROM looks l WHERE l.subject_type NOT IN ('household', 'person', 'account', 'route')
      AND l.details -> 'households' IS NULL AND l.details ->> 'household_id' IS NULL
      AND l.action LIKE '%.read'
    GROUP BY l.action, l.subject_type, l.subject_id ORDER BY looks DESC, last_at DESC LIMIT 100
""")  # noqa: S608
HEADS = text("""
    SELECT h.id, h.region_code, head.name FROM households h LEFT JOIN LATERAL (
        SELECT name FROM persons p WHERE p.household_id = h.id AND p.status <> 'merged'
        ORDER BY (relation = 'head' AND status = 'alive') DESC, (status = 'alive') DESC,
                 (relation = 'head') DESC, born_on, id LIMIT 1) head ON true
    WHERE h.id = ANY(:household_ids) ORDER BY h.id
""")

INSERT_INCIDENT = insert(privacy_incidents)
INCIDENT = select(privacy_incidents).where(privacy_incidents.c.id == bindparam("incident_id"))
INCIDENTS = select(privacy_incidents).order_by(privacy_incidents.c.discovered_at.desc()).limit(100)
TELL = text("""
    UPDATE privacy_incidents SET agency_told_on = coalesce(agency_told_on, :agency_told_on),
        people_told_on = coalesce(people_told_on, :people_told_on)
    WHERE id = :incident_id
""")
