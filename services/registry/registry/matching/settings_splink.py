"""The settings of the probabilistic comparison: the same for DuckDB here and for Spark elsewhere.

Only SQL and functions that both know, so that a larger machine is another connection and nothing
else. What the numbers of a trained model mean for a pair is in `model.json`, which `train` writes.
"""

import splink.comparison_level_library as cll
from splink import SettingsCreator, block_on
from splink.comparison_library import CustomComparison

# Pairs that are compared at all. Each was kept for what it finds and counted for what it costs:
# `tests/benchmarks/link_pairs.py --blocking` prints both.
BLOCKING = (
    # The same day of birth, also with day and month exchanged, and a name that begins alike.
    block_on("born_either_way", "initial"),
    # The same day and place of birth, whatever the name begins with.
    block_on("born_either_way", "place"),
    # The same number on two records.
    block_on("nik"),
    # The same name, a date that differs in one part.
    block_on("sound", "month_day"),
    block_on("sound", "birth_year", "place"),
    # Another spelling and another year: the day, the place and the beginning of the name.
    block_on("month_day", "place", "initial"),
)
# The same rules as plain SQL, to count what each costs and finds (`one` holds true pairs).
BLOCKING_COUNTS = {
    rule: f"""
        SELECT count(*), count(one.a) FROM compared l JOIN compared r ON {rule} AND l.id < r.id
        LEFT JOIN one ON one.a = l.id AND one.b = r.id
    """  # noqa: S608
    for rule in (block.create_blocking_rule_dict("duckdb")["blocking_rule"] for block in BLOCKING)
}
STARTS_ALIKE = (
    "least(length(sound_l), length(sound_r)) >= 3 AND ("
    "substr(sound_l, 1, length(sound_r)) = sound_r OR substr(sound_r, 1, length(sound_l)) = sound_l"
    ")"
)
ONE_YEAR_OFF = (
    "abs(birth_year_l - birth_year_r) = 1 AND (month_day_l = month_day_r OR "
    "(substr(month_day_l, 1, 2) = substr(month_day_r, 1, 2) AND "
    "least(substr(month_day_l, 4, 2), substr(month_day_r, 4, 2)) = '28'))"
)
ONE_PART_OFF = (
    "month_day_l = month_day_r OR (birth_year_l = birth_year_r AND ("
    "substr(month_day_l, 1, 2) = substr(month_day_r, 1, 2) OR "
    "substr(month_day_l, 4, 2) = substr(month_day_r, 4, 2)))"
)


def name() -> CustomComparison:
    """Compare names: as written, as heard, cut short, with a slip of the keys, alike."""
    return CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.CustomLevel("name_l = name_r AND words_l > 1", "equal, of several words"),
            cll.CustomLevel("name_l = name_r AND length(name_l) > 5", "equal, one long word"),
            cll.ExactMatchLevel("name"),
            cll.CustomLevel("sound_l = sound_r AND words_l > 1", "heard equal, several words"),
            cll.ExactMatchLevel("sound"),
            cll.CustomLevel(STARTS_ALIKE, "cut short"),
            cll.DamerauLevenshteinLevel("sound", 1),
            cll.JaroWinklerLevel("sound", 0.92),
            cll.JaroWinklerLevel("sound", 0.85),
            cll.ElseLevel(),
        ],
    )


def birth() -> CustomComparison:
    """Compare birth dates: equal, day and month exchanged, a year off, one part off."""
    return CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            cll.NullLevel("born"),
            cll.ExactMatchLevel("born"),
            cll.CustomLevel("born_either_way_l = born_either_way_r", "day and month exchanged"),
            cll.CustomLevel(ONE_YEAR_OFF, "a year off"),
            cll.CustomLevel(ONE_PART_OFF, "one part off"),
            cll.ElseLevel(),
        ],
    )


def nik() -> CustomComparison:
    """Compare NIK: equal, typed wrong by one or two strokes, different."""
    return CustomComparison(
        output_column_name="nik",
        comparison_levels=[
            cll.NullLevel("nik"),
            cll.ExactMatchLevel("nik"),
            cll.DamerauLevenshteinLevel("nik", 1),
            cll.DamerauLevenshteinLevel("nik", 2),
            cll.ElseLevel(),
        ],
    )


def place() -> CustomComparison:
    """Compare places of birth as written."""
    return CustomComparison(
        output_column_name="place",
        comparison_levels=[
            cll.NullLevel("place"),
            cll.ExactMatchLevel("place"),
            cll.JaroWinklerLevel("place", 0.9),
            cll.ElseLevel(),
        ],
    )


def sex() -> CustomComparison:
    """Compare sexes."""
    return CustomComparison(
        output_column_name="sex",
        comparison_levels=[cll.NullLevel("sex"), cll.ExactMatchLevel("sex"), cll.ElseLevel()],
    )


def parent(which: str) -> CustomComparison:
    """Compare the name of the father or the mother, as heard."""
    return CustomComparison(
        output_column_name=which,
        comparison_levels=[
            cll.NullLevel(which),
            cll.ExactMatchLevel(which),
            cll.JaroWinklerLevel(which, 0.9),
            cll.ElseLevel(),
        ],
    )


def region() -> CustomComparison:
    """Compare where they live: the same village, district, regency."""
    return CustomComparison(
        output_column_name="region",
        comparison_levels=[
            cll.NullLevel("village"),
            cll.ExactMatchLevel("village"),
            cll.ExactMatchLevel("district"),
            cll.ExactMatchLevel("regency"),
            cll.ElseLevel(),
        ],
    )


def settings() -> SettingsCreator:
    """Return the untrained settings."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        comparisons=[
            name(),
            birth(),
            sex(),
            place(),
            region(),
            nik(),
            *map(parent, ("father", "mother")),
        ],
        blocking_rules_to_generate_predictions=list(BLOCKING),
        probability_two_random_records_match=3e-8,
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,
    )
