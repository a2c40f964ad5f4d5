"""The statements that count the figures of each published data set."""

from sqlalchemy import TextClause, text

_REGENCY = "r1.code AS kode_kabupaten, r1.name AS kabupaten"
_DISTRICT = f"{_REGENCY}, r2.code AS kode_kecamatan, r2.name AS kecamatan"
_DISTRICTS = """
    JOIN regions r2 ON r2.code = left({code}, 8) JOIN regions r1 ON r1.code = left({code}, 5)
"""
_REGENCIES = "JOIN regions r1 ON r1.code = left({code}, 5)"
_EACH_RUPIAH = """
    (SELECT coalesce(sum(b.amount_rupiah * b.quantity), 0) FROM benefits b
     WHERE b.programme_id = p.id AND b.subject = 'household')
"""
_PERSONS_RUPIAH = """
    (SELECT coalesce(sum(b.amount_rupiah * b.quantity), 0)
     FROM enrolled_persons n JOIN benefits b ON b.id = ANY(n.benefit_ids)
     WHERE n.enrolment_id = e.id)
"""

PROGRESS = text(f"""
    SELECT {_DISTRICT}, sum(families)::integer AS keluarga_terdata,
           sum(checked)::integer AS keluarga_bersih, sum(decided)::integer AS keluarga_diputuskan,
           sum(approved)::integer AS keluarga_ditetapkan,
           CASE WHEN sum(families) > 0
                THEN round(100.0 * sum(approved) / sum(families))::integer END AS persen_ditetapkan
    FROM village_progress v {_DISTRICTS.format(code="v.region_code")}
    GROUP BY 1, 2, 3, 4 ORDER BY 3
""")  # noqa: S608 - every part is written here
RECIPIENTS = text(f"""
    SELECT {_DISTRICT}, p.code AS program, c.name AS tahap,
           count(*)::integer AS keluarga_penerima,
           (count(*) * {_EACH_RUPIAH} + sum({_PERSONS_RUPIAH}))::bigint AS nilai_manfaat
    FROM enrolments e JOIN programmes p ON p.id = e.programme_id JOIN cycles c ON c.id = e.cycle_id
    {_DISTRICTS.format(code="e.region_code")}
    -- Whoever holds it now, or held it when the cycle closed.
    WHERE e.ended_at IS NULL OR e.ended_at >= least(
        now(), CAST(c.closes_on + 1 AS timestamp) AT TIME ZONE 'Asia/Jakarta')
    GROUP BY 1, 2, 3, 4, p.id, p.code, c.name ORDER BY p.code, c.name, 3
""")  # noqa: S608
DECISIONS = text(f"""
    SELECT {_DISTRICT}, p.code AS program, c.name AS tahap,
           count(*) FILTER (WHERE d.outcome = 'eligible')::integer AS layak,
           count(*) FILTER (WHERE d.outcome = 'ineligible')::integer AS tidak_layak,
           count(*) FILTER (WHERE d.outcome = 'needs_review')::integer AS perlu_tinjauan
    FROM current_decisions d JOIN cycles c ON c.id = d.cycle_id
    JOIN programmes p ON p.id = c.programme_id {_DISTRICTS.format(code="d.region_code")}
    GROUP BY 1, 2, 3, 4, p.code, c.name ORDER BY p.code, c.name, 3
""")  # noqa: S608
DECILES = text(f"""
    SELECT {_REGENCY}, f.period AS periode, f.value AS desil, count(*)::integer AS keluarga
    FROM (SELECT DISTINCT ON (household_id, period) household_id, period, value FROM facts
          WHERE code = 'dtsen.decile' ORDER BY household_id, period, id DESC) f
    JOIN households h ON h.id = f.household_id {_REGENCIES.format(code="h.region_code")}
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, length(f.value), 4
""")  # noqa: S608
PEOPLE = text(f"""
    SELECT {_REGENCY}, a.kelompok_umur,
           CASE q.sex WHEN 'M' THEN 'L' ELSE 'P' END AS jenis_kelamin, count(*)::integer AS warga
    FROM persons q JOIN households h ON h.id = q.household_id
    {_REGENCIES.format(code="h.region_code")}
    CROSS JOIN LATERAL (SELECT date_part('year', age(:today, q.born_on)) AS years) y
    CROSS JOIN LATERAL (SELECT CASE WHEN y.years <= 6 THEN '0-6' WHEN y.years <= 18 THEN '7-18'
        WHEN y.years <= 59 THEN '19-59' ELSE '60+' END AS kelompok_umur) a
    WHERE q.status = 'alive' AND q.born_on IS NOT NULL
    GROUP BY 1, 2, 3, 4 ORDER BY 1, min(y.years), 4
""")  # noqa: S608

FIGURES: dict[str, TextClause] = {
    "kemajuan-pendataan": PROGRESS,
    "penerima-manfaat": RECIPIENTS,
    "keputusan-kelayakan": DECISIONS,
    "desil-keluarga": DECILES,
    "warga-umur-jenis-kelamin": PEOPLE,
}
