"""How often a family's card is replaced before a second person looks at it."""

from datetime import timedelta

# What happens in the family's hands. What an office causes is not held against a family.
COUNTED_REASONS = ("lost", "stolen", "damaged")
# So many within WITHIN by one clerk alone; the next one needs another. Also in migration 0005.
REPLACED_ALONE_MAX = 3
WITHIN = timedelta(days=365)


def needs_another(reason: str, replaced_before: int) -> bool:
    """Tell whether a replacement for this reason needs a second person."""
    return reason in COUNTED_REASONS and replaced_before >= REPLACED_ALONE_MAX
