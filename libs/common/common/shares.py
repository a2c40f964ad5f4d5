"""Shares of a whole as people read them: never 0 % of some, never 100 % of not all."""


def share_of(part: int, whole: int) -> int | None:
    """Return a share in whole per cent, or None of nothing; all and none are never rounded to."""
    if whole == 0:
        return None
    per_cent = round(100 * part / whole)
    if part < whole:
        per_cent = min(per_cent, 99)
    return max(per_cent, 1) if part else 0


def step_of(share: int | None) -> int:
    """Return how dark a share is drawn: 0 for no families, 1 for none of them … 5 for all."""
    if share is None:
        return 0
    return 1 if share == 0 else 2 if share < 50 else 3 if share < 90 else 4 if share < 100 else 5
