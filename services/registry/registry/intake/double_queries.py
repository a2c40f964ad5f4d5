"""The statements that find what stands twice in one file, whoever of its readers has read it."""

from sqlalchemy import TextClause, text

_RIGHT = "import_id = :import_id AND errors = '[]'::jsonb"


def _twice(code: str, letter: str, columns: str, wanted: str) -> tuple[TextClause, ...]:
    """Return statements that mark the last row of those that agree in `columns`, and how many."""
    return (
        text(f"""
        CREATE TEMPORARY TABLE doubled ON COMMIT DROP AS
        SELECT {columns}, min(row_number) AS first_row, max(row_number) AS last_row,
               count(*) AS rows
        FROM staged_rows WHERE {_RIGHT} AND {wanted} GROUP BY {columns} HAVING count(*) > 1
        """),  # noqa: S608 - of constants of this module
        text("ANALYZE doubled"),
        text("SET LOCAL enable_nestloop = on"),
        text(f"""
        UPDATE staged_rows s SET errors = jsonb_build_array(jsonb_build_object(
            'code', '{code}', 'other_row', d.first_row,
            'cell', coalesce(CAST(:cells AS jsonb) ->> '{letter}', 'A') || s.row_number))
        FROM doubled d WHERE s.import_id = :import_id AND s.row_number = d.last_row
        """),  # noqa: S608
    )


def _again(code: str, letter: str, same: str) -> TextClause:
    """Return the statement that marks all but the first of those that agree, however many."""
    return text(f"""
        UPDATE staged_rows s SET errors = jsonb_build_array(jsonb_build_object(
            'code', '{code}', 'other_row', d.first_row,
            'cell', coalesce(CAST(:cells AS jsonb) ->> '{letter}', 'A') || s.row_number))
        FROM doubled d
        WHERE s.import_id = :import_id AND s.errors = '[]'::jsonb AND s.person_id IS NOT NULL
          AND d.rows > 2 AND s.row_number > d.first_row AND {same}
    """)  # noqa: S608


COUNT_MORE = text("SELECT count(*) FROM doubled WHERE rows > 2")
FORGET_DOUBLED = text("DROP TABLE doubled")
_NIK = ("nik_twice_in_file", "nik", "nik_index", "nik_index IS NOT NULL")
_PERSON = ("person_twice_in_file", "any", "kk_index, name_key, born_on", "person_id IS NOT NULL")
_SAME_NIK = "s.nik_index = d.nik_index"
_SAME_PERSON = """
    s.kk_index = d.kk_index AND s.name_key = d.name_key AND s.born_on IS NOT DISTINCT FROM d.born_on
"""
# Pairs are marked by their row numbers; only where something stands three times, all is read again.
DOUBLES = (
    (_twice(*_NIK), _again(*_NIK[:2], _SAME_NIK)),
    (_twice(*_PERSON), _again(*_PERSON[:2], _SAME_PERSON)),
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
