"""The statement by which decisions follow a family that moves."""

from sqlalchemy import text

# The decision itself stays as it was made; where it counts is where the family lives now.
FOLLOW = text("""
    UPDATE current_decisions SET region_code = :region_code
    WHERE household_id = :household_id AND region_code <> :region_code
""")
