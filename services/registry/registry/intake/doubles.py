"""The statements that find what stands twice in one file, whoever of its readers has read it."""

from sqlalchemy import text

_RIGHT = "import_id = :import_id AND errors = '[]'::jsonb"


def _twice(code: str, letter: str, columns: str, wanted: str) -> tuple[str, ...]:
    """Return statements that mark the second and later rows of those that agree in `columns`."""
    table = f"doubled_{code}"
    agrees = " AND ".join(
        f"s.{one} IS NOT DISTINCT FROM d.{one}" for one in columns.split(", ")[1:]
    )
    first = columns.split(", ")[0]
    return (
        f"""
        CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
        SELECT {columns}, min(row_number) AS first_row FROM staged_rows
        WHERE {_RIGHT} AND {wanted} GROUP BY {columns} HAVING count(*) > 1
        """,
        f"ANALYZE {table}",
        f"""
        UPDATE staged_rows s SET errors = jsonb_build_array(jsonb_build_object(
            'code', '{code}', 'other_row', d.first_row,
            'cell', coalesce(CAST(:cells AS jsonb) ->> '{letter}', 'A') || s.row_number))
        FROM {table} d
        WHERE s.import_id = :import_id AND s.errors = '[]'::jsonb AND s.row_number > d.first_row
          AND s.{first} = d.{first} {"AND " + agrees if agrees else ""}
        """,  # noqa: S608 - of constants of this module
        f"DROP TABLE {table}",
    )


NIK_TWICE = tuple(
    text(one) for one in _twice("nik_twice_in_file", "nik", "nik_index", "nik_index IS NOT NULL")
)
PERSON_TWICE = tuple(
    text(one)
    for one in _twice(
        "person_twice_in_file", "any", "kk_index, name_key, born_on", "person_id IS NOT NULL"
    )
)
# Readers that share a file each give a family an id: the one of its first row counts.
ONE_FAMILY = (
    text(f"""
        CREATE TEMPORARY TABLE split_families ON COMMIT DROP AS
        SELECT kk_index, min(row_number) AS first_row,
               (array_agg(household_id ORDER BY row_number))[1] AS household_id,
               (array_agg(region_code ORDER BY row_number))[1] AS region_code
        FROM staged_rows WHERE {_RIGHT} AND kk_sealed IS NOT NULL
        GROUP BY kk_index HAVING count(*) > 1
    """),  # noqa: S608
    text("ANALYZE split_families"),
    text("""
        UPDATE staged_rows s SET household_id = f.household_id,
            kk_sealed = CASE WHEN s.row_number = f.first_row THEN s.kk_sealed END,
            errors = CASE WHEN s.region_code = f.region_code THEN s.errors
                ELSE jsonb_build_array(jsonb_build_object('code', 'kk_in_two_villages',
                    'cell', coalesce(CAST(:cells AS jsonb) ->> 'kk', 'A') || s.row_number)) END
        FROM split_families f
        WHERE s.import_id = :import_id AND s.errors = '[]'::jsonb AND s.kk_index = f.kk_index
    """),
    text("DROP TABLE split_families"),
)
VILLAGES = text(f"""
    SELECT region_code FROM staged_rows WHERE {_RIGHT} AND region_code IS NOT NULL
    GROUP BY region_code ORDER BY region_code
""")  # noqa: S608
